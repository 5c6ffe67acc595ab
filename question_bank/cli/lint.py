"""``bank lint`` and ``bank table``: what is wrong with questions in files, and counts per skill."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.utils import timezone

from question_bank.cli.base import Action
from question_bank.formats.pack import Pack, PackError
from question_bank.linting import command as linting
from question_bank.services.load import parse_files, shipped_packs
from question_bank.taxonomy import shipped_taxonomy


class Lint(Action):
    name = "lint"
    help = "say what is wrong; status 1 on errors"

    def add_arguments(self, parser: ArgumentParser) -> None:
        linting.add_lint_arguments(parser)

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        text, failed = linting.lint_report(_packs(options), shipped_taxonomy(), timezone.localdate(), options)
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
