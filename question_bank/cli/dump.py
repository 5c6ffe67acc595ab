"""``bank dump``: write questions of the bank to a file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, OutputWrapper

from question_bank.cli.base import Action, add_organisation, organisation_of, say_json
from question_bank.export import export
from question_bank.formats import FORMATS
from question_bank.models import Question
from question_bank.states import Status


class Dump(Action):
    name = "dump"
    help = "write questions to FILE ('-': standard output); what the format cannot say is listed"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="its ending is yours to choose; - is standard output")
        writable = [slug for slug, known in FORMATS.items() if known.writes]
        parser.add_argument("--format", choices=writable, default=writable[0])
        parser.add_argument("--skill", action="append", default=[], help="only this skill; may be repeated")
        parser.add_argument("--question", action="append", default=[], help="only this question; may be repeated")
        parser.add_argument("--status", action="append", default=[], choices=[status.value for status in Status])
        parser.add_argument("--dry-run", action="store_true", help="write nothing, only say what the format cannot say")
        add_organisation(parser)

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        chosen = Question.objects.filter(organisation=organisation_of(options))
        for field, name in (("skill__slug", "skill"), ("external_id", "question"), ("status", "status")):
            if options[name]:
                chosen = chosen.filter(**{f"{field}__in": options[name]})
        if not chosen.exists() and any(options[name] for name in ("skill", "question", "status")):
            raise CommandError("No question of the bank is so; nothing was written.")
        written = export(chosen, options["format"])
        if options["file"] == "-" and not options["dry_run"]:
            sys.stdout.buffer.write(written.data)
            return 0
        try:
            if not options["dry_run"]:
                Path(options["file"]).write_bytes(written.data)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        lost = [f"{problem.question}: {problem.field}: {problem.message}" for problem in written.lost]
        if options["json"]:
            say_json(out, {"file": options["file"], "questions": chosen.count(), "lost": lost})
            return 0
        for line in lost:
            out.write(f"not kept: {line}")
        done = "Would write" if options["dry_run"] else "Wrote"
        out.write(f"{done} {options['file']}: {chosen.count()} questions asked for, {len(lost)} things not kept.")
        return 0
