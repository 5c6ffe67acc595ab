"""Item parameters from answers: marginal maximum likelihood or, with priors, Bayes modal estimation.

    theta ~ N(0, 1); maximise sum over persons of log ∫ Π_i P(x_i | theta, item i) φ(theta) dθ + log prior(items)

over slopes and intercepts, by EM and Newton steps (``estimation``). The integral is the trapezoid rule on evenly
spaced nodes, which is exact to rounding where posteriors are wider than the spacing.

Models: ``1pl`` one slope for all items; ``2pl``; ``gpcm`` generalised partial credit, whose right-or-wrong items are
2PL items. A lower asymptote may be given (fixed); estimating it ("3pl") is refused, because at the sample sizes of a
question bank it is not identified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from psychometrics.calibrated import Calibration, ItemEstimate, Label, item_estimate, missing_item
from psychometrics.engines import answers_by_column, engine_for
from psychometrics.estimates import Array, Estimate, check_level
from psychometrics.estimation import Found, Search
from psychometrics.items import Item
from psychometrics.layout import Indices, Layout
from psychometrics.priors import Prior
from psychometrics.responses import BadData, Responses

Model = Literal["1pl", "2pl", "gpcm"]
METHOD = "bayes-modal/1"
METHOD_ML = "marginal-maximum-likelihood/1"
#: Abilities from -6 to 6.
REACH = 6.0
NODES = 61
#: The search ends where a Newton step would move nothing by more than this part of its standard error.
#: In single precision rounding is of that size, and the limit three times as far.
ENOUGH = 3e-4
_MOST_STEPS = 10
#: Slopes below are 0 but for rounding.
_FLAT = 1e-6


class NotIdentified(ValueError):
    """What was asked for cannot be estimated from any data of this kind."""


def calibrate(
    responses: Responses,
    model: Model = "2pl",
    *,
    prior: Literal["weak", "none"] | Sequence[Item] = "weak",
    chance: npt.ArrayLike | None = None,
    population: bool | None = None,
    nodes: int = NODES,
    level: float = 0.95,
    version: str = "",
    most: int = 500,
) -> Calibration:
    """Estimate item parameters with standard errors.

    Args:
        responses: marks in [0, 1]. Under 1pl and 2pl a mark between 0 and 1 counts as that share of a right answer;
            under gpcm the marks of an item must be k/m with m up to 10.
        prior: ``weak``: log a ~ N(0, 0.4²), intercept ~ N(0, 1.7²). ``none``: maximum likelihood. Or what is known
            of each item, in the order of the responses: bands before there is data, or an earlier calibration. An item
            of SD 0 is an *anchor*: it stays where it is.
        chance: fixed lower asymptotes, one or per item; with items as prior, theirs.
        population: estimate mean and SD of the abilities instead of taking 0 and 1; default: where at least two
            anchors fix the scale.
        nodes: quadrature points from -6 to 6; at least 41 are needed for the precision promised.
        level: probability of the intervals.
        version: name for these parameters.
        most: E-steps after which the search stops, converged or not.

    Returns:
        Items that nobody answered, or without a prior nobody or everybody got right, have no values but a reason.
        Without a prior slopes may be negative: such an item measures the opposite, or has a wrong key.

    Raises:
        NotIdentified: model ``3pl``. BadData: marks that do not fit the model. ValueError: other arguments.
    """
    check_level(level)
    if model not in ("1pl", "2pl", "gpcm"):
        raise NotIdentified(
            f"model {model} is refused: free lower asymptotes are not identified at these sample sizes. "
            "Give the chance level of each item as a fixed value instead."
            if str(model).lower() == "3pl"
            else f"model must be 1pl, 2pl or gpcm, got {model}"
        )
    known = None if isinstance(prior, str) else list(prior)
    if known is not None and [item.name for item in known] != list(responses.names):
        raise ValueError("prior items must be those of the responses, in their order")
    plan = _plan(responses, model, prior, known, chance)
    method = METHOD if plan.layout.log_slopes else METHOD_ML
    label = Label(level, method, version)
    reasons = plan.reasons
    if not plan.used:
        items = tuple(_item(number, responses, plan, None, None, known, label) for number in range(len(reasons)))
        blank = label.unknown("no item could be estimated", 0)
        persons = round(float(responses.weights.sum()))
        return Calibration(
            model, items, None, 0, blank, blank, persons, nodes, 0, False, method, version, "no item could be estimated"
        )
    search, start = _search(responses, plan, known, nodes, population)
    enough = ENOUGH if search.engine.dtype == np.float64 else 3 * ENOUGH
    found = search.run(start, enough=enough, most=most)
    return _calibration(responses, model, plan, search, found, known, label)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which items can be estimated (numbers), why the others cannot ("" where they can), and the layout of those."""

    used: list[int]
    reasons: list[str]
    layout: Layout
    prior: Prior


def _plan(
    responses: Responses,
    model: Model,
    prior: Literal["weak", "none"] | Sequence[Item],
    known: list[Item] | None,
    chance: npt.ArrayLike | None,
) -> _Plan:
    items = len(responses.names)
    floors = np.zeros(items) if chance is None else np.broadcast_to(np.asarray(chance, dtype=float), items).copy()
    if known is not None:
        floors = np.array([item.chance for item in known])
    if not ((floors >= 0) & (floors < 1)).all():
        raise ValueError("chance must be at least 0 and below 1")
    steps = np.ones(items, dtype=np.intp)
    if model == "gpcm":
        steps = _steps(responses, known)
        floors = np.where(steps > 1, 0.0, floors)
    reasons = _why_not(responses, steps, bare=prior == "none")
    used = [number for number in range(items) if not reasons[number]]
    layout = Layout.of(steps[used], shared_slope=model == "1pl", chance=floors[used], log_slopes=prior != "none")
    if known is not None:
        return _Plan(used, reasons, layout, Prior.of_items([known[number] for number in used]))
    return _Plan(used, reasons, layout, Prior.none(len(used)) if prior == "none" else Prior.weak(len(used)))


def _steps(responses: Responses, known: list[Item] | None) -> Indices:
    """Steps of each item: those of the known item, or the fewest of which all its marks are multiples."""
    found = np.ones(len(responses.names), dtype=np.intp)
    order = np.argsort(responses.item, kind="stable")
    ends = np.searchsorted(responses.item[order], np.arange(len(found) + 1))
    for number, name in enumerate(responses.names):
        marks = np.unique(responses.mark[order[ends[number] : ends[number + 1]]])
        tries = range(1, _MOST_STEPS + 1)
        if known is not None and known[number].steps:
            tries = range(len(known[number].steps), len(known[number].steps) + 1)
        fitting = [steps for steps in tries if np.abs(marks * steps - np.round(marks * steps)).max(initial=0) < 1e-6]
        if not fitting:
            raise BadData(f"item {name}: its marks are not multiples of 1/m for an m of up to {_MOST_STEPS}")
        found[number] = fitting[0]
    return found


def _why_not(responses: Responses, steps: Indices, *, bare: bool) -> list[str]:
    """Why an item cannot be estimated; empty where it can."""
    size = len(steps)
    answers = np.bincount(responses.item, minlength=size)
    above = np.bincount(responses.item, responses.mark > 0, minlength=size)
    below = np.bincount(responses.item, responses.mark < 1, minlength=size)
    reasons = ["" if count else "nobody has answered it" for count in answers]
    if not bare:
        return reasons
    for number in np.flatnonzero((answers > 0) & ((above == 0) | (below == 0))):
        reasons[number] = "all answers have the same mark; without a prior its difficulty is unbounded"
    for number in np.flatnonzero(steps > 1):
        marks = responses.mark[responses.item == number]
        if not reasons[number] and len(np.unique(np.round(marks * steps[number]))) <= steps[number]:
            reasons[number] = "a category was never used; without a prior its step is unbounded"
    return reasons


def _search(
    responses: Responses, plan: _Plan, known: list[Item] | None, nodes: int, population: bool | None
) -> tuple[Search, Array]:
    """The likelihood to be maximised, and where to start."""
    layout = plan.layout
    free = np.ones(layout.size, dtype=bool)
    start = np.concatenate([np.full(layout.slopes, 0.0 if layout.log_slopes else 1.0), np.zeros(layout.columns)])
    chosen = responses if len(plan.used) == len(responses.names) else responses.of_items(plan.used)
    start[layout.slopes :] = _start_intercepts(layout, chosen)
    anchors = 0
    for place, item in enumerate([known[number] for number in plan.used] if known is not None else []):
        start[layout.slope_of[place]] = item.log_slope
        if item.log_slope_sd == 0 and item.difficulty_sd == 0:
            anchors += 1
            columns = slice(layout.slopes + layout.first[place], layout.slopes + layout.last[place] + 1)
            offsets = np.asarray(item.steps or (0.0,))
            start[columns] = -item.slope * np.cumsum(item.difficulty + offsets)
            free[columns] = free[layout.slope_of[place]] = False
    by_anchors = population if population is not None else anchors >= 2
    if by_anchors:
        start = np.concatenate([start, [0.0, 0.0]])
    theta = np.linspace(-REACH, REACH, nodes)
    return Search(engine_for(layout, chosen), plan.prior, theta, free, population=by_anchors), start


def _start_intercepts(layout: Layout, responses: Responses) -> Array:
    """Log-odds of each category against the lowest, with half an answer added to each."""
    counts = np.zeros(layout.columns)
    for person, column, share in answers_by_column(layout, responses):
        counts += np.bincount(column, share * responses.weights[person], minlength=layout.columns)
    zero = responses.counts - np.add.reduceat(counts, layout.first)
    return np.asarray(np.log((counts + 0.5) / (zero[layout.item_of] + 0.5)))


def _calibration(
    responses: Responses,
    model: Model,
    plan: _Plan,
    search: Search,
    found: Found,
    known: list[Item] | None,
    label: Label,
) -> Calibration:
    items = tuple(
        _item(number, responses, plan, found.state.parameters, found.covariance, known, label)
        for number in range(len(responses.names))
    )
    persons = round(float(responses.weights.sum()))
    mean, sd = Estimate(0.0, 0.0, 0.0, 0.0, label.level, persons, "by definition"), None
    sd = Estimate(1.0, 0.0, 1.0, 1.0, label.level, persons, "by definition")
    if search.population and found.covariance is not None:
        place, log_sd = found.state.parameters[-2:]
        errors = np.sqrt(np.diagonal(found.covariance)[-2:])
        mean = label.estimate(float(place), float(errors[0]), persons)
        sd = label.estimate(float(np.exp(log_sd)), float(errors[1] * np.exp(log_sd)), persons, log=True)
    elif search.population:
        mean = sd = label.unknown("the information matrix is not positive definite", persons)
    return Calibration(
        model,
        items,
        found.state.expectation.log_likelihood,
        int(search.free.sum()),
        mean,
        sd,
        persons,
        len(search.theta),
        found.evaluations,
        found.converged,
        label.method,
        label.version,
        "" if found.converged else _why_not_converged(found),
    )


def _why_not_converged(found: Found) -> str:
    if found.covariance is None:
        return (
            "the information matrix is not positive definite: too little data for this model without a stronger prior"
        )
    return f"stopped after {found.evaluations} steps, {found.distance:.2g} standard errors from the top"


def _item(
    number: int,
    responses: Responses,
    plan: _Plan,
    parameters: Array | None,
    covariance: Array | None,
    known: list[Item] | None,
    label: Label,
) -> ItemEstimate:
    name, n, layout = responses.names[number], round(float(responses.counts[number])), plan.layout
    reason = plan.reasons[number]
    if not reason and covariance is None:
        reason = "the calibration found no standard errors"
    place = -1 if reason else plan.used.index(number)
    if parameters is not None and not reason and abs(layout.slope(parameters)[place]) < _FLAT:
        reason = "its slope is 0: the answers do not order the persons, so that it has no difficulty"
    if reason or parameters is None or covariance is None:
        return missing_item(name, reason, n, known[number].chance if known else 0.0, label)
    return item_estimate(layout, parameters, covariance, place, name, n, label)
