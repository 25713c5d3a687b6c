"""From what a caller says to a person, an account without one, or a request."""

from dataclasses import dataclass, field

from accounts.admin import people_meant
from accounts.models import Person, User
from cases.models import Case
from core.staff import search, staff_rows

MOST = 25


@dataclass
class Found:
    people: list[Person] = field(default_factory=list)
    # Registered, and linked to nobody on file.
    accounts: list[User] = field(default_factory=list)
    # Of people who are not on file.
    requests: list[Case] = field(default_factory=list)
    notice: str = ""
    more: bool = False

    @property
    def only_one(self) -> Person | None:
        return self.people[0] if len(self.people) == 1 and not (self.accounts or self.requests) else None


def who(text: str, *, by: User) -> Found:
    """Nobody who does not work here finds anybody, and nobody finds rows of a kind that they may not see."""
    typed = search.read(text)
    if typed.notice and not typed.numbers:
        return Found(notice=typed.notice)
    references = {*typed.numbers, *(word.upper() for word in typed.words)}
    may_see_cases, may_see_users = by.has_perm("cases.view_case"), by.has_perm("accounts.view_user")
    all_cases = staff_rows(Case, by) if may_see_cases else Case.objects.none()
    cases = all_cases.filter(reference__in=references).select_related("asked_by", "about")
    found = Found(notice=typed.notice, requests=list(cases[:MOST]))
    mine = staff_rows(Person, by)
    meant = set(people_meant(typed).order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    users = {case.asked_by_id for case in found.requests if case.asked_by_id}
    asked = mine.filter(user__in=users).values_list("pk", flat=True) if users else []
    people = mine.filter(pk__in={*meant, *asked}).order_by("last_name_1", "first_name", "pk")
    found.people = list(people[: MOST + 1])
    found.more, found.people = len(found.people) > MOST, found.people[:MOST]
    # A request leads to its person; only one of nobody on file is a find of its own.
    known = {person.user_id for person in found.people}
    found.requests = [case for case in found.requests if case.asked_by_id not in known]
    if typed.email:
        if may_see_users:
            found.accounts = list(staff_rows(User, by).filter(email=typed.email, person=None))
        # Of who has no account, or has closed it.
        unknown = all_cases.filter(contact_email__iexact=typed.email)
        found.requests += list(unknown.order_by("-pk")[:MOST])
    return found
