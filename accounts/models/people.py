from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat, Lower, Right
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.ages import age, today_in_madrid
from core.identity import mask_dni


def default_language() -> str:
    return settings.LANGUAGE_CODE


def _verified_addresses() -> models.QuerySet[Any]:
    return apps.get_model("account", "EmailAddress").objects.filter(user=OuterRef("pk"), verified=True)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The operator at the console vouches for the mailbox: without that, nobody could log in first."""
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        EmailAddress = apps.get_model("account", "EmailAddress")
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def by_identifier(self, identifier: str) -> "User | None":
        """The account of a DNI, a NIE or an e-mail that is *verified*; one query, found or not.

        `identifier` is written as `accounts.backend.canonical` writes it.
        """
        if "@" in identifier:
            return self.filter(emailaddress__email=identifier, emailaddress__verified=True).first()
        return self.filter(Exists(_verified_addresses()), person__dni=identifier).first()


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who logs in. Which natural person that is, `person_on_file` says, once it is known."""

    email = models.EmailField(_("e-mail"), unique=True)
    language = models.CharField(_("language"), max_length=10, default=default_language)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    date_joined = models.DateTimeField(_("registered"), default=timezone.now)
    terms_version = models.CharField(_("accepted terms"), max_length=20, blank=True)
    terms_accepted_at = models.DateTimeField(_("terms accepted"), null=True, blank=True)
    # A passkey is offered once; whoever wants one later finds it under Security.
    factor_offered_at = models.DateTimeField(_("passkey offered"), null=True, blank=True)
    # Part of what every session is checked with: one more, and all of them are over at their next page.
    session_round = models.PositiveIntegerField(default=0)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(
                condition=Q(terms_version="") | Q(terms_accepted_at__isnull=False),
                name="user_terms_have_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def keep_password(self, raw_password: str) -> None:
        """Hash again with today's figures a password that was hashed with older ones."""
        self.set_password(raw_password)
        self.save(update_fields=["password"])

    def get_session_auth_hash(self) -> str:
        return self._of_this_round(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        yield from map(self._of_this_round, super().get_session_auth_fallback_hash())

    def _of_this_round(self, session_hash: str) -> str:
        return f"{session_hash}.{self.session_round}" if self.session_round else session_hash

    @cached_property
    def person_on_file(self) -> "Person | None":
        """The linked person; None while the account is not linked."""
        try:
            return self.person
        except Person.DoesNotExist:
            return None


# The last nine digits, however the number is written: what staff are told on the phone.
PHONE_DIGITS = Right(
    models.Func(F("phone"), Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace"),
    9,
    output_field=models.TextField(),
)


class PersonQuerySet(models.QuerySet["Person"]):
    def with_mailbox(self, email: str) -> "PersonQuerySet":
        """People with this address on file, in any case of letters; the index is on the lower case."""
        return self.alias(mailbox=Lower("email")).filter(mailbox=email.lower()).exclude(email="")

    def with_phone(self, last_digits: str) -> "PersonQuerySet":
        return self.alias(digits=PHONE_DIGITS).filter(digits=last_digits).exclude(phone="")

    def customers(self, on: date | None = None) -> "PersonQuerySet":
        """Holders of a policy, past or present, and people who are insured now or soon."""
        insured = Q(insured_in__isnull=False) & (
            Q(insured_in__insured_until=None) | Q(insured_in__insured_until__gte=on or today_in_madrid())
        )
        return self.filter(Q(policies_held__isnull=False) | insured).distinct()


class Person(models.Model):
    """A natural person on the insurer's file: what the nightly feed says, and the account linked to it."""

    key = models.CharField(_("insurer's key"), max_length=40, unique=True)
    # Children may have none. Stored in the compact form of core.identity.parse_dni.
    dni = models.CharField(_("DNI or NIE"), max_length=9, null=True, blank=True, unique=True)
    first_name = models.CharField(_("first name"), max_length=80)
    last_name_1 = models.CharField(_("first surname"), max_length=80)
    last_name_2 = models.CharField(_("second surname"), max_length=80, blank=True)
    born_on = models.DateField(_("date of birth"))
    email = models.EmailField(_("e-mail on file"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    town = models.CharField(_("town"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    user = models.OneToOneField(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="person", verbose_name=_("user")
    )
    linked_at = models.DateTimeField(_("linked"), null=True, blank=True)
    # "Núñez" is found by "nunez": staff type what they hear.
    search_name = models.GeneratedField(
        expression=models.Func(
            Lower(Concat("first_name", Value(" "), "last_name_1", Value(" "), "last_name_2")),
            function="f_unaccent",
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["id"]
        indexes = [
            models.Index(Lower("email"), name="person_email", condition=~Q(email="")),
            models.Index(PHONE_DIGITS, name="person_phone", condition=~Q(phone="")),
            GinIndex(fields=["search_name"], name="person_name", opclasses=["gin_trgm_ops"]),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(dni=""), name="person_dni_null_not_blank"),
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(linked_at__isnull=False), name="person_link_has_a_moment"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name_1, self.last_name_2) if part)

    @property
    def initials(self) -> str:
        """What a public page may say of a person."""
        parts = f"{self.first_name} {self.last_name_1} {self.last_name_2}".split()
        return " ".join(f"{part[0].upper()}." for part in parts)

    @property
    def masked_dni(self) -> str:
        return mask_dni(self.dni) if self.dni else ""

    def age(self, on: date | None = None) -> int:
        return age(self.born_on, on or today_in_madrid())

    def is_adult(self, on: date | None = None) -> bool:
        return self.age(on) >= settings.ADULT_AGE
