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
        PAPER = "paper", gettext_lazy("Paper that we ask for")
        REFUSAL = "refusal", gettext_lazy("Explanation of a refusal")

    # As much as the field takes that it is put into; see cases/admin/forms.py.
    LONGEST = {Use.MESSAGE: 5000, Use.PAPER: 300, Use.REFUSAL: 2000}
    # What the form for a paper asks for beside the reason, which is the text itself.
    OF_PAPER = {"name": 120, "example": 300, "supplied_by": 120}

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
    # {"es": {"name": "…", "example": "…", "supplied_by": "…"}, …}, each of them if it is there.
    paper = models.JSONField(gettext_lazy("the paper"), default=dict, blank=True)
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
                longest = self.LONGEST.get(self.use)  # type: ignore[call-overload]
                yield from (f"{language}: {problem}" for problem in problems_of(body, longest))
        yield from self._problems_of_paper(bodies)

    def _problems_of_paper(self, bodies: Mapping[str, Any]) -> Iterator[str]:
        paper: Mapping[str, Any] = self.paper if isinstance(self.paper, Mapping) else {"": self.paper}
        if paper and self.use != self.Use.PAPER:
            yield _("Name, example and who supplies it belong to a paper alone.")
        for language, parts in paper.items():
            if not str(bodies.get(language, "")).strip():
                yield _("%(language)s: write why we need the paper, too.") % {"language": language}
            known = isinstance(parts, Mapping) and parts.keys() <= self.OF_PAPER.keys()
            if not known or not all(isinstance(words, str) for words in parts.values()):
                yield _("A paper has these parts: %(known)s.") % {"known": ", ".join(self.OF_PAPER)}
                continue
            for part, words in parts.items():
                found = problems_of(words, self.OF_PAPER[part])
                yield from (f"{language}, {part}: {problem}" for problem in found)


def problems_of(body: str, longest: int | None) -> Iterator[str]:
    """What is wrong with the text of one language."""
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
    return _filled([str(text.bodies.get(case.language, ""))], case)[0]


def paper_for(text: CannedText, case: "Case") -> dict[str, str]:
    """The same for all that the form for a paper asks for, by its fields; empty where a value is missing."""
    parts = {"why": str(text.bodies.get(case.language, "")), **text.paper.get(case.language, {})}
    filled = dict(zip(parts, _filled(list(parts.values()), case), strict=True))
    return {name: words for name, words in filled.items() if words} if filled["why"] else {}


def _filled(texts: list[str], case: "Case") -> list[str]:
    """All of them or none: each is empty where one value is missing."""
    wanted = {name for text in texts for name in _BRACES.findall(text)}
    values = values_of(case) if wanted else {}
    if any(not values.get(name) for name in wanted):
        return [""] * len(texts)
    return [_BRACES.sub(lambda found: values[found[1]], text.strip()) for text in texts]


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
