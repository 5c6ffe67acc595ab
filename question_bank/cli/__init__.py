"""What ``manage.py bank`` can do. A new action is one file here and one line below."""

from __future__ import annotations

from question_bank.cli.base import Action
from question_bank.cli.diff import Diff
from question_bank.cli.dump import Dump
from question_bank.cli.lint import Lint, Table
from question_bank.cli.load import Load
from question_bank.cli.readings import Readings, Record, Sheet
from question_bank.cli.schema import Schema

ACTIONS: dict[str, Action] = {
    action.name: action for action in (Load(), Diff(), Dump(), Lint(), Table(), Schema(), Sheet(), Record(), Readings())
}
