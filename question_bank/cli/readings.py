"""``bank sheet``, ``bank record`` and ``bank readings``: questions for blind readers, their answers, what these say.

No database is needed.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, OutputWrapper

from question_bank import readings
from question_bank.cli.base import Action
from question_bank.formats.pack import Pack, PackError
from question_bank.services.load import parse_files, shipped_packs


def _add_sheet(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, help="default: the shipped bank")
    parser.add_argument("--seed", type=int, required=True, help="decides the order of questions and options")
    parser.add_argument("--options-only", action="store_true", help="hide the stems: the reader guesses")
    parser.add_argument("--reviews", type=Path, default=readings.REVIEWS, help="default: those of the shipped bank")


def _packs(files: Sequence[Path]) -> list[Pack]:
    try:
        return parse_files(files or shipped_packs())
    except PackError as error:
        raise CommandError(str(error)) from error


class Sheet(Action):
    name = "sheet"
    help = "print choice questions without keys, for a reader who did not write them"

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_sheet(parser)
        parser.add_argument("--unread", action="store_true", help="only what nobody has read in its present wording")

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        alone = options["options_only"]
        asked = readings.numbered(_packs(options["files"]), options["seed"])
        name = readings.name_of(asked, options_only=alone)
        if options["unread"]:
            asked = readings.not_read(asked, readings.read_records(options["reviews"]), options_only=alone)
        out.write(readings.sheet(asked, name, options_only=alone))
        return 0


class Record(Action):
    name = "record"
    help = "keep a reader's answers to a sheet (same files, seed and switch); status 1 where they differ from the key"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("answers", type=Path, help="the sheet's first line, and lines such as 12: B or 13: A, C")
        _add_sheet(parser)
        parser.add_argument("--dry-run", action="store_true", help="write nothing, only say what differs")

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        alone = options["options_only"]
        asked = readings.numbered(_packs(options["files"]), options["seed"])
        name = readings.name_of(asked, options_only=alone)
        try:
            given = readings.answers(options["answers"].read_text(encoding="utf-8"), asked, name)
        except (OSError, readings.ReadingError) as error:
            raise CommandError(f"{options['answers']}: {error}") from error
        records = readings.read_records(options["reviews"])
        change: Callable[..., readings.Entry] = readings.with_guess if alone else readings.with_answer
        told = []
        for each in asked:
            if each.number not in given:
                continue
            question, chosen = each.question, given[each.number]
            entries = records.setdefault(each.skill, {"skill": each.skill, "questions": {}})["questions"]
            entries[question.id] = change(entries.get(question.id, {}), question, chosen)
            if (readings.mark(question, chosen) == 1.0) == alone:
                told.append(f"{question.id}: {'guessed' if alone else 'differs from the key'}: {', '.join(chosen)}")
        if not options["dry_run"]:
            for skill in {each.skill for each in asked if each.number in given}:
                (options["reviews"] / f"{skill}.yaml").write_text(readings.written(records[skill]), encoding="utf-8")
        out.write("\n".join([*told, f"{len(given)} of {len(asked)} answered, {len(told)} to look at."]))
        return int(bool(told) and not alone)


class Readings(Action):
    name = "readings"
    help = "what readers earned who saw the options alone, per skill"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="default: the shipped bank")

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        packs, records = _packs(options["files"]), readings.read_records()
        skills = sorted({pack.skill for pack in packs})
        rows = [(skill, [pack for pack in packs if pack.skill == skill]) for skill in skills]
        out.write(f"{'from the options alone':36} {'n':>4} {'earned':>7} {'90 % range':>13} {'chance':>7}")
        for title, some in [*rows, ("all", packs)]:
            out.write(_line(title, readings.guessing(some, records)))
        return 0


def _line(title: str, found: readings.Guessing) -> str:
    earned = found.earned
    if earned.value is None or earned.low is None or earned.high is None:
        return f"{title:36} {earned.n:>4}  {earned.reason}"
    return (
        f"{title:36} {earned.n:>4} {earned.value:>7.0%} "
        f"{f'{earned.low:.0%} to {earned.high:.0%}':>13} {found.chance:>7.0%}"
    )
