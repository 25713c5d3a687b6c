"""The chain: it grows by one, in order, and nobody changes a row of it."""


from core import audit
from core.models import AuditEntry
from tests.people import Cast


def test_each_row_follows_the_one_before(cast: Cast) -> None:
    first = audit.record("read", by=cast.gema.user, subject=cast.ana.person, what="CAS-1", reason="call")
    second = audit.record("press-take", by=None)
    assert (first.seq, first.previous) == (1, AuditEntry.GENESIS)
    assert (second.seq, second.previous) == (2, first.digest)
    stored = AuditEntry.objects.get(seq=1)
    assert stored.computed_digest() == stored.digest == first.digest
