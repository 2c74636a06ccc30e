"""Django's settings. What an installation decides comes from :mod:`leadline.web.env`."""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF

from leadline.web.env import surroundings
from leadline.web.operations.logs import logging_config
from leadline.web.operations.mailing import mail_settings

SURROUNDINGS = surroundings()
HERE = Path(__file__).resolve().parent

SECRET_KEY = SURROUNDINGS.secret_key
DEBUG = SURROUNDINGS.debug
ALLOWED_HOSTS = list(SURROUNDINGS.hosts)
ROOT_URLCONF = "leadline.web.urls"
WSGI_APPLICATION = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False  # a redirect turns a POST into a GET, and the fact in it is lost

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "leadline.web.accounts",
    "leadline.web.jobs",
    "leadline.web.leads",
    "leadline.web.qualification",
    "leadline.web.board",
    "leadline.web.capture",
    "leadline.web.forms",
    "leadline.web.program_pages",
    "leadline.web.importing",
    "leadline.web.privacy",
    "leadline.web.quality",
    "leadline.web.company_pages",
    "leadline.web.learning",
    "leadline.web.api",
]

MIDDLEWARE = [
    "leadline.web.operations.requests.named",
    "leadline.web.frame.parts.signed_out",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "leadline.web.operations.requests.private",
    "django.contrib.messages.middleware.MessageMiddleware",
    "leadline.web.accounts.sessions.bounded",
    "allauth.account.middleware.AccountMiddleware",
    "leadline.web.accounts.second_factor.asked_for",
    "leadline.web.operations.undo.told",
    "leadline.web.frame.preferences.personal",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "leadline.web.frame.context.frame",
            ]
        },
    }
]

# --- database ---------------------------------------------------------------------------------------------

DATABASES = {"default": dj_database_url.parse(SURROUNDINGS.database_url, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE: a writer waits for its turn at the beginning, and is never told "locked" in the middle.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000; "
        "PRAGMA temp_store=MEMORY;",
    }

# --- people -----------------------------------------------------------------------------------------------

DOORS = SURROUNDINGS.doors
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ACCOUNT_ADAPTER = "leadline.web.accounts.adapters.AccountAdapter"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SURROUNDINGS.https else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation reached them, or the provider vouches for them
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
MFA_ADAPTER = "leadline.web.accounts.adapters.SecondFactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "leadline.web.accounts.codes.CodeForm",
    "reauthenticate": "leadline.web.accounts.codes.CodeAgainForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Leadline"
MFA_TOTP_TOLERANCE = 1  # steps of half a minute that a telephone's clock may be off
SOCIALACCOUNT_ADAPTER = "leadline.web.accounts.adapters.ProviderAdapter"
# A form that is sent could not be led on to the provider under `form-action 'self'`.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if DOORS.oidc:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "oidc",
            "name": DOORS.oidc.name,
            "client_id": DOORS.oidc.client_id,
            "secret": DOORS.oidc.client_secret,
            "settings": {"server_url": DOORS.oidc.issuer},
        }
    ]
# Attempts to sign in are counted, and codes used once, for all servers: the database knows them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_kept",
        # Beyond this, counts are thrown away that still hold: far more than attempts can be made in time.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    },
}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = DOORS.email_from
globals().update(mail_settings(DOORS.email_url))

# --- safety -----------------------------------------------------------------------------------------------

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
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "__Host-leadline" if SURROUNDINGS.https else "leadline"
CSRF_COOKIE_NAME = "__Host-csrf" if SURROUNDINGS.https else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SURROUNDINGS.https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = DOORS.longest_hours * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SURROUNDINGS.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False  # the company's other names are not ours to bind
CSRF_TRUSTED_ORIGINS = [SURROUNDINGS.url]
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # they ask for just that
if SURROUNDINGS.https and SURROUNDINGS.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # A redirect turns a POST into a GET: forms of other sites are answered as they come, supervisors too.
    SECURE_SSL_REDIRECT = True
    SECURE_SSL_HOST = urlsplit(SURROUNDINGS.url).netloc
    SECURE_REDIRECT_EXEMPT = [r"^f/", r"^api/", r"^healthz$", r"^readyz$", r"^metrics$"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- the rest ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [HERE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = SURROUNDINGS.time_zone
STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
STATIC_ROOT = HERE / "collected" if (HERE / "collected").is_dir() else None
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING_CONFIG = "leadline.web.operations.logs.configure"
LOGGING = logging_config(SURROUNDINGS.log_level)
