"""Customers who keep on sending: questions, files, messages, another bank account, other contact data, and
who ask for copies of what they sent; on the same machine, somebody without an account who asks.
"""

import contextlib
import hashlib
import itertools
import queue
import random
import re
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from portal.demo.book_money import iban
from tests.crash import numbered
from tests.crash.browser import LOGIN, REAUTHENTICATE, Answer, Away, Browser
from tests.crash.journal import Journal, Sending, Sort
from tests.people import PASSWORD

# A person may send twenty files a day.
FILES_A_PERSON = 15
# One of so many that were not answered is never sent again, and one of so many that were is.
GIVES_UP, SENDS_TWICE = 3, 4
# How often one form is tried: whoever comes here has found a portal that does not come back.
TRIES, PAUSE_SECONDS = 2000, 0.15
# How often a question is followed by a message, a copy, or a question of somebody without an account.
ONE_IN = 3
ASK_PUBLIC, ASKED = "/servicing/ask-without-account/", "/servicing/asked/"
REFERENCE = re.compile(r"\bCON-[0-9A-Z]{10}\b")

accounts, files = itertools.count(1001), itertools.count(1)


class GaveUp(Exception):  # noqa: N818
    """As a customer does who closes the browser."""


class Client(threading.Thread):
    def __init__(
        self, number: int, port: int, people: "queue.Queue[dict[str, str]]", journal: Journal, seed: str
    ) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self.number, self.port, self.people, self.journal = number, port, people, journal
        self.draw = random.Random(f"{seed} {number}")
        self.may_go, self.is_over, self.is_still = threading.Event(), threading.Event(), threading.Event()
        self.may_go.set()
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.is_over.is_set():
                self._be(self.people.get_nowait())
        except BaseException as error:
            self.failed = error
        finally:
            self.is_still.set()

    def rest(self) -> None:
        """Nothing is under way when this returns."""
        self.may_go.clear()
        self.is_still.wait()

    def go_on(self) -> None:
        self.is_still.clear()
        self.may_go.set()

    def _be(self, person: dict[str, str]) -> None:
        """One customer, from the log-in until the files of the day are used up."""
        self.log_in(person)
        self._try(self._account)
        self._try(self._contact_data)
        for number in range(FILES_A_PERSON):
            if self._stops():
                return
            # The first time everything, so that a short run has all of it.
            self._try(partial(self._question_with_a_file, everything=not number))
            if self._perhaps(not number):
                self._try(self._question_of_a_stranger)

    def _stops(self) -> bool:
        if not self.may_go.is_set():
            self.is_still.set()
            while not (self.may_go.wait(0.5) or self.is_over.is_set()):
                pass
        return self.is_over.is_set()

    def _try(self, do: Callable[[], None]) -> None:
        with contextlib.suppress(GaveUp):
            do()

    def _question_with_a_file(self, *, everything: bool) -> None:
        reference = self._question()
        self._file(reference)
        if self._perhaps(everything):
            self._message(reference)
        if self._perhaps(everything):
            self._copy(reference)

    def _perhaps(self, surely: bool) -> bool:
        return surely or self.draw.randrange(ONE_IN) == 0

    # --- what is sent -----------------------------------------------------------------------------

    def _question(self) -> str:
        page = self._page("/servicing/ask/")
        key = page.hidden("sent_key")
        words = f"¿Qué me falta por enviar? {uuid.uuid4()}"
        fields = {"topic": "receipts", "question": words, "sent_key": key, "send": "1"}
        sending = self._note(Sort.QUESTION, key, words)
        began = time.monotonic()
        self._send(sending, "/servicing/ask/", fields, page)
        self.journal.waits.append(time.monotonic() - began)
        return sending.reference

    def _file(self, reference: str) -> None:
        number = next(files)
        name, content = numbered.content(number)
        sending = self._note(Sort.FILE, hashlib.sha256(content).hexdigest(), name, reference, number)
        self._send(sending, f"/requests/{reference}/upload/", {}, self._case(reference), (name, content))

    def _message(self, reference: str) -> None:
        page = self._case(reference)
        key, words = page.hidden("sent_key"), f"Una cosa más. {uuid.uuid4()}"
        sending = self._note(Sort.MESSAGE, key, words, reference)
        self._send(sending, f"/requests/{reference}/message/", {"body": words, "sent_key": key}, page)

    def _copy(self, reference: str) -> None:
        path = f"/requests/{reference}/copy/"
        sending = self._note(Sort.COPY, reference, "", reference)
        self._send(sending, path, {}, self._page(path))

    def _question_of_a_stranger(self) -> None:
        """No log-in, an address and a mailbox of its own: of each only a few questions an hour are taken."""
        customer, self.browser = self.browser, Browser(self.port, self._address())
        try:
            page, words = self._page(ASK_PUBLIC), f"¿Me cubre el dentista? {uuid.uuid4()}"
            key, mailbox = page.hidden("sent_key"), f"{uuid.uuid4().hex}@example.org"
            fields = {"topic": "other", "question": words, "name": "Rosa Vidal", "email": mailbox}
            sending = self._note(Sort.STRANGER, key, words, email=mailbox)
            self._send(sending, ASK_PUBLIC, {**fields, "sent_key": key, "send": "1"}, page)
        finally:
            self.browser = customer

    def _account(self) -> None:
        path = f"/servicing/bank-account/{self.policy}/"
        page = self._page(path)
        key, account = page.hidden("sent_key"), iban(next(accounts))
        fields = {"iban": account, "account_owner": "Pilar Rey", "owner_agrees": "on", "sent_key": key}
        fields |= {
            "replaces": page.hidden("replaces"),
            "csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken"),
        }
        self._send_checked(Sort.ACCOUNT, path, fields, key, account)

    def _contact_data(self) -> None:
        path = "/servicing/profile/"
        page = self._page(path)
        key, address = page.hidden("sent_key"), f"C. Mayor {uuid.uuid4()}"
        fields = {"phone": "600 333 444", "address": address, "postcode": "28001", "town": "Madrid"}
        fields |= {"language": "es", "reply_channel": "email", "sent_key": key}
        fields["csrfmiddlewaretoken"] = page.hidden("csrfmiddlewaretoken")
        self._send_checked(Sort.CONTACT, path, fields, key, address)

    def _send_checked(self, sort: Sort, path: str, fields: dict[str, str], key: str, words: str) -> None:
        """In two steps: what was typed is shown once more, on a page of its own."""
        checked = self._patiently(lambda: self.browser.post(path, fields))
        if checked.status != 302 or not checked.path.startswith(path):
            self._wrong(f"the form of a {sort}", checked)
        sending = self._note(sort, key, words)
        self._send(sending, checked.path, {}, self._page(checked.path))

    # --- how it is sent ---------------------------------------------------------------------------

    def _note(
        self, sort: Sort, mark: str, words: str, reference: str = "", number: int = 0, email: str = ""
    ) -> Sending:
        sending = Sending(sort, email or self.email, mark, words, reference, number)
        self.journal.sendings.append(sending)
        return sending

    def _send(
        self,
        sending: Sending,
        path: str,
        fields: dict[str, str],
        page: Answer,
        file: tuple[str, bytes] | None = None,
    ) -> None:
        """Until it is acknowledged, the same form again; or never again. Some press twice."""
        fields = {**fields, "csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken")}
        times = 2 if self.draw.randrange(SENDS_TWICE) == 0 else 1
        for _ in range(TRIES):
            self.journal.begin()
            sending.sent += 1
            try:
                answer = self.browser.post(path, fields, file)
                if answer.path == REAUTHENTICATE:
                    answer = self._confirm(answer.location)
                    if answer.path == path:
                        continue  # the password was taken, the form is wanted once more
            except Away:
                self.journal.away += 1
                if not sending.is_acknowledged and self.draw.randrange(GIVES_UP) == 0:
                    raise GaveUp from None
                self.is_over.wait(PAUSE_SECONDS)
                continue
            self._acknowledge(sending, answer)
            times -= 1
            if not times:
                return
        raise AssertionError(f"{path} was sent {TRIES} times in vain")

    def _confirm(self, location: str) -> Answer:
        """The password once more; what was sent goes on from there."""
        page = self.browser.get(location)
        fields = {name: page.hidden(name) for name in ("csrfmiddlewaretoken", "next")}
        return self.browser.post(location, {**fields, "password": PASSWORD})

    def _acknowledge(self, sending: Sending, answer: Answer) -> None:
        reference = self._reference(sending, answer)
        if sending.reference not in {"", reference}:
            self._wrong(f"a {sending.sort} of {sending.reference}", answer)
        sending.reference = reference
        self.journal.acknowledge(sending, self.number)

    def _reference(self, sending: Sending, answer: Answer) -> str:
        """Which case they are led to. Who has no account reads it on the last page."""
        wanted = {Sort.STRANGER: ASKED, Sort.COPY: f"/requests/{sending.reference}/copy/"}
        path = wanted.get(sending.sort)
        if answer.status != 302 or not (
            answer.path == path if path else answer.path.startswith("/requests/")
        ):
            self._wrong(f"a {sending.sort}", answer)
        if sending.sort is Sort.STRANGER:
            page = self._page(ASKED)
            found = REFERENCE.search(page.text)
            return found.group() if found else self._wrong("the page after a question", page)
        return answer.path.split("/")[2]

    def log_in(self, person: dict[str, str]) -> None:
        self.email, self.policy = person["email"], person["policy"]
        self.browser = Browser(self.port, self._address())
        page = self._patiently(lambda: self.browser.get(LOGIN))
        fields = {"login": self.email, "password": PASSWORD}
        fields["csrfmiddlewaretoken"] = page.hidden("csrfmiddlewaretoken")
        answer = self._patiently(lambda: self.browser.post(LOGIN, fields))
        if answer.status != 302:
            self._wrong("the log-in", answer)

    def _address(self) -> str:
        return f"10.{self.number}.{self.draw.randrange(250)}.{self.draw.randrange(250)}"

    def _page(self, path: str) -> Answer:
        answer = self._patiently(lambda: self.browser.get(path))
        if answer.status != 200:
            self._wrong(f"GET {path}", answer)
        return answer

    def _case(self, reference: str) -> Answer:
        """Who has sent something sees it: no page without it, no log-in page in its place."""
        page = self._page(f"/requests/{reference}/")
        if reference not in page.text:
            self._wrong(f"the page of {reference}", page)
        return page

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        for _ in range(TRIES):
            self.journal.begin()
            try:
                return ask()
            except Away:
                self.journal.away += 1
                self.is_over.wait(PAUSE_SECONDS)
        raise AssertionError(f"nothing came back in {TRIES} tries")

    def _wrong(self, what: str, answer: Answer) -> NoReturn:
        told = f"{what}: {answer.status} {answer.location} {' '.join(answer.text.split())[:400]}"
        self.journal.tell(told)
        raise AssertionError(told)
