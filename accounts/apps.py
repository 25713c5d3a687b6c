from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    # Over its rows in the admin.
    verbose_name = _("People and accounts")

    def ready(self) -> None:
        from django.core import checks

        from accounts.counter_lock import use_for_counters
        from accounts.mfa.checks import passkeys_keep_to_the_portal
        from accounts.mfa.seals import FACTORS
        from accounts.startup_checks import breach_index
        from core.resealing import register_sealed

        register_sealed(FACTORS)
        use_for_counters()
        checks.register(breach_index)
        checks.register(passkeys_keep_to_the_portal, checks.Tags.security, deploy=True)
