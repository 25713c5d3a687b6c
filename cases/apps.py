from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("Requests")

    def ready(self) -> None:
        from accounts.backend import ALONGSIDE, ALONGSIDE_VALUES
        from accounts.closing import register_on_close
        from cases import message_drafts
        from cases.closing import keep_contact
        from cases.drafts import SEALED_FIELDS
        from cases.reading import UNREAD
        from core.resealing import register_sealed
        from policies.access import READER_HEALTH, born_after_for_health

        register_on_close(keep_contact)
        register_sealed(SEALED_FIELDS)
        message_drafts.register()
        ALONGSIDE["unread_messages"] = UNREAD
        ALONGSIDE_VALUES[READER_HEALTH] = born_after_for_health
