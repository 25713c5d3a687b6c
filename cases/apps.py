from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("Requests")

    def ready(self) -> None:
        from accounts.backend import ALONGSIDE
        from accounts.closing import register_on_close
        from cases import message_drafts
        from cases.closing import keep_contact
        from cases.reading import UNREAD

        register_on_close(keep_contact)
        message_drafts.register()
        ALONGSIDE["unread_messages"] = UNREAD
