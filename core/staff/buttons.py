"""Buttons of the staff: each is one action of the house, and says what it will do before it does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.staff.panels import Text


@dataclass(frozen=True)
class Button:
    """`press(obj, by=user)`, with what its form asks for: `reason=` where one is needed, or the fields of
    `form`. `offered(obj)` says whether it applies.

    `refusals` are the exceptions by which the action says that it came too late.
    """

    name: str
    label: Text
    consequence: Text
    press: Callable[..., object]
    offered: Callable[[Any], bool]
    needs_reason: bool = False
    refusals: tuple[type[Exception], ...] = ()
    form: type[forms.Form] | None = None

    @property
    def asks(self) -> type[forms.Form]:
        return self.form or (ReasonForm if self.needs_reason else forms.Form)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It is kept with the row. Write nothing about anybody's health."),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
