"""Each registered question type through a whole attempt with plain forms: page, save, reload, score, answers page.

A new type is covered by being registered.
"""

from __future__ import annotations

import random
import re

import pytest
from django.template.loader import render_to_string

from assessments.models import Response
from question_bank.preview import preview_page, template_of
from question_bank.templatetags.questions import md_inline
from question_bank.types import TYPES
from question_bank.types.base import token_for
from reports.services.build import build_report
from tests.assessments.test_taking_pages import begin
from tests.factories import (
    SENTINEL,
    blueprint,
    make_assessment,
    make_invitation,
    make_question,
    make_skill,
    sample_payload,
)
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db


@pytest.fixture
def sit(organisation):
    """Starts an attempt whose only question is of a type; returns the walkthrough, a client and the page's address."""

    def start(slug):
        skill = make_skill(f"skill-{slug.replace('_', '-')}")
        make_question(skill, 1, type=slug, payload=sample_payload(slug))
        definition = {"time_limit_minutes": 30, "sections": [{"blueprint": blueprint((skill.slug, 2, 1))}]}
        invitation = make_invitation(organisation, make_assessment(organisation, definition))
        client, attempt = begin(invitation)
        sitting = Walkthrough(invitation)
        sitting.attempt = attempt
        return sitting, client, f"/attempt/{sitting.attempt.public_id}/q/1/"

    return start


def filled(raw, seed):
    swap = lambda text: re.sub(r"\{token:([^}]+)\}", lambda found: token_for(found[1], seed), text)  # noqa: E731
    return {swap(name): [swap(value) for value in values] for name, values in raw.items()}


@pytest.mark.parametrize("slug", TYPES)
def test_a_whole_attempt_by_plain_forms(slug, sit, owner, signed_in):
    kind = TYPES[slug]
    sitting, client, address = sit(slug)
    item = sitting.item(1)
    payload, seed = item.question_version.loaded_payload(), item.seed(sitting.attempt)
    page = client.get(address)
    assert page.status_code == 200
    assert SENTINEL not in page.content.decode()

    revision, solved = 0, kind.solved(payload)
    last = [({"answer": list(kind.filled_in(payload, solved, seed))}, solved)] if solved else []
    for raw, answer in [*kind.samples()[0].raws, *last]:
        fields = filled(raw, seed) | {"revision": str(revision), "go": "stay"}
        page = client.post(f"{address}save/", fields, follow=True)
        assert page.status_code == 200
        newest = Response.objects.filter(item=item).order_by("-revision").first()
        assert (newest.answer if newest else None) == answer
        revision = newest.revision if newest else 0
        html = page.content.decode()
        assert SENTINEL not in html
        assert f'name="revision" value="{revision}"' in html
    for raw in kind.samples()[0].bad_raw:
        fields = filled(raw, seed) | {"revision": str(revision), "go": "stay"}
        assert client.post(f"{address}save/", fields).status_code == 422, raw
    rng = random.Random(1)
    other = next(guess for guess in (kind.guess(payload, rng) for _ in range(100)) if guess not in (None, answer))
    stale = {"answer": list(kind.filled_in(payload, other, seed)), "revision": "0", "go": "stay"}
    page = client.post(f"{address}save/", stale)
    assert page.status_code == 409
    assert "Use my answer from here" in page.content.decode()

    score = sitting.submit().score()
    assert sitting.marks()[1].mark == kind.mark(payload, answer)
    build_report(score.pk)
    told = signed_in(owner).get(f"/reports/{sitting.attempt.public_id}/answers/").content.decode()
    lines = kind.describe(payload, answer)
    assert all(str(md_inline(line.text)) in told for line in lines)
    assert told.count("Given") == sum(line.given for line in lines)


@pytest.mark.parametrize("slug", TYPES)
def test_no_byte_of_the_page_tells_one_key_from_another(slug):
    kind = TYPES[slug]
    for sample in kind.samples():
        pages = [preview_page(slug, "Stem", payload) for payload in (sample.payload, *sample.twins)]
        shown = [render_to_string(template_of(slug), {"page": page}) for page in pages]
        assert len(shown[0]) > 100
        assert set(shown) == {shown[0]}
