from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


def passkeys_keep_to_the_portal(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Nothing here needs that switch: browsers and the library take http of localhost without it."""
    if getattr(settings, "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", False):
        text = "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN takes passkeys of any other address."
        return [Error(text, hint="Take it out of the settings.", id="accounts.E001")]
    return []
