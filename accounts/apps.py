from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    # Over its rows in the admin.
    verbose_name = _("People and accounts")

    def ready(self) -> None:
        from django.core import checks

        from accounts.mfa.checks import passkeys_keep_to_the_portal
        from accounts.startup_checks import breach_index

        checks.register(breach_index)
        checks.register(passkeys_keep_to_the_portal, checks.Tags.security, deploy=True)
