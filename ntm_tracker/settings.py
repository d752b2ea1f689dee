"""All settings of the product, in one file.

A clone without any environment variable runs on SQLite, for development only. What an installation
sets is listed in the README; every reader refuses what it cannot read (`lib/env.py`).
"""

import sys
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from ntm_tracker.lib.env import Environment

env = Environment()
TESTING = "pytest" in sys.modules

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.path("NTM_DATA_DIR", BASE_DIR / "var")
DATA_DIR.mkdir(parents=True, exist_ok=True)

# Safety

# A trial: public passwords, a day of its own, no TLS.
TRIAL = env.bool("NTM_DEBUG", True) and not TESTING
# Django's own pages for errors and its record of queries; a demonstration is served without them (scripts/serve).
DEBUG = TRIAL and not env.bool("NTM_SERVED", False)
SECRET_KEY = env.text("NTM_SECRET_KEY")
if not SECRET_KEY:
    if not TRIAL and not TESTING:
        raise ImproperlyConfigured(
            "NTM_SECRET_KEY is missing; with NTM_DEBUG=0 it must hold a long random text "
            "(python -c 'import secrets; print(secrets.token_urlsafe(50))')."
        )
    SECRET_KEY = "for-development-only-" + "0" * 40
ALLOWED_HOSTS = env.list(
    "NTM_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]", "testserver"] if TRIAL or TESTING else []
)

# The day on which the demonstration plays; without it, the machine's own day (`lib/clock.py`).
NTM_TODAY = env.date("NTM_TODAY")
if NTM_TODAY and not (TRIAL or TESTING):
    raise ImproperlyConfigured("NTM_TODAY is set; it is for demonstrations only and needs NTM_DEBUG=1.")

SECURE = not TRIAL and not TESTING
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
if env.bool("NTM_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-sessionid" if SECURE else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if SECURE else "csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "ntm_tracker.views.csrf_failure"
SESSION_COOKIE_AGE = 12 * 60 * 60

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Applications

INSTALLED_APPS = [
    "ntm_tracker",
    "communes",
    "criteria",
    "tasks",
    "ntm_tracker.apps.ProductAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "csp",
    "import_export",
    "lucide",
    "rules",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "ntm_tracker.middleware.PrivateResponses",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ntm_tracker.lib.compress.CompressedResponses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "ntm_tracker.middleware.TooLargeForms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ntm_tracker.middleware.NoNulInAddresses",
    "ntm_tracker.lib.htmx.FollowLoginRedirect",
    "communes.typed.CarryTypedOverLogin",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "communes.initial_passwords.ReplaceInitialPassword",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "ntm_tracker.middleware.EndedUnits",
]

ROOT_URLCONF = "ntm_tracker.urls"
WSGI_APPLICATION = "ntm_tracker.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ntm_tracker.context.frame",
            ],
            "builtins": ["ntm_tracker.templatetags.ntm", "django.templatetags.static"],
        },
    },
]

# Notices: the address printed on them, under which anybody can check one, and what signs and verifies them

NTM_PUBLIC_URL = env.address("NTM_PUBLIC_URL") or (
    f"https://{ALLOWED_HOSTS[0].lstrip('.*')}" if SECURE and ALLOWED_HOSTS else "http://127.0.0.1:8000"
)
# Roots and intermediates (.crt, .cer, .pem), lists of revoked certificates (.crl) and answers about them (.ocsp).
NTM_TRUST_ROOTS = env.path("NTM_TRUST_ROOTS", DATA_DIR / "trust")
# A PKCS#12 file; the person who signs types its passphrase each time. Pictures are PNGs without background.
NTM_SIGNING_KEY = env.file("NTM_SIGNING_KEY")
NTM_SIGNATURE_IMAGE = env.file("NTM_SIGNATURE_IMAGE")
NTM_SEAL_IMAGE = env.file("NTM_SEAL_IMAGE")

# Data

DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "ntm.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FIXTURE_DIRS = [BASE_DIR / "fixtures"]
MEDIA_ROOT = DATA_DIR / "media"
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

# Accounts

AUTH_USER_MODEL = "communes.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "communes.access.LoginBackend",
    "rules.permissions.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {"user_attributes": ("username", "full_name", "email")}),
        ("MinimumLengthValidator", {"min_length": 14}),
        ("CommonPasswordValidator", {}),
    ]
]
# How long the address at which the owner of a new account chooses a password holds (ASVS 6.4.1).
PASSWORD_RESET_TIMEOUT = 8 * 60 * 60
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# Behind a proxy on a socket the connection has no address, and without one nothing is ever locked.
AXES_CLIENT_IP_CALLABLE = "ntm_tracker.lib.throttle.address_of"
AXES_LOCKOUT_CALLABLE = "communes.views.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False

# Language and time

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt")]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["ntm_tracker.formats"]
USE_THOUSAND_SEPARATOR = False

# Static files: what collectstatic made is served, compressed, so that a slow line carries little;
# the tests and runserver serve the files where they lie.

SERVES_SOURCES = TESTING or "runserver" in sys.argv
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": env.storage("STORAGE_URL"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if SERVES_SOURCES
        else "ntm_tracker.lib.staticfiles.HashedStaticFiles"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = SERVES_SOURCES

# Mail

for _name, _value in env.email("EMAIL_URL", "console:").items():
    globals()[_name] = _value
DEFAULT_FROM_EMAIL = env.text("NTM_FROM_EMAIL", "nong-thon-moi@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Every broken PDF would fill pages; what is wrong with it is told to the person who sent it.
    "loggers": {name: {"level": "CRITICAL"} for name in ("pyhanko", "pyhanko_certvalidator")},
}

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    AXES_ENABLED = False
