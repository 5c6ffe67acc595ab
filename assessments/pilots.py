"""Mixing questions that are being tried out into a form. Pure Python over plain rows, as `assessments.assembly`.

They look like the others and are timed and marked like them, but nothing of them is counted. Where the bank has
fewer than asked for, fewer are mixed in: a trial never keeps anybody from starting.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from assessments.assembly import DrawnQuestion, PoolQuestion
from assessments.definition import Definition


@dataclass(frozen=True, slots=True)
class Form:
    """The questions in their order, and the ids of those on trial among them."""

    questions: tuple[DrawnQuestion, ...]
    on_trial: frozenset[int] = frozenset()


def mix_in(
    drawn: Sequence[DrawnQuestion],
    definition: Definition,
    pool: Sequence[PoolQuestion],
    seed: int,
    seen: frozenset[int] = frozenset(),
) -> Form:
    """Add up to ``definition.pilot_questions`` questions of ``pool`` at places that tell nothing about them.

    Each goes into a section that asks about its skill. Questions in ``seen`` are left out: who has met a question
    before tells little about it. The same seed gives the same form.
    """
    rng = random.Random(f"{seed}:pilots")  # noqa: S311 - reproducible from the stored seed by design
    taken = {one.question.question for one in drawn} | seen
    fitting = sorted((one for one in pool if one.question not in taken), key=lambda one: one.question)
    chosen = rng.sample(fitting, min(definition.pilot_questions, len(fitting)))
    form = list(drawn)
    for question in chosen:
        asking = [
            number
            for number, section in enumerate(definition.sections)
            if any(line.skill == question.skill for line in section.blueprint)
        ]
        section = rng.choice(asking)
        form.insert(rng.choice(_places(form, section)), DrawnQuestion(section, question))
    return Form(tuple(form), frozenset(one.question for one in chosen))


def _places(form: Sequence[DrawnQuestion], section: int) -> list[int]:
    """Where a question may be put in: anywhere in its section, but not inside a group that belongs together."""
    inside = [place for place, one in enumerate(form) if one.section == section]
    first, last = inside[0], inside[-1] + 1
    return [
        place
        for place in range(first, last + 1)
        if place in (first, last) or _group(form[place - 1]) is None or _group(form[place - 1]) != _group(form[place])
    ]


def _group(drawn: DrawnQuestion) -> str | None:
    return drawn.question.case or None
