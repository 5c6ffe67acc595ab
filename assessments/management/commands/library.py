"""``manage.py library``: create or update the ready-made assessments over the shipped bank."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import NotPossible
from assessments.services.library import load_library
from assessments.services.rehearsal import load_rehearsal
from question_bank.taxonomy import shipped_taxonomy


class Command(BaseCommand):
    help = "Create or update the ready-made assessments. Running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = load_library(shipped_taxonomy())
            load_rehearsal()
        except NotPossible as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Ready-made assessments: {len(changed)} new or changed")
