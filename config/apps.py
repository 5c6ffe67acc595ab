from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Plumbline"

    def ready(self) -> None:
        from config import checks  # noqa: F401 - registers the system checks


class PlumblineAdminConfig(AdminConfig):
    default_site = "config.admin_site.PlumblineAdminSite"
