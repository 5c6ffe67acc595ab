"""``manage.py demo [--logins]``: the demo team, for `make run`. Refused where DEMO is off."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo import create_demo, logins


class Command(BaseCommand):
    help = "Create the demo team with made-up people. Running it again adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--logins", action="store_true", help="only print how to sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO or len(settings.DEMO_PASSWORD) < 8:
            raise CommandError("Set DEMO=1 and DEMO_PASSWORD (at least 8 characters) to create demo accounts.")
        if not options["logins"]:
            for line in create_demo():
                self.stdout.write(line)
                self.stdout.flush()
        for line in logins():
            self.stdout.write(line)
