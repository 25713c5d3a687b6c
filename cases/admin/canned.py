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
# What a paper has beside: the label of the field, and its length.
OF_PAPER = {
    "name": gettext_lazy("Paper"),
    "example": gettext_lazy("Example"),
    "supplied_by": gettext_lazy("Who supplies it"),
}
LANGUAGES = dict(settings.LANGUAGES)


def of_language(code: str) -> list[str]:
    """The fields of one language."""
    return [BODY + code, *(f"{part}_{code}" for part in OF_PAPER)]


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
            elif (part := name.rpartition("_"))[0] in OF_PAPER:
                field.initial = self.instance.paper.get(part[2], {}).get(part[0], "")
                field.help_text = _("Of a paper that we ask for.")

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        given = {language: typed.get(BODY + language, "") for language in LANGUAGES}
        self.instance.bodies = {
            language: body.replace("\r\n", "\n") for language, body in given.items() if body
        }
        parts = {
            language: {part: words for part in OF_PAPER if (words := typed.get(f"{part}_{language}"))}
            for language in LANGUAGES
        }
        self.instance.paper = {language: words for language, words in parts.items() if words}
        return typed


# Declared, since Django's admin asks the class for its fields.
for code in LANGUAGES:
    CannedTextForm.declared_fields[BODY + code] = forms.CharField(
        label=gettext_lazy("Text; of a paper: why we need it"), required=False, max_length=5000, widget=LONG
    )
    for part, label in OF_PAPER.items():
        CannedTextForm.declared_fields[f"{part}_{code}"] = forms.CharField(
            label=label,
            required=False,
            max_length=CannedText.OF_PAPER[part],
            widget=forms.TextInput(attrs={"class": "vTextField"}),
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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, Any]]:
        first = ["title", "key", "use", "kind", "topic", "active"]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": [*first, "words"]})]
        languages = ((name, {"fields": of_language(code)}) for code, name in LANGUAGES.items())
        return [(None, {"fields": first}), *languages]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key", "words") if obj else ()

    @admin.display(description=gettext_lazy("texts"))
    def words(self, text: CannedText) -> str:
        lines = (
            (language, [*text.paper.get(language, {}).values(), body])
            for language, body in text.bodies.items()
        )
        return format_html_join("", "<p lang={}>{}</p>", ((code, "\n".join(words)) for code, words in lines))
