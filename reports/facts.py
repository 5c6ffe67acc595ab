"""What a report is made from, as plain data: loaded once by `reports.services.load`, read by the sections."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

FEW_QUESTIONS = 3
"""Below this many questions a skill's figure is marked as resting on few, and nothing is said of it in words."""

MOSTLY_OWN = 0.5
"""Below this part a skill's figure rests mostly on the answers to the other skills, and nothing is said of it."""

SETTLED_ANSWERS = 100
"""Below so many answers no question is judged by them: its difficulty is still mostly assumed."""

OUTCOMES = ("right", "partly", "wrong", "skipped", "not_reached")
MISSED = ("wrong", "partly", "skipped", "not_reached")


@dataclass(frozen=True, slots=True)
class Share:
    """Points of n questions, and what they say: the share of the live questions that the person would get right.

    value, low, high: in [0, 1], with the interval; None where nothing was counted.
    """

    points: float
    n: int
    value: float | None
    low: float | None
    high: float | None

    @property
    def raw(self) -> float | None:
        """The share of points that was seen, without any model."""
        return self.points / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class SkillFacts:
    """One skill of the score. ``own``: part in [0, 1] of what is known of it that its own answers tell.

    ``weight``: how much it matters in the assessment's job role, as `question_bank.models.RoleWeight` has it; 0 where
    the role does not name it or there is no role.
    """

    slug: str
    title: str
    domain: str
    measures: str
    share: Share
    own: float = 1.0
    weight: int = 0

    @property
    def borrowed(self) -> bool:
        """Does the figure rest mostly on the answers to other skills?"""
        return self.own < MOSTLY_OWN


@dataclass(frozen=True, slots=True)
class QuestionFacts:
    """One question of the form. ``seconds`` None: never shown. ``mark`` None: waits for a person."""

    position: int
    section: int
    skill: str
    topic: str
    difficulty: int
    expected_seconds: int
    stem: str
    follow_up: str
    counted: bool
    mark: float | None
    outcome: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """Something to learn from, for the skills named by slug."""

    title: str
    by: str
    kind: str
    why: str
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeFacts:
    """Seconds. ``standard`` is the assessment's own limit, ``allowed`` the one in force for this person.

    None means no limit.
    """

    used: float
    allowed: float | None
    standard: float | None
    ended_by: str

    @property
    def stretch(self) -> float:
        """How much longer than the standard limit this person had: 1 or more.

        Readers other than the person see times divided by it, so that a time allowance that was
        granted to somebody does not show. Without any limit of their own, people who took longer than
        the standard one are shown as having used all of it.
        """
        if self.standard is None:
            return 1.0
        allowed = self.used if self.allowed is None else self.allowed
        return max(1.0, allowed / self.standard)


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """Something that was recorded around the sitting, ``after`` so many seconds from its start.

    ``kind`` is one of `assessments.services.integrity.KINDS`, or "handed_in" (a file after the end);
    ``position`` and ``size`` (seconds, characters, times or answers) where the kind has them.
    """

    kind: str
    after: float
    position: int | None = None
    size: float | None = None


@dataclass(frozen=True, slots=True)
class EstimateFacts:
    """What the estimates rest on.

    ``parameters``: the calibration, by name, or that difficulties are assumed. ``settled``: counted questions whose
    difficulty rests on enough answers. ``correlation_known``: estimated from answers, else assumed.
    ``cut``: the overall share that is enough, with where it comes from; ``probability`` that the true share reaches
    it; ``verdict``: pass, borderline, below, or empty while the figures are provisional.
    """

    method: str
    parameters: str
    provisional: bool
    settled: int
    correlation_known: bool
    cut: float | None = None
    cut_set_by: str = ""
    probability: float | None = None
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """Where a figure stands in a group: percentiles 0..100 with their interval, or the reason why not.

    ``group``: its name in words; ``n``: people in it; ``on``: the day on which it was counted.
    """

    group: str
    n: int
    on: datetime.date
    percentile: float | None
    low: float | None
    high: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MethodFacts:
    """How the score was made."""

    assessment: str
    version: int
    estimates: EstimateFacts
    section_titles: tuple[str, ...]
    difficulties: tuple[tuple[int, str], ...]
    rule: str
    rule_version: int
    explanation: str
    level: float
    score_number: int
    score_reason: str
    scored_at: datetime.datetime
    submitted_at: datetime.datetime | None
    unreached_left_out: bool = False
    """Questions that were never opened count neither for nor against the person; else they earn no points."""


@dataclass(frozen=True, slots=True)
class MarkingFacts:
    """What people marked: ``answers`` of them, ``waiting`` not yet to the end, by so many ``people``.

    ``needed``: how many have to mark each. ``doubly``: answers with two marks, ``agreed`` of them, ``settled`` after
    a disagreement.
    """

    answers: int
    waiting: int
    people: int
    needed: int
    doubly: int
    agreed: int
    settled: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything that the sections may speak about. Skills in the order of the taxonomy."""

    overall: Share
    skills: tuple[SkillFacts, ...]
    questions: tuple[QuestionFacts, ...]
    resources: tuple[ResourceFacts, ...]
    time: TimeFacts
    method: MethodFacts
    signals: tuple[SignalFacts, ...] = ()
    place: PlaceFacts | None = None
    marking: MarkingFacts | None = None
    role: str = ""
    """The title of the job role that the assessment belongs to; empty where it belongs to none."""

    @property
    def counted(self) -> tuple[QuestionFacts, ...]:
        """The questions that the score rests on; those shown on trial are left out."""
        return tuple(question for question in self.questions if question.counted)

    def of_skill(self, slug: str) -> tuple[QuestionFacts, ...]:
        return tuple(question for question in self.counted if question.skill == slug)

    @property
    def skill_titles(self) -> dict[str, str]:
        return {skill.slug: skill.title for skill in self.skills}

    @property
    def difficulty_labels(self) -> dict[int, str]:
        return dict(self.method.difficulties)


def outcome_counts(questions: Iterable[QuestionFacts]) -> dict[str, int]:
    """How many questions ended in each outcome; every outcome has an entry."""
    found = [question.outcome for question in questions]
    return {outcome: found.count(outcome) for outcome in OUTCOMES}
