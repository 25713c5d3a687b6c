"""Small parts of the pages that take an argument."""

from functools import cache

from django import forms, template
from django.templatetags.static import static
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@cache
def _sprite() -> str:
    return static("icons.svg")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture from the sprite, hidden from screen readers: the words beside it say the same."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', _sprite(), name)


@register.simple_tag
def options(field: forms.BoundField) -> SafeString:
    """The circles or boxes of a field, each with its words; errors link to the first one."""
    wrong = " is-invalid" if field.errors else ""
    radio = isinstance(field.field.widget, forms.RadioSelect)
    required = " required" if radio and field.field.required else ""
    rows = []
    for place, option in enumerate(field.subwidgets):
        data = option.data
        key = data["attrs"].get("id", "") if place else field.auto_id
        value = "" if data["value"] is None else localize(data["value"])
        checked = " checked" if data["selected"] else ""
        rows.append(
            (data["type"], wrong, data["name"], value, key, checked, required, key, localize(data["label"]))
        )
    return format_html_join(
        "\n",
        '<div class="form-check">'
        '<input type="{}" class="form-check-input{}" name="{}" value="{}" id="{}"{}{}> '
        '<label class="form-check-label" for="{}">{}</label></div>',
        rows,
    )
