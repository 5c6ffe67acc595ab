from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from assessments.signals import attempt_scored
        from reports.tasks import wake_builder

        attempt_scored.connect(wake_builder, dispatch_uid="reports.wake_builder")
