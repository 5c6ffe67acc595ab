from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"

    def ready(self) -> None:
        from assessments.problems import open_notes
        from question_bank.upkeep import notes_wanted

        notes_wanted.connect(open_notes, dispatch_uid="assessments.open_notes")
