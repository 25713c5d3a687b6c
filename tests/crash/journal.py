"""What the clients have sent and what they were told: the truth that the portal is measured by."""

import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Sort(StrEnum):
    QUESTION = "question"
    FILE = "file"
    MESSAGE = "message"
    STRANGER = "question without an account"
    COPY = "copy of what was sent"
    ACCOUNT = "change of account"
    CONTACT = "change of contact data"


@dataclass
class Sending:
    """One form that somebody wants through, however often it is sent. `reference` is its case.

    `mark` finds it in the database: the key of the form, the digest of the file, or the case of a copy.
    """

    sort: Sort
    email: str
    mark: str
    words: str
    reference: str = ""
    number: int = 0
    sent: int = 0
    acknowledged: int = 0

    @property
    def is_acknowledged(self) -> bool:
        return self.acknowledged > 0


@dataclass
class Journal:
    """`begun` counts requests under way or over; `wrong` are answers that no crash excuses."""

    sendings: list[Sending] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    away: int = 0
    acknowledged_by: dict[int, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    requests: "itertools.count[int]" = field(default_factory=itertools.count)
    begun: int = 0

    def begin(self) -> None:
        self.begun = next(self.requests) + 1

    def acknowledge(self, sending: Sending, client: int) -> None:
        with self.lock:
            sending.acknowledged += 1
            self.acknowledged_by[client] = self.acknowledged_by.get(client, 0) + 1

    def tell(self, wrong: str) -> None:
        with self.lock:
            self.wrong.append(wrong)

    def acknowledged(self) -> Counter[Sort]:
        return Counter(sending.sort for sending in self.sendings if sending.is_acknowledged)

    def of(self, sort: Sort) -> list[Sending]:
        return [sending for sending in self.sendings if sending.sort is sort]
