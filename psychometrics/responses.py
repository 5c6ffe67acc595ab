"""The one shape of response data: persons x items, missing by design as the normal case.

*Dense*: a float array (persons, items) of marks in [0, 1], NaN = not shown. *Sparse*: three arrays person, item, mark
with one entry per answer, for banks from which each person sees a few items. Both may carry a weight per person (how
many persons gave this pattern). Every function takes either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from psychometrics.estimates import Array

Integers = npt.NDArray[np.int32]


class BadData(ValueError):
    """Data that cannot be what they say they are; the message names the place."""


@dataclass(frozen=True)
class Responses:
    """Answers of persons to items.

    names: of the items. person, item, mark: one entry per answer, ordered by person then item. weights: (persons,),
    positive. Make it with ``dense``, ``sparse`` or from a file (``psychometrics.files``).
    """

    names: tuple[str, ...]
    person: Integers
    item: Integers
    mark: Array
    weights: Array

    @classmethod
    def dense(cls, marks: npt.ArrayLike, names: Sequence[str] = (), weights: npt.ArrayLike | None = None) -> Self:
        """From an array (persons, items), NaN = not shown.

        Raises:
            BadData: not two-dimensional, marks outside [0, 1], or names or weights of another length.
        """
        array = np.asarray(marks, dtype=float)
        if array.ndim != 2:
            raise BadData(f"marks must be an array of persons x items, got {array.ndim} dimension(s)")
        person, item = np.nonzero(~np.isnan(array))
        return cls._checked(
            array.shape, names, person.astype(np.int32), item.astype(np.int32), array[person, item], weights
        )

    @classmethod
    def sparse(
        cls,
        person: npt.ArrayLike,
        item: npt.ArrayLike,
        mark: npt.ArrayLike,
        *,
        persons: int | None = None,
        names: Sequence[str] = (),
        items: int | None = None,
        weights: npt.ArrayLike | None = None,
    ) -> Self:
        """From one entry per answer: numbers of person and item from 0, and the mark. NaN marks are left out.

        Raises:
            BadData: arrays of different length, numbers out of range, an answer given twice, marks outside [0, 1].
        """
        who, what = np.asarray(person), np.asarray(item)
        marks = np.asarray(mark, dtype=float)
        if not who.shape == what.shape == marks.shape or marks.ndim != 1:
            raise BadData("person, item and mark must be one-dimensional and of one length")
        rows = persons if persons is not None else int(who.max(initial=-1)) + 1
        columns = items if items is not None else len(names) or int(what.max(initial=-1)) + 1
        if len(who) and not (who.min() >= 0 and who.max() < rows and what.min() >= 0 and what.max() < columns):
            raise BadData(f"persons must be numbered 0..{rows - 1} and items 0..{columns - 1}")
        shown = ~np.isnan(marks)
        key = who[shown].astype(np.int64) * columns + what[shown]
        order = np.argsort(key, kind="stable")
        key = key[order]
        if len(twice := np.flatnonzero(np.diff(key) == 0)):
            row, column = divmod(int(key[twice[0]]), columns)
            raise BadData(f"person {row} has two marks for item {names[column] if names else column}")
        person_, item_ = np.divmod(key, columns)
        return cls._checked(
            (rows, columns), names, person_.astype(np.int32), item_.astype(np.int32), marks[shown][order], weights
        )

    @classmethod
    def _checked(
        cls,
        shape: tuple[int, ...],
        names: Sequence[str],
        person: Integers,
        item: Integers,
        mark: Array,
        weights: npt.ArrayLike | None,
    ) -> Self:
        known = tuple(names) or tuple(f"item {number + 1}" for number in range(shape[1]))
        if len(known) != shape[1]:
            raise BadData(f"{shape[1]} items need as many names, got {len(known)}")
        counts = np.ones(shape[0]) if weights is None else np.asarray(weights, dtype=float)
        if counts.shape != (shape[0],) or not np.isfinite(counts).all() or (counts <= 0).any():
            raise BadData(f"weights must be {shape[0]} positive numbers, one per person")
        if len(wrong := np.flatnonzero(~((mark >= 0) & (mark <= 1)))):
            where = wrong[0]
            raise BadData(
                f"person {person[where]}, item {known[item[where]]}: marks must lie between 0 and 1, got {mark[where]}"
            )
        return cls(known, person, item, mark, counts)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows (persons, or patterns where weighted) and items."""
        return len(self.weights), len(self.names)

    @property
    def density(self) -> float:
        """Share of the cells that hold an answer."""
        rows, columns = self.shape
        return len(self.mark) / max(rows * columns, 1)

    @cached_property
    def counts(self) -> Array:
        """Number of answers per item (weighted)."""
        return np.bincount(self.item, self.weights[self.person], minlength=len(self.names)).astype(float)

    def array(self) -> Array:
        """Marks as (persons, items), NaN = not shown."""
        found = np.full(self.shape, np.nan)
        found[self.person, self.item] = self.mark
        return found

    def of_items(self, chosen: Sequence[int]) -> Self:
        """The same persons, these items only, in this order."""
        place = np.full(len(self.names), -1, dtype=np.int32)
        place[list(chosen)] = np.arange(len(chosen), dtype=np.int32)
        keep = place[self.item] >= 0
        person, item, mark = self.person[keep], place[self.item[keep]], self.mark[keep]
        order = np.lexsort((item, person))
        names = tuple(self.names[index] for index in chosen)
        return type(self)(names, person[order], item[order], mark[order], self.weights)
