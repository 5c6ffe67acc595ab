"""`python -m psychometrics`: statistics of response data in a CSV file, for analysts."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from psychometrics.abilities import abilities
from psychometrics.calibrated import Calibration
from psychometrics.calibration import NotIdentified, calibrate
from psychometrics.classical import TestStatistics, classical
from psychometrics.estimates import Estimate
from psychometrics.files import Table, read
from psychometrics.responses import BadData
from psychometrics.subscores import Subscores, subscores

_SEPARATORS = "_-.:/"
_FEWEST_NODES, _MOST_NODES = 5, 1001


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 1 the data do not allow it, 2 wrong usage."""
    chosen = _parser().parse_args(arguments)
    try:
        table = read(chosen.data)
        found, text = {"classical": _classical, "fit": _fit, "score": _score, "prmse": _prmse}[chosen.command](
            table, chosen
        )
    except (BadData, NotIdentified, ValueError) as problem:
        sys.stderr.write(f"psychometrics: {problem}\n")
        return 1
    sys.stdout.write((json.dumps(found, indent=1) if chosen.json else text) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m psychometrics",
        description="Statistics of response data. DATA.csv is wide (a column per item, a row per person, blank = not "
        "shown; a column freq counts persons) or long (columns person, item, score).",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (
        ("classical", "difficulty, item-rest correlation, alpha, omega, standard error of measurement"),
        ("fit", "calibrate items"),
        ("score", "calibrate items and score persons"),
        ("prmse", "which sub-scores are worth reporting"),
    ):
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument("data", type=Path, metavar="DATA.csv")
        command.add_argument("--json", action="store_true", help="all figures as JSON")
        if name in ("fit", "score"):
            command.add_argument("--model", default="2pl", help="1pl, 2pl (default) or gpcm")
            command.add_argument("--prior", choices=["weak", "none"], default="weak")
            command.add_argument("--chance", type=float, default=0.0, help="fixed lower asymptote of all items")
            command.add_argument("--nodes", type=_nodes, default=61, help="quadrature points (61)")
        if name == "score":
            command.add_argument("--method", choices=["eap", "map", "wle", "ml"], default="eap")
        if name == "prmse":
            command.add_argument(
                "--groups",
                type=Path,
                metavar="CSV",
                help="columns item,group; default: item names up to the last _-.:/",
            )
    return parser


def _nodes(text: str) -> int:
    """Fewer say nothing of a curve, more only cost time."""
    if not (text.isdecimal() and len(text) < 6 and _FEWEST_NODES <= int(text) <= _MOST_NODES):
        raise argparse.ArgumentTypeError(f"must be a whole number from {_FEWEST_NODES} to {_MOST_NODES}, got {text!r}")
    return int(text)


def _cell(value: Estimate | float | None, places: int = 4) -> str:
    number = value.value if isinstance(value, Estimate) else value
    return "-" if number is None else f"{number:.{places}f}"


def _interval(value: Estimate) -> str:
    return "-" if value.low is None or value.high is None else f"{value.low:.4f} to {value.high:.4f}"


def _lines(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _classical(table: Table, chosen: argparse.Namespace) -> tuple[Any, str]:
    found: TestStatistics = classical(table.array(), table.names, table.weights)
    rows = [("item", "n", "mean", "item-total", "item-rest", "interval", "alpha without", "")]
    rows += [
        (
            item.name,
            str(item.n),
            _cell(item.difficulty),
            _cell(item.item_total),
            _cell(item.item_rest),
            _interval(item.item_rest),
            _cell(item.alpha_without),
            "too few answers to say" if item.few else "",
        )
        for item in found.items
    ]
    figures = [("", "value", "interval", "n", "")]
    for name in ("mean", "sd", "alpha", "omega", "omega_standardised", "sem"):
        value: Estimate = getattr(found, name)
        figures.append((name.replace("_", " "), _cell(value), _interval(value), str(value.n), value.reason))
    return asdict(found), _lines(rows) + "\n\n" + _lines(figures)


def _calibrated(table: Table, chosen: argparse.Namespace) -> Calibration:
    model = chosen.model.lower()
    responses = table.responses(partial=model == "gpcm")
    return calibrate(
        responses, model, prior=chosen.prior, chance=chosen.chance, nodes=chosen.nodes, version=chosen.data.stem
    )


def _fit(table: Table, chosen: argparse.Namespace) -> tuple[Any, str]:
    found = _calibrated(table, chosen)
    rows = [("item", "n", "a", "se", "b", "se", "steps", "")]
    for item in found.items:
        steps = " ".join(_cell(step, 3) for step in item.steps)
        errors = _cell(item.slope.se), _cell(item.difficulty.se)
        cells = _cell(item.slope), errors[0], _cell(item.difficulty), errors[1]
        rows.append((item.name, str(item.n), *cells, steps, item.reason))
    ending = "converged" if found.converged else f"NOT CONVERGED: {found.reason}"
    words = (
        f"{found.model}, prior {chosen.prior}, {found.persons} persons, {found.nodes} nodes: log-likelihood "
        f"{_cell(found.log_likelihood, 5)}, {found.parameters} parameters, {found.evaluations} E-steps, {ending}"
    )
    return asdict(found), _lines(rows) + "\n\n" + words


def _score(table: Table, chosen: argparse.Namespace) -> tuple[Any, str]:
    fitted = _calibrated(table, chosen)
    usable = [place for place, item in enumerate(fitted.items) if (item.slope.value or 0) > 0]
    if not usable:
        raise BadData("no item could be estimated with a positive slope")
    responses = table.responses(partial=fitted.model == "gpcm").of_items(usable)
    items = [fitted.items[place].as_item() for place in usable]
    found = abilities(responses, items, chosen.method, nodes=chosen.nodes, version=chosen.data.stem)
    scores = [found.estimate(person, 0.95) for person in range(len(table.persons))]
    rows = [("person", "n", "theta", "se", "interval", "")]
    rows += [
        (name, str(score.n), _cell(score), _cell(score.se), _interval(score), score.reason)
        for name, score in zip(table.persons, scores, strict=True)
    ]
    left = [item.name for place, item in enumerate(fitted.items) if place not in usable]
    data = {
        "model": fitted.model,
        "method": found.method,
        "items_left_out": left,
        "converged": fitted.converged,
        "persons": [{"person": name, **asdict(score)} for name, score in zip(table.persons, scores, strict=True)],
    }
    return data, _lines(rows) + (f"\n\nLeft out: {', '.join(left)}" if left else "")


def _groups(table: Table, path: Path | None) -> list[str]:
    if path is None:
        ends = [max(name.rfind(separator) for separator in _SEPARATORS) for name in table.names]
        if min(ends) < 1:
            raise BadData("items are not named group_item: say with --groups which item belongs to which sub-score")
        return [name[:end] for name, end in zip(table.names, ends, strict=True)]
    rows = [line.split(",") for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    if [cell.strip().lower() for cell in rows[0]] != ["item", "group"] or any(len(row) != 2 for row in rows):
        raise BadData(f"{path}: must have the columns item,group")
    known = {item.strip(): group.strip() for item, group in rows[1:]}
    if missing := [name for name in table.names if name not in known]:
        raise BadData(f"{path}: no group for {', '.join(missing)}")
    return [known[name] for name in table.names]


def _prmse(table: Table, chosen: argparse.Namespace) -> tuple[Any, str]:
    found: Subscores = subscores(table.array(), _groups(table, chosen.groups), table.weights)
    rows = [("sub-score", "items", "alpha", "interval", "by total", "by both", "augmented", "worth reporting")]
    for one in found.scores:
        worth = "cannot be said" if one.worth_reporting is None else "yes" if one.worth_reporting else "no"
        rows.append(
            (
                one.name,
                str(one.items),
                _cell(one.alpha),
                _interval(one.alpha),
                _cell(one.by_total),
                _cell(one.by_both),
                _cell(one.augmented),
                worth + (f" ({one.reason})" if one.reason else ""),
            )
        )
    data = asdict(found)
    if found.augmentation is not None:
        data["augmentation"] = {key: np.asarray(value).tolist() for key, value in data["augmentation"].items()}
    return data, _lines(rows)


if __name__ == "__main__":
    sys.exit(main())
