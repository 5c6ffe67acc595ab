"""A queue may deliver a task twice: whatever is registered, the second time changes no row and sends no mail."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.cache import cache

from accounts.models import Organisation, User
from accounts.roles import Role
from assessments.models import Attempt, Invitation, RegradeKind
from assessments.services.marking import record_marking
from assessments.services.regrade import carry_out, plan_regrade, work_on
from assessments.tasks import WORKER_SEEN
from config.celery import app
from question_bank.formats.base import Defaults
from question_bank.services import imports
from reports.cohort import Terms
from reports.services.calibrate import begin_calibration
from reports.services.files import want_workbook
from tests.factories import blueprint, make_assessment, make_invitation, make_member, make_question, make_skill
from tests.queue.test_worker import empty_queue
from tests.walkthrough import Walkthrough

__all__ = ["empty_queue"]  # a fixture

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]
OURS = ("accounts", "question_bank", "assessments", "reports")


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of ours, with every column."""
    models = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return {model._meta.label: sorted(model._base_manager.values_list(), key=repr) for model in models}


def marked(organisation: Organisation) -> Attempt:
    """An answer in free text that a person has marked, and nobody has told the score yet."""
    make_question(make_skill("writing"), 1, type="free_text")
    definition = {"sections": [{"blueprint": blueprint(("writing", 2, 1))}]}
    story = Walkthrough(make_invitation(organisation, make_assessment(organisation, definition))).start()
    story.save(1, {"text": "Metres instead of kilometres."}, 0).submit().score()
    item = story.item(1)
    record_marking(
        item=item,
        response_id=item.responses.get().pk,
        points={"cause": 2, "next-step": 2},
        comment="",
        by=make_member(organisation, Role.REVIEWER),
    )
    return story.attempt


@pytest.fixture
def arguments(invitation: Invitation, owner: User, author: User) -> dict[str, tuple[int, ...]]:
    """A task's name, and what to call it with so that it has something to do."""
    organisation, assessment = invitation.organisation, invitation.assessment
    scored = Walkthrough(make_invitation(organisation, assessment)).start().answer(2).submit()
    score = scored.score()
    calibration = begin_calibration(reason="test")
    assert calibration is not None
    regrade = plan_regrade(
        version=scored.item(1).question_version,
        kind=RegradeKind.FULL,
        reason="No option was right",
        by=owner,
        organisation=organisation,
    )
    work_on(regrade.pk)
    carry_out(regrade=regrade)
    lines = "id,skill,type,stem,answer,tolerance\nq-1,writing,numeric,How many?,1,0"
    imported = imports.start_import(
        organisation=organisation, by=author, name="one.csv", data=lines.encode(), format="",
        defaults=Defaults(author="Somebody"),
    )  # fmt: skip
    waiting = Walkthrough(invitation).start().answer(1).submit()
    return {
        "reports.build_report": (score.pk,),
        "assessments.finish_marking": (marked(organisation).pk,),
        "assessments.score_attempt": (waiting.attempt.pk,),
        "assessments.send_invitation_mail": (invitation.pk,),
        "assessments.regrade": (regrade.pk,),
        "assessments.sweep": (),
        "assessments.mail_sweep": (),
        "assessments.erase_old": (),
        "reports.follow_correction": (regrade.pk,),
        "reports.sweep": (),
        "reports.build_file": (want_workbook(organisation=organisation, terms=Terms(assessment), by=owner).pk,),
        "reports.run_calibration": (calibration.pk,),
        "reports.calibrate_nightly": (),
        "question_bank.lint": (),
        "question_bank.rechecks": (),
        "question_bank.import": (imported.pk,),
        "question_bank.import_sweep": (),
    }


def test_every_task_run_twice_leaves_what_once_left(arguments: dict[str, tuple[int, ...]]) -> None:
    assert {name for name in app.tasks if not name.startswith("celery.")} == set(arguments)
    for name, given in arguments.items():
        before = rows()
        app.tasks[name](*given)
        assert changed(before) or not given, name  # the sweeps may find nothing left to do
    once, mails = rows(), len(mail.outbox)
    for name, given in arguments.items():
        app.tasks[name](*given)
        assert (name, changed(once)) == (name, {})
    assert len(mail.outbox) == mails > 0
    assert cache.get(WORKER_SEEN)


def changed(before: dict[str, list[tuple[Any, ...]]]) -> dict[str, Any]:
    now = rows()
    return {label: (before[label], now[label]) for label in now if before[label] != now[label]}
