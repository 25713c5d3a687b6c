"""Who may log in to the demo, and who of the insurer's book has no account yet."""

import base64
from collections import Counter
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from accounts.models import Person, User
from portal.demo.book_cast import WALK_ONS


@dataclass(frozen=True)
class DemoUser:
    """`person_key`: whom the account is linked to. `group`: what staff may see."""

    name: str
    role: str
    email: str
    password: str
    person_key: str = ""
    group: str = ""
    is_superuser: bool = False
    language: str = "es"

    @property
    def is_staff(self) -> bool:
        return bool(self.group) or self.is_superuser


CALL_CENTRE = "Call centre"
MEDICAL_REVIEW = "Medical review"

# What a call needs to be answered: to look, not at health or at the record of who looked.
_SEEN = (
    "accounts.view_person", "accounts.view_user", "accounts.view_accountrequest",
    "cases.view_cannedtext", "cases.view_case", "cases.view_casedocument", "cases.view_caseevent",
    "cases.view_deadline", "cases.view_message", "cases.view_paper",
    "core.view_outgoingemail",
    "policies.view_card", "policies.view_certificate", "policies.view_cover", "policies.view_edition",
    "policies.view_insuredperson", "policies.view_limit", "policies.view_mandate", "policies.view_policy",
    "policies.view_premiumreceipt", "policies.view_product",
    "servicing.view_bankaccountchange", "servicing.view_contactdatachange", "servicing.view_enquiry",
)  # fmt: skip
# A button needs `change`; what customers wrote and the insurer's book are nobody's to change.
PERMISSIONS = {
    CALL_CENTRE: (
        *_SEEN,
        "accounts.change_accountrequest", "accounts.change_user",
        "cases.add_cannedtext", "cases.change_cannedtext", "cases.change_case",
        "core.change_outgoingemail", "policies.change_certificate", "servicing.change_bankaccountchange",
    ),
    MEDICAL_REVIEW: (*_SEEN, "policies.view_copayment", "cases.change_case"),
}  # fmt: skip

USERS = (
    DemoUser(
        "Ana Ferrer Vidal",
        "holder of a health and a funeral policy; mother of Carla (9) and Diego (16)",
        "ana@example.org",
        "Veleta-Roja-58",
        "P-ana",
    ),
    DemoUser(
        "Bruno Soto Gil",
        "Ana's husband: insured in both policies, holder of none",
        "bruno@example.org",
        "Timbal-Gris-63",
        "P-bruno",
    ),
    DemoUser(
        "Elena Mas Roca",
        "holder of a funeral policy of 2012; a stranger to the others; reads Catalan",
        "elena@example.org",
        "Molino-Blanc-27",
        "P-elena",
        language="ca",
    ),
    DemoUser("Hugo", "registered, not linked to anybody on file", "hugo@example.org", "Candil-Verde-94"),
    DemoUser(
        "Félix",
        "staff: call centre (admin pages)",
        "felix@alborada.example",
        "Tejado-Ocre-71",
        group=CALL_CENTRE,
    ),
    DemoUser(
        "Gema",
        "staff: medical reviewer (admin pages)",
        "gema@alborada.example",
        "Piedra-Azul-36",
        group=MEDICAL_REVIEW,
    ),
    DemoUser(
        "Administrator",
        "staff: everything (admin pages)",
        "admin@alborada.example",
        "Brezo-Llano-85",
        is_superuser=True,
    ),
)


def totp_secret(user: DemoUser) -> str:
    """The key of the app of staff. It follows from the secret key of this installation, kept under var/."""
    drawn = salted_hmac("portal.demo.people", user.email, algorithm="sha256").digest()
    return base64.b32encode(drawn[:20]).decode()


def people() -> list[dict[str, str]]:
    """Name, role, log-in and password of each account of the demo; of staff the key of their app too."""
    return [
        {"name": user.name, "role": user.role, "login": user.email, "password": user.password}
        | ({"totp_secret": totp_secret(user)} if user.is_staff else {})
        for user in USERS
    ]


def unregistered() -> list[dict[str, str | bool]]:
    """Adults of the book whose mailbox has no account yet: each can register.

    Of people with one mailbox only the first is named: an account has a mailbox of its own. Who
    `shares_mailbox` is asked for DNI and date of birth after the registration.
    """
    on_file = {person.key: person for person in Person.objects.filter(key__in=WALK_ONS, user=None)}
    people = [on_file[key] for key in WALK_ONS if key in on_file]
    taken = set(User.objects.values_list("email", flat=True))
    shared = Counter(
        Person.objects.filter(email__in={p.email for p in people}).values_list("email", flat=True)
    )
    first = {person.email: person for person in reversed(people) if person.email not in taken}
    return [
        {
            "name": person.full_name,
            "email": person.email,
            "dni": person.dni or "",
            "date_of_birth": person.born_on.isoformat(),
            "shares_mailbox": shared[person.email] > 1,
        }
        for person in people
        if first.get(person.email) is person
    ]
