"""Numbers of the version-control-and-collaboration questions, computed from their stems."""

from fractions import Fraction
from itertools import count


def _wip_limit() -> Fraction:
    throughput_per_day = Fraction(24, 20)
    return throughput_per_day * 10


def _branch_commits() -> int:
    parents = {
        "A": "",
        "B": "A",
        "C": "B",
        "D": "C",
        "E": "D",
        "F1": "B",
        "F2": "F1",
        "M": "F2 D",
        "F3": "M",
    }

    def reachable(commit: str) -> set[str]:
        found = {commit}
        for parent in parents[commit].split():
            found |= reachable(parent)
        return found

    return len(reachable("F3") - reachable("E"))


def _affected_projects() -> int:
    needs = {
        "core": [],
        "io": ["core"],
        "features": ["core"],
        "loader": ["io"],
        "ranker": ["features", "loader"],
        "pricing": ["features"],
        "reports": ["io"],
    }

    def affected(project: str) -> bool:
        return project == "io" or any(affected(other) for other in needs[project])

    return sum(affected(project) for project in needs)


def _weeks_for_experiments() -> int:
    return next(weeks for weeks in count(1) if 1 - 0.8 ** (2 * weeks) >= 0.9)


COMPUTED = {
    "version-control-and-collaboration-wip-limit": _wip_limit,
    "version-control-and-collaboration-count-branch-commits": _branch_commits,
    "version-control-and-collaboration-affected-projects": _affected_projects,
    "version-control-and-collaboration-weeks-for-experiments": _weeks_for_experiments,
}
