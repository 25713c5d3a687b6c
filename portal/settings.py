"""Every setting that an operator may change comes from the environment and stands in docs/settings.md."""

import re
from pathlib import Path
from typing import Any

import dj_database_url
import dj_email_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env

from core.brand import load_brand
from core.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()

# production: behind TLS. demo: the same without TLS. test: the test suite.
PORTAL_ENV = env.str("PORTAL_ENV", "production")
if PORTAL_ENV not in {"production", "demo", "test"}:
    raise ImproperlyConfigured("PORTAL_ENV must be production, demo or test.")
TLS = PORTAL_ENV == "production"


def secret(name: str, *default: str) -> str:
    """The value of NAME, or the content of the file that NAME_FILE points to (container secrets)."""
    path = env.str(f"{name}_FILE", "")
    if not path:
        return env.str(name, *default)
    if env.str(name, ""):
        raise ImproperlyConfigured(f"Only one of {name} and {name}_FILE may be set.")
    if not (value := Path(path).read_text(encoding="utf-8").strip()):
        raise ImproperlyConfigured(f"The file that {name}_FILE names is empty.")
    return value


DEBUG = False
SECRET_KEY = secret("SECRET_KEY")
if PORTAL_ENV == "production" and (len(SECRET_KEY) < 40 or "change" in SECRET_KEY.lower()):
    raise ImproperlyConfigured("SECRET_KEY must be a random text of at least 40 characters.")
# For what the database must not tell (core/secrets.py): the first seals, all open.
FIELD_ENCRYPTION_KEYS = re.split(r"[\s,]+", key) if (key := secret("FIELD_ENCRYPTION_KEY", "")) else []
if PORTAL_ENV == "production" and any(len(key) < 40 for key in FIELD_ENCRYPTION_KEYS):
    raise ImproperlyConfigured("Each FIELD_ENCRYPTION_KEY must be a random text of at least 40 characters.")

SITE_URL = env.str("SITE_URL").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")
if PORTAL_ENV == "production" and any("*" in host for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of the portal, without *.")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))
BRAND_DIR = Path(env.str("BRAND_DIR", str(BASE_DIR / "brands" / "alborada")))
BRAND = load_brand(BRAND_DIR)
# Rows of the insurer's own over core/legal_terms.toml, the last file on top.
LEGAL_TERMS_FILES: list[str] = env.list("LEGAL_TERMS_FILES", [])

# --- applications ---------------------------------------------------------------------------------

INSTALLED_APPS = [
    "core",
    "accounts",
    "policies",
    "cases",
    "servicing",
    "portal",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "core.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.extra_headers",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Before anything that reads the body; after what puts headers on every answer.
    "core.middleware.body_cap",
    "core.middleware.own_downloads",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.session_clock",
    "core.middleware.upload_door",
    "accounts.middleware.AccountLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.middleware.wrong_method",
    # Before the log-in is asked for: a part that the insurer does not offer is not there for anybody.
    "portal.features.FeatureMiddleware",
    # Before it too: the log-in then leads to the right address.
    "core.middleware.OneSpelling",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.ClosedByDefault",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.HashingBusyMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BRAND_DIR / "templates", BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.brand",
                "portal.navigation.navigation",
            ],
        },
    },
]

# --- data -----------------------------------------------------------------------------------------

DATABASES: dict[str, Any] = {"default": dict(dj_database_url.parse(secret("DATABASE_URL")))}
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", 6), "timeout": 5},
        "options": "-c statement_timeout=30000 -c lock_timeout=5000"
        " -c idle_in_transaction_session_timeout=60000",
    }
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Counters of failed log-ins must be shared by all processes and must stand when the broker is down.
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_counters",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    },
    # Template fragments that are the same for many people; lost at restart, never personal.
    "fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "fragments"},
}

PRIVATE_FILES = VAR_DIR / "files"
# New travel certificates of one account within 24 hours: more than any family needs.
CERTIFICATES_A_DAY = env.int("CERTIFICATES_A_DAY", 20)
# What people send lies here until a worker has looked at it; nothing is ever served from here.
QUARANTINE = VAR_DIR / "quarantine"
# A socket's path or host:port; empty: no virus scanner.
CLAMD_SOCKET = env.str("CLAMD_SOCKET", "")

# --- who is logged in -----------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backend.OneHashBackend"]
# Only one of each algorithm: of two, Django checks with the second.
PASSWORD_HASHERS = ["accounts.hashers.PortalArgon2"]
PASSWORD_BRAND_WORDS = BRAND.password_words
PASSWORD_REPEAT = BRAND.password_repeat
# Built by `manage.py build_breach_index`; empty: no such list.
BREACH_INDEX = env.str("BREACH_INDEX", "")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.PortalPasswordValidator", "OPTIONS": {"repeat": PASSWORD_REPEAT}},
    {"NAME": "accounts.passwords.WeakRootValidator"},
    {"NAME": "accounts.passwords.LeakedPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email",)},
    },
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.PortalAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_TIMEOUT = 600
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if TLS else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "web"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Whoever has one address of IPv6 has as many as they like.
ALLAUTH_RATE_LIMIT_IPV6_PREFIX = 64
# Both parts must always be written: "5/5m" alone would count per address only.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/10m/ip,5/5m/key,20/h/key",
    # While an alert of failed log-ins is fresh, of a strange device: over all accounts.
    "login_failed_alarm": "5/10m/ip",
    # On a device where its owner has come in before: who fills the counters above does not keep them out.
    "login_failed_known": "5/5m/key,20/h/key",
    "signup": "20/10m/ip,100/d/ip",
    "reset_password": "10/10m/ip,3/h/key",
    "access": "10/10m/ip,3/h/key",
    "reset_password_from_key": "20/10m/ip",
    # Confirmation mails to one mailbox: a second try with a better password must not wait.
    "confirm_email": "3/10m/key",
    "resend": "20/10m/ip",
    "link": "5/h/user,30/d/ip",
    # The page of each way counts, shown or sent; wrong passwords and codes count as failed log-ins as well.
    "reauthenticate": "20/5m/user",
    "change_password": "10/h/user",
    "manage_email": "5/h/user",
}
# Passkeys have no secret to guess: only floods are held back, and nobody's account.
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_ADAPTER = "accounts.mfa.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.mfa.forms.AuthenticateForm",
    "reauthenticate": "accounts.mfa.forms.ReauthenticateForm",
    "activate_totp": "accounts.mfa.forms.ActivateForm",
    "add_webauthn": "accounts.mfa.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.mfa.forms.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
# The device must have asked for a finger, a face or a PIN: a passkey stands for the password too.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = BRAND.name
# A clock that is off by half a minute, or a code typed slowly, is no reason to fail.
MFA_TOTP_TOLERANCE = 1
# How many log-ins must fail, in how many minutes, for staff to be told.
FAILED_LOGINS_ALERT = env.int("FAILED_LOGINS_ALERT", 200)
FAILED_LOGINS_MINUTES = env.int("FAILED_LOGINS_MINUTES", 10)
# After so many without one that came in, only a new password, a passkey or a known device opens the account.
FAILED_LOGINS_IN_A_ROW = 100
PASSWORD_RESET_TIMEOUT = 3600
ADULT_AGE = 18
# Ley 41/2002 art. 9: from here on, health matters are the young person's own.
CLINICAL_CONSENT_AGE = 16

SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_MINUTES", 30) * 60
# From when a form was opened on which people write: also who has no script, and no warning, has this long.
SESSION_FORM_IDLE_SECONDS = env.int("SESSION_FORM_IDLE_MINUTES", 60) * 60
# Who sees everybody's data: away for a quarter of an hour, out; log-in and factor hold for a working day.
STAFF_IDLE_SECONDS = 15 * 60
STAFF_SESSION_SECONDS = 8 * 3600
STAFF_FACTOR_SECONDS = 8 * 3600
# How long the link that takes a customer's second step off opens nothing: time to hear of it and to stop it.
FACTORS_OFF_WAIT_HOURS = env.int("FACTORS_OFF_WAIT_HOURS", 24)
# So many different customers opened within an hour by one of the staff make an alert.
STAFF_CUSTOMERS_AN_HOUR = env.int("STAFF_CUSTOMERS_AN_HOUR", 60)
# How long staff may read what is about health once they have said why.
HEALTH_GRANT_SECONDS = 15 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- the wire -------------------------------------------------------------------------------------

HOST_PREFIX = "__Host-" if TLS else ""
SESSION_COOKIE_NAME = f"{HOST_PREFIX}portal"
CSRF_COOKIE_NAME = f"{HOST_PREFIX}csrf"
LANGUAGE_COOKIE_NAME = f"{HOST_PREFIX}lang"
KNOWN_COOKIE_NAME = f"{HOST_PREFIX}known"
KNOWN_COOKIE_AGE = 180 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS and env.bool("HSTS_PRELOAD", False)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_NUMBER_FILES = 10
BODY_CAP_BYTES = 2_097_152
# Five files of 10 MB and the form around them; only here, and only of somebody who is logged in.
UPLOAD_CAP_BYTES = 51 * 1024 * 1024
UPLOAD_PATHS = (
    r"/requests/[A-Z0-9-]+/upload/",
    r"/admin/cases/case/[0-9]+/press/(send_file|by_post)/",
)

# No report-uri: nothing of ours collects reports, and nobody else shall.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        **({"upgrade-insecure-requests": True} if TLS else {}),
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")
} | {"publickey-credentials-get": ["self"], "publickey-credentials-create": ["self"]}

# --- static files ---------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", BRAND_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_FILES, "file_permissions_mode": 0o600, "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- language and time ----------------------------------------------------------------------------

LANGUAGE_CODE = BRAND.languages[0]
LANGUAGES = [
    (code, name)
    for code, name in (("es", _("Spanish")), ("ca", _("Catalan")), ("en", _("English")))
    if code in BRAND.languages
]
# locale/django holds what Django's and allauth's own catalogues leave untranslated.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "libraries"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Madrid"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600

# --- mail and work in the background --------------------------------------------------------------

EMAIL = dj_email_url.parse(secret("EMAIL_URL"))
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL["EMAIL_HOST"]
EMAIL_PORT = EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = EMAIL["EMAIL_USE_TLS"]
EMAIL_USE_SSL = EMAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = f"{BRAND.name} <{BRAND.emails['no_reply']}>"

CELERY_BROKER_URL = secret("REDIS_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
# In kilobytes: what the PDF engine or a picture has made too large is given back between two tasks.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "socket_keepalive": True,
}
CELERY_TIMEZONE = TIME_ZONE
# Tasks outside of a tasks.py, which Celery finds by itself.
CELERY_IMPORTS = ["cases.tasks_drafts", "cases.tasks_papers"]
# What a crash left lying is offered again; expires so that a stopped worker does not wake to a pile.
CELERY_BEAT_SCHEDULE = {
    "offer-waiting-mail": {
        "task": "core.tasks.offer_waiting_emails",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "offer-waiting-certificates": {
        "task": "policies.tasks.offer_waiting_certificates",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "offer-waiting-mandates": {
        "task": "servicing.tasks.offer_waiting_mandates",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "offer-waiting-copies": {
        "task": "cases.tasks.offer_waiting_copies",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "offer-waiting-account-requests": {
        "task": "accounts.tasks.offer_waiting_requests",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "offer-waiting-email-changes": {
        "task": "accounts.tasks.offer_waiting_email_changes",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "watch-failed-log-ins": {
        "task": "accounts.tasks.watch_failed_log_ins",
        "schedule": 60,
        "options": {"expires": 50},
    },
    "remind-customers": {
        "task": "cases.tasks.remind",
        "schedule": 3600,
        "options": {"expires": 600},
    },
    "alarm-staff": {
        "task": "cases.tasks.alarm",
        "schedule": 900,
        "options": {"expires": 600},
    },
    "forget-old-drafts": {
        "task": "cases.tasks_drafts.forget_old_drafts",
        "schedule": 3600,
        "options": {"expires": 600},
    },
    "offer-waiting-documents": {
        "task": "cases.tasks_papers.offer_waiting_documents",
        "schedule": 30,
        "options": {"expires": 25},
    },
    "sweep-papers": {
        "task": "cases.tasks_papers.sweep_papers",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 3600},
    },
    "verify-audit": {
        "task": "core.tasks.verify_audit",
        "schedule": crontab(hour=4, minute=10),
        "options": {"expires": 3600},
    },
    "clear-sessions": {
        "task": "accounts.tasks.clear_sessions",
        "schedule": 3600,
        "options": {"expires": 600},
    },
}

# --- looks ----------------------------------------------------------------------------------------

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

LOGGING_CONFIG = "core.logs.configure"
LOGGING = logging_config(level=env.str("LOG_LEVEL", "INFO"))

SILENCED_SYSTEM_CHECKS: list[str] = []
