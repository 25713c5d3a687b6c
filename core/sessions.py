"""Django's own sessions in the database, found by a query that is put together once a process."""

from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from core.prepared import Prepared, Slot


def _live() -> Any:
    # Settings name this module before models can be loaded.
    from django.contrib.sessions.models import Session

    return Session.objects.filter(session_key=Slot("key"), expire_date__gt=Slot("now"))


_LIVE = Prepared(_live)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        found = _LIVE.run(key=self.session_key, now=timezone.now())
        if not found:
            self._session_key = None
            return None
        return found[0]
