"""The key never leaves the server during an attempt: every byte that reaches the browser is read."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Error, Page, Response, expect

from assessments.models import Invitation
from assessments.services.invite import link_of
from tests.browser.sitting import NEXT, answer_for, at_question, give, go, hand_in, items_of, saved
from tests.factories import SENTINEL


class Bytes:
    """Bodies of everything that a page received. `read` before each change of page: bodies go with it."""

    def __init__(self, page: Page) -> None:
        self.waiting: list[Response] = []
        self.bodies: dict[str, bytes] = {}
        page.on("response", lambda response: self.waiting.append(response))

    def read(self) -> None:
        while self.waiting:
            response = self.waiting.pop(0)
            if 300 <= response.status < 400 or response.status == 204:
                continue
            try:
                body = response.body()
            except Error:  # a save that was on its way when the page changed
                body = b""
            headers = repr(sorted(response.headers.items())).encode()
            self.bodies[f"{len(self.bodies)} {response.url}"] = body + headers

    def holding(self, *words: str, static: bool = True) -> list[str]:
        return [
            f"{word} in {name}"
            for name, body in self.bodies.items()
            for word in words
            if word.encode() in body and (static or "/static/" not in name)
        ]


def test_no_byte_sent_during_an_attempt_holds_the_key(
    page: Page, invitation: Invitation, work: Callable[[int], None]
) -> None:
    received = Bytes(page)
    page.goto(link_of(invitation))
    page.locator("#id_consent").check()
    received.read()
    page.get_by_role("button", name="Start").click()
    at_question(page, 1)
    attempt = invitation.attempts.get()
    for item in items_of(attempt):
        give(page, attempt, item, answer_for(item))
        saved(page)
        received.read()
        page.locator(NEXT).click()
        if item.position < 6:
            at_question(page, item.position + 1)
        received.read()
    expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()
    received.read()
    hand_in(page)
    received.read()
    work(attempt.pk)
    page.get_by_role("link", name="Open my report").click()
    expect(page.locator("#report")).to_contain_text("Serving")
    received.read()

    pages = [name for name in received.bodies if "/static/" not in name]
    assert len(pages) > 6 * 2 + 4, pages
    assert received.holding("Question", static=False)  # what was asked is there, so something was read
    assert received.holding(SENTINEL, "rationale") == []
    assert received.holding('"correct"', "&quot;correct", "option-0", "option-1", "tolerance", static=False) == []
    keys = [str(item.question_version.payload.get("answer", SENTINEL)) for item in items_of(attempt)]
    wrong_ones = [key for item, key in zip(items_of(attempt), keys, strict=True) if item.position % 2 == 0]
    assert received.holding(*wrong_ones, static=False) == []


def test_the_order_and_values_of_the_options_do_not_tell_the_key(page: Page, invitation: Invitation) -> None:
    """Two people get other values for the same options."""
    page.goto(link_of(invitation))
    page.locator("#id_consent").check()
    go(page, "Start the clock")
    at_question(page, 1)
    item = next(one for one in items_of(invitation.attempts.get()) if "options" in one.question_version.payload)
    page.goto(f"/attempt/{item.attempt.public_id}/q/{item.position}/")
    values = page.locator(".option input").evaluate_all("all => all.map((one) => one.value)")
    ids = {option["id"] for option in item.question_version.payload["options"]}
    assert not ids & set(values)
    assert len(set(values)) == len(ids)
