from datetime import date
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person, User
from core.ages import today_in_madrid
from policies.imports import import_book
from policies.models import Cover, Limit
from portal.demo.book import HEALTH, Book, Catalogue, CoverTerms
from portal.demo.book_cast import add_named_people
from portal.demo.book_crowd import add_crowd
from portal.demo.people import PERMISSIONS, USERS, DemoUser, totp_secret


class Command(BaseCommand):
    help = "Fill the demo: the invented book of the insurer, taken in as a feed, and accounts to try it with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, default=2_000, help="so many people on file (default 2000)")

    def handle(self, *args: Any, people: int, **options: Any) -> None:
        if settings.PORTAL_ENV == "production":
            raise CommandError("The demo has known passwords: it is never put into a production database.")
        directory = settings.VAR_DIR / "book"
        # What was changed in the demo since stays: it is filled once.
        if not Person.objects.filter(key="P-ana").exists():
            make_book(directory, on=today_in_madrid(), people=people)
            outcome = import_book(directory)
            if outcome.refused:
                raise CommandError(f"The invented book has bad rows: {outcome.refusals}")
            self.stdout.write(f"{outcome.written} rows from {directory}")
        with transaction.atomic():
            for name in PERMISSIONS:
                group(name)
            added = [user.name for user in USERS if add_user(user)]
            give_apps()
        self.stdout.write(f"Accounts added: {', '.join(added)}" if added else "All accounts are there.")


def make_book(directory: Path, *, on: date, people: int) -> None:
    book = Book(on, catalogue())
    add_named_people(book)
    add_crowd(book, people)
    book.write(directory)


def catalogue() -> Catalogue:
    """The terms of the covers, from the catalogue in the database."""
    covers: dict[str, list[CoverTerms]] = {}
    rows = Cover.objects.select_related("edition").prefetch_related("limits").order_by("edition", "position")
    for cover in rows:
        covers.setdefault(cover.edition.code, []).append(
            CoverTerms(
                cover.code,
                cover.compulsory,
                cover.package,
                tuple(cover.requires),
                tuple(cover.excluded_modalities),
                cover.entry_age_min,
                cover.entry_age_max,
                cover.end_age,
                any(limit.unit == Limit.Unit.POLICY for limit in cover.limits.all()),
            )
        )
    copayments = Limit.objects.filter(
        cover__edition__code=HEALTH, code__startswith="copay_", amount__isnull=False
    )
    return Catalogue(
        {edition: tuple(terms) for edition, terms in covers.items()},
        {limit.code: limit.amount for limit in copayments if limit.amount is not None},
    )


def add_user(demo: DemoUser) -> bool:
    """False if the account is there already: it is left as it is, its password too."""
    if User.objects.filter(email=demo.email).exists():
        return False
    now = timezone.now()
    user = User.objects.create_user(
        demo.email,
        demo.password,
        language=demo.language,
        is_staff=demo.is_staff,
        is_superuser=demo.is_superuser,
        terms_version=settings.BRAND.terms_version,
        terms_accepted_at=now,
    )
    EmailAddress.objects.create(user=user, email=demo.email, verified=True, primary=True)
    if demo.group:
        user.groups.add(group(demo.group))
    # As if linked long ago: without the mail that tells of it.
    Person.objects.filter(key=demo.person_key, user=None).update(user=user, linked_at=now)
    return True


def give_apps() -> None:
    """Staff come in by an app too; who has set up another factor meanwhile keeps that."""
    for demo in USERS:
        user = User.objects.get(email=demo.email)
        if demo.is_staff and not Authenticator.objects.filter(user=user).exists():
            TOTP.activate(user, totp_secret(demo))


def group(name: str) -> Group:
    """With exactly the permissions of the table, also where the group is older than the table."""
    group, _created = Group.objects.get_or_create(name=name)
    wanted = Q()
    for permission in PERMISSIONS[name]:
        app, _dot, codename = permission.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    group.permissions.set(Permission.objects.filter(wanted))
    return group
