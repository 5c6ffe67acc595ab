"""`python -m bench`: set the stage, measure, print a table, write var/bench.json."""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import django

from bench import figures
from bench.stage import BASE_DIR, Stage, set_up
from config.children import CannotStart


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help="attempts saves scores (these where none is named), starters, "
        "open; or chaos or regrade alone",
    )  # fmt: skip
    parser.add_argument("--people", type=int, help="attempts of chaos (1000) or scores that regrade changes (10000)")
    parser.add_argument("--quick", action="store_true", help="a few requests of each kind: does it run at all?")
    parser.add_argument("--granian", metavar="PATH", help="only compare saves under this granian with gunicorn")
    parser.add_argument("--out", type=Path, default=BASE_DIR / "var" / "bench.json", help="file of the figures")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.sections) - {"attempts", "saves", "scores", "starters", "open", "chaos", "regrade"}:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        if "chaos" in chosen.sections:
            return _chaos(chosen.people or 1000)
        if "regrade" in chosen.sections:
            return _regrade(chosen.people or 10_000)
        with set_up() as stage:
            found = _measure(stage, chosen.sections, quick=chosen.quick, granian=chosen.granian)
    except KeyboardInterrupt:
        print("Stopped.")
        return 130
    except CannotStart as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    print("\n" + figures.table(found))
    if not chosen.granian:
        figures.write(found, chosen.out)
        print(f"\nWritten to {chosen.out}")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _clock() -> Callable[[str], None]:
    """Prints what is being done, and after how many seconds."""
    started = time.monotonic()
    return lambda what: print(f"  {time.monotonic() - started:5.1f} s  {what}", flush=True)


def _chaos(people: int) -> int:
    from tests.faults import chaos  # it lies there because the tests run a short one

    found = chaos.run(people, at_once=8, seed=int(time.time()), say=_clock())
    print(f"\n{len(found.sittings)} attempts, {found.acknowledged} acknowledged answers")
    print(f"kills: {dict(found.kills)}\nreplies: {dict(found.replies)}")
    print(f"lost: {len(found.lost)}, double: {len(found.double)}", *found.lost[:20], *found.double[:20], sep="\n")
    return 1 if found.lost or found.double else 0


def _regrade(people: int) -> int:
    from tests.faults import regrading

    found = regrading.run(people, kills=3, live=10, seed=int(time.time()), say=_clock())
    waits = [seconds for seconds, _ in found.live]
    print(f"\n{found.changing} of {found.total} scores changed; the worker was killed {found.kills} times")
    print("; ".join(f"{name} {seconds:.1f} s" for name, seconds in found.seconds.items()))
    print(
        f"reports of {len(waits)} who handed in meanwhile: {statistics.median(waits):.1f} s, at most {max(waits):.1f} s"
    )
    print(f"wrong: {len(found.wrong)}", *found.wrong[:20], sep="\n")
    return 1 if found.wrong else 0


def _measure(stage: Stage, sections: Sequence[str], *, quick: bool, granian: str | None) -> list[figures.Figure]:
    say = _clock()
    say("Database")
    os.environ.update(stage.env)
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from bench import run  # needs the settings

    plan = run.QUICK if quick else run.FULL
    try:
        with (stage.folder / "manage.log").open("w") as log:
            for command in (["migrate", "--no-input"], ["bank", "load"], ["library"]):
                call_command(*command, stdout=log)
        found = list(
            run.compare(stage, plan, granian, say) if granian else run.run(stage, plan, sections or run.USUAL, say)
        )
    finally:
        connections.close_all()
    say("Done")
    return found


if __name__ == "__main__":
    sys.exit(main())
