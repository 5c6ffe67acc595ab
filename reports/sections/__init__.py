"""The registry of report sections, in the order of the page. A new one is one file here and one line below."""

from __future__ import annotations

from reports.sections.base import Section
from reports.sections.difficulty import Difficulty
from reports.sections.integrity import Integrity
from reports.sections.interview import Interview
from reports.sections.learning import Learning
from reports.sections.marking import Marking
from reports.sections.method import Method
from reports.sections.outcomes import Outcomes
from reports.sections.profile import Profile
from reports.sections.strengths_and_gaps import StrengthsAndGaps
from reports.sections.summary import Summary
from reports.sections.time import Time

SECTIONS: dict[str, Section] = {
    section.slug: section
    for section in (
        Summary(),
        Profile(),
        StrengthsAndGaps(),
        Difficulty(),
        Outcomes(),
        Time(),
        Integrity(),
        Interview(),
        Learning(),
        Marking(),
        Method(),
    )
}
