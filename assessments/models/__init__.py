"""Asking, answering, scoring: what is stored, by what it is about."""

from assessments.models.incidents import AttemptExtension, ExtensionKind, HandIn, Outage, OutageKind, ServiceBeat
from assessments.models.markings import Marking
from assessments.models.offer import ERASED_DOMAIN, Assessment, AssessmentVersion, Candidate, DatabaseNow, Invitation
from assessments.models.panel import CutPanel, PanelQuestion, PanelRating
from assessments.models.regrade import IN_FORCE, Regrade, RegradeChange, RegradeKind, RegradeState, Verdict
from assessments.models.scores import ItemMark, Outcome, Score, SkillScore
from assessments.models.sitting import Attempt, AttemptEvent, AttemptItem, ProblemReport, Response, item_seed

__all__ = [
    "ERASED_DOMAIN",
    "IN_FORCE",
    "Assessment",
    "AssessmentVersion",
    "Attempt",
    "AttemptEvent",
    "AttemptExtension",
    "AttemptItem",
    "Candidate",
    "CutPanel",
    "DatabaseNow",
    "ExtensionKind",
    "HandIn",
    "Invitation",
    "ItemMark",
    "Marking",
    "Outage",
    "OutageKind",
    "Outcome",
    "PanelQuestion",
    "PanelRating",
    "ProblemReport",
    "Regrade",
    "RegradeChange",
    "RegradeKind",
    "RegradeState",
    "Response",
    "Score",
    "ServiceBeat",
    "SkillScore",
    "Verdict",
    "item_seed",
]
