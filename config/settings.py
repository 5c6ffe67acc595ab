"""Settings of Plumbline: one file, read from the environment, safe where nothing is said.

`make run` sets what the embedded mode needs (config/embedded.py); production sets it in `.env`.
Wrong combinations are refused by the system checks in config/checks.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.templatetags.static import static
from django.urls import reverse_lazy

from config.env import env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- what the operator decides ---------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
DEMO = env.bool("DEMO", False)
DEMO_PASSWORD = env.str("DEMO_PASSWORD", "")
# Owners and authors of a team read the keys of the library, so founding teams is for operators unless this is set.
OPEN_TEAMS = env.bool("OPEN_TEAMS", False)
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
HTTPS = SITE_URL.startswith("https://")

# --- applications ----------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.apps.PlumblineAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "rest_framework",
    "accounts",
    "question_bank",
    "assessments",
    "reports",
    "config.apps.ConfigConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.ContentSecurity",
    "assessments.middleware.SavesFirst",  # what stands above, a save gets too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.PrivatePages",
    "config.middleware.DatabaseAway",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.workspace",
            ],
        },
    },
]

# --- database: PostgreSQL only ---------------------------------------------------------------
# The web process pools its connections; a worker must not (Celery closes the connection after a
# task, which would tear a pool down each time), so it keeps one connection per process instead.
DATABASES = {"default": env.dj_db_url("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/plumbline")}
if env.bool("DATABASE_POOL", False):
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL_SIZE", 8),
        "timeout": 5,
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # a restarted PostgreSQL must not cost a request
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
# A statement that a connection has run five times is planned once and for all. Off for a pooler in transaction mode
# that cannot keep prepared statements (PgBouncer before 1.21).
if env.bool("PREPARED_STATEMENTS", True):
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}

# --- queue and cache -------------------------------------------------------------------------
CACHES = {
    "default": {
        "BACKEND": "config.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    },
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", "plumbline")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_DB_REUSE_MAX = 1000
# A dead broker must not hold a candidate's request: give up within about a second, the sweep finds the row.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 5,
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0.2,
}
CELERY_TASK_PUBLISH_RETRY = False
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 15.0)
CELERY_BEAT_SCHEDULE = {
    # A sweep that was not fetched before the next one is due is dropped: they must not pile up.
    "assessments-sweep": {
        "task": "assessments.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "mail-sweep": {"task": "assessments.mail_sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "reports-sweep": {"task": "reports.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "calibrate-nightly": {"task": "reports.calibrate_nightly", "schedule": crontab(hour=2, minute=17)},
    "bank-lint": {"task": "question_bank.lint", "schedule": 60.0, "options": {"expires": 60.0}},
    "bank-rechecks": {"task": "question_bank.rechecks", "schedule": 6 * 3600.0},
    "import-sweep": {
        "task": "question_bank.import_sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "erase-old": {"task": "assessments.erase_old", "schedule": 6 * 3600.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = env.str("CELERY_BEAT_SCHEDULE_FILENAME", str(BASE_DIR / "var" / "celerybeat-schedule"))

# --- people ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_FORMS = {
    "login": "accounts.entrance.LoginForm",
    "signup": "accounts.entrance.SignupForm",
    "add_email": "accounts.entrance.AddEmailForm",
    "change_password": "accounts.entrance.ChangePasswordForm",
    "set_password": "accounts.entrance.SetPasswordForm",
    "reset_password": "accounts.entrance.ResetPasswordForm",
    "reset_password_from_key": "accounts.entrance.ResetPasswordKeyForm",
    "reauthenticate": "accounts.entrance.ReauthenticateForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whoever takes an account over cannot do it silently
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_ADAPTER = "accounts.second_step.SecondStepAdapter"
MFA_FORMS = {"add_webauthn": "accounts.second_step.AddPasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # passkeys on http://localhost while trying it out
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("home")
LOGOUT_REDIRECT_URL = reverse_lazy("home")

# --- mail ------------------------------------------------------------------------------------
# The outbox backend keeps mail in the database, readable by staff in the browser: for `make run`.
EMAIL_BACKEND = env.str("EMAIL_BACKEND", "accounts.mail.OutboxBackend")
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Plumbline <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- attempts --------------------------------------------------------------------------------
SAVE_GRACE_SECONDS = 5  # accepted after the end, for answers that were on their way
# Each web process writes a sign of life; a longer gap between two signs is recorded as an outage.
BEAT_SECONDS = env.float("BEAT_SECONDS", 5.0)
OUTAGE_GAP_SECONDS = env.float("OUTAGE_GAP_SECONDS", 15.0)
INVITATIONS_PER_HOUR = env.int("INVITATIONS_PER_HOUR", 500)  # per organisation, against misuse as a mail sender
RETENTION_DAYS = env.int("RETENTION_DAYS", 365)
RECHECK_DAYS = env.int("RECHECK_DAYS", 365)  # after so long, the facts of a drawn question are due for another look

# --- language, time, files -------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = False  # English throughout: no look-up of a language for each number on a page
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env.bool("PLAIN_STATIC", False)
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or env.bool("PLAIN_STATIC", False)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- transport and content security ----------------------------------------------------------
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Else everybody has the proxy's address, and a few wrong passwords would lock everybody out of signing in.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# --- API -------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "600/min"},
    "EXCEPTION_HANDLER": "config.views.api_exception",
}

# --- admin -----------------------------------------------------------------------------------
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Plumbline",
    "SITE_HEADER": "Plumbline",
    "SITE_SUBHEADER": "Question bank",
    "SITE_URL": "/",
    "SITE_SYMBOL": "straighten",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/favicon.svg")}],
    "SHOW_BACK_BUTTON": True,
    "SHOW_HISTORY": False,
    "STYLES": [lambda request: static("css/admin.css")],
    "DASHBOARD_CALLBACK": "question_bank.admin_dashboard.dashboard",
    "SIDEBAR": {
        "navigation": [
            {
                "title": "Question bank",
                "items": [
                    {
                        "title": "Overview",
                        "icon": "grid_view",
                        "link": reverse_lazy("admin:index"),
                        "permission": "question_bank.admin_dashboard.sees_questions",
                    },
                    {
                        "title": "Questions",
                        "icon": "quiz",
                        "link": reverse_lazy("admin:question_bank_question_changelist"),
                        "active": "question_bank.admin_dashboard.among_questions",
                        "permission": "question_bank.admin_dashboard.sees_questions",
                    },
                    {
                        "title": "Review queue",
                        "icon": "rate_review",
                        "link": reverse_lazy("admin:question_bank_question_queue"),
                        "permission": "question_bank.admin_dashboard.sees_questions",
                    },
                    {
                        "title": "Health",
                        "icon": "monitor_heart",
                        "link": reverse_lazy("admin:question_bank_question_health"),
                        "permission": "question_bank.admin_dashboard.sees_questions",
                    },
                    {
                        "title": "Write a question",
                        "icon": "edit_square",
                        "link": reverse_lazy("admin:question_bank_question_add"),
                        "permission": "question_bank.admin_dashboard.writes",
                    },
                    {
                        "title": "Files",
                        "icon": "upload_file",
                        "link": reverse_lazy("admin:question_bank_questionimport_changelist"),
                        "permission": "question_bank.admin_dashboard.writes",
                    },
                    {
                        "title": "Pictures",
                        "icon": "image",
                        "link": reverse_lazy("admin:question_bank_questionimage_changelist"),
                        "permission": "question_bank.admin_dashboard.sees_questions",
                    },
                    {
                        "title": "Notes of candidates",
                        "icon": "feedback",
                        "link": reverse_lazy("admin:assessments_problemreport_changelist"),
                        "permission": "question_bank.admin_dashboard.sees_questions",
                    },
                    {
                        "title": "Calibrations",
                        "icon": "tune",
                        "link": reverse_lazy("admin:reports_calibration_changelist"),
                        "permission": "config.admin_site.is_operator",
                    },
                ],
            },
            {
                "title": "Plumbline",
                "separator": True,
                "items": [
                    {
                        "title": "Back to the product",
                        "icon": "arrow_back",
                        "link": reverse_lazy("home"),
                        "active": lambda request: False,
                    }
                ],
            },
            {
                "title": "Installation",
                "separator": True,
                "items": [
                    {
                        "title": title,
                        "icon": icon,
                        "link": reverse_lazy(f"admin:accounts_{name}_changelist"),
                        "permission": "question_bank.admin_dashboard.operates",
                    }
                    for title, icon, name in (
                        ("People", "person", "user"),
                        ("Organisations", "apartment", "organisation"),
                        ("Memberships", "groups", "membership"),
                    )
                ]
                + [
                    {
                        "title": "Outages",
                        "icon": "cloud_off",
                        "link": reverse_lazy("outages"),
                        "permission": "config.admin_site.is_staff",
                    }
                ],
            },
        ],
    },
    "COLORS": {
        "primary": {
            "50": "#eef7f6", "100": "#d5ebe8", "200": "#acd7d2", "300": "#7dbdb6", "400": "#4f9f97",
            "500": "#2f837b", "600": "#1f6a63", "700": "#1a554f", "800": "#174440", "900": "#123633", "950": "#0a201e",
        },
    },
}  # fmt: skip

# --- logs: JSON lines, without answers, tokens, addresses ------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
_PRE: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*_PRE, structlog.processors.format_exc_info, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_tokens": {"()": "config.logs.HideTokens"}},
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [*_PRE, structlog.processors.format_exc_info],
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["no_tokens"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"django.server": {"handlers": ["console"], "propagate": False}},
}
