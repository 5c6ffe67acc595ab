"""A question with variables through whole attempts: each has its numbers, on page, in mark and in report."""

from __future__ import annotations

import pytest

from assessments.services.score import rescore
from question_bank.models import QuestionVersion
from question_bank.types.variants import in_digits
from reports.models import SkillReport
from reports.services.build import build_report
from tests.assessments.test_taking_pages import begin
from tests.factories import (
    SENTINEL,
    blueprint,
    make_assessment,
    make_invitation,
    make_question,
    make_skill,
    sample_payload,
)
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db


def test_each_attempt_has_its_numbers_everywhere(organisation, owner, signed_in):
    skill = make_skill("serving")
    make_question(skill, 1, type="numeric", payload=sample_payload("numeric", 1))
    stem = "What do [[gpus]] GPUs cost a day at [[price]] USD an hour?"
    QuestionVersion.objects.update(stem=stem, explanation="Times 24: [[gpus]] GPUs.")
    definition = {"time_limit_minutes": 30, "sections": [{"blueprint": blueprint(("serving", 2, 1))}]}
    assessment = make_assessment(organisation, definition)
    asked = set()
    for _ in range(6):
        invitation = make_invitation(organisation, assessment)
        client, attempt = begin(invitation)
        item = attempt.items.select_related("question_version").get()
        payload = item.question_version.asked(item.seed(attempt))
        gpus, price = (in_digits(payload.draw[name]) for name in ("gpus", "price"))
        words = f"What do {gpus} GPUs cost a day at {price} USD an hour?"
        address = f"/attempt/{attempt.public_id}/q/1/"
        page = client.get(address).content.decode()
        assert words in page
        assert SENTINEL not in page
        assert "[[" not in page
        client.post(f"{address}save/", {"answer": f"{float(gpus) * float(price) * 24:g}", "revision": "0"})
        sitting = Walkthrough(invitation)
        sitting.attempt = attempt
        score = sitting.submit().score()
        assert sitting.marks()[1].mark == 1
        assert rescore(attempt=attempt, reason="again", actor=None).points == score.points == 1
        build_report(score.pk)
        answers = signed_in(owner).get(f"/reports/{attempt.public_id}/answers/").content.decode()
        assert words in answers
        assert f"Times 24: {gpus} GPUs." in answers
        assert f"What do {gpus} GPUs cost" in str(SkillReport.objects.get(score=score).data)
        asked.add(words)
    assert len(asked) > 1
