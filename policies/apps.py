from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    name = "policies"
    # Over its rows in the admin.
    verbose_name = _("Policies and catalogue")

    def ready(self) -> None:
        from accounts.checks import register_check
        from policies.identity_check import health_details

        register_check(health_details)
