from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicingConfig(AppConfig):
    name = "servicing"
    verbose_name = _("Everyday changes")

    def ready(self) -> None:
        from cases import drafts
        from servicing import kinds

        kinds.register()
        drafts.register_form(kinds.ENQUIRY.code, "servicing:ask")
