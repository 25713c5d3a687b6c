import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import PortalClient


@pytest.fixture
def visitor() -> Callable[..., PortalClient]:
    """Another browser each time, of somebody who reads English."""

    def visitor(language: str = "en") -> PortalClient:
        return PortalClient(headers={"accept-language": language})

    return visitor


@pytest.fixture
def link_in() -> Callable[[Any], str]:
    """The path of the first link of the portal in a mail."""

    def link_in(mail: Any) -> str:
        found = re.search(r"http://testserver(/accounts/\S+)", mail.body)
        assert found, mail.body
        return found[1]

    return link_in
