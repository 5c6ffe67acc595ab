"""The actions ``lint`` and ``table`` of ``manage.py bank``."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from question_bank.formats.pack import Pack, PackProblem
from question_bank.linting import lint
from question_bank.linting.base import Context, Finding, LintItem, Severity, items_from_packs
from question_bank.linting.table import as_text, skill_rows
from question_bank.taxonomy import Taxonomy


def add_lint_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--stored", action="store_true", help="the questions in the database instead of files")
    parser.add_argument("--strict", action="store_true", help="fail on warnings, too")


def add_table_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, help="packs; without any, the shipped bank")
    parser.add_argument("--json", action="store_true", help="rows as JSON")


def context_of(taxonomy: Taxonomy, today: date) -> Context:
    return Context(today, {skill.slug: skill.topics for domain in taxonomy.domains for skill in domain.skills})


def lint_report(
    items: Sequence[LintItem], context: Context, options: dict[str, Any], refused: Sequence[PackProblem] = ()
) -> tuple[str, bool]:
    """What to print, and whether the command fails: on errors, with ``--strict`` on warnings, too.

    ``refused``: what the files hold and nobody can load; the rules look at the rest.
    """
    found = lint(items, context)
    grave = {Severity.ERROR, Severity.WARNING} if options["strict"] else {Severity.ERROR}
    text = _as_json(items, found, refused) if options["json"] else _as_lines(items, found, refused)
    return text, bool(refused) or any(finding.severity in grave for finding in found)


def table_report(packs: Sequence[Pack], taxonomy: Taxonomy, options: dict[str, Any]) -> str:
    rows = skill_rows(items_from_packs(packs), taxonomy)
    return json.dumps([row.as_dict() for row in rows], indent=1) if options["json"] else as_text(rows)


def _counts(found: Sequence[Finding]) -> dict[str, int]:
    counts = Counter(finding.severity for finding in found)
    return {f"{severity}s": counts[severity] for severity in Severity}


def _as_lines(items: Sequence[LintItem], found: Sequence[Finding], refused: Sequence[PackProblem]) -> str:
    counts = _counts(found) | ({"refused": len(refused)} if refused else {})
    summary = ", ".join(f"{count} {name}" for name, count in counts.items())
    return "\n".join([*map(str, refused), *map(str, found), f"{len(items)} questions: {summary}."])


def _as_json(items: Sequence[LintItem], found: Sequence[Finding], refused: Sequence[PackProblem]) -> str:
    lists = {"findings": [asdict(one) for one in found], "refused": [asdict(one) for one in refused]}
    return json.dumps({"questions": len(items), **_counts(found), **lists}, indent=1)
