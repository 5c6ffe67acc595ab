"""Leave out an index that stands there twice, and one that nothing is looked up by. Only indexes are dropped."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

TWICE = "assessments_invitat_e8a6f1_idx"
SKILL = "assessments_attemptitem_skill_id_52f84684"


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY
    dependencies: ClassVar = [("assessments", "0012_just_ended")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {TWICE}",
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {TWICE} ON assessments_attempt (invitation_id)",
                )
            ],
            state_operations=[migrations.RemoveIndex(model_name="attempt", name=TWICE)],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {SKILL}",
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {SKILL} ON assessments_attemptitem (skill_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="attemptitem",
                    name="skill",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="question_bank.skill",
                    ),
                )
            ],
        ),
    ]
