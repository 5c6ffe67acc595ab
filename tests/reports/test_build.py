"""Building: once per score, whoever asks, however often; found again when the message is lost."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from kombu.exceptions import OperationalError

from assessments.services.score import rescore, score_attempt
from reports import tasks
from reports.models import SkillReport
from reports.services.build import build_report, without_report
from reports.services.item_bank import _live_bank
from tests.reports.factories import everything, in_turn, make_assessment, make_attempt, make_scored, make_team


@pytest.mark.django_db
def test_a_second_build_gives_the_same_report() -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation), everything("right"))
    first = build_report(attempt.score_id)
    assert build_report(attempt.score_id) == first
    assert SkillReport.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_builders_at_once_make_one_report() -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation), in_turn("right", "wrong"))
    start, made = threading.Barrier(2), []

    def build() -> None:
        start.wait()
        made.append(build_report(attempt.score_id).pk)
        connection.close()

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert len(set(made)) == 1
    assert SkillReport.objects.filter(attempt=attempt).count() == 1


@pytest.mark.django_db
def test_a_rescore_makes_the_next_report_and_keeps_the_first() -> None:
    organisation, user = make_team()
    attempt = make_scored(make_assessment(organisation), everything("right"))
    first = build_report(attempt.score_id)
    second = build_report(rescore(attempt=attempt, reason="key corrected", actor=user).pk)
    assert (first.number, second.number) == (1, 2)
    assert SkillReport.objects.get(pk=first.pk).data == first.data


@pytest.mark.django_db
def test_the_sweep_wakes_a_builder_for_each_missing_report(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation)
    there, missing = (make_scored(assessment, everything("right")) for _ in range(2))
    build_report(there.score_id)
    assert without_report() == [missing.score_id]
    sent: list[list[int]] = []
    monkeypatch.setattr(tasks.build_report, "apply_async", lambda args, **kwargs: sent.append(list(args)))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep()
    assert sent == [[missing.score_id]]
    tasks.build_report(missing.score_id)
    assert without_report() == []


@pytest.mark.django_db(transaction=True)
def test_a_score_wakes_the_builder_and_a_dead_queue_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    organisation, _ = make_team()
    attempt = make_attempt(make_assessment(organisation), everything("right"))
    asked: list[list[int]] = []

    def refuse(args: Sequence[int], **kwargs: Any) -> None:
        asked.append(list(args))
        raise OperationalError("the queue is down")

    monkeypatch.setattr(tasks.build_report, "apply_async", refuse)
    score = score_attempt(attempt.pk)
    assert score is not None
    assert asked == [[score.pk]]
    assert without_report() == [score.pk]


@pytest.mark.django_db
def test_building_takes_as_many_queries_for_24_skills_and_72_questions_as_for_5_and_15() -> None:
    organisation, _ = make_team()
    counts = []
    _live_bank.cache_clear()
    for skills in (5, 24):
        attempt = make_scored(make_assessment(organisation, skills=skills), in_turn("right", "wrong", "skipped"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            build_report(attempt.score_id)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 21
