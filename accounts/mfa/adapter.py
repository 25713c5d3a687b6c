"""Where our rules enter allauth.mfa: secrets sealed, one name of the portal, a code drawn as one path."""

from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.qr import qr_code
from core.secrets import seal, unseal

# The one place where keys of apps and seeds of recovery codes lie.
PURPOSE = "mfa_authenticator.data"


class FactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        # allauth says this of a passkey that does not fit; accounts.mfa.forms has its own words for codes.
        "incorrect_code": _("We do not know this passkey. Try again, or choose another way."),
        "unverified_email": _("Confirm your e-mail first: follow the link that we have sent you."),
        "cannot_generate_recovery_codes": _("Set up a passkey or an app first."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose=PURPOSE)

    def generate_authenticator_name(
        self,
        user: AbstractBaseUser,
        type: Authenticator.Type,  # noqa: A002 - allauth's
    ) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Of the portal's own address, whatever Host the request came with: passkeys are bound to it."""
        return {"id": urlsplit(settings.SITE_URL).hostname, "name": settings.BRAND.name}

    def build_totp_svg(self, url: str) -> str:
        code = qr_code(url)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {code.size} {code.size}"'
            f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{code.size}v{code.size}H0z"/>'
            f'<path d="{code.path}"/></svg>'
        )
