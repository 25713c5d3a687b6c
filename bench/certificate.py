"""What a travel certificate costs a worker: the first one, the next ones, and what keeping styles saves.

    .venv/bin/python bench/certificate.py [--papers 40]

No database is needed: the statement is made up, as long as that of the longest edition. CPU time is the fair
figure on a shared machine. Goals: a warm paper within 0.5 s of CPU and 60 kB, at most 250 MB of memory.
"""

import argparse
import os
import resource
import statistics
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

GOAL_SECONDS, GOAL_BYTES, GOAL_MEGABYTES = 0.5, 60_000, 250


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=40)
    papers = parser.parse_args().papers
    # With these two no server is started, and none is asked for.
    os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings_test")
    import django

    django.setup()
    before = time.process_time()
    from core import pdf

    print(f"load the engine          {time.process_time() - before:6.2f} s CPU")
    context = made_up()
    first, size = timed(pdf, context)
    print(f"first paper              {first:6.2f} s CPU   {size / 1000:.1f} kB")
    warm = statistics.median(timed(pdf, context)[0] for _ in range(papers))
    print(f"next papers (median)     {warm:6.2f} s CPU   {1 / warm:.1f} a second and core")
    cold = statistics.median(timed(pdf, context, forget=True)[0] for _ in range(max(3, papers // 4)))
    print(f"styles parsed every time {cold:6.2f} s CPU   {cold / warm:.2f} x")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory              {memory:6.0f} MB")
    met = warm <= GOAL_SECONDS and size <= GOAL_BYTES and memory <= GOAL_MEGABYTES
    print("goals met" if met else "goals missed")
    return 0 if met else 1


def timed(pdf: Any, context: dict[str, Any], *, forget: bool = False) -> tuple[float, int]:
    from policies.actions import TEMPLATE

    if forget:
        pdf._style.cache_clear()
    before = time.process_time()
    data = pdf.render_pdf(TEMPLATE, context, language="es")
    return time.process_time() - before, len(data)


def made_up() -> dict[str, Any]:
    from policies.models import Certificate
    from policies.statements import paper

    text = "Una frase corta que dice cuándo vale y qué hace falta."
    row = {
        "name": "Gastos médicos en el extranjero",
        "figure": "80,00 € por día, 800,00 € como mucho",
        "text": text,
    }
    return paper(
        Certificate(
            starts_on=date(2026, 7, 1),
            ends_on=date(2026, 7, 20),
            destination="schengen",
            country="Francia e Italia",
            language="es",
            statement={
                "insurer": "Alborada Seguros",
                "company": "Alborada Seguros y Reaseguros, S.A.",
                "legal_line": "Alborada Seguros y Reaseguros, S.A. · NIF A00012344 · Madrid",
                "name": "Núria Peña Güell",
                "dni": "•••••678Z",
                "policy": "S-1000001",
                "product": "Salud",
                "edition": "Salud 2026",
                "cover": "Asistencia en viaje",
                "clause": "2.1",
                "trip_days": 180,
                "territory": text,
                "residence": text,
                "sums": [{**row, "details": [text]}] * 13,
                "services": [{**row, "details": []}] * 18,
                "conditions": [row] * 5,
                "exclusions": [text] * 13,
                "medical": "20.000,00 €",
                "schengen_minimum": "30.000,00 €",
                "schengen_met": False,
                "phones": [{"name": "Asistencia", "number": "+34 910 000 001", "hours": "24 horas"}],
            },
        )
    )


if __name__ == "__main__":
    sys.exit(main())
