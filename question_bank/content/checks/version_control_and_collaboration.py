"""Numbers of the version-control-and-collaboration questions, computed from their stems."""

from fractions import Fraction


def _wip_limit() -> Fraction:
    throughput_per_day = Fraction(24, 20)
    return throughput_per_day * 10


COMPUTED = {
    "version-control-and-collaboration-wip-limit": _wip_limit,
}
