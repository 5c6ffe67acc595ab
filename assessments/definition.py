"""What an assessment is made of, as data: edited as a draft, pinned when published. No database."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from assessments.rules import RULES

SkillSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Navigation(StrEnum):
    """How a candidate moves in a section."""

    FREE = "free"
    ONE_WAY = "one_way"


class BlueprintLine(_Strict):
    """Draw ``count`` questions on a skill, of one difficulty or (None) of any."""

    skill: SkillSlug
    difficulty: Literal[1, 2, 3] | None = None
    count: Annotated[int, Field(ge=1, le=60)]


class Section(_Strict):
    """A part of an assessment.

    ``time_limit_minutes``: the part's own limit, from its first question shown. ``question_seconds``: a limit
    for each question, from when it is first shown; such a part goes forwards only.
    """

    title: Annotated[str, StringConstraints(min_length=1, max_length=120)] = "Questions"
    navigation: Navigation = Navigation.FREE
    shuffle_questions: bool = True
    shuffle_options: bool = True
    time_limit_minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    question_seconds: Annotated[int, Field(ge=10, le=3600)] | None = None
    blueprint: tuple[BlueprintLine, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _question_clock_goes_forwards(self) -> Self:
        if self.question_seconds is not None and self.navigation is not Navigation.ONE_WAY:
            raise ValueError("a time limit for each question needs a section that goes forwards only")
        return self

    @model_validator(mode="after")
    def _lines_differ(self) -> Self:
        places = [(line.skill, line.difficulty) for line in self.blueprint]
        for place in places:
            if places.count(place) > 1:
                raise ValueError(f"two lines draw {place[0]} at the same difficulty; add their counts up")
        return self


class ScoringChoice(_Strict):
    """A registered rule and its configuration."""

    rule: str = "share_of_points"
    config: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rule_accepts_config(self) -> Self:
        if self.rule not in RULES:
            raise ValueError(f"unknown scoring rule {self.rule!r}; known: {', '.join(RULES)}")
        RULES[self.rule].config_model.model_validate(self.config)
        return self

    @property
    def explained(self) -> str:
        """How a score is made, in words."""
        rule = RULES[self.rule]
        return rule.explain(rule.config_model.model_validate(self.config))

    @property
    def leaves_out_unreached(self) -> bool:
        """Are questions that were never opened left out of the score?"""
        rule = RULES[self.rule]
        return rule.leaves_out_unreached(rule.config_model.model_validate(self.config))


class Feedback(StrEnum):
    """What the candidate gets to see once the attempt is scored."""

    REPORT = "report"
    RECEIPT = "receipt"


class Cut(_Strict):
    """The overall share in (0, 1) that is enough, and where it comes from: set by hand or by a panel."""

    share: Annotated[float, Field(ge=0.05, le=0.95)]
    set_by: Literal["hand", "panel"] = "hand"
    note: Annotated[str, StringConstraints(max_length=300)] = ""


class Definition(_Strict):
    """Everything that decides how an assessment is taken and scored.

    ``time_limit_minutes`` None means untimed. ``window_cuts_time``: whether the end of an
    invitation's validity also ends a running attempt. ``attempts_allowed`` counts per invitation;
    ``retake_after_days`` is the wait between two self-assessments of one person. ``pilot_questions``: how many
    questions on trial are mixed in at most; they are timed and marked, and never counted. ``cut`` is applied to
    figures only once they rest on answers, never on assumed difficulties. ``tell_changes``: whether candidates get
    a mail when a correction changes their score. ``markers``: how many people
    mark an answer in free text.
    """

    time_limit_minutes: Annotated[int, Field(ge=1, le=600)] | None = 40
    window_cuts_time: bool = False
    sections: tuple[Section, ...] = Field(min_length=1, max_length=20)
    scoring: ScoringChoice = ScoringChoice()
    feedback: Feedback = Feedback.REPORT
    retake_after_days: Annotated[int, Field(ge=0, le=3650)] = 1
    pilot_questions: Annotated[int, Field(ge=0, le=10)] = 0
    markers: Literal[1, 2] = 1
    cut: Cut | None = None
    tell_changes: bool = False

    @model_validator(mode="after")
    def _not_too_long(self) -> Self:
        if (asked := self.question_count + self.pilot_questions) > 200:
            raise ValueError(f"{asked} questions; at most 200 fit in one assessment")
        return self

    @property
    def question_count(self) -> int:
        """Number of questions on every form that count; those on trial come on top."""
        return sum(line.count for section in self.sections for line in section.blueprint)

    @property
    def skills(self) -> list[str]:
        """Slugs of the skills asked, each once, in blueprint order."""
        return list(dict.fromkeys(line.skill for section in self.sections for line in section.blueprint))
