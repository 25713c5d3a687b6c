"""The commonest fields of a form, drawn without a template: the same HTML, at a tenth of the work.

Everything else goes to Django's own templates. What is drawn here is compared with them by a test.
"""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

_FOLDER = "django/forms/widgets/"
_INPUTS = (
    "checkbox", "color", "date", "datetime", "email", "file", "hidden", "input", "number", "password",
    "search", "tel", "text", "time", "url",
)  # fmt: skip


class FormRenderer(DjangoTemplates):
    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        draw = _DRAWN.get(template_name)
        drawn = draw(context["widget"]) if draw else None
        return super().render(template_name, context, request) if drawn is None else drawn


def _attributes(attrs: Mapping[str, Any]) -> SafeString:
    parts = [
        f" {conditional_escape(name)}" + ("" if value is True else f'="{_text(value)}"')
        for name, value in attrs.items()
        if value is not False
    ]
    return mark_safe("".join(parts))  # noqa: S308 - of escaped parts


def _text(value: Any) -> SafeString:
    """As `|stringformat:"s"` does it."""
    return conditional_escape(value if isinstance(value, str) else str(value))


def _input(widget: Mapping[str, Any]) -> SafeString:
    value = widget["value"]
    return format_html(
        '<input type="{}" name="{}"{}{}>',
        widget["type"],
        widget["name"],
        "" if value is None else format_html(' value="{}"', _text(value)),
        _attributes(widget["attrs"]),
    )


def _textarea(widget: Mapping[str, Any]) -> SafeString:
    # Browsers leave out a line break that comes first.
    return format_html(
        '<textarea name="{}"{}>\n{}</textarea>',
        widget["name"],
        _attributes(widget["attrs"]),
        localize(widget["value"]) if widget["value"] else "",
    )


def _select(widget: Mapping[str, Any]) -> SafeString | None:
    options = []
    for group, choices, _index in widget["optgroups"]:
        if group or any(choice["template_name"] != f"{_FOLDER}select_option.html" for choice in choices):
            return None
        options += [
            f'\n  <option value="{_text(choice["value"])}"{_attributes(choice["attrs"])}>'
            f"{conditional_escape(localize(choice['label']))}</option>"
            for choice in choices
        ]
    return format_html(
        '<select name="{}"{}>{}\n</select>',
        widget["name"],
        _attributes(widget["attrs"]),
        mark_safe("".join(options)),  # noqa: S308 - of escaped parts
    )


_DRAWN: dict[str, Any] = {f"{_FOLDER}{name}.html": _input for name in _INPUTS} | {
    f"{_FOLDER}textarea.html": _textarea,
    f"{_FOLDER}select.html": _select,
}
