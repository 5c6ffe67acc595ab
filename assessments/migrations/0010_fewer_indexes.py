"""Leave out four indexes whose columns are the first of another index of the same table.

Only the indexes are dropped. Django would make the foreign keys anew, too, and look at all rows while saves wait.
"""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

DROPPED = (
    ("attemptevent", "attempt", "assessments.attempt", "events", "assessments_attemptevent_attempt_id_b271dc39"),
    ("attemptitem", "attempt", "assessments.attempt", "items", "assessments_attemptitem_attempt_id_8cc26757"),
    ("itemmark", "score", "assessments.score", "marks", "assessments_itemmark_score_id_2db4e483"),
    ("response", "item", "assessments.attemptitem", "responses", "assessments_response_item_id_b2b26fd0"),
)


def without(model: str, field: str, to: str, related_name: str, index: str) -> Operation:
    key = models.ForeignKey(
        to=to, on_delete=django.db.models.deletion.CASCADE, related_name=related_name, db_index=False
    )
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {index}",
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON assessments_{model} ({field}_id)",
            )
        ],
        state_operations=[migrations.AlterField(model_name=model, name=field, field=key)],
    )


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY
    dependencies: ClassVar = [("assessments", "0009_markings")]
    operations: ClassVar = [without(*dropped) for dropped in DROPPED]
