"""Figures of the reports that are there already, from their snapshots."""

from typing import Any

from django.db import migrations

NO_GROUP = "No comparison group of at least 100 people yet."


def fill(apps: Any, schema_editor: Any) -> None:
    SkillReport = apps.get_model("reports", "SkillReport")
    ReportFigure = apps.get_model("reports", "ReportFigure")
    skills = dict(apps.get_model("question_bank", "Skill").objects.values_list("slug", "pk"))
    for report in SkillReport.objects.filter(figures=None).iterator(chunk_size=200):
        parts = {part["slug"]: part["data"] for part in report.data["sections"]}
        tier = parts.get("integrity", {}).get("tier", "")
        SkillReport.objects.filter(pk=report.pk).update(integrity_tier=tier)
        method = f"{parts['method']['rule']}, version {parts['method']['rule_version']}" if "method" in parts else ""
        found = [(None, parts["summary"]["share"])] if "summary" in parts else []
        found += [(skills[s["slug"]], s) for s in parts.get("profile", {}).get("skills", ()) if s["slug"] in skills]
        ReportFigure.objects.bulk_create(
            ReportFigure(
                report=report,
                skill_id=skill,
                estimate=share["value"],
                low=share["low"],
                high=share["high"],
                level=parts["summary"]["level"],
                points=share["points"],
                n=share["n"],
                provisional=True,
                method=method,
                percentile_note=NO_GROUP,
            )
            for skill, share in found
        )


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_report_figures")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
