import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()
# Load every page now: the first visitor must not wait for it.
get_resolver().url_patterns  # noqa: B018
