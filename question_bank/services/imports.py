"""Files that people hand in: stored as a row, planned and loaded by a worker in small steps.

Every step may be repeated and may die: what is loaded and how far it got are written in one transaction.
"""

from __future__ import annotations

import datetime
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from question_bank.formats import format_of
from question_bank.formats.base import Defaults, Item, Parsed
from question_bank.formats.pack import PackError
from question_bank.formats.source import MAX_UPLOAD, Refused, Source
from question_bank.models import QuestionImport
from question_bank.services.load import load_planned, read_source
from question_bank.services.plan import What, make_plan

STEP = 50
STEPS_AT_ONCE = 10
MAX_TRIES = 3
STALE_SECONDS = 20


def start_import(
    *, organisation: Organisation | None, by: User, name: str, data: bytes, format: str, defaults: Defaults
) -> QuestionImport:
    """Keep a file. A worker reads it.

    Raises:
        NotPossible: empty, or larger than 20 MB.
    """
    if not data:
        raise NotPossible("This file is empty.")
    if len(data) > MAX_UPLOAD:
        raise NotPossible(f"This file is larger than {MAX_UPLOAD // 1_000_000} MB. Split it.")
    return QuestionImport.objects.create(
        organisation=organisation,
        created_by=by,
        name=name[-200:],
        data=data,
        format=format,
        defaults=asdict(defaults),
    )


def plan_import(pk: int) -> None:
    """Read a waiting file and write down what loading it would do. A file that kills its reader is given up."""
    if not QuestionImport.objects.filter(pk=pk, state=QuestionImport.WAITING).update(tries=F("tries") + 1):
        return
    with transaction.atomic():
        row = _locked(pk, QuestionImport.WAITING)
        if row is None:
            return
        if row.tries > MAX_TRIES:
            _fail(row, "Reading this file failed several times. Split it, or tell the operators.")
            return
        try:
            parsed = _parsed(row)
        except PackError as error:
            _fail(row, "\n".join(map(str, error.problems)))
            return
        plan = make_plan(parsed, organisation=row.organisation, defaults=Defaults(**row.defaults))
        row.plan = {"rows": [one.as_json() for one in plan.rows], "lost": plan.lost}
        row.total = len(plan.items)
        row.state, row.tries = QuestionImport.PLANNED, 0
        row.save()


def confirm_import(*, row: QuestionImport) -> None:
    """Load what was planned.

    Raises:
        NotPossible: it is not waiting for that.
    """
    moved = QuestionImport.objects.filter(pk=row.pk, state=QuestionImport.PLANNED, total__gt=0)
    if not moved.update(state=QuestionImport.RUNNING, updated_at=timezone.now()):
        raise NotPossible("There is nothing to load here now.")


def drop_import(*, row: QuestionImport) -> None:
    """Forget a file that was not loaded; its bytes go, the row stays.

    Raises:
        NotPossible: it is being loaded, or was.
    """
    dropped = QuestionImport.objects.filter(
        pk=row.pk, state__in=[QuestionImport.WAITING, QuestionImport.PLANNED, QuestionImport.FAILED]
    )
    if not dropped.update(state=QuestionImport.DROPPED, data=b"", updated_at=timezone.now()):
        raise NotPossible("This file is being loaded, or was loaded already.")


def run_import(pk: int) -> bool:
    """Load some steps of a confirmed file; True where more remain.

    Between calls other work of the queue has its turn. Two workers at once, or one that is killed, load nothing
    twice: a step locks the row, and its questions and the place that it reached are one transaction.
    """
    row = QuestionImport.objects.filter(pk=pk, state=QuestionImport.RUNNING).first()
    if row is None:
        return False
    QuestionImport.objects.filter(pk=pk).update(tries=F("tries") + 1)
    if row.tries >= MAX_TRIES:
        with transaction.atomic():
            if (locked := _locked(pk, QuestionImport.RUNNING)) is not None:
                words = f"Loading stopped several times after {locked.done} of {locked.total} questions."
                _fail(locked, f"{words} These stay; load the file again for the rest.")
        return False
    parsed = _parsed(row)
    items = _accepted(row, parsed)
    return all(_step(pk, items, parsed.pictures) for _ in range(STEPS_AT_ONCE))


def _step(pk: int, items: list[Item], pictures: dict[str, bytes]) -> bool:
    """Load the next questions; False where none are left or another worker is at it."""
    with transaction.atomic():
        row = _locked(pk, QuestionImport.RUNNING)
        if row is None:
            return False
        part = Parsed(items=items[row.done : row.done + STEP], pictures=pictures)
        plan = make_plan(part, organisation=row.organisation, defaults=Defaults(**row.defaults))
        load_planned(plan, organisation=row.organisation, actor=row.created_by, trusted=False)
        row.done = min(row.total, row.done + STEP)
        row.tries = 0
        more = row.done < row.total
        if not more:
            row.state, row.data = QuestionImport.DONE, b""
        row.save()
    return more


def at_work() -> list[int]:
    """Files that wait for a worker and that no worker has touched for a while."""
    since = timezone.now() - datetime.timedelta(seconds=STALE_SECONDS)
    waiting = QuestionImport.objects.filter(
        state__in=[QuestionImport.WAITING, QuestionImport.RUNNING], updated_at__lt=since
    )
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def _locked(pk: int, state: str) -> QuestionImport | None:
    """The row, for this transaction alone; None where somebody else has it or it has moved on."""
    rows = QuestionImport.objects.select_for_update(skip_locked=True, of=("self",))
    return rows.filter(pk=pk, state=state).select_related("organisation", "created_by").first()


def _parsed(row: QuestionImport) -> Parsed:
    source = Source(row.name, bytes(row.data))
    defaults = Defaults(**row.defaults)
    with suppress(Refused):  # reading says it in full
        row.format = row.format or format_of(source).slug
    return read_source(source, named=row.format, defaults=defaults)


def _accepted(row: QuestionImport, parsed: Parsed) -> list[Item]:
    """What the person has seen as possible, once each, in the order of the file."""
    rows: list[dict[str, Any]] = row.plan.get("rows", [])
    good = {one["name"] for one in rows if one["what"] != What.REFUSED}
    items: dict[str, Item] = {}
    for item in parsed.items:
        if item.question.id in good:
            items.setdefault(item.question.id, item)
    return list(items.values())[: row.total]


def _fail(row: QuestionImport, words: str) -> None:
    row.state, row.error = QuestionImport.FAILED, words[:10_000]
    row.save()
