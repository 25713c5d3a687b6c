"""The people of the demo who have a name: the cast, and some who have no account yet."""

from datetime import date

from core.deadlines import add_days, add_months
from portal.demo.book import FUNERAL_2012, FUNERAL_2024, HEALTH, Book, Member, Someone
from portal.demo.book_money import Story

# Those whose premiums are paid come first: they can try everything.
WALK_ONS = (
    "P-ines",
    "P-joan",
    "P-rosa",
    "P-nadia",
    "P-oscar",
    "P-pilar",
    "P-ramon",
    "P-lucia",
    "P-mateo",
)


def born(years: int, on: date) -> date:
    """A birthday half a year from today, so that the age stays right for as long as possible."""
    return add_months(date(on.year - years, on.month, 1), -6)


def add_named_people(book: Book) -> None:
    """The cast, whom all tests and pages know too, and those who have no account yet."""
    on = book.on
    ana = Someone("P-ana", "Ana", "Ferrer", "Vidal", born(44, on), "12345678Z", "ana@example.org")
    bruno = Someone("P-bruno", "Bruno", "Soto", "Gil", born(46, on), "87654321X", "bruno@example.org")
    carla = Someone("P-carla", "Carla", "Soto", "Ferrer", born(9, on))
    diego = Someone("P-diego", "Diego", "Soto", "Ferrer", born(16, on), "11111111H")
    elena = Someone("P-elena", "Elena", "Mas", "Roca", born(72, on), "X1234567L", "elena@example.org", "ca")
    family = [
        Member(ana, "holder"),
        Member(bruno, "spouse"),
        Member(carla, "child", (ana, bruno)),
        Member(diego, "child", (ana, bruno)),
    ]
    book.add_policy(
        "S-1000001",
        HEALTH,
        family,
        effective_on=date(on.year - 3, 1, 1),
        modality="annual",
        options=["health_reimbursement"],
        premium="3124.80",
    )
    book.add_policy(
        "F-2000001",
        FUNERAL_2024,
        family,
        effective_on=max(date(2024, 7, 1), add_months(on.replace(day=1), -36)),
        modality="levelled",
        options=["additional", "hospital", "accident", "care_plus"],
    )
    book.add_policy(
        "F-1200001",
        FUNERAL_2012,
        [Member(elena, "holder")],
        effective_on=date(2014, 3, 1),
        modality="semi_natural",
        instalments="quarterly",
        options=["additional", "care_plus"],
    )
    add_walk_ons(book)


def add_walk_ons(book: Book) -> None:
    """Adults with a policy and an e-mail on file who have not registered, each with another story."""
    on = book.on
    shared = "casa.prats@example.org"
    girona = ("Carrer Nou 12, 1r 2a", "17001", "Girona")
    ines = Someone("P-ines", "Inés", "Robles", "Cano", born(38, on), "22334455Y", "ines.robles@example.org")
    joan = Someone(
        "P-joan", "Joan", "Puig", "Serra", born(51, on), "33445566R", "joan.puig@example.org", "ca", girona
    )
    rosa = Someone("P-rosa", "Rosa", "Cid", "Pardo", born(76, on), "55667788Z", "rosa.cid@example.org")
    nadia = Someone("P-nadia", "Nadia", "Haddad", "", born(33, on), "Y7654321G", "nadia.haddad@example.org")
    oscar = Someone("P-oscar", "Óscar", "Vega", "Luna", born(60, on), "44556677L", "oscar.vega@example.org")
    pilar = Someone("P-pilar", "Pilar", "Nieto", "Rey", born(47, on), "24681357B", "pilar.nieto@example.org")
    ramon = Someone("P-ramon", "Ramón", "Ochoa", "Lara", born(55, on), "35792468Y", "ramon.ochoa@example.org")
    lucia = Someone("P-lucia", "Lucía", "Prats", "Mora", born(41, on), "66778899D", shared)
    mateo = Someone("P-mateo", "Mateo", "Lobo", "Rey", born(43, on), "77889900D", shared)
    ten_days_ago = add_days(on, -10)
    stories = (
        (ines, "levelled", Story.IN_FORCE),
        (joan, "renewable", Story.LATE),
        (nadia, "semi_natural", Story.GRACE),
        (oscar, "renewable", Story.SUSPENDED),
        (pilar, "levelled", Story.RESTORED),
        (ramon, "semi_natural", Story.EXTINGUISHED),
    )
    for number, (who, modality, story) in enumerate(stories, start=1):
        book.add_policy(
            f"F-210000{number}",
            FUNERAL_2024,
            [Member(who, "holder")],
            effective_on=max(date(2024, 6, 1), add_months(ten_days_ago, -20)),
            modality=modality,
            story=story,
        )
    book.add_policy(
        "F-2100007",
        FUNERAL_2024,
        [Member(rosa, "holder")],
        effective_on=max(date(2024, 6, 1), add_months(ten_days_ago, -14)),
        modality="single",
        instalments="single",
    )
    households = ([Member(ines, "holder")], [Member(lucia, "holder"), Member(mateo, "spouse")])
    for number, members in enumerate(households, start=1):
        book.add_policy(
            f"S-110000{number}",
            HEALTH,
            members,
            effective_on=add_months(ten_days_ago, -13),
            modality="annual",
            options=["health_reimbursement"],
        )
