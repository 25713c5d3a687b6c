from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    name = "policies"
    # Over its rows in the admin.
    verbose_name = _("Policies and catalogue")

    def ready(self) -> None:
        from accounts.checks import register_check
        from accounts.last_words import register_keeper
        from policies import half_written
        from policies.identity_check import health_details

        register_check(health_details)
        register_keeper("policies:certificate_create", half_written.keep)
