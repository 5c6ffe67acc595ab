"""Background work on the bank: what the linter says, facts that are due for another look, files on their way in."""

from __future__ import annotations

from celery import shared_task

from accounts.queue import wake_each
from question_bank.services import imports, lint, review


@shared_task(name="question_bank.lint")
def lint_changed() -> None:
    """The sweep itself: nothing wakes it, changed rows wait for it."""
    lint.lint_stale()


@shared_task(name="question_bank.rechecks")
def rechecks() -> None:
    """Close what is settled, open what is due, and tell those who keep the questions."""
    review.close_overtaken()
    review.tell_about_rechecks(review.open_rechecks())


@shared_task(name="question_bank.import")
def work_on_import(import_id: int) -> None:
    """Read or load a file, whatever it waits for; a long one in turns with other work."""
    imports.plan_import(import_id)
    if imports.run_import(import_id):
        wake_each(work_on_import, [import_id])


@shared_task(name="question_bank.import_sweep")
def import_sweep() -> None:
    """Wake a worker for each file that lost its own."""
    wake_each(work_on_import, imports.at_work())
