"""What every section of a report offers. Pure Python: facts in, plain JSON out.

A section is one file here, one line in ``sections/__init__.py`` and one template
``templates/reports/sections/<slug>.html``. What `build` returns is stored and shown for years, so it
holds everything that the template needs; the template reads nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from reports.facts import ReportFacts

Data = dict[str, Any]


class Section(ABC):
    """A part of the report. The slug is stored: retired, never renamed."""

    slug: ClassVar[str]
    title: ClassVar[str]

    @property
    def template(self) -> str:
        return f"reports/sections/{self.slug}.html"

    @abstractmethod
    def build(self, facts: ReportFacts) -> Data | None:
        """What the hiring team reads; None where there is nothing to say."""

    @abstractmethod
    def for_candidate(self, data: Data) -> Data | None:
        """What of it the candidate reads; None leaves the section out.

        Names what may pass instead of removing what may not, so that a new field stays hidden until
        somebody lets it through. Questions, keys and marks of single questions never pass.
        """
