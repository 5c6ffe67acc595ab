"""``manage.py bank ...``: the bank as files, for people and for CI. The actions are in `question_bank/cli`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from question_bank.cli import ACTIONS


class Command(BaseCommand):
    help = "Questions as files: load them (the same files again change nothing), compare, write, check and count them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for action in ACTIONS.values():
            action.add_arguments(actions.add_parser(action.name, help=action.help))

    def handle(self, *args: Any, **options: Any) -> None:
        status = ACTIONS[options["action"]].run(options, self.stdout)
        if status:
            sys.exit(status)
