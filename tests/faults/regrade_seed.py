"""Fills the database of a regrade under faults and prints, as JSON, what the run needs. A process of its own."""

from __future__ import annotations

import datetime
import json
import random
import sys
from typing import Any

import django

WRONG, RIGHT = 20, 2
"""Real attempts whose answer to the corrected question was wrong, and right; the others are copies of them."""
EACH = 10  # questions on each of two skills


def main(people: int, waiting: int) -> None:
    django.setup()
    from django.db.models import F
    from django.test import Client
    from django.urls import reverse

    from accounts.roles import Role
    from assessments.models import Score
    from assessments.services.invite import link_of
    from question_bank.models import QuestionVersion
    from tests.factories import blueprint, make_assessment, make_bank, make_invitation, make_member, make_organisation
    from tests.faults.copies import copy_attempts

    make_bank(each=EACH)
    organisation = make_organisation("Team")
    owner = make_member(organisation, Role.OWNER)
    lines = blueprint(("serving", None, EACH), ("drift", None, EACH))
    assessment = make_assessment(organisation, {"sections": [{"blueprint": lines}], "cut": {"share": 0.5}})
    version = QuestionVersion.objects.filter(type="single_choice").order_by("pk")[0]
    rng = random.Random(people)
    for number in range(WRONG + RIGHT):
        _sit(make_invitation(organisation, assessment), version, number >= WRONG, rng)
    copy_attempts(max(0, people // WRONG - 1))
    Score.objects.update(created_at=F("created_at") - datetime.timedelta(days=1))  # else they are new to a correction
    links = [link_of(make_invitation(organisation, assessment)) for _ in range(waiting)]
    browser = Client()
    browser.force_login(owner)
    said = {
        "links": links,
        "session": browser.cookies["sessionid"].value,
        "address": reverse("regrade_new", args=[version.question.public_id]),
        "version": version.pk,
        "owner": owner.pk,
    }
    print(json.dumps(said))


def _sit(invitation: Any, corrected: Any, right: bool, rng: random.Random) -> None:
    from reports.services.build import build_report
    from tests.walkthrough import Walkthrough

    story = Walkthrough(invitation).start()
    for item in story.attempt.items.all():
        story.see(item.position)
        if item.question_version_id == corrected.pk:
            story.answer(item.position, right=right)
        elif rng.random() < 0.9:  # the others are skipped
            story.answer(item.position, right=rng.random() < 0.6)
    build_report(story.submit().score().pk)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
