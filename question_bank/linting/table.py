"""Counts and balance of a bank, one row per skill: what ``manage.py bank table`` prints and a test holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from question_bank.linting.balance import MIX, extreme_keys, position_p
from question_bank.linting.base import LintItem
from question_bank.linting.texts import has_stimulus
from question_bank.taxonomy import Taxonomy

CORE_QUESTIONS, OTHER_QUESTIONS = 30, 16
"""How many live questions a skill of the first domain and any other skill should have at least."""
PICKED = frozenset({"single_choice", "multiple_choice"})


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A skill's live questions.

    ``bands``: by difficulty 1 to 3. ``stimulus``: with a listing, table or picture. ``produced``: where
    something is worked out, not picked. ``longest``, ``shortest``: key uniquely so, among ``choices``.
    ``places``: keys per place in the file; ``places_p``: chi-square p-value against equal chances.
    """

    skill: str
    title: str
    core: bool
    wanted: int
    live: int
    bands: tuple[int, ...]
    topics: int
    covered: int
    types: Mapping[str, int]
    stimulus: int
    produced: int
    choices: int
    longest: int
    shortest: int
    places: tuple[int, ...]
    places_p: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def skill_rows(items: Sequence[LintItem], taxonomy: Taxonomy) -> list[SkillRow]:
    """One row for each skill of the taxonomy, also where nothing is asked."""
    live = [item for item in items if item.status == "live"]
    rows = []
    for place, domain in enumerate(taxonomy.domains):
        for skill in domain.skills:
            asked = [item for item in live if item.skill == skill.slug]
            rows.append(_row(skill.slug, skill.title, skill.topics, asked, core=place == 0))
    return rows


def _row(slug: str, title: str, topics: Sequence[str], asked: Sequence[LintItem], *, core: bool) -> SkillRow:
    longest, shortest, count = extreme_keys(asked)
    places, p = position_p(asked)
    types = sorted({item.type for item in asked})
    return SkillRow(
        skill=slug,
        title=title,
        core=core,
        wanted=CORE_QUESTIONS if core else OTHER_QUESTIONS,
        live=len(asked),
        bands=tuple(sum(item.difficulty == band for item in asked) for band in MIX),
        topics=len(topics),
        covered=len({item.topic for item in asked} & set(topics)),
        types={name: sum(item.type == name for item in asked) for name in types},
        stimulus=sum(map(has_stimulus, asked)),
        produced=sum(item.type not in PICKED for item in asked),
        choices=count,
        longest=longest,
        shortest=shortest,
        places=tuple(places),
        places_p=p,
    )


_HEAD = (
    f"{'skill':<36}{'live':>5} {'of':>3}  {'1/2/3':<9}{'topics':>8}{'types':>7}{'shown':>7}{'made':>6}"
    f"{'longest':>9}{'shortest':>9}  key at place"
)


def as_text(rows: Sequence[SkillRow]) -> str:
    """The table for people, with what its columns mean below it."""
    lines = [_HEAD]
    for row in rows:
        bands = "/".join(map(str, row.bands))
        places = "/".join(map(str, row.places)) + (f" (p {row.places_p:.2g})" if row.places_p < 1 else "")
        lines.append(
            f"{row.skill:<36}{row.live:>5} {row.wanted:>3}  {bands:<9}{f'{row.covered}/{row.topics}':>8}"
            f"{len(row.types):>7}{_share(row.stimulus, row.live):>7}{row.produced:>6}"
            f"{_share(row.longest, row.choices):>9}{_share(row.shortest, row.choices):>9}  {places}"
        )
    live = sum(row.live for row in rows)
    chosen = sum(row.choices for row in rows)
    bands = " / ".join(_share(sum(row.bands[place] for row in rows), live) for place in range(len(MIX)))
    lines += [
        "",
        f"{live} live questions; difficulty {bands}; key longest in "
        f"{_share(sum(row.longest for row in rows), chosen)}, shortest in "
        f"{_share(sum(row.shortest for row in rows), chosen)} of {chosen} choice questions.",
        "of: how many the skill should have. 1/2/3: foundation, working, advanced. shown: with a listing, table or",
        "picture. made: worked out instead of picked. longest, shortest: the key is uniquely so (at most 30 %).",
    ]
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"
