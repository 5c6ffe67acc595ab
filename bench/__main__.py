"""`python -m bench`: set the stage, measure, print a table, write var/bench.json."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import django

from bench import figures
from bench.stage import BASE_DIR, Stage, set_up
from config.children import CannotStart


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few requests of each kind: does it run at all?")
    parser.add_argument("--granian", metavar="PATH", help="only compare saves under this granian with gunicorn")
    parser.add_argument("--out", type=Path, default=BASE_DIR / "var" / "bench.json", help="file of the figures")
    chosen = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with set_up() as stage:
            found = _measure(stage, quick=chosen.quick, granian=chosen.granian)
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


def _measure(stage: Stage, *, quick: bool, granian: str | None) -> list[figures.Figure]:
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"  {time.monotonic() - started:5.1f} s  {what}", flush=True)

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
        found = list(run.compare(stage, plan, granian, say) if granian else run.run(stage, plan, say))
    finally:
        connections.close_all()
    say("Done")
    return found


if __name__ == "__main__":
    sys.exit(main())
