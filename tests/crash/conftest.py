"""`make crash`, or a part of it: make crash ARGS="--victim worker --moments 5 --seed 7"."""

import random
from collections.abc import Iterator

import pytest

from tests.crash.stack import VICTIMS, Stack, started

MOMENTS = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--victim", choices=VICTIMS, help="only this one")
    parser.addoption("--moments", type=int, default=MOMENTS, help=f"how often each is killed ({MOMENTS})")
    parser.addoption("--seed", type=int, help="of an earlier run")


# The options exist only when pytest was asked for this folder.


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    asked = request.config.getoption("--seed", default=None)
    return random.SystemRandom().randrange(10**6) if asked is None else int(asked)


@pytest.fixture(scope="session")
def moments(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--moments", default=MOMENTS))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    only = config.getoption("--victim", default=None)
    if only:
        items[:] = [item for item in items if getattr(item, "callspec", None) and only in item.callspec.id]  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """One portal for all victims: what one leaves behind the next one would trip over."""
    with started(lambda: bool(request.session.testsfailed)) as stack:
        yield stack


@pytest.fixture
def another_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """For what spoils it."""
    with started(lambda: bool(request.session.testsfailed)) as stack:
        yield stack
