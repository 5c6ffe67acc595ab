"""``bank schema``: the JSON Schema of the YAML pack, for editors and checks."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import OutputWrapper

from question_bank.cli.base import Action, say_json
from question_bank.formats.schema import pack_schema


class Schema(Action):
    name = "schema"
    help = "print the JSON Schema of the YAML pack"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Takes none."""

    def run(self, options: dict[str, Any], out: OutputWrapper) -> int:
        say_json(out, pack_schema())
        return 0
