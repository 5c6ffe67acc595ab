"""What the reports room keeps."""

from reports.models.calibration import Calibration, ItemParameters
from reports.models.files import BuiltFile, ExportEvent, FileKind
from reports.models.hiring import Candidacy, CandidacyEvent, Decision, HiringStage
from reports.models.report import ReportFigure, SkillReport
from reports.models.sharing import ShareKind, ShareLink, ShareView

__all__ = [
    "BuiltFile",
    "Calibration",
    "Candidacy",
    "CandidacyEvent",
    "Decision",
    "ExportEvent",
    "FileKind",
    "HiringStage",
    "ItemParameters",
    "ReportFigure",
    "ShareKind",
    "ShareLink",
    "ShareView",
    "SkillReport",
]
