"""On the page of a request each line says when it was, to the minute."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.utils import translation

from cases.actions import make_move, send_message
from cases.lifecycle import Side
from tests.cases.kinds import make_case
from tests.people import Cast

pytestmark = pytest.mark.django_db


def test_messages_and_history_say_day_and_hour(cast: Cast, log_in: Any) -> None:
    with time_machine.travel(datetime(2026, 11, 21, 13, 5, tzinfo=UTC), tick=False) as clock:
        case = make_case(cast.ana.user, "contact_data")
        clock.move_to(datetime(2026, 11, 21, 23, 30, tzinfo=UTC))
        send_message(case, by=cast.felix.user, side=Side.STAFF, body="One thing more.")
        clock.move_to(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
        make_move(case, "take", by=cast.felix.user, side=Side.STAFF)
        cast.ana.user.language = "en"  # type: ignore[union-attr]
        cast.ana.user.save()  # type: ignore[union-attr]
        with translation.override("en"):
            html = log_in(cast.ana).get(case.get_absolute_url()).content.decode()
    found = re.findall(r'<time datetime="([^"]+)">([^<]+)</time>', html)
    assert found == [
        ("2026-11-22T00:30+01:00", "22 November 2026, 00:30"),
        ("2026-11-21T14:05+01:00", "21 November 2026, 14:05"),
        ("2026-11-23T09:00+01:00", "23 November 2026, 09:00"),
    ]
