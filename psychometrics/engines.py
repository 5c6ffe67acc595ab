"""The E-step: posterior weights of the persons over the quadrature nodes, and what they add up to.

Two engines with one interface. *Dense* multiplies answer matrices with BLAS; *Sparse* multiplies a sparse matrix with
one entry per answer. Both go through the persons in chunks, so that memory does not grow with persons x nodes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from psychometrics.estimates import Array
from psychometrics.layout import Curves, Indices, Layout
from psychometrics.responses import Responses

#: Below this share of filled cells the sparse engine is faster.
SPARSE_BELOW = 0.25
#: Up to this many answers everything is computed in double precision, beyond in single (see docs/measurement.md).
DOUBLE_UP_TO = 1_000_000
#: Persons per chunk: their weights over the nodes stay within a few megabytes.
CHUNK = 8192
#: How many persons the information matrix is made of, at least and per parameter; evenly spread if there are more.
#: Its error is then some 1.4 % in each direction, that of a standard error half as much.
LOST_PERSONS, LOST_PER_PARAMETER = 10_000, 25
#: And while searching, where the matrix only has to point the way.
LOST_PERSONS_EARLY, LOST_PER_PARAMETER_EARLY = 2_000, 12

Floats = npt.NDArray[Any]
#: E[s s'] - E[s] E[s]' over columns' scores s, then the same of (theta s, s) and of (theta s, theta s).
Lost = tuple[Array, Array, Array]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an E-step adds up.

    chosen: (columns, Q), expected number of answers in each column at each node. shown: (items, Q), of all answers.
    nodes: (Q,), expected number of persons. log_likelihood: of the data.
    """

    chosen: Array
    shown: Array
    nodes: Array
    log_likelihood: float


class Engine(ABC):
    """E-steps over one set of responses. ``dtype``: of the large arrays; sums are always in double precision."""

    def __init__(self, layout: Layout, weights: Array, dtype: npt.DTypeLike) -> None:
        self.layout = layout
        self.weights = weights
        self.dtype = np.dtype(dtype)

    @abstractmethod
    def log_likelihood(self, part: slice, curves: Curves) -> Floats:
        """Log-likelihood of the persons of a part at each node; (persons, Q)."""

    @abstractmethod
    def add(self, part: slice, posterior: Floats, chosen: Array, shown: Array) -> None:
        """Add the answers of a part, weighted by its posterior, to the sums."""

    @abstractmethod
    def lost_in(self, part: slice, posterior: Floats, theta: Array, chosen: Floats, shown: Floats) -> Lost:
        """The information lost over a part (see ``lost``)."""

    def posterior(self, part: slice, curves: Curves, log_prior: Array) -> tuple[Floats, Array]:
        """Posterior over the nodes, rows summing to 1, and each person's log-likelihood."""
        log = self.log_likelihood(part, curves)
        log += log_prior.astype(self.dtype)
        top = log.max(axis=1, keepdims=True)
        log -= top
        # Subnormal numbers would slow the products down a hundredfold; exp(-60) is nothing.
        np.maximum(log, -60, out=log)
        np.exp(log, out=log)
        total = log.sum(axis=1, keepdims=True)
        log /= total
        return log, (top + np.log(total))[:, 0].astype(float)

    def posteriors(self, curves: Curves, log_prior: Array) -> Iterator[tuple[slice, Floats, Array]]:
        """Chunk by chunk: which persons, posterior, log-likelihoods."""
        for start in range(0, len(self.weights), CHUNK):
            part = slice(start, min(start + CHUNK, len(self.weights)))
            yield part, *self.posterior(part, curves, log_prior)

    def expect(self, curves: Curves, log_prior: Array) -> Expectation:
        """One E-step."""
        chosen, shown = np.zeros(curves.log_ratio.shape), np.zeros(curves.log_zero.shape)
        nodes, likelihood = np.zeros(len(log_prior)), 0.0
        for part, posterior, log in self.posteriors(curves, log_prior):
            posterior *= self.weights[part, None].astype(self.dtype)
            likelihood += float(self.weights[part] @ log)
            nodes += posterior.sum(axis=0, dtype=float)
            self.add(part, posterior, chosen, shown)
        return Expectation(chosen, shown, nodes, likelihood)

    def lost(
        self, curves: Curves, theta: Array, log_prior: Array, population: Array, persons: int
    ) -> tuple[Lost, Expectation]:
        """What not knowing the abilities costs: the sum over persons of posterior covariances of the scores.

        Args:
            population: (r, Q), scores of the population's own parameters, taken as r further columns.
            persons: beyond so many, an even sample stands for all.

        Returns:
            The sums, scaled up to all persons, and what the same sample says of the nodes, scaled alike: the
            difference between known and lost information is only steady where both are of the same persons.
        """
        step = -(-len(self.weights) // persons)
        chosen = np.concatenate([curves.chosen, np.zeros_like(population)]).astype(self.dtype)
        shown = np.concatenate([curves.shown, population]).astype(self.dtype)
        scale = float(self.weights.sum() / self.weights[::step].sum())
        found: list[Array] = [np.zeros((len(chosen), len(chosen))) for _ in range(3)]
        counts = np.zeros(curves.log_ratio.shape), np.zeros(curves.log_zero.shape)
        nodes = np.zeros(len(theta))
        span = CHUNK // 4 * step
        for start in range(0, len(self.weights), span):
            part = slice(start, min(start + span, len(self.weights)), step)
            posterior = self.posterior(part, curves, log_prior)[0]
            for total, one in zip(found, self.lost_in(part, posterior, theta, chosen, shown), strict=True):
                total += scale * one
            posterior *= (scale * self.weights[part, None]).astype(self.dtype)
            self.add(part, posterior, *counts)
            nodes += posterior.sum(axis=0, dtype=float)
        return (found[0], found[1], found[2]), Expectation(*counts, nodes, 0.0)


class DenseEngine(Engine):
    """For data in which most persons have seen most items."""

    def __init__(self, layout: Layout, responses: Responses, dtype: npt.DTypeLike) -> None:
        super().__init__(layout, responses.weights, dtype)
        self.answers = np.zeros((len(responses.weights), layout.columns), self.dtype)
        for person, column, share in answers_by_column(layout, responses):
            self.answers[person, column] = share
        self.mask: Floats | None = None
        if len(responses.mark) < responses.shape[0] * responses.shape[1]:
            self.mask = np.zeros(responses.shape, self.dtype)
            self.mask[responses.person, responses.item] = 1

    def log_likelihood(self, part: slice, curves: Curves) -> Floats:
        found = self.answers[part] @ curves.log_ratio.astype(self.dtype)
        if self.mask is None:
            found += curves.log_zero.sum(axis=0).astype(self.dtype)
        else:
            found += self.mask[part] @ curves.log_zero.astype(self.dtype)
        return np.asarray(found)

    def add(self, part: slice, posterior: Floats, chosen: Array, shown: Array) -> None:
        chosen += self.answers[part].T @ posterior
        if self.mask is None:
            shown += posterior.sum(axis=0, dtype=float)
        else:
            shown += self.mask[part].T @ posterior

    def lost_in(self, part: slice, posterior: Floats, theta: Array, chosen: Floats, shown: Floats) -> Lost:
        columns = self.layout.columns
        given = np.zeros((len(posterior), len(chosen)), self.dtype)
        given[:, :columns] = self.answers[part]
        seen = np.ones((1, len(chosen)), self.dtype)
        if self.mask is not None:
            seen = np.ones(given.shape, self.dtype)
            seen[:, :columns] = self.mask[part][:, self.layout.item_of]
        weights = self.weights[part, None].astype(self.dtype)
        places = theta.astype(self.dtype)
        one, two = (
            (given * (posterior @ (chosen * power).T) + seen * (posterior @ (shown * power).T)) * np.sqrt(weights)
            for power in (1, places)
        )
        posterior = posterior * weights
        plain = self.mask is None and not self.layout.chance.any()
        sums = self._plain_squares if plain else self._squares
        squares = sums(given, seen, posterior, places, chosen, shown)
        return squares[0] - one.T @ one, squares[1] - two.T @ one, squares[2] - two.T @ two

    def _squares(
        self, given: Floats, seen: Floats, posterior: Floats, theta: Floats, chosen: Floats, shown: Floats
    ) -> Lost:
        """Sums of s s', times powers of theta, node by node."""
        found = [np.zeros((len(chosen), len(chosen))) for _ in range(3)]
        scores = np.empty(given.shape, self.dtype)
        for node, place in enumerate(theta):
            np.multiply(given, chosen[:, node], out=scores)
            scores += seen * shown[:, node]
            scores *= np.sqrt(posterior[:, node : node + 1])
            product = scores.T @ scores
            for power in range(3):
                found[power] += float(place) ** power * product
        return found[0], found[1], found[2]

    def _plain_squares(
        self, given: Floats, seen: Floats, posterior: Floats, theta: Floats, chosen: Floats, shown: Floats
    ) -> Lost:
        """The same where everybody saw everything and nothing can be guessed: s = y + t with t by node alone.

        Then the sum over nodes of w y y' needs only each person's posterior moments of theta.
        """
        found = []
        answers, nodes = given.T @ posterior, posterior.sum(axis=0)
        for power in range(3):
            by_node = theta**power
            moment = (posterior @ by_node)[:, None]
            squares = given.T @ (given * moment)
            cross = (answers * by_node) @ shown.T
            found.append((squares + cross + cross.T + (shown * (nodes * by_node)) @ shown.T).astype(float))
        return found[0], found[1], found[2]


class SparseEngine(Engine):
    """For banks from which each person has seen a few items."""

    def __init__(self, layout: Layout, responses: Responses, dtype: npt.DTypeLike) -> None:
        super().__init__(layout, responses.weights, dtype)
        self.responses = responses
        entries = list(answers_by_column(layout, responses))
        person = np.concatenate([*(entry[0] for entry in entries), responses.person])
        column = np.concatenate([*(entry[1] for entry in entries), layout.columns + responses.item])
        share = np.concatenate([*(entry[2] for entry in entries), np.ones(len(responses.item))])
        # Shares in the columns, then what was shown: one matrix over columns and items.
        self.matrix = csr_array(
            (share.astype(self.dtype), (person, column.astype(np.int32))),
            shape=(len(responses.weights), layout.columns + len(layout.steps)),
        )
        self.chunks = {start: self.matrix[start : start + CHUNK] for start in range(0, len(self.weights), CHUNK)}

    def _matrix(self, part: slice) -> csr_array:
        return self.chunks[part.start] if part.step is None and part.start in self.chunks else self.matrix[part]

    def log_likelihood(self, part: slice, curves: Curves) -> Floats:
        table = np.concatenate([curves.log_ratio, curves.log_zero]).astype(self.dtype)
        return np.asarray(self._matrix(part) @ table)

    def add(self, part: slice, posterior: Floats, chosen: Array, shown: Array) -> None:
        found = self._matrix(part).T @ posterior
        chosen += found[: self.layout.columns]
        shown += found[self.layout.columns :]

    def lost_in(self, part: slice, posterior: Floats, theta: Array, chosen: Floats, shown: Floats) -> Lost:
        numbers, given = self._lists(part, len(chosen))
        weights = self.weights[part].astype(self.dtype)
        # A row beyond the last stands for "no further answer": its scores are 0.
        chosen, shown = (np.concatenate([rows, np.zeros_like(rows[:1])]) for rows in (chosen, shown))
        size, places = len(chosen), theta.astype(self.dtype)
        found = [np.zeros(size * size) for _ in range(3)]
        for start in range(0, len(numbers), 256):
            some = slice(start, start + 256)
            index, mass = numbers[some], posterior[some, None, :]
            scores = given[some, :, None] * chosen[index] + shown[index]
            other = scores.transpose(0, 2, 1)
            cells = (index[:, :, None] * size + index[:, None, :]).ravel()
            plain = (scores * mass).sum(axis=2)
            tilted = (scores * mass) @ places
            for power, (one, two) in enumerate([(plain, plain), (tilted, plain), (tilted, tilted)]):
                net = (scores * (mass * places**power)) @ other - one[:, :, None] * two[:, None, :]
                net *= weights[some, None, None]
                found[power] += np.bincount(cells, net.ravel(), minlength=size * size)
        shaped = [total.reshape(size, size)[:-1, :-1] for total in found]
        return shaped[0], shaped[1], shaped[2]

    def _lists(self, part: slice, size: int) -> tuple[Indices, Floats]:
        """Per person of a part the columns of the items seen and the population's, and the shares in them.

        Shorter lists are filled up with the number ``size``.
        """
        layout, responses = self.layout, self.responses
        rows = np.arange(len(self.weights))[part]
        place = np.full(len(self.weights), -1)
        place[rows] = np.arange(len(rows))
        mine = place[responses.person] >= 0
        item = responses.item[mine]
        steps = layout.steps[item]
        person = np.repeat(place[responses.person[mine]], steps)
        before = np.cumsum(steps) - steps
        level = np.arange(len(person)) - np.repeat(before, steps) + 1
        share = np.clip(1 - np.abs(np.repeat(responses.mark[mine] * steps, steps) - level), 0, 1)
        position = np.arange(len(person)) - np.searchsorted(person, person)
        extra = size - layout.columns
        width = int(position.max(initial=-1)) + 1 + extra
        numbers, given = np.full((len(rows), width), size), np.zeros((len(rows), width), self.dtype)
        numbers[person, position] = np.repeat(layout.first[item], steps) + level - 1
        given[person, position] = share
        numbers[:, width - extra :] = np.arange(layout.columns, size)
        return numbers, given


def answers_by_column(layout: Layout, responses: Responses) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Persons, columns and shares of the answers: a mark between two categories is shared between them."""
    if (layout.steps == 1).all():
        earned = np.flatnonzero(responses.mark)
        yield responses.person[earned], responses.item[earned], responses.mark[earned]
        return
    steps = layout.steps[responses.item]
    level = responses.mark * steps
    below = np.minimum(np.floor(level + 1e-9), steps - 1).astype(np.intp)
    share = np.clip(level - below, 0, 1)
    first = layout.first[responses.item]
    upper = share > 0
    yield responses.person[upper], (first + below)[upper], share[upper]
    lower = (below > 0) & (share < 1)
    yield responses.person[lower], (first + below - 1)[lower], 1 - share[lower]


def engine_for(layout: Layout, responses: Responses) -> Engine:
    """The faster engine for these data, in the precision that they need."""
    dtype = np.float64 if len(responses.mark) <= DOUBLE_UP_TO else np.float32
    kind = SparseEngine if responses.density < SPARSE_BELOW else DenseEngine
    return kind(layout, responses, dtype)
