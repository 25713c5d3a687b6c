"""The team's own words: the one thing in the admin that is typed."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.canned_texts import PLACEHOLDERS, CannedText
from cases.lifecycle import kinds
from core.staff import StaffAdmin, staff_site

ANY = ("", gettext_lazy("Any"))
LONG = forms.Textarea(attrs={"class": "vLargeTextField", "rows": 8})


BODY = "body_"


class CannedTextForm(forms.ModelForm):
    """One field a language; what may stand in them, the model says."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of request"), required=False)
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False)

    class Meta:
        model = CannedText
        fields = ("key", "title", "use", "kind", "topic", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topics = {code: label for kind in kinds() for code, label in kind.topics.items()}
        known = ", ".join(f"{{{name}}} {meaning}" for name, meaning in PLACEHOLDERS.items())
        # Who may only read has no fields.
        for name, field in self.fields.items():
            if name == "kind":
                field.choices = [ANY, *((kind.code, kind.label) for kind in kinds())]  # type: ignore[attr-defined]
            elif name == "topic":
                field.choices = [ANY, *topics.items()]  # type: ignore[attr-defined]
            elif name.startswith(BODY):
                field.initial = self.instance.bodies.get(name.removeprefix(BODY), "")
                field.help_text = _("Filled in by the portal: %(known)s.") % {"known": known}

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        given = {language: typed.get(BODY + language, "") for language, _name in settings.LANGUAGES}
        self.instance.bodies = {
            language: body.replace("\r\n", "\n") for language, body in given.items() if body
        }
        return typed


# Declared, since Django's admin asks the class for its fields.
for code, language in settings.LANGUAGES:
    CannedTextForm.declared_fields[BODY + code] = forms.CharField(
        label=language, required=False, max_length=5000, widget=LONG
    )


@admin.register(CannedText, site=staff_site)
class CannedTextAdmin(StaffAdmin):
    form = CannedTextForm
    change_form_template = "admin/change_form.html"
    change_list_template = "admin/staff_edit_list.html"
    list_display = ("title", "key", "use", "kind", "topic", "active")
    list_filter = ("use", "active")
    keyset = ("key",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("cases.add_cannedtext")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("cases.change_cannedtext")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        bodies = [BODY + code for code, _name in settings.LANGUAGES]
        if not self.has_change_permission(request, obj):
            bodies = ["words"]
        return ("title", "key", "use", "kind", "topic", *bodies, "active")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key", "words") if obj else ()

    @admin.display(description=gettext_lazy("texts"))
    def words(self, text: CannedText) -> str:
        return format_html_join("", "<p lang={}>{}</p>", text.bodies.items())
