"""How fast the nightly feed goes in, beside Django's own ways, and how much memory it takes.

    python bench/import_book.py --persons 1000000

One run: 100,000 rows by our import, by `bulk_create` and by `update_or_create`, then a book of the size
asked for (1.5 policies and 5 receipts a person), and the same book again. It starts its own PostgreSQL in a
temporary folder; nothing else should be busy on the machine.
"""

import argparse
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
NAMES = ("Aitana", "Biel", "Carme", "Dídac", "Elvira", "Fermín", "Gala", "Héctor", "Inés", "Jordi")
SURNAMES = (
    "Abad",
    "Bosch",
    "Crespo",
    "Duran",
    "Espí",
    "Font",
    "Garau",
    "Hoyos",
    "Íñiguez",
    "Jurado",
    "Llull",
)
SEED = 20260301
COMPARED = 100_000
SMALL = 10_000
# update_or_create is so slow that a part of the rows tells enough.
ONE_BY_ONE = 2_000


def generate(directory: Path, persons: int) -> Path:
    """A book with a seed, written as it is made."""
    from policies.imports.schema import tables

    directory.mkdir()
    draw = random.Random(SEED)
    policies = persons * 3 // 2
    rows = {
        "persons": (person(number, draw) for number in range(persons)),
        "policies": (policy(number, number % persons, draw) for number in range(policies)),
        "receipts": (receipt(number, policies, draw) for number in range(persons * 5)),
    }
    for table in tables():
        if table.name in rows:
            with (directory / table.file).open("w", encoding="utf-8") as out:
                out.write(f"{','.join(table.columns)}\n")
                out.writelines(f"{','.join(map(str, cells))}\n" for cells in rows[table.name])
    return directory


def person(number: int, draw: random.Random) -> tuple[object, ...]:
    dni = 10_000_000 + number
    born = f"{draw.randint(1935, 2007)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
    names = draw.choice(NAMES), draw.choice(SURNAMES), draw.choice(SURNAMES)
    home = f"Calle Mayor {draw.randint(1, 200)}", f"{draw.randint(1000, 52999):05}", "Soria", "es"
    phone = f"6{draw.randint(0, 99_999_999):08}"
    return f"P{number:08}", f"{dni}{LETTERS[dni % 23]}", *names, born, f"p{number}@example.org", phone, *home


def policy(number: int, holder: int, draw: random.Random) -> tuple[object, ...]:
    begins = f"2024-{draw.randint(6, 12):02}-01"
    premium = euros(draw.randint(8_000, 90_000))
    return f"F{number:08}", "PF-2024", f"P{holder:08}", begins, "", "levelled", "quarterly", premium


def receipt(number: int, policies: int, draw: random.Random) -> tuple[object, ...]:
    year, month = divmod(number // policies * 3, 12)
    due = f"{2025 + year}-{month + 1:02}-01"
    parts = draw.randint(1_000, 20_000), draw.randint(0, 99), draw.randint(0, 999)
    amounts = [euros(cents) for cents in (*parts, sum(parts))]
    return f"R{number:08}", f"F{number % policies:08}", due, due, f"{due[:8]}28", *amounts, due, "", ""


def euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=1_000_000, help="size of the whole book")
    parser.add_argument("--compared", type=int, default=COMPARED, help="rows of the comparison")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the comparison")
    parser.add_argument(
        "--folder", type=Path, help="where to put database and files (default: a temporary one)"
    )
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        import_in_this_process(options.child)
        return
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-", dir=options.folder or "/tmp"))
    folder.chmod(0o755)
    from portal.embedded import start_postgres

    server = start_postgres(folder / "pg")
    try:
        os.environ["DATABASE_URL"] = server.url
        prepare()
        print(
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, seed {SEED}\n"
        )
        compare(generate(folder / "compared", options.compared), options.compared, options.rounds)
        whole(folder, options.persons)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def prepare() -> None:
    set_up()
    from django.conf import settings
    from django.core.management import call_command

    from policies import catalogue

    call_command("migrate", verbosity=0)
    catalogue.load(settings.BRAND_DIR)


def set_up() -> None:
    defaults = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_ENV": "test",
        "SECRET_KEY": "only-for-the-benchmark",
        "SITE_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://127.0.0.1:1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    import django

    django.setup()


def compare(feed: Path, rows: int, rounds: int) -> None:
    """Read, checked and written, from the same files; in turn, because a machine is never equally calm."""
    from policies.imports.targets import TARGETS

    targets = {target.table.name: target for target in TARGETS}
    few = min(ONE_BY_ONE, rows)
    print(f"| {rows:,} rows, read and checked alike, median of {rounds} | rows/s | ours is faster by |")
    print("|---|--:|--:|")
    ways: dict[str, tuple[int, Callable[[], None]]]
    for name, clear in (("persons", empty), ("receipts", truncate_receipts)):
        target, alone = targets[name], only(feed, name)
        all_rows = rows if name == "persons" else rows * 5
        ways = {
            "our import": (all_rows, partial(take, alone)),
            "`bulk_create(update_conflicts=True)`": (rows, partial(bulk_create, target, feed, rows)),
            "`update_or_create`": (few, partial(update_or_create, target, feed, few)),
        }
        if name == "receipts":
            empty()
            take(only(feed, "persons", "policies"))
        per_row: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, (number, do) in ways.items():
                clear()
                per_row[way].append(timed(do) / number)
        ours = median(per_row["our import"])
        for way, (number, _) in ways.items():
            took = median(per_row[way])
            factor = "" if way == "our import" else f"{took / ours:,.1f} ×"
            print(f"| {name}, {number:,}: {way} | {1 / took:,.0f} | {factor} |", flush=True)


def whole(folder: Path, persons: int) -> None:
    feeds = {SMALL: generate(folder / "small", SMALL), persons: generate(folder / "whole", persons)}
    print("\n| whole book, in a process of its own | rows | seconds | rows/s | peak memory, MB |")
    print("|---|--:|--:|--:|--:|")
    peaks, seconds = {}, {}
    for size, feed in feeds.items():
        rows = size + size * 3 // 2 + size * 5
        empty()
        for again in ("first", "unchanged"):
            peak, took = in_a_child(feed)
            peaks[size, again], seconds[size, again] = peak, took
            print(
                f"| {size:,} people, {again} run | {rows:,} | {took:.1f} | {rows / took:,.0f} | {peak:.0f} |",
                flush=True,
            )
    memory = peaks[persons, "first"] / peaks[SMALL, "first"]
    faster = seconds[persons, "first"] / seconds[persons, "unchanged"]
    print(f"\nPeak memory at {persons:,} people: {memory:.2f} × that at {SMALL:,} (goal: at most 1.10 ×).")
    print(f"The unchanged book: {faster:.1f} times as fast (goal: at least 2).")


def in_a_child(feed: Path) -> tuple[float, float]:
    """Peak memory in MB, and seconds without the start of Python and Django."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--child", str(feed)], stdout=subprocess.PIPE, env=os.environ, text=True
    )
    assert child.stdout is not None
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit("The import failed.")
    return used.ru_maxrss / 1024, float(said.splitlines()[-1])


def import_in_this_process(feed: Path) -> None:
    set_up()
    print(timed(lambda: take(feed)))


def take(feed: Path) -> None:
    from policies.imports import import_book

    outcome = import_book(feed)
    assert outcome.refused == 0, outcome.refusals


def only(feed: Path, *names: str) -> Path:
    """A feed with some of the files."""
    part = Path(tempfile.mkdtemp(dir=feed.parent))
    for name in names:
        (part / f"{name}.csv").symlink_to(feed / f"{name}.csv")
    return part


def checked(target: Any, feed: Path, limit: int) -> Iterator[dict[str, Any]]:
    """The fields of a model for each row, with the ids that its keys stand for."""
    from accounts.models import Person
    from core.ages import today_in_madrid
    from policies.imports.reading import TableFile
    from policies.models import Edition, Policy

    ids: dict[str, dict[str, int]] = {}
    if target.table.name == "policies":
        ids = {
            "edition": dict(Edition.objects.values_list("code", "pk")),
            "holder_key": dict(Person.objects.values_list("key", "pk")),
        }
    elif target.table.name == "receipts":
        ids = {"policy_number": dict(Policy.objects.values_list("number", "pk"))}
    columns = target.table.columns
    names = [target.model_field(column).attname for column in columns]
    file = TableFile(feed / target.table.file, target.table, today=today_in_madrid())
    for done, row in enumerate(file.rows()):
        if done == limit:
            break
        values = [
            ids[column][value] if column in ids else (target.empty(column) if value is None else value)
            for column, value in zip(columns, row.values, strict=True)
        ]
        yield dict(zip(names, values, strict=True))
    file.close()


def bulk_create(target: Any, feed: Path, limit: int) -> None:
    key = target.model_field(target.table.key).name
    rows = checked(target, feed, limit)
    while fields := list(islice(rows, 1_000)):
        target.model._default_manager.bulk_create(
            [target.model(**each) for each in fields],
            update_conflicts=True,
            unique_fields=[key],
            update_fields=[
                target.model_field(column).name
                for column in target.table.columns
                if column != target.table.key
            ],
        )


def update_or_create(target: Any, feed: Path, limit: int) -> None:
    key = target.model_field(target.table.key).name
    for fields in checked(target, feed, limit):
        target.model._default_manager.update_or_create(**{key: fields.pop(key)}, defaults=fields)


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        # The tables that are append-only refuse it otherwise; this server is thrown away afterwards.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("TRUNCATE accounts_person CASCADE")
        cursor.execute("RESET session_replication_role")


def truncate_receipts() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE policies_premiumreceipt")


def timed(do: Callable[[], None]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
