import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready
from kombu.transport import TRANSPORT_ALIASES

from portal import stuck

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# By scheme, so that addresses and TLS are read as ever.
TRANSPORT_ALIASES.update(redis="portal.broker:Transport", rediss="portal.broker:Transport")
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Celery must not replace the structured logging that settings.LOGGING set up."""


@worker_ready.connect
def watch_over_the_worker(**kwargs: Any) -> None:
    stuck.begin(app.conf.broker_url, app.conf.task_default_queue)
