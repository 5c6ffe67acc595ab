from django.db import migrations, models
from django.db.models import Q


def pin_untimed(apps, schema_editor):
    """What was read from the person and the invitation until now holds for the attempts that were started so."""
    attempts = apps.get_model("assessments", "Attempt").objects.filter(closes_at=None)
    granted = attempts.filter(Q(candidate__untimed=True) | Q(invitation__untimed=True))
    attempts.filter(pk__in=list(granted.values_list("pk", flat=True))).update(untimed=True)


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0004_mail_retries"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="rehearsal",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="attempt",
            name="untimed",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunPython(pin_untimed, migrations.RunPython.noop),
    ]
