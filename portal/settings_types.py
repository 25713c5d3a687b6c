"""For the type checker alone: no server is started to read the models."""

import os

os.environ.setdefault("PORTAL_ENV", "test")
os.environ.setdefault("SECRET_KEY", "only-for-types")
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("ALLOWED_HOSTS", "testserver")
os.environ.setdefault("DATABASE_URL", "postgresql://portal@127.0.0.1/portal")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:1")

from portal.settings import *  # noqa: F403
