"""Buttons of the staff: each is one action of the house, and says what it will do before it does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from core.staff.panels import Text

# The name of the button that puts a ready-made text into the form and does nothing else.
INSERT = "insert"


class AboutForm(forms.Form):
    """A form that knows the row it is about. One that takes a file is given the files too."""

    def __init__(self, *args: Any, about: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about


@dataclass(frozen=True)
class Button:
    """`press(obj, by=user)`, with what its form asks for: `reason=` where one is needed, or the fields of
    `form`. `offered(obj)` says whether it applies.

    `refusals` are the exceptions by which the action says that it came too late. `clinical`: its form shows
    what may tell of health, so that it opens only after a reason was given.
    """

    name: str
    label: Text
    consequence: Text
    press: Callable[..., object]
    offered: Callable[[Any], bool]
    needs_reason: bool = False
    refusals: tuple[type[Exception], ...] = ()
    form: type[forms.Form] | None = None
    clinical: bool = False

    def asks(
        self, about: Any, posted: QueryDict | None, files: MultiValueDict[str, Any] | None = None
    ) -> forms.Form:
        """The form of this button about one row, filled with what was posted."""
        form = self.form or (ReasonForm if self.needs_reason else forms.Form)
        given: dict[str, Any] = {"about": about} if issubclass(form, AboutForm) else {}
        if any(isinstance(field, forms.FileField) for field in form.base_fields.values()):
            given["files"] = files
        return form(posted, **given)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It is kept with the row. Write nothing about anybody's health."),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
