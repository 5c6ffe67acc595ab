"""Asking, answering, scoring: what is stored, by what it is about."""

from assessments.models.incidents import AttemptExtension, ExtensionKind, HandIn, Outage, ServiceBeat
from assessments.models.offer import Assessment, AssessmentVersion, Candidate, DatabaseNow, Invitation
from assessments.models.scores import ItemMark, Outcome, Score, SkillScore
from assessments.models.sitting import Attempt, AttemptEvent, AttemptItem, ProblemReport, Response, item_seed

__all__ = [
    "Assessment",
    "AssessmentVersion",
    "Attempt",
    "AttemptEvent",
    "AttemptExtension",
    "AttemptItem",
    "Candidate",
    "DatabaseNow",
    "ExtensionKind",
    "HandIn",
    "Invitation",
    "ItemMark",
    "Outage",
    "Outcome",
    "ProblemReport",
    "Response",
    "Score",
    "ServiceBeat",
    "SkillScore",
    "item_seed",
]
