"""Small parts of the pages that take an argument."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@cache
def _sprite() -> str:
    return static("icons.svg")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture from the sprite, hidden from screen readers: the words beside it say the same."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', _sprite(), name)
