"""Where the rows of each file go: the model, and what its columns become there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models

from accounts.models import Person
from policies.imports.schema import Table, table
from policies.models import (
    Card,
    Copayment,
    Cover,
    Edition,
    InsuredCover,
    InsuredPerson,
    Mandate,
    Policy,
    PremiumReceipt,
)


@dataclass(frozen=True)
class Target:
    """`renamed`: the model field of a column that has another name. `also_unique`: columns that together
    belong to one key only. `exchangeable`: those of them that two rows of a feed may swap; they may be NULL.
    `kept`: columns that an empty cell leaves as they are in a row of which the named field is set.
    """

    table: Table
    model: type[models.Model]
    renamed: dict[str, str]
    also_unique: tuple[str, ...] = ()
    exchangeable: tuple[str, ...] = ()
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def db_table(self) -> str:
        return self.model._meta.db_table

    def model_field(self, column: str) -> Any:
        return self.model._meta.get_field(self.renamed.get(column, column))

    @property
    def key_column(self) -> str:
        return str(self.model_field(self.table.key).column)

    @cached_property
    def makes_reference(self) -> Callable[[], str] | None:
        """What gives a new row its opaque reference; models without one have none."""
        fed = {self.model_field(column).name for column in self.table.columns}
        fields = {each.name: each for each in self.model._meta.get_fields()}
        made = fields.get("reference") if "reference" not in fed else None
        return getattr(made, "get_default", None)

    def empty(self, column: str) -> Any:
        """What an empty cell becomes: NULL where the model allows it, else its default or the empty text."""
        model_field = self.model_field(column)
        if model_field.null:
            return None
        if model_field.has_default():
            return model_field.get_default()
        return "" if isinstance(model_field, models.CharField) else None


REFERRED: dict[str, type[models.Model]] = {
    "persons": Person,
    "policies": Policy,
    "insured_persons": InsuredPerson,
    "edition": Edition,
    "cover": Cover,
}

TARGETS: tuple[Target, ...] = (
    Target(table("persons"), Person, {"person_key": "key"}, ("dni",), ("dni",)),
    Target(table("policies"), Policy, {"policy_number": "number", "holder_key": "holder"}),
    Target(
        table("insured_persons"),
        InsuredPerson,
        {
            "insured_key": "key",
            "policy_number": "policy",
            "person_key": "person",
            "guardian_1_key": "guardian_1",
            "guardian_2_key": "guardian_2",
        },
        ("policy_number", "person_key", "insured_from"),
    ),
    Target(
        table("covers"),
        InsuredCover,
        {"insured_cover_key": "key", "insured_key": "insured"},
        ("insured_key", "cover", "starts_on"),
    ),
    Target(table("receipts"), PremiumReceipt, {"receipt_number": "number", "policy_number": "policy"}),
    Target(table("copayments"), Copayment, {"copayment_key": "key", "insured_key": "insured"}),
    Target(
        table("mandates"),
        Mandate,
        {"mandate_reference": "reference", "policy_number": "policy"},
        # The insurer's systems may learn days later that a customer has given another account here.
        kept={"ended_on": "replaced_by"},
    ),
    Target(table("cards"), Card, {"card_number": "number", "insured_key": "insured"}),
)
