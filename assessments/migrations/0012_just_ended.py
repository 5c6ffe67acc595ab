"""The live board asks every few seconds who has just ended."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY
    dependencies: ClassVar = [("assessments", "0011_regrade_verdicts")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY IF NOT EXISTS attempt_ended"
                    " ON assessments_attempt (submitted_at) WHERE submitted_at IS NOT NULL",
                    "DROP INDEX CONCURRENTLY IF EXISTS attempt_ended",
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="attempt",
                    index=models.Index(
                        condition=models.Q(("submitted_at__isnull", False)),
                        fields=["submitted_at"],
                        name="attempt_ended",
                    ),
                )
            ],
        )
    ]
