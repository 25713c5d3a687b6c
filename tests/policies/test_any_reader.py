"""A prepared read gives each reader what `visible_to` gives them, also when another asked just before."""

import pytest

from core.prepared import Prepared
from policies.access import ANY_READER, Level, of_reader
from policies.models import Certificate, Copayment, InsuredPerson, Policy

pytestmark = pytest.mark.django_db

NAMES = ("ana", "bruno", "diego", "elena", "felix", "gema", "hugo")
READS = [
    *(lambda reader, level=level: InsuredPerson.objects.visible_to(reader, level) for level in Level),
    *(lambda reader, level=level: Policy.objects.visible_to(reader, level) for level in Level),
    *(lambda reader, level=level: Copayment.objects.visible_to(reader, level) for level in Level),
    Certificate.objects.visible_to,
]


@pytest.mark.parametrize("read", READS)
def test_prepared_reads_obey_the_family_rule(cast, read):
    prepared = Prepared(lambda: read(ANY_READER).order_by("pk").values_list("pk"))
    for name in NAMES:
        user = getattr(cast, name).user
        if user is not None:
            assert prepared.run(of_reader(user)) == list(read(user).order_by("pk").values_list("pk"))


def test_who_is_not_linked_finds_nothing(cast):
    prepared = Prepared(lambda: InsuredPerson.objects.visible_to(ANY_READER).values_list("pk"))
    assert cast.hugo.user.person_on_file is None
    assert prepared.run(of_reader(cast.hugo.user)) == []
