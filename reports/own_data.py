"""What is stored about one attempt, for the person who took it: nothing of it tells a key or what others get asked."""

from __future__ import annotations

from typing import Any

from assessments.models import Attempt, AttemptItem
from assessments.services.integrity import KINDS
from assessments.states import State
from question_bank.types.base import PresentedField, PresentedOption
from reports.access import report_of, sections_for_candidate


def data_of(attempt: Attempt) -> dict[str, Any]:
    """Plain JSON: the person, the sitting, every answer ever saved, what was recorded, and the candidate's report."""
    person, definition = attempt.candidate, attempt.version.loaded()
    report = report_of(attempt) if attempt.state == State.SCORED and definition.feedback == "report" else None
    return {
        "person": {"name": person.name, "email": person.email},
        "attempt": {
            "number": str(attempt.public_id),
            "assessment": attempt.assessment.title,
            "started_at": attempt.started_at,
            "submitted_at": attempt.submitted_at,
            "ended_by": attempt.ended_by,
            "time_factor": float(attempt.time_factor),
            "untimed": attempt.untimed,
            "fingerprint": attempt.receipt,
            "comment": attempt.candidate_comment,
        },
        "more_time": list(attempt.extensions.order_by("pk").values("kind", "seconds", "reason", "created_at")),
        "answers": _answers(attempt),
        "notes_on_questions": [
            {"question": position, "text": text, "at": at}
            for position, text, at in attempt.items.filter(problem_reports__isnull=False).values_list(
                "position", "problem_reports__text", "problem_reports__created_at"
            )
        ],
        "recorded": list(attempt.events.filter(kind__in=KINDS).order_by("pk").values("kind", "data", "at")),
        "report": [{"title": shown.title, **shown.data} for shown in sections_for_candidate(report)]
        if report
        else None,
    }


def _answers(attempt: Attempt) -> list[dict[str, Any]]:
    """Each saved revision in the words that stood on the page. Three queries."""
    sections = attempt.version.loaded().sections
    rows = []
    items = attempt.items.select_related("question_version").prefetch_related("responses")
    for item in items.order_by("position"):
        words = _words(attempt, item, shuffle=sections[item.section].shuffle_options)
        kind, payload = item.question_version.question_type, item.question_version.loaded_payload()
        for response in sorted(item.responses.all(), key=lambda one: one.revision):
            values = kind.filled_in(payload, response.answer, item.seed(attempt))
            given = [words.get(str(value), str(value)) for value in values]
            rows.append({"question": item.position, "answer": given, "saved_at": response.saved_at})
    return rows


def _words(attempt: Attempt, item: AttemptItem, *, shuffle: bool) -> dict[str, str]:
    """What each token of this attempt's form stood for."""
    version = item.question_version
    shown = version.question_type.present(version.loaded_payload(), item.seed(attempt), shuffle=shuffle)
    parts: list[PresentedOption | PresentedField] = [*shown.options, *shown.fields]
    parts += [option for part in shown.fields for option in part.options]
    return {part.token: part.text for part in parts}
