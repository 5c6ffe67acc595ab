"""``bank diff``: what files say differently from the bank, for reading and for continuous integration."""

from __future__ import annotations

import difflib
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import OutputWrapper

from question_bank.cli.base import Action, add_files, defaults_of, organisation_of, read_files, say_json
from question_bank.cli.load import as_data, losses
from question_bank.export import newest_versions, question_of
from question_bank.formats.pack import PackQuestion
from question_bank.formats.yaml_pack import pack_text
from question_bank.models import Question
from question_bank.services.plan import Plan, What, make_plan


class Diff(Action):
    name = "diff"
    help = "show what files would change, line by line; exit status 1 where something is refused"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_files(parser)

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        organisation = organisation_of(options)
        parsed = read_files(options["files"], options)
        plan = make_plan(parsed, organisation=organisation, defaults=defaults_of(options))
        if options["json"]:
            say_json(out, as_data(plan, loaded=False))
            return int(bool(plan.problems))
        changed = Question.objects.filter(organisation=organisation, external_id__in=plan.changed)
        old = {version.question.external_id: question_of(version)[0] for version in newest_versions(changed)}
        for line in losses(plan) + [str(problem) for problem in plan.problems] + _lines(plan, old):
            out.write(line)
        out.write(str(plan))
        return int(bool(plan.problems))


def _lines(plan: Plan, old: dict[str, PackQuestion]) -> list[str]:
    new = {item.question.id: item for item in plan.items}
    lines = []
    for row in plan.rows:
        if row.what is What.NEW:
            lines.append(f"new: {row.name} ({row.skill}, {row.type})")
        elif row.what is What.CHANGED:
            item = new[row.name]
            was, now = (pack_text(item.skill, [one]).splitlines() for one in (old[row.name], item.question))
            named = {"fromfile": f"bank/{row.name}", "tofile": f"{row.file}/{row.name}"}
            lines += difflib.unified_diff(was, now, **named, n=2, lineterm="")
    return lines
