"""``manage.py bank load [FILE...] [--dry-run]``: load the shipped bank, or packs of your own."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organisation
from question_bank.formats.pack import PackError
from question_bank.services.load import load_packs, load_taxonomy, parse_files, shipped_packs
from question_bank.taxonomy import shipped_taxonomy


class Command(BaseCommand):
    help = "Load questions from YAML packs. Loading the same files again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        load = actions.add_parser("load", help="load packs; without files, the shipped taxonomy and bank")
        load.add_argument("files", nargs="*", type=Path)
        load.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        load.add_argument("--organisation", help="slug of the team that the questions belong to; default: the library")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = None
        if slug := options["organisation"]:
            organisation = Organisation.objects.filter(slug=slug).first()
            if organisation is None:
                raise CommandError(f"There is no team with the slug {slug!r}.")
        if not options["files"] and not options["dry_run"]:
            load_taxonomy(shipped_taxonomy())
        try:
            packs = parse_files(options["files"] or shipped_packs())
            plan = load_packs(packs, organisation=organisation, dry_run=options["dry_run"])
        except PackError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from error
        self.stdout.write(f"{'Would load' if options['dry_run'] else 'Loaded'}: {plan}")
