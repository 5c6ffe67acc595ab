"""Numbers of the cloud-platforms questions, computed from their stems."""


def _break_even_million_requests() -> float:
    dedicated_per_month = 730 * 0.90
    serverless_per_request = 0.25 * 0.0004
    return dedicated_per_month / serverless_per_request / 1e6


COMPUTED = {
    "cloud-platforms-serverless-break-even": _break_even_million_requests,
}
