"""Django's settings: one module, all of it derived from `loudou.environment`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from loudou import environment
from loudou.launch import paths, postgres, secret
from loudou.ui.headers import static_headers

ENVIRONMENT = environment.read()
ROOMS = (
    "ui",
    "journal",
    "people",
    "remarks",
    "signoff",
    "catalog",
    "customers",
    "pipeline",
    "tasks",
    "fieldwork",
    "targets",
    "insight",
    "odds",
    "daylog",
    "forecasts",
    "steering",
    "forms",
    "exchange",
    "warnings",
    "problems",
    "market",
    "reviews",
    "desk",
    "broadcasts",
    "demo",
)
PACKAGE = Path(__file__).resolve().parent

DEBUG = False
SECRET_KEY = secret.key(ENVIRONMENT.data)
SECRET_KEY_FALLBACKS = secret.former_keys(ENVIRONMENT.data)
SITE_ADDRESS = ENVIRONMENT.site
ALLOWED_HOSTS = list(ENVIRONMENT.hosts) or ["localhost", "127.0.0.1", "[::1]", ENVIRONMENT.host]
ALLOWED_HOSTS.append(environment.host_of(SITE_ADDRESS))
# Who listens everywhere without a word about names is asked for by those that strangers cannot give (`ui.hosts`).
_NEAR_ONLY = ENVIRONMENT.host in environment.EVERYWHERE and not ENVIRONMENT.hosts
if _NEAR_ONLY:
    ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "django_htmx",
    *(f"loudou.{room}" for room in ROOMS),
]

MIDDLEWARE = [
    "loudou.ui.middleware.headers",
    "loudou.launch.health.first",
    *(["loudou.ui.hosts.near_only"] if _NEAR_ONLY else []),
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "loudou.ui.middleware.Compression",
    "loudou.journal.middleware.channelled",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "loudou.people.middleware.reading_once",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "loudou.people.middleware.session_limits",
    "loudou.people.middleware.preferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "loudou.ui.middleware.Refusals",
]

# X-Frame-Options is set on every answer by `loudou.ui.middleware.headers`, on static files and health answers too.
SILENCED_SYSTEM_CHECKS = ["security.W002"]

ROOT_URLCONF = "loudou.urls"
WSGI_APPLICATION = "loudou.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "loudou.ui.jinja.Templates",
        "NAME": "jinja2",
        "APP_DIRS": False,
        "DIRS": [PACKAGE / room / "templates" for room in ROOMS],
        "OPTIONS": {
            "environment": "loudou.ui.jinja.environment",
            "context_processors": ["loudou.people.context.page", "loudou.desk.context.badges"],
        },
    },
]


def _database() -> dict[str, Any]:
    common: dict[str, Any] = {
        "ENGINE": "loudou.launch.database",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
    # Compiling queries (jit) costs more than it gives on pages that answer in milliseconds. Search indexes take new
    # rows in helpings that the worker gives them each minute (`ui.search.settle`); from so many on who writes one waits
    # for it, so that no search reads a long list of them. Imports ask for larger ones.
    session = "-c jit=off -c lock_timeout=10s -c gin_pending_list_limit=1MB"
    # A network that swallows packets is noticed within seconds, not hours.
    alive = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2, "tcp_user_timeout": 5000}
    options: dict[str, Any] = {"connect_timeout": 3, "options": session, **alive}
    if not ENVIRONMENT.database_url:
        folder = str(paths.socket_folder(ENVIRONMENT.data))
        return {**common, "NAME": postgres.NAME, "USER": postgres.NAME, "HOST": folder, "OPTIONS": options}
    parts = urlsplit(ENVIRONMENT.database_url)
    asked = dict(parse_qsl(parts.query))
    options["options"] = f"{options['options']} {asked.pop('options', '')}".strip()
    return {
        **common,
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": asked.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": asked.pop("port", "") or str(parts.port or ""),
        "OPTIONS": {**options, **asked},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["loudou.people.backends.AccountBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "loudou.people.passwords.LengthRule"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "loudou.people.passwords.ClassesRule"},
    {"NAME": "loudou.people.passwords.HistoryRule"},
]
# Fields are drawn by Jinja too: pages of forms have hundreds of options, which Django's own templates take long for.
FORM_RENDERER = "django.forms.renderers.Jinja2"

LOGIN_URL = "people:sign_in"
LOGIN_REDIRECT_URL = "desk:home"

SESSION_ENGINE = "loudou.people.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # absolute limit; the idle limit of 30 minutes is people.middleware's
SESSION_COOKIE_NAME = "__Host-session" if ENVIRONMENT.secure else "loudou_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENVIRONMENT.secure
CSRF_COOKIE_NAME = "__Host-csrf" if ENVIRONMENT.secure else "loudou_csrf"
CSRF_COOKIE_SECURE = ENVIRONMENT.secure
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "loudou.ui.errors.csrf_failure"
SECURE_SSL_REDIRECT = ENVIRONMENT.secure
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENVIRONMENT.secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if ENVIRONMENT.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LANGUAGE_CODE = ENVIRONMENT.language
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "loudou_language"
# Compiled at the start into the data folder: the program's own folder may be read-only.
LOCALE_PATHS = [ENVIRONMENT.data / "locale" / room for room in ROOMS]
USE_I18N = True
USE_TZ = True
TIME_ZONE = ENVIRONMENT.time_zone

# Jobs that belong to no room.
PROCRASTINATE_IMPORT_PATHS = ["loudou.launch.tasks"]
# A machine that was off at night, over a weekend or a week of holidays does the last run it missed when it is on again.
# What was done is kept, so nothing is done twice; 8 days, in seconds.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 8 * 24 * 3600}

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.data / "static"
STATICFILES_DIRS = [PACKAGE / room / "static" for room in ROOMS if (PACKAGE / room / "static").is_dir()]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "loudou.ui.statics.HashedFiles"},
}
WHITENOISE_ADD_HEADERS_FUNCTION = static_headers

MEDIA_ROOT = paths.files_folder(ENVIRONMENT.data)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

if ENVIRONMENT.mail:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = ENVIRONMENT.mail.host
    EMAIL_PORT = ENVIRONMENT.mail.port
    EMAIL_HOST_USER = ENVIRONMENT.mail.user
    EMAIL_HOST_PASSWORD = ENVIRONMENT.mail.password
    EMAIL_USE_SSL = ENVIRONMENT.mail.tls
    EMAIL_USE_TLS = ENVIRONMENT.mail.starttls
    DEFAULT_FROM_EMAIL = ENVIRONMENT.mail.sender
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "loudou.ui.logs.LineFormatter"}},
    "filters": {"away": {"()": "loudou.ui.logs.Away"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "loudou": {"level": "INFO"},
        "django.request": {"filters": ["away"]},
        "django.security.DisallowedHost": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
    },
}
