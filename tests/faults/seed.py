"""Fills the database of a fault test and prints, as JSON, what the test needs. Run as a process of its own."""

from __future__ import annotations

import json
import sys

import django


def main(count: int, kind: str) -> None:
    django.setup()
    from assessments.services.invite import link_of
    from tests.factories import blueprint, make_assessment, make_bank, make_invitation, make_organisation

    make_bank()
    organisation = make_organisation("Team")
    numeric = {"sections": [{"blueprint": blueprint(("serving", 3, 3), ("drift", 3, 3))}]}
    assessment = make_assessment(organisation, numeric if kind == "numeric" else None)
    links = [link_of(make_invitation(organisation, assessment)) for _ in range(count)]
    print(json.dumps({"links": links}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
