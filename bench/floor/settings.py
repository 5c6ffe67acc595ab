"""Settings of the bare application: the product's database options and nothing else."""

from __future__ import annotations

from config.env import env
from config.settings import DATABASES, DEFAULT_AUTO_FIELD, USE_TZ

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.floor.web"
WSGI_APPLICATION = "bench.floor.web.application"

__all__ = ["DATABASES", "DEFAULT_AUTO_FIELD", "USE_TZ"]
