"""What was recorded around a sitting: the tiers by their stated rules, the events, and what the candidate sees."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import pytest
from django.urls import reverse

from assessments.models import Attempt, AttemptEvent
from assessments.services.score import score_attempt
from question_bank.models import QuestionVersion
from reports.sections import SECTIONS
from reports.sections.integrity import CLOSER, NOTHING, RULES, SOME, tier_of
from reports.services.build import build_report
from reports.services.load import load_facts
from tests.reports.factories import everything, make_assessment, make_attempt, make_team

pytestmark = pytest.mark.django_db


def scored_with(events: Sequence[tuple[str, dict[str, Any]]] = (), seconds: float = 50, **terms: Any) -> Attempt:
    """All right, with the events a minute apart from the start on."""
    organisation, _ = make_team()
    attempt = make_attempt(make_assessment(organisation), everything("right"), seconds=seconds, **terms)
    for minute, (kind, data) in enumerate(events, start=1):
        event = AttemptEvent.objects.create(attempt=attempt, kind=kind, data=data)
        at = attempt.started_at + datetime.timedelta(minutes=minute)
        AttemptEvent.objects.filter(pk=event.pk).update(at=at)
    score_attempt(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def section(attempt: Attempt) -> dict[str, Any]:
    data = SECTIONS["integrity"].build(load_facts(attempt.score_id))
    assert data is not None
    return data


AWAY = ("focus_lost", {"seconds": 5.0})
PASTE = ("paste", {"position": 2, "characters": 300})
SHORT_PASTE = ("paste", {"position": 2, "characters": 4})
OFFLINE = ("offline", {"seconds": 4000.0})
FAILED = ("save_failed", {"count": 3, "device": "laptop"})
BROWSER = ("other_browser", {})


@pytest.mark.parametrize(
    ("events", "tier"),
    [
        ([], NOTHING),
        ([AWAY, AWAY], NOTHING),
        ([AWAY] * 3, SOME),
        ([("focus_lost", {"seconds": 300.0})], CLOSER),
        ([AWAY] * 15, CLOSER),
        ([SHORT_PASTE] * 9, NOTHING),
        ([PASTE], SOME),
        ([PASTE] * 5, CLOSER),
        ([OFFLINE] * 9, NOTHING),
        ([FAILED] * 9, NOTHING),
        ([BROWSER], SOME),
        ([BROWSER] * 3, CLOSER),
        ([PASTE, BROWSER], SOME),
        ([PASTE, BROWSER, AWAY, AWAY, AWAY], CLOSER),
    ],
)
def test_the_tier_follows_from_the_stated_bounds(events: list[Any], tier: str) -> None:
    assert section(scored_with(events))["tier"] == tier


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_a_rule_is_exact_at_its_bounds(rule: Any) -> None:
    assert [rule.tier(n) for n in (rule.some - 1, rule.some, rule.closer - 1, rule.closer)] == [
        NOTHING, SOME, SOME, CLOSER,
    ]  # fmt: skip


def test_no_figures_are_nothing_notable() -> None:
    assert tier_of([]) == NOTHING


def test_answers_faster_than_the_words_can_be_read_are_counted() -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=3)
    QuestionVersion.objects.update(stem=" ".join(["word"] * 60))  # 12 seconds at least
    for seconds, fast in ((11, 3), (13, 0)):
        attempt = make_attempt(assessment, everything("right"), seconds=seconds)
        score_attempt(attempt.pk)
        attempt.refresh_from_db()
        assert len(section(attempt)["fast"]) == fast
    skipped = make_attempt(assessment, everything("skipped"), seconds=1)
    score_attempt(skipped.pk)
    skipped.refresh_from_db()
    assert section(skipped)["fast"] == []


def test_it_does_not_touch_the_score() -> None:
    clean, busy = scored_with(), scored_with([PASTE] * 30)
    assert clean.score is not None
    assert busy.score is not None
    assert clean.score.points == busy.score.points == clean.score.n


def test_the_team_reads_moments_on_the_standard_clock_and_the_candidate_on_the_own() -> None:
    attempt = scored_with([AWAY, PASTE], seconds=600, time_factor=2)
    data = section(attempt)
    assert [round(event["after"]) for event in data["events"]] == [30, 60]
    assert data["events"][1]["what"] == "Pasted 300 characters into question 2"
    own = SECTIONS["integrity"].for_candidate(data)
    assert own is not None
    assert [round(event["after"]) for event in own["events"]] == [60, 120]
    assert "own" not in own


def test_failed_saves_and_a_file_after_the_end_are_among_the_events() -> None:
    told = [event["what"] for event in section(scored_with([FAILED, ("handed_in", {"answers": 2})]))["events"]]
    assert told == [
        "3 saves did not get through at first; the page went on trying",
        "2 answers came late: in a file that the team handed in after the end",
    ]


def test_both_readers_see_it_with_the_comment_that_came_after_the_report(signed_in: Any) -> None:
    attempt = scored_with([PASTE])
    build_report(attempt.score_id)
    Attempt.objects.filter(pk=attempt.pk).update(candidate_comment="I pasted <b>my own</b> notes.")
    organisation = attempt.candidate.organisation
    user = organisation.memberships.get().user
    html = signed_in(user).get(reverse("report_for_team", args=[attempt.public_id])).content.decode()
    assert "In short: some signals." in html
    assert "Pasted 300 characters into question 2" in html
    assert "I pasted &lt;b&gt;my own&lt;/b&gt; notes." in html
