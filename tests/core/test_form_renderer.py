"""What is drawn without a template is what Django's templates draw."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test import override_settings
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from core.form_renderer import FormRenderer

HOSTILE = """<script>"'&</script>"""
ATTRS = {
    "class": "form-control", "id": f"id_{HOSTILE}", "required": True, "disabled": False, "rows": 5,
    "data-none": None, "title": gettext_lazy("Yes"), "data-safe": mark_safe("&amp;"), "data-zero": 0,
}  # fmt: skip
CHOICES = [
    ("", gettext_lazy("Unknown")), ("a", HOSTILE), (2026, 2026), (HOSTILE, mark_safe("<b>b</b>")),
    (Decimal("1.50"), Decimal("1234.5")), (None, 1234567), (date(2026, 3, 1), date(2026, 3, 1)),
]  # fmt: skip
VALUES = [
    "",
    None,
    "a",
    HOSTILE,
    "line\nline",
    2026,
    0,
    Decimal("1.50"),
    mark_safe("&amp;"),
    date(2026, 3, 1),
]
WIDGETS = [
    forms.TextInput, forms.EmailInput, forms.NumberInput, forms.URLInput, forms.HiddenInput,
    forms.PasswordInput, forms.DateInput, forms.FileInput, forms.CheckboxInput, forms.Textarea,
    lambda: forms.PasswordInput(render_value=True),
    lambda: forms.DateInput(format="%Y-%m-%d"),
    lambda: forms.Select(choices=CHOICES),
    lambda: forms.SelectMultiple(choices=CHOICES),
    lambda: forms.Select(choices=[]),
    lambda: forms.Select(choices=[("", "Any"), ("Group <1>", [("a", "A"), ("b", HOSTILE)])]),
    forms.NullBooleanSelect,
    lambda: forms.RadioSelect(choices=CHOICES[:3]),
    forms.ClearableFileInput,
]  # fmt: skip


def without_gaps(html: str) -> str:
    return re.sub(r"\s+(?=<)|(?<=>)\s+(?=<)", "", html)


@pytest.mark.parametrize("language", ["es", "ca", "en"])
@pytest.mark.parametrize("make", WIDGETS)
def test_it_draws_as_the_templates_do(make, language):
    with override(language), override_settings(USE_THOUSAND_SEPARATOR=language == "ca"):
        for value in VALUES:
            drawn, plain = (
                make().render(f"name{HOSTILE}", value, dict(ATTRS), renderer=renderer)
                for renderer in (FormRenderer(), DjangoTemplates())
            )
            assert without_gaps(drawn) == without_gaps(plain)


def test_a_line_break_that_comes_first_is_kept():
    assert (
        forms.Textarea().render("body", "\nHello", renderer=FormRenderer()).endswith(">\n\nHello</textarea>")
    )


def test_forms_use_it():
    assert isinstance(forms.Form().renderer, FormRenderer)
