from django.http import HttpRequest
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from accounts.models import User

# A page that shows a form, and takes it.
form_page = require_http_methods(["GET", "HEAD", "POST"])


class CustomerRequest(HttpRequest):
    """The request of a page that is closed to strangers: LoginRequiredMiddleware has seen to it."""

    user: User
    htmx: HtmxDetails
