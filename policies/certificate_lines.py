"""The latest travel certificates that somebody may see, as lines of a list."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.urls import reverse

from accounts.models import User
from core.prepared import Prepared, Slot
from policies.access import ANY_READER, of_reader
from policies.models import Certificate

FIELDS = (
    "reference", "starts_on", "ends_on", "status",
    "insured__person__first_name", "insured__person__last_name_1", "insured__person__last_name_2",
)  # fmt: skip


@dataclass(frozen=True)
class CertificateLine:
    reference: str
    starts_on: date
    ends_on: date
    status: str
    first_name: str
    last_name_1: str
    last_name_2: str

    @property
    def url(self) -> str:
        return reverse("policies:certificate_detail", args=[self.reference])

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name_1, self.last_name_2) if part)

    @property
    def state(self) -> Any:
        return Certificate.Status(self.status).label

    @property
    def failed(self) -> bool:
        return self.status == Certificate.Status.FAILED


def latest_certificates(user: User, size: int, *, policy: int | None = None) -> list[CertificateLine]:
    """Of all policies, or of one."""
    shape = _latest(size, of_one_policy=policy is not None)
    return [CertificateLine(*row) for row in shape.run(of_reader(user), policy=policy)]


@cache
def _latest(size: int, *, of_one_policy: bool) -> Prepared:
    rows: Any = Certificate.objects.visible_to(ANY_READER).order_by("-pk").values_list(*FIELDS)
    if of_one_policy:
        rows = rows.filter(insured__policy=Slot("policy"))
    return Prepared(lambda: rows[:size])
