from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from assessments.signals import (
            attempt_scored,
            candidate_erased,
            correction_carried_out,
            results_wanted,
            verdicts_wanted,
        )
        from reports.access import results_of_scores
        from reports.services.estimates import verdicts_of_sheets
        from reports.services.forget import forget_candidate
        from reports.tasks import wake_builder, wake_follower

        attempt_scored.connect(wake_builder, dispatch_uid="reports.wake_builder")
        correction_carried_out.connect(wake_follower, dispatch_uid="reports.wake_follower")
        candidate_erased.connect(forget_candidate, dispatch_uid="reports.forget_candidate")
        results_wanted.connect(results_of_scores, dispatch_uid="reports.results_of_scores")
        verdicts_wanted.connect(verdicts_of_sheets, dispatch_uid="reports.verdicts_of_sheets")
