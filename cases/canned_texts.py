"""Ready-made words of the team: written once in every language, put into a form in the customer's."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.lifecycle import kinds

if TYPE_CHECKING:
    from cases.models import Case

# What may stand in braces, and nothing else: what it is filled with.
PLACEHOLDERS = {
    "name": gettext_lazy("name of the customer"),
    "reference": gettext_lazy("reference of the request"),
    "request": gettext_lazy("kind of the request"),
    "policy": gettext_lazy("policy number"),
    "insurer": gettext_lazy("name of the insurer"),
    "phone": gettext_lazy("our telephone number"),
}
_BRACES = re.compile(r"\{([^{}]*)\}")


class CannedTextQuerySet(models.QuerySet["CannedText"]):
    def for_case(self, case: "Case", use: str) -> "CannedTextQuerySet":
        return self.filter(
            Q(kind="") | Q(kind=case.kind), Q(topic="") | Q(topic=case.topic), use=use, active=True
        ).order_by("title", "pk")


class CannedText(models.Model):
    class Use(models.TextChoices):
        """Which form it helps to fill in."""

        MESSAGE = "message", gettext_lazy("Message or answer")
        PAPER = "paper", gettext_lazy("Why we need a paper")
        REFUSAL = "refusal", gettext_lazy("Explanation of a refusal")

    # As much as the field takes that it is put into; see cases/admin/forms.py.
    LONGEST = {Use.MESSAGE: 5000, Use.PAPER: 300, Use.REFUSAL: 2000}

    key = models.SlugField(
        gettext_lazy("key"), max_length=60, unique=True,
        help_text=gettext_lazy("A short name without spaces. It does not change."),
    )  # fmt: skip
    use = models.CharField(gettext_lazy("used for"), max_length=10, choices=Use, default=Use.MESSAGE)
    kind = models.CharField(gettext_lazy("kind of request"), max_length=30, blank=True)
    topic = models.CharField(gettext_lazy("topic"), max_length=30, blank=True)
    title = models.CharField(
        gettext_lazy("title"), max_length=100, help_text=gettext_lazy("For the team; no customer reads it.")
    )
    # {"es": "…", "ca": "…"}: a language that is missing is one in which the text is not offered.
    bodies = models.JSONField(gettext_lazy("texts"), default=dict)
    active = models.BooleanField(gettext_lazy("active"), default=True)

    objects = CannedTextQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("ready-made text")
        verbose_name_plural = gettext_lazy("ready-made texts")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ValidationError(problems)

    def _problems(self) -> Iterator[str]:
        if self.kind and self.kind not in {kind.code for kind in kinds()}:
            yield _("There is no kind of request %(kind)s.") % {"kind": self.kind}
        if self.topic and not any(
            self.topic in kind.topics for kind in kinds() if self.kind in ("", kind.code)
        ):
            yield _("This kind of request has no topic %(topic)s.") % {"topic": self.topic}
        bodies: Mapping[str, Any] = self.bodies if isinstance(self.bodies, Mapping) else {}
        if not any(isinstance(body, str) and body.strip() for body in bodies.values()):
            yield _("Write the text in at least one language.")
        for language, body in bodies.items():
            if language not in dict(settings.LANGUAGES) or not isinstance(body, str):
                yield _("There is no language %(language)s.") % {"language": language}
            else:
                yield from (f"{language}: {problem}" for problem in problems_of(body, self.use))


def problems_of(body: str, use: str) -> Iterator[str]:
    """What is wrong with the text of one language."""
    longest = CannedText.LONGEST.get(use)  # type: ignore[call-overload]
    if longest and len(body) > longest:
        yield _("At most %(count)s characters fit into this form.") % {"count": longest}
    for name in _BRACES.findall(body):
        if name not in PLACEHOLDERS:
            yield _("{%(name)s} cannot be filled in. These can: %(known)s.") % {
                "name": name,
                "known": ", ".join(f"{{{known}}}" for known in PLACEHOLDERS),
            }
    if set(_BRACES.sub("", body)) & {"{", "}"}:
        yield _("A brace stands alone. Braces only go around what is filled in, such as {name}.")


def words_for(text: CannedText, case: "Case") -> str:
    """In the customer's language, filled in; "" where a language or a value is missing.

    Half a sentence ("your policy ,") must never reach a customer.
    """
    body = str(text.bodies.get(case.language, "")).strip()
    wanted = _BRACES.findall(body)
    values = values_of(case) if wanted else {}
    if any(not values.get(name) for name in wanted):
        return ""
    return _BRACES.sub(lambda found: values[found[1]], body)


def values_of(case: "Case") -> dict[str, str]:
    person = case.asked_by.person_on_file if case.asked_by else None
    brand = settings.BRAND
    with translation.override(case.language):
        return {
            "name": (person.first_name if person else case.contact_name).strip(),
            "reference": case.reference,
            "request": str(case.the_kind.label),
            "policy": case.policy.number if case.policy else "",
            "insurer": brand.name,
            "phone": brand.helpline.display,
        }
