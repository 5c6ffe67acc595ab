"""``bank lint`` and ``bank table``: what is wrong with questions in files or in the bank, and counts per skill.

With files, neither needs a database.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.utils import timezone

from question_bank.cli.base import Action, add_files, organisation_of, read_files
from question_bank.formats.pack import Pack, PackError, PackProblem
from question_bank.linting import command as linting
from question_bank.linting.base import item_from_pack
from question_bank.services.lint import lint_context, stored_items
from question_bank.services.load import parse_files, shipped_packs
from question_bank.taxonomy import shipped_taxonomy


class Lint(Action):
    name = "lint"
    help = "say what is wrong; status 1 on errors"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_files(parser, required=False)
        linting.add_lint_arguments(parser)

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        if options["stored"] and options["files"]:
            raise CommandError("Name files or --stored, not both.")
        if options["stored"]:
            owner = organisation_of(options)
            items, context = stored_items(owner.pk if owner else None), lint_context()
            refused: list[PackProblem] = []
        else:
            parsed = read_files(options["files"] or shipped_packs(), options)
            items = [item_from_pack(item.skill or options["skill"], item.question) for item in parsed.items]
            context = linting.context_of(shipped_taxonomy(), timezone.localdate())
            refused = parsed.refused
        text, failed = linting.lint_report(items, context, options, refused)
        out.write(text)
        return int(failed)


class Table(Action):
    name = "table"
    help = "counts, coverage and balance per skill"

    def add_arguments(self, parser: ArgumentParser) -> None:
        linting.add_table_arguments(parser)

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        out.write(linting.table_report(_packs(options), shipped_taxonomy(), options))
        return 0


def _packs(options: dict[str, Any]) -> list[Pack]:
    try:
        return parse_files(options["files"] or shipped_packs())
    except PackError as error:
        raise CommandError(str(error)) from error
