"""The page of a request names the law that our day rests on."""

from pathlib import Path
from typing import Any

from django.test import Client

from cases import actions
from cases.models import Case
from tests.cases.kinds import in_days, make_case
from tests.people import Cast


def text(client: Client, case: Case) -> str:
    return client.get(case.get_absolute_url()).content.decode()


def test_the_law_that_sets_our_day_is_named(cast: Cast, log_in: Any, settings: Any, tmp_path: Path) -> None:
    """And a promise of our own, which the staff read in English, is not."""
    cast.ana.user.language = "en"
    cast.ana.user.save()
    case = make_case(cast.ana.user)
    client = log_in(cast.ana)
    assert "By law" not in text(client, case)
    law = tmp_path / "terms.toml"
    law.write_text(
        'term = [{ key = "svc.enquiry_answer", value = 5, unit = "days", source = "Ley 7/2030 art. 3" }]'
    )
    settings.LEGAL_TERMS_FILES = [law]
    assert "By law: Ley 7/2030 art. 3" in text(client, case)
    actions.ask_for_paper(case, by=cast.felix.user, name="Report", why="Dates", answer_by=in_days(5))
    assert "By law" not in text(client, case)
