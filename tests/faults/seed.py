"""Fills the database of a fault test and prints, as JSON, what the test needs. Run as a process of its own."""

from __future__ import annotations

import json
import sys

import django


def main(count: int) -> None:
    django.setup()
    from assessments.services.invite import link_of
    from tests.factories import make_assessment, make_bank, make_invitation, make_organisation

    make_bank()
    organisation = make_organisation("Team")
    assessment = make_assessment(organisation)
    links = [link_of(make_invitation(organisation, assessment)) for _ in range(count)]
    print(json.dumps({"links": links}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
