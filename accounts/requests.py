from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class CustomerRequest(HttpRequest):
    """The request of a page that is closed to strangers: LoginRequiredMiddleware has seen to it."""

    user: User
    htmx: HtmxDetails
