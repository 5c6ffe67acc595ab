"""What noticed an outage; and the failed saves that pages tell of, which every sweep looks for."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY
    dependencies: ClassVar = [("assessments", "0013_fewer_indexes_still")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="outage",
            name="service",
            field=models.CharField(
                choices=[
                    ("web", "The service was interrupted"),
                    ("saves", "The service could not save answers"),
                    ("pages", "Open pages could not reach the service"),
                ],
                max_length=20,
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY IF NOT EXISTS event_save_failed"
                    " ON assessments_attemptevent (at) WHERE kind = 'save_failed'",
                    "DROP INDEX CONCURRENTLY IF EXISTS event_save_failed",
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="attemptevent",
                    index=models.Index(
                        condition=models.Q(("kind", "save_failed")), fields=["at"], name="event_save_failed"
                    ),
                )
            ],
        ),
    ]
