"""The settings of the test suite: throw-away servers, cheap hashing, tasks run at once.

The servers start here because pytest-django loads the settings before any conftest; workers of a parallel
run inherit the two addresses.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from portal.embedded import start_postgres, start_valkey

if "DATABASE_URL" not in os.environ:
    # Not inside TMPDIR of a user: the socket's path must stay short, and another account may run it.
    _folder = Path(tempfile.mkdtemp(prefix="portal-test-", dir="/tmp"))
    _folder.chmod(0o755)
    _postgres = start_postgres(_folder / "pg", fast=True)
    _valkey = start_valkey(_folder / "valkey")
    os.environ["DATABASE_URL"] = _postgres.url
    os.environ["REDIS_URL"] = _valkey.url

    def _stop() -> None:
        _valkey.stop()
        _postgres.stop()
        shutil.rmtree(_folder, ignore_errors=True)

    atexit.register(_stop)
    # Only the process that started them may stop them.
    os.register_at_fork(after_in_child=lambda: atexit.unregister(_stop))

# Papers that tests print go with the run, not into the folder of a demo.
if "VAR_DIR" not in os.environ:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="portal-test-var-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

os.environ.setdefault("PORTAL_ENV", "test")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:1")

from portal.settings import *  # noqa: F403
from portal.settings import CACHES, STATIC_ROOT, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
# live_server answers from the finders, where hashed names do not exist.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
CACHES["default"]["KEY_PREFIX"] = os.environ.get("PYTEST_XDIST_WORKER", "main")
# Nothing is collected for tests; whitenoise warns when its folder is missing.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
