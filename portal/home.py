"""What the home page says: one sentence, what waits for the person, what they can do, what is new."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actions import is_too_young
from cases import drafts
from cases.drafts import Begun
from cases.reading import waiting_for
from core.ages import today_in_madrid
from policies.certificate_lines import CertificateLine, latest_certificates
from policies.reading import ReceiptLine, Summary, policies_of
from portal.features import is_on
from portal.navigation import unlocked_features
from servicing.profile_actions import reminder

LATEST = 3
# More policies than anybody reads on a first page; the list has them all.
MOST_POLICIES = 20


@dataclass(frozen=True)
class Door:
    icon: str
    label: Any
    url: str


@dataclass(frozen=True)
class Home:
    linked: bool
    troubled: list[Summary]
    certificates: list[CertificateLine]
    requests: list[Any]
    drafts: list[Begun]
    next_receipt: ReceiptLine | None
    policies: int
    # The page has looked at the newest MOST_POLICIES; there are older ones.
    more: bool = False
    # "ask" for the contact data, "remind" of them, or nothing.
    profile: str = ""
    # A policy of theirs has travel cover.
    travels: bool = False
    # Not linked, and the file says why: LOG-05.
    too_young: bool = False

    @property
    def doors(self) -> list[Door]:
        """The same for all who are linked and travel alike: the template keeps them drawn."""
        return _doors(travels=self.travels) if self.linked else _request_doors()

    @property
    def looked_at(self) -> int:
        return MOST_POLICIES

    @property
    def failed_certificates(self) -> list[CertificateLine]:
        return [item for item in self.certificates if item.failed]

    @property
    def waiting(self) -> int:
        return len(self.troubled) + len(self.requests) + len(self.failed_certificates)


def home(user: Any) -> Home:
    if user.person_on_file is None:
        return Home(
            linked=False,
            too_young=is_too_young(user),
            troubled=[],
            certificates=[],
            requests=waiting_for(user) if is_on("cases:list") else [],
            drafts=drafts.begun(user) if is_on("cases:list") else [],
            next_receipt=None,
            policies=0,
        )
    today = today_in_madrid()
    summaries = policies_of(user, size=MOST_POLICIES + 1, today=today)
    more, summaries = len(summaries) > MOST_POLICIES, summaries[:MOST_POLICIES]
    current = [item for item in summaries if item.facts.ends_on is None or item.facts.ends_on >= today]
    coming = [item.next_receipt for item in current if item.next_receipt is not None]
    return Home(
        linked=True,
        # The policyholder reads what is owed, an insured person only whether there is cover.
        troubled=[item for item in current if item.situation.needs_us],
        certificates=latest_certificates(user, LATEST) if is_on("policies:certificate_list") else [],
        requests=waiting_for(user) if is_on("cases:list") else [],
        drafts=drafts.begun(user) if is_on("cases:list") else [],
        # A policy that it has not looked at may fall due before.
        next_receipt=None if more else min(coming, key=lambda receipt: receipt.due_on, default=None),
        policies=len(current),
        more=more,
        profile=reminder(user) if is_on("servicing:profile") else "",
        travels="travel" in unlocked_features(user),
    )


def _doors(*, travels: bool) -> list[Door]:
    doors = [Door("shield", _("See my policies"), reverse("policies:list"))]
    if travels and is_on("policies:certificate_create"):
        doors.append(Door("plane", _("Travel certificate"), reverse("policies:certificate_create")))
    doors += _request_doors()
    doors.append(Door("person", _("My account"), reverse("account")))
    return doors


def _request_doors() -> list[Door]:
    if not is_on("cases:list"):
        return []
    return [
        Door("document", _("My requests"), reverse("cases:list")),
        Door("help", _("Ask us something"), reverse("servicing:ask")),
    ]
