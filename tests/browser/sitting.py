"""How a test takes an assessment in the browser, and what the database holds of it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from assessments.models import Attempt, AttemptItem, Invitation
from assessments.services.invite import link_of
from question_bank.types.base import token_for
from tests.factories import right_answer, wrong_answer

Answer = dict[str, Any]
NEXT = ".sheet-actions button[value=next]"


def start(page: Page, invitation: Invitation) -> Attempt:
    """From the link to the first question."""
    page.goto(link_of(invitation))
    page.locator("#id_consent").check()
    page.get_by_role("button", name="Start").click()
    at_question(page, 1)
    return invitation.attempts.get()


def at_question(page: Page, position: int) -> None:
    expect(page.locator("#sheet")).to_have_attribute("data-position", str(position))


def items_of(attempt: Attempt) -> list[AttemptItem]:
    return list(attempt.items.select_related("question_version").order_by("position"))


def item_of_type(attempt: Attempt, type: str) -> AttemptItem:
    return next(item for item in items_of(attempt) if item.question_version.type == type)


def open_question(page: Page, attempt: Attempt, item: AttemptItem) -> None:
    page.goto(f"/attempt/{attempt.public_id}/q/{item.position}/")
    at_question(page, item.position)


def answer_for(item: AttemptItem) -> Answer:
    """Right for odd positions, wrong for even ones."""
    return right_answer(item) if item.position % 2 else wrong_answer(item)


def tokens_of(item: AttemptItem, attempt: Attempt, answer: Answer) -> list[str]:
    return [token_for(option, item.seed(attempt)) for option in answer["options"]]


def give(page: Page, attempt: Attempt, item: AttemptItem, answer: Answer) -> None:
    """Click the options or type the number."""
    if "typed" in answer:
        page.locator("#answer").fill(answer["typed"])
    else:
        for token in tokens_of(item, attempt, answer):
            page.locator(f".option:has(input[value='{token}'])").click()


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")


def go(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def onwards(page: Page, item: AttemptItem, count: int) -> None:
    """Press the button that leads on, and wait for what comes."""
    if item.position < count:
        go(page, "Save and next")
        at_question(page, item.position + 1)
    else:
        go(page, "Save and review")
        expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()


def hand_in(page: Page) -> None:
    go(page, "Hand in and finish")
    expect(page.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible()


def stored(attempt: Attempt) -> dict[int, Answer | None]:
    """Position -> the newest stored answer of each question that has one."""
    found = {}
    for item in items_of(attempt):
        newest = item.responses.order_by("-revision").first()
        if newest:
            found[item.position] = newest.answer
    return found


def as_stored(answer: Answer) -> Answer:
    """What the database holds once this answer was given."""
    return {"options": sorted(answer["options"])} if "options" in answer else answer
