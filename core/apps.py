from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import legal_terms


class CoreConfig(AppConfig):
    name = "core"
    # Over its rows in the admin.
    verbose_name = _("Mail")

    def ready(self) -> None:
        # A wrong file of terms refuses the start, not the first page that needs one.
        legal_terms.current()
