"""What core/prepared.py promises: the SQL of a queryset, put together once and filled in at each run."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from core.models import OutgoingEmail
from core.prepared import AnyOf, Prepared, Slot

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MAILS = OutgoingEmail.objects.order_by("pk")


@pytest.fixture
def mails():
    return [
        OutgoingEmail.objects.create(
            template="x", to=f"{name}@example.org", language="es", message_id=name, created_at=AT
        )
        for name in ("ana", "bruno", "carla")
    ]


def test_each_run_is_filled_in_anew(mails):
    one = Prepared(lambda: MAILS.filter(to=Slot("to")).values_list("message_id", "created_at"))
    assert one.run(to="ana@example.org") == [("ana", AT)]
    assert one.run(to="bruno@example.org") == [("bruno", AT)]
    assert one.run(to="' OR 1=1 --") == []


@pytest.mark.parametrize("wanted", [[], [0], [0, 2], [0, 1, 2]])
def test_a_list_may_be_of_any_length(mails, wanted):
    some = Prepared(lambda: MAILS.filter(AnyOf("pk", Slot("keys"))).values("message_id"))
    keys = [mails[place].pk for place in wanted]
    assert some.run(keys=keys) == [{"message_id": mails[place].message_id} for place in wanted]


def test_rows_of_values_are_those_of_the_queryset(mails):
    rows = MAILS.filter(pk__gt=Slot("after")).annotate(mark=Value(7)).values("to", "mark", "created_at")
    plain = MAILS.filter(pk__gt=mails[0].pk).annotate(mark=Value(7)).values("to", "mark", "created_at")
    assert Prepared(lambda: rows).run(after=mails[0].pk) == list(plain)


def test_what_only_orders_distinct_rows_is_not_given(mails):
    rows = MAILS.order_by("-created_at", "-message_id").values_list("to").distinct()
    assert Prepared(lambda: rows).run() == list(rows)


def test_models_come_with_what_was_annotated(mails):
    rows = Prepared(lambda: MAILS.filter(pk=Slot("pk")).annotate(mark=Value("seen")))
    found = rows.run(pk=mails[1].pk)
    assert (found, found[0].mark, found[0].created_at) == ([mails[1]], "seen", AT)
    assert found[0]._state.adding is False


def test_models_come_with_those_they_are_joined_to(cast, django_assert_num_queries):
    people = type(cast.ana.person).objects
    linked = Prepared(lambda: people.select_related("user").filter(pk=Slot("pk")))
    with django_assert_num_queries(1):
        [ana] = linked.run(pk=cast.ana.person.pk)
        assert ana.user == cast.ana.user
    [carla] = linked.run(pk=cast.carla.person.pk)
    assert carla.user is None


def test_a_forgotten_value_is_an_error_and_one_too_many_is_none(mails):
    one = Prepared(lambda: MAILS.filter(to=Slot("to")).values_list("pk"))
    with pytest.raises(KeyError, match="to"):
        one.run()
    assert one.run({"to": "ana@example.org", "other": 1}) == [(mails[0].pk,)]


def test_the_queryset_is_put_together_once(mails):
    built = []

    def build():
        built.append(1)
        return MAILS.filter(to=Slot("to")).values_list("pk")

    one = Prepared(build)
    with CaptureQueriesContext(connection) as captured:
        one.run(to="ana@example.org")
        one.run(to="carla@example.org")
    assert (len(built), len(captured)) == (1, 2)


def test_shapes_that_would_be_read_wrongly_are_refused():
    with pytest.raises(TypeError):
        Prepared(lambda: MAILS.filter(to=Slot("to")).values_list("pk", flat=True)).run(to="x")
