"""Each question type in a running attempt: accessible on desk and phone, by keyboard, kept over a reload."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Organisation
from assessments.models import Attempt, AttemptItem, Response
from assessments.services.save_answer import save_answer
from question_bank.image_refs import names_in
from question_bank.services.images import pin_images, store_image
from question_bank.types import TYPES
from tests.browser.conftest import Watch
from tests.browser.sitting import items_of, open_question, saved, start, stored
from tests.browser.test_every_page import Looker
from tests.factories import blueprint, make_assessment, make_invitation, make_question, make_skill, sample_payload

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="300"><rect width="800" height="300"/></svg>'

Sit = Callable[..., tuple[Attempt, AttemptItem]]


@pytest.fixture
def sit(organisation: Organisation) -> Sit:
    """Starts an attempt that asks one question of a type."""

    def sit(page: Page, slug: str) -> tuple[Attempt, AttemptItem]:
        payload = sample_payload(slug)
        for name in names_in(payload):
            store_image(organisation=None, name=name, data=PICTURE)
        skill = make_skill("serving")
        make_question(skill, 1, type=slug, payload=pin_images(payload, None))
        definition = {"time_limit_minutes": 30, "sections": [{"blueprint": blueprint(("serving", 2, 1))}]}
        attempt = start(page, make_invitation(organisation, make_assessment(organisation, definition)))
        return attempt, items_of(attempt)[0]

    return sit


@pytest.mark.parametrize("slug", TYPES)
def test_every_type_is_accessible_on_desk_and_phone(page: Page, sit: Sit, slug: str) -> None:
    sit(page, slug)
    looker = Looker(page)
    looker.look(slug)
    looker.done()


@pytest.mark.parametrize("slug", TYPES)
def test_looking_at_a_question_saves_nothing(page: Page, sit: Sit, slug: str) -> None:
    attempt, item = sit(page, slug)
    solved = item.question_version.question_type.solved(item.question_version.loaded_payload())
    for answers in range(1 if solved is None else 2):
        if answers:
            save_answer(attempt=attempt.public_id, position=1, answer=solved, revision=0)
        page.reload()
        page.wait_for_function("document.documentElement.classList.contains('with-script')")
        page.wait_for_timeout(1000)  # longer than a save waits for the next key
        assert Response.objects.filter(item__attempt=attempt).count() == answers


def test_steps_are_ordered_by_keyboard_alone(page: Page, sit: Sit) -> None:
    attempt, item = sit(page, "ordering")
    texts = page.locator(".part-text")
    key = [step["text"] for step in item.question_version.payload["items"]]
    for place, text in enumerate(key):
        while texts.all_inner_texts().index(text) > place:
            page.get_by_role("button", name=f"Earlier: {text}").focus()
            page.keyboard.press("Enter")
    if not stored(attempt):  # drawn in the right order already: one place chosen gives every step its own
        page.locator(".place").first.select_option("1")
    expect(page.locator("[data-ordering-said]")).to_contain_text("Now at place")
    saved(page)
    solved = item.question_version.question_type.solved(item.question_version.loaded_payload())
    assert stored(attempt) == {1: solved}
    page.reload()
    assert texts.all_inner_texts() == key
    page.locator(".place").last.select_option("1")
    expect(texts.first).to_have_text(key[-1])
    assert [box.input_value() for box in page.locator(".place").all()] == ["1", "2", "3", "4"]


def test_gaps_are_kept_over_a_reload_and_say_what_cannot_be_read(page: Page, sit: Sit) -> None:
    attempt, item = sit(page, "cloze")
    page.get_by_label("Gap 2, in minutes").fill("five")
    expect(page.locator("#save-warning")).to_contain_text("gap 2 cannot be marked yet")
    page.get_by_label("Gap 1", exact=True).select_option(label="rate")
    page.get_by_label("Gap 2, in minutes").fill("5")
    page.get_by_label("Gap 3", exact=True).fill("Status code")
    expect(page.locator("#save-warning")).to_be_empty()
    saved(page)
    assert stored(attempt) == {1: {"gaps": {"kind": "rate", "window": "5", "label": "Status code"}}}
    open_question(page, attempt, item)
    expect(page.get_by_label("Gap 3", exact=True)).to_have_value("Status code")
    expect(page.get_by_label("Gap 1", exact=True).locator("option:checked")).to_have_text("rate")


def test_a_grid_is_filled_in_and_cleared(page: Page, sit: Sit) -> None:
    attempt, _ = sit(page, "grid")
    for row in page.get_by_role("radiogroup").all():
        row.get_by_label("False").check()
    saved(page)
    assert stored(attempt) == {1: {"rows": dict.fromkeys(("cache", "latest", "digest", "root"), "false")}}
    page.reload()
    assert page.locator("input:checked").count() == 4
    page.get_by_role("button", name="Clear my answer").click()
    expect(page.locator("input:checked")).to_have_count(0)
    assert stored(attempt) == {1: None}


def test_a_region_is_chosen_in_the_picture_or_by_its_name(page: Page, sit: Sit) -> None:
    attempt, _ = sit(page, "hotspot")
    token = page.get_by_label("The feature job").get_attribute("value")
    page.locator(f"[data-region='{token}']").click()
    expect(page.get_by_label("The feature job")).to_be_checked()
    saved(page)
    assert stored(attempt) == {1: {"options": ["features"]}}
    page.get_by_label("The model registry").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-region].is-chosen")).to_have_count(1)
    expect(page.locator(f"[data-region='{token}']")).not_to_have_class("is-chosen")
    saved(page)
    page.reload()
    expect(page.get_by_label("The model registry")).to_be_checked()
    expect(page.locator("[data-region].is-chosen")).to_have_count(1)


def test_what_another_tab_wrote_is_offered_with_the_names_of_its_parts(page: Page, sit: Sit, watch: Watch) -> None:
    watch.allow("status of 409")
    attempt, item = sit(page, "matching")
    other = page.context.new_page()
    open_question(other, attempt, item)
    label = "The service sends kilograms, the training table held grams."
    page.get_by_label(label).select_option(label="Training-serving skew")
    saved(page)
    other.get_by_label(label).select_option(label="Label leakage")
    expect(other.locator("#stale")).to_be_visible()
    other.get_by_role("button", name="Take over here").click()
    expect(other.locator("#draft-words")).to_have_text(f"{label}: Label leakage")
    other.get_by_role("button", name="Use my answer from here").click()
    saved(other)
    assert stored(attempt) == {1: {"rows": {"units": "leak"}}}
