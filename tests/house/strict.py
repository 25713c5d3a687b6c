"""A name in a template that nobody gave shows nothing: here it is noted instead.

`{% if name %}` may ask for what is missing; what is printed or handed on may not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.template import Context, VariableDoesNotExist
from django.template.base import FilterExpression

from tests.house.source import ROOT

OURS = tuple(str(ROOT / folder) for folder in ("templates", "brands"))
# Drawn by others with what they have: fields of forms, and the pages of the admin.
DRAWN_BY_OTHERS = ("bootstrap5/", "admin/", "django/")


@contextmanager
def missing_variables() -> Iterator[set[str]]:
    """`template: expression` for all that our templates ask for in vain meanwhile."""
    found: set[str] = set()
    original = FilterExpression.resolve

    def resolve(self: FilterExpression, context: Context, ignore_failures: bool = False) -> Any:
        if self.is_var and not ignore_failures:
            try:
                self.var.resolve(context)
            except VariableDoesNotExist:
                template = context.render_context.template or context.template
                name = template.name or ""
                if template.origin.name.startswith(OURS) and not name.startswith(DRAWN_BY_OTHERS):
                    found.add(f"{name}: {self.token}")
        return original(self, context, ignore_failures)

    FilterExpression.resolve = resolve
    try:
        yield found
    finally:
        FilterExpression.resolve = original
