from functools import cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpRequest


@cache
def brand_digest() -> str:
    """Changes with the brand's colours: part of the address of their stylesheet, so that it may be kept."""
    return sha256(settings.BRAND.colours.stylesheet.encode()).hexdigest()[:12]


def brand(request: HttpRequest | None = None) -> dict[str, Any]:
    return {"brand": settings.BRAND, "brand_digest": brand_digest(), "site_url": settings.SITE_URL}
