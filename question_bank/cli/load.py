"""``bank load``: bring files into the bank."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError, OutputWrapper

from question_bank.cli.base import Action, add_files, defaults_of, organisation_of, read_files, say_json
from question_bank.services.load import load_planned, load_taxonomy, shipped_packs
from question_bank.services.plan import Plan, make_plan
from question_bank.taxonomy import shipped_taxonomy

OWN = {".yaml", ".yml"}


class Load(Action):
    name = "load"
    help = "load files; without files, the shipped taxonomy and bank"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_files(parser, required=False)
        parser.add_argument(
            "--skip-refused",
            action="store_true",
            help="load the good questions of our own files with bad ones; of other systems' files they always are",
        )

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        organisation = organisation_of(options)
        if not options["files"] and not options["dry_run"]:
            load_taxonomy(shipped_taxonomy())
        parsed = read_files(options["files"] or shipped_packs(), options)
        plan = make_plan(parsed, organisation=organisation, defaults=defaults_of(options))
        # Our own files are repaired and loaded whole. Another system's file may ask what cannot be asked here: what
        # can be is brought in, the rest is listed.
        foreign = bool(options["files"]) and not any(path.suffix in OWN for path in options["files"])
        loadable = options["skip_refused"] or (foreign and len(plan.refused) < len(plan.rows))
        nothing = bool(plan.problems) and not loadable
        if not options["dry_run"] and not nothing:
            load_planned(plan, organisation=organisation, actor=None, trusted=True)
        if options["json"]:
            say_json(out, as_data(plan, loaded=not options["dry_run"] and not nothing))
        else:
            _say(out, plan, options["dry_run"], nothing)
        return int(bool(plan.problems) and (nothing or not foreign))


def _say(out: OutputWrapper, plan: Plan, dry_run: bool, nothing: bool) -> None:
    for line in losses(plan):
        out.write(line)
    problems = "\n".join(map(str, plan.problems))
    if nothing and not dry_run:
        raise CommandError(f"Nothing was loaded.\n{problems}")
    if problems:
        out.write(problems)
    out.write(f"{'Would load' if dry_run else 'Loaded'}: {plan}")


def losses(plan: Plan) -> list[str]:
    """What the questions go without, one line each."""
    named = [f"{row.file}:{row.line or 1}: {row.name}: {lost}" for row in plan.rows for lost in row.lost]
    return [f"not kept: {line}" for line in plan.lost + named]


def as_data(plan: Plan, *, loaded: bool) -> dict[str, Any]:
    """A plan as plain data."""
    return {
        "loaded": loaded,
        "counts": {name: len(getattr(plan, name)) for name in ("new", "changed", "unchanged", "refused")},
        "questions": [row.as_json() for row in plan.rows],
        "lost": plan.lost,
    }
