"""Skill by difficulty: how many questions were asked in each cell, and how many were right."""

from __future__ import annotations

from collections.abc import Sequence

from reports.facts import QuestionFacts, ReportFacts, outcome_counts
from reports.sections.base import Data, Section


class Difficulty(Section):
    slug = "difficulty"
    title = "By difficulty"

    def build(self, facts: ReportFacts) -> Data | None:
        if not facts.counted:
            return None
        levels = [level for level, _ in facts.method.difficulties]
        return {
            "columns": [label for _, label in facts.method.difficulties],
            "rows": [
                {"title": skill.title, "cells": _cells(facts.of_skill(skill.slug), levels)} for skill in facts.skills
            ],
            "total": _cells(facts.counted, levels),
        }

    def for_candidate(self, data: Data) -> Data:
        return {key: data[key] for key in ("columns", "rows", "total")}


def _cells(questions: Sequence[QuestionFacts], levels: Sequence[int]) -> list[Data]:
    """One cell per difficulty, and one for all."""
    by_level = [[question for question in questions if question.difficulty == level] for level in levels]
    return [_cell(found) for found in [*by_level, list(questions)]]


def _cell(questions: Sequence[QuestionFacts]) -> Data:
    counts = outcome_counts(questions)
    return {
        "n": len(questions),
        "right": counts["right"],
        "partly": counts["partly"],
        "points": sum(question.mark or 0.0 for question in questions),
    }
