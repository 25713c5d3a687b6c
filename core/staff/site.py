import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account.authentication import get_authentication_records
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from core import audit
from core.staff import reasons, watch

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def works_here(user: "AbstractBaseUser | AnonymousUser") -> bool:
    return bool(user.is_active and getattr(user, "is_staff", False))


def has_proved_factor(request: HttpRequest) -> bool:
    """A second factor was used in this session within the last hours, and is still the person's own.

    Asked once in a request: a factor that is taken away takes the admin away at the next page.
    """
    known: bool | None = getattr(request, "_proved_factor", None)
    if known is None:
        since = time.time() - settings.STAFF_FACTOR_SECONDS
        used = {
            record.get("id")
            for record in get_authentication_records(request, request.user)
            if record["method"] == "mfa" and record["at"] > since
        }
        own = apps.get_model("mfa", "Authenticator").objects.filter(user_id=request.user.pk, pk__in=used)
        known = bool(used) and own.exists()
        request._proved_factor = known  # type: ignore[attr-defined]
    return known


def staff_rows(model: type[Model], user: "AbstractBaseUser | AnonymousUser") -> QuerySet[Any]:
    """The staff scope, declared once: all rows for those who work here, none for anybody else.

    A branch or a team that may see only its own customers is narrowed here. Which kinds of row somebody
    may see is said by Django's `view` permission, which buttons they may press by `change`.
    """
    rows: QuerySet[Any] = model._default_manager.all()
    return rows if works_here(user) else rows.none()


class StaffSite(admin.AdminSite):
    """The admin of the insurer's staff. Customers find nothing here; strangers find our own log-in page."""

    site_title = site_header = settings.BRAND.name
    index_title = _("Customer service")
    index_template = "admin/staff_index.html"
    enable_nav_sidebar = False

    # What the first page of the admin says above everything: apps of higher floors add what they watch.
    notices: ClassVar[list[Callable[[HttpRequest], str]]] = []

    def has_permission(self, request: HttpRequest) -> bool:
        """The one gate of everything below admin/: staff, by more than a password."""
        return works_here(request.user) and has_proved_factor(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        said = [words for notice in self.notices if (words := notice(request))]
        return super().index(request, {"notices": said, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        urls = super().get_urls()
        for pattern in urls:
            # LoginRequiredMiddleware would go round by the log-in page of the admin.
            view: Any = getattr(pattern, "callback", None)
            if hasattr(view, "login_url"):
                view.login_url = settings.LOGIN_URL
        return [path("reason/<str:token>/", self.admin_view(self.reason_view), name="reason"), *urls]

    def reason_view(self, request: HttpRequest, token: str) -> HttpResponse:
        """GET asks why somebody needs to read what is about health; POST writes it down and opens it."""
        asked = reasons.read_link(request, token)
        if asked is None:
            raise Http404
        form = reasons.WhyForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            reasons.give(request, asked, **form.cleaned_data)
            watch.watch(request.user)
            return redirect(asked.back)
        context = {
            **self.each_context(request),
            "title": _("Why do you need to read it?"),
            "form": form,
            "subject": reasons.person(asked.subject),
            "what": " ".join(audit.thing_words(asked.what)),
            "minutes": settings.HEALTH_GRANT_SECONDS // 60,
            "back": asked.back,
        }
        return render(request, "admin/staff_reason.html", context)

    def admin_view(  # type: ignore[override]
        self,
        view: Callable[..., HttpResponseBase],
        cacheable: bool = False,  # noqa: FBT001, FBT002
    ) -> Callable[..., HttpResponseBase]:
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def for_staff(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # A log-in page would be no way out for somebody who is logged in already.
            if request.user.is_authenticated and not self.has_permission(request):
                return _to_factor(request, request.get_full_path())
            return guarded(request, *args, **kwargs)

        return for_staff

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One log-in for everybody: with its limits and its one hash."""
        if self.has_permission(request):
            return redirect("admin:index")
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
            wanted = reverse("admin:index")
        if request.user.is_authenticated:
            return _to_factor(request, wanted)
        return redirect_to_login(wanted, resolve_url(settings.LOGIN_URL))

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_logout")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")

    def password_change_done(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:index")


def _to_factor(request: HttpRequest, wanted: str) -> HttpResponse:
    """Staff set up a second factor, or use theirs; for anybody else there is no admin."""
    if not works_here(request.user):
        raise Http404
    return redirect(f"{reverse('account_staff_factor')}?{urlencode({'next': wanted})}")


staff_site = StaffSite(name="admin")
staff_site.disable_action("delete_selected")
