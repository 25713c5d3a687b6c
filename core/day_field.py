"""A date as people here write it: the day first in every language, for nobody here means the month."""

import re
from datetime import date
from typing import Any

from django import forms

DAY_FORMATS = ["%Y-%m-%d", "%d-%m-%Y"]
# Slashes, dots, dashes of any length and blanks, in any mixture: `14/5/1984`, `14. 5. 1984`.
_GAP = re.compile(r"[\s./\u2010-\u2015\u2212-]+")


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        # The browser's own calendar wants the day as ISO text, whatever the language of the page.
        super().__init__(attrs=attrs, format="%Y-%m-%d")


def read_day(text: str) -> date | None:
    try:
        return DayField(required=False).to_python(text)
    except forms.ValidationError:
        return None


class DayField(forms.DateField):
    widget = DayInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=DAY_FORMATS, **kwargs)

    def to_python(self, value: Any) -> date | None:
        day: date | None = super().to_python(
            _GAP.sub("-", value.strip()) if isinstance(value, str) else value
        )
        return day
