"""The latest travel certificates that somebody may see, as lines of a list."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import User
from policies.models import Certificate

FIELDS = (
    "reference", "starts_on", "ends_on", "status",
    "insured__person__first_name", "insured__person__last_name_1", "insured__person__last_name_2",
)  # fmt: skip
# Put together once, as in reading.py.
LINES: Any = Certificate.objects.order_by("-pk").values_list(*FIELDS)


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
    rows = LINES.visible_to(user)
    if policy is not None:
        rows = rows.filter(insured__policy=policy)
    return [CertificateLine(*row) for row in rows[:size]]
