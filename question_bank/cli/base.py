"""What the actions of ``manage.py bank`` share."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandError, OutputWrapper

from accounts.models import Organisation
from question_bank.formats import FORMATS
from question_bank.formats.base import Defaults, Parsed
from question_bank.formats.pack import PackError, PackProblem
from question_bank.formats.source import Refused, Source
from question_bank.services.load import read_source, together


class Action(ABC):
    """One action: ``manage.py bank <name>``."""

    name: ClassVar[str]
    help: ClassVar[str]

    @abstractmethod
    def add_arguments(self, parser: ArgumentParser) -> None:
        """The action's own arguments."""

    @abstractmethod
    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        """Do it; returns the exit status: 0 fine, 1 something is wrong with the files.

        Raises:
            CommandError: it cannot be done at all.
        """


def add_files(parser: ArgumentParser, *, required: bool = True) -> None:
    """The arguments of every action that reads files."""
    parser.add_argument("files", nargs="+" if required else "*", type=Path)
    parser.add_argument("--format", choices=list(FORMATS), default="", help="default: recognised by the content")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, only say what would happen")
    parser.add_argument("--skill", default="", help="slug, for files that name no skill")
    parser.add_argument("--topic", default="", help="topic of that skill, for files that name none")
    parser.add_argument("--difficulty", type=int, choices=(1, 2, 3), default=2, help="where the file names none")
    parser.add_argument("--author", default="Unknown author", help="where the file names none")
    add_organisation(parser)


def add_organisation(parser: ArgumentParser) -> None:
    parser.add_argument("--organisation", help="slug of the team that the questions belong to; default: the library")
    parser.add_argument("--json", action="store_true", help="say it as JSON, for programs")


def organisation_of(options: dict[str, Any]) -> Organisation | None:
    """The named team, None for the library.

    Raises:
        CommandError: no such team.
    """
    slug = options["organisation"]
    if not slug:
        return None
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no team with the slug {slug!r}.")
    return found


def defaults_of(options: dict[str, Any]) -> Defaults:
    return Defaults(
        skill=options["skill"], topic=options["topic"], difficulty=options["difficulty"], author=options["author"]
    )


def read_files(paths: Sequence[Path], options: dict[str, Any]) -> Parsed:
    """What the files say. A file that cannot be read at all counts as one refused question."""
    several = []
    for path in paths:
        try:
            source = Source(path.name, path.read_bytes())
            several.append(read_source(source, named=options["format"], defaults=defaults_of(options)))
        except PackError as error:
            several.append(Parsed(refused=error.problems))
        except (OSError, Refused) as error:
            words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            several.append(Parsed(refused=[PackProblem(str(path), None, "", "", words)]))
    return together(several)


def say_json(out: OutputWrapper, data: Any) -> None:
    out.write(json.dumps(data, indent=2, ensure_ascii=False, default=str))
