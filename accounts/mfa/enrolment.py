from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.mfa.factors import FACTORS, OFFER

View = Callable[..., HttpResponse]


def noted(view: View) -> View:
    """Whoever sets up a factor shows it by that: they are not asked for it again a moment later.

    Marked in the session as set up, because a log-in or a re-authentication it is not.
    """

    @wraps(view)
    def noting(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return view(request)
        before = list(_own(request).values_list("pk", flat=True))
        response = view(request)
        for factor in _own(request).exclude(pk__in=before):
            record_authentication(request, request.user, "mfa", id=factor.pk, type=factor.type, enrolled=True)
            request.session.pop(OFFER, None)
        return response

    return noting


def _own(request: HttpRequest) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user_id=request.user.pk, type__in=FACTORS)
