"""Calibration, scores and their simulations: `python -m bench.psychometrics_figures [--peer PYTHON] [--quick]`.

Needs no database. ``--peer`` names a Python that has girth installed; its 2PL then runs on the same 10,000 x 50 answers
in the same run, and the ratio is ours / girth's. Without a peer only absolute figures are printed, for orientation.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.figures import Figure, figure, table, write
from psychometrics.abilities import abilities
from psychometrics.bank import Bank
from psychometrics.calibration import calibrate
from psychometrics.items import Item
from psychometrics.profile import score_profile
from psychometrics.responses import Responses
from tests.psychometrics.simulate import cases, prior_bank

NODES = 41
_PEER = """
import sys, time, numpy as np
from girth import twopl_mml
marks = np.load(sys.argv[1])
started = time.perf_counter()
twopl_mml(marks.T.astype(int), options={"quadrature_n": 41})
print(time.perf_counter() - started)
"""


def _marks(persons: int, items: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    slope, difficulty = np.exp(0.3 * rng.standard_normal(items)), rng.standard_normal(items)
    right = 1 / (1 + np.exp(-slope * (rng.standard_normal((persons, 1)) - difficulty)))
    return (rng.random(right.shape) < right).astype(float)


def _sparse(persons: int, items: int, shown: int, seed: int) -> Responses:
    rng = np.random.default_rng(seed)
    slope, difficulty = np.exp(0.3 * rng.standard_normal(items)), rng.standard_normal(items)
    person = np.repeat(np.arange(persons), shown)
    # Every person sees items at even distances from a random start: no two the same.
    item = ((rng.integers(0, items, persons)[:, None] + np.arange(shown) * (items // shown)) % items).ravel()
    right = 1 / (1 + np.exp(-slope[item] * (rng.standard_normal(persons)[person] - difficulty[item])))
    return Responses.sparse(person, item, (rng.random(len(item)) < right) * 1.0, persons=persons, items=items)


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _calibrations(peer: str | None, *, quick: bool) -> Iterator[Figure]:
    small = _marks(10_000, 50, 1)
    data = Responses.dense(small)
    floor = _peer_seconds(peer, small) if peer else None
    wall, cpu = _seconds(lambda: calibrate(data, nodes=NODES))
    words = f"2PL with priors and standard errors, {NODES} nodes, "
    yield figure("calibrate 10,000 x 50", wall, "s", floor, conditions=f"{words}CPU {cpu:.2f} s; floor: girth, without")
    if quick:
        return
    data = Responses.dense(_marks(100_000, 100, 2))
    wall, cpu = _seconds(lambda: calibrate(data, nodes=NODES))
    yield figure("calibrate 100,000 x 100", wall, "s", conditions=f"{words}CPU {cpu:.2f} s")
    items = [item.as_item() for item in calibrate(Responses.dense(small[:2000]), nodes=NODES).items]
    many = Responses.dense(_marks(100_000, 50, 3))
    wall, cpu = _seconds(lambda: abilities(many, items, nodes=NODES))
    yield figure("EAP with SD", 100_000 / wall, "persons/s", conditions=f"100,000 x 50, CPU {cpu:.2f} s")


def _sparse_calibration() -> Iterator[Figure]:
    data = _sparse(100_000, 400, 24, 4)
    wall, cpu = _seconds(lambda: calibrate(data, nodes=NODES))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    conditions = f"2PL with priors and standard errors, {NODES} nodes, CPU {cpu:.2f} s"
    yield figure("calibrate 100,000 x 24 of 400", wall, "s", conditions=conditions)
    yield figure("its memory, whole process", peak, "MiB")


def _peer_seconds(python: str, marks: np.ndarray) -> float:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "marks.npy"
        np.save(file, marks)
        done = subprocess.run([python, "-c", _PEER, str(file)], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def _profiles(*, quick: bool) -> Iterator[Figure]:
    items = prior_bank(12, 20)
    bank = Bank.of(items)
    found = list(cases(items, 5, correlation=0.65, count=50 if quick else 600, seed=5))
    started = time.process_time()
    profiles = [score_profile(case.answers, bank, cut=0.6) for case in found]
    spent = (time.process_time() - started) / len(found)
    yield figure("a profile of 60 answers over 12 skills", spent * 1000, "ms", conditions="CPU time, one after another")
    held, overall, ability = [], [], []
    for case, profile in zip(found, profiles, strict=True):
        overall.append(profile.overall.low <= case.overall <= profile.overall.high)
        held += [s.share.low <= case.shares[s.skill] <= s.share.high for s in profile.skills]
        ability += [abs(s.theta.value - case.theta[s.skill]) <= 1.96 * s.theta.se for s in profile.skills]
    words = f"{len(found)} persons, no data about any item"
    yield figure("cover of 90 % intervals of skill shares", float(np.mean(held)), "share", conditions=words)
    yield figure("cover of 90 % intervals of overall shares", float(np.mean(overall)), "share", conditions=words)
    yield figure("cover of 95 % intervals of abilities", float(np.mean(ability)), "share", conditions=words)


def _item_intervals(*, quick: bool) -> Iterator[Figure]:
    for persons in (50, 100, 300):
        rng = np.random.default_rng(persons)
        held = []
        for _ in range(10 if quick else 250):
            true = [Item("", log_slope=a, difficulty=b) for a, b in rng.standard_normal((24, 2)) * [0.35, 1.0]]
            slope, place = (np.array([getattr(item, name) for item in true]) for name in ("slope", "difficulty"))
            right = 1 / (1 + np.exp(-slope * (rng.standard_normal((persons, 1)) - place)))
            found = calibrate(Responses.dense((rng.random(right.shape) < right).astype(float)), nodes=NODES)
            held += [
                (one.slope.low <= a <= one.slope.high, one.difficulty.low <= b <= one.difficulty.high)
                for one, a, b in zip(found.items, slope, place, strict=True)
            ]
        for name, share in zip(("slopes", "difficulties"), np.mean(held, axis=0), strict=True):
            yield figure(f"cover of 95 % intervals of {name}, {persons} persons", float(share), "share")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.psychometrics_figures", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="does it run at all?")
    parser.add_argument("--peer", metavar="PYTHON", help="a Python with girth")
    parser.add_argument("--out", type=Path, default=Path("var/bench-psychometrics.json"))
    chosen = parser.parse_args()
    # First what is judged by its memory: the peak of a process does not fall again.
    found = [] if chosen.quick else list(_sparse_calibration())
    found += _calibrations(chosen.peer, quick=chosen.quick)
    found += _profiles(quick=chosen.quick)
    found += _item_intervals(quick=chosen.quick)
    print(table(found))
    write(found, chosen.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
