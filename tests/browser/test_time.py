"""Time on the page: parts with their own end, more time in words, asking for it, what was granted; signals."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Organisation
from assessments.clock import database_now
from assessments.models import Attempt, AttemptItem, Invitation
from assessments.services.hand_in import read_file
from assessments.services.intervene import extend_many
from assessments.services.invite import link_of
from tests.browser.conftest import Watch
from tests.browser.sitting import at_question, go, hand_in, item_of_type, open_question, saved, start, stored
from tests.browser.test_connection import CONFLICT, number
from tests.factories import blueprint, make_assessment, make_invitation, make_user


def in_parts(organisation: Organisation, **first: Any) -> Any:
    sections = [
        {"title": "One", **first, "blueprint": blueprint(("serving", 3, 2))},
        {"title": "Two", "blueprint": blueprint(("drift", 1, 2))},
    ]
    return make_assessment(organisation, {"time_limit_minutes": 30, "sections": sections})


def part_ends_in(attempt: Attempt, seconds: float) -> None:
    """The limit of the first part, measured from now."""

    ends = database_now() + datetime.timedelta(seconds=seconds)
    AttemptItem.objects.filter(attempt=attempt, section=0).update(closes_at=ends)


# --- parts -----------------------------------------------------------------------------------


def test_a_part_says_when_it_ends_and_its_end_leads_on(page: Page, organisation: Organisation, bank: None) -> None:
    invitation = make_invitation(organisation, in_parts(organisation, time_limit_minutes=5))
    attempt = start(page, invitation)
    expect(page.get_by_text("This part ends in")).to_be_visible()
    expect(page.locator("#clock-left")).to_have_text(re.compile(r"^(5:00|4:\d\d)$"))
    page.keyboard.press("Alt+t")
    expect(page.locator("#clock-said")).to_contain_text(re.compile(r"This part ends in 4 minutes .* whole assessment"))
    part_ends_in(attempt, 4)
    page.reload()
    page.wait_for_function("() => /^0:0[012]$/.test(document.getElementById('clock-left').textContent)")
    page.locator("#answer").fill("7")
    at_question(page, 3)
    expect(page.get_by_text("This part ends in")).to_be_hidden()
    assert stored(attempt) == {1: number("7")}


def test_an_answer_after_the_end_of_the_part_is_refused_and_the_page_moves_on(
    page: Page, watch: Watch, organisation: Organisation, bank: None
) -> None:
    watch.allow(CONFLICT)
    attempt = start(page, make_invitation(organisation, in_parts(organisation, time_limit_minutes=5)))
    part_ends_in(attempt, -60)
    page.locator("#answer").fill("7")
    at_question(page, 3)
    assert stored(attempt) == {}


def test_an_answer_that_a_button_brings_too_late_is_kept_for_the_file(
    page: Page, watch: Watch, organisation: Organisation, bank: None
) -> None:
    # Where the page asks for the time first, its script brings the answer, too late as well, and may still wait for
    # the reply when the test goes on.
    watch.allow(CONFLICT, "beforeunload")
    attempt = start(page, make_invitation(organisation, in_parts(organisation, time_limit_minutes=5)))
    expect(page.locator("html.with-script")).to_be_attached()
    part_ends_in(attempt, -60)
    # Typed and pressed within one turn of the page: the button is faster than the script's own save.
    page.evaluate("""() => {
        document.getElementById("answer").value = "7";
        document.getElementById("answer").dispatchEvent(new Event("input", { bubbles: true }));
        document.querySelector(".sheet-actions [value=next]").click();
    }""")
    at_question(page, 3)
    expect(page.get_by_text("The time for this question is over.")).to_be_visible()
    page.goto(f"/attempt/{attempt.public_id}/overview/")
    hand_in(page)
    with page.expect_download() as download:
        go(page, "Download my answers")
    data = Path(download.value.path()).read_bytes()
    assert read_file(attempt, data)["answers"][1]["answer"] == ["7"]
    assert stored(attempt) == {}


# --- more time -------------------------------------------------------------------------------


def test_more_time_is_said_once_with_its_reason(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    page.wait_for_timeout(3000)
    extend_many(attempts=[attempt], seconds=600, reason="Fire alarm.", by=make_user())
    expect(page.locator("#clock-said")).to_have_text("You have been given 10 more minutes: Fire alarm.")
    expect(page.locator("#clock-left")).to_have_text(re.compile(r"^(40:00|39:\d\d)$"))
    page.reload()
    page.wait_for_timeout(4000)
    expect(page.locator("#clock-said")).to_be_empty()


# --- asking and seeing -----------------------------------------------------------------------


def test_time_left_is_told_by_keyboard_also_when_the_clock_is_hidden(page: Page, invitation: Invitation) -> None:
    start(page, invitation)
    go(page, "Hide")
    page.keyboard.press("Alt+t")
    expect(page.locator("#clock-said")).to_contain_text(re.compile(r"(30|29) minutes.* left\."))
    page.get_by_role("button", name="How much time is left?").click()
    expect(page.locator("#clock-said")).to_be_visible()


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"time_factor": Decimal("1.5"), "pause_minutes": 10}, "1.5 × time, pause: 10 min left"),
        ({"untimed": True}, "untimed"),
    ],
    ids=["factor and pauses", "untimed"],
)
def test_what_was_granted_stands_in_the_bar(
    page: Page, organisation: Organisation, assessment: Any, terms: dict[str, Any], words: str
) -> None:
    offered = {name: value for name, value in terms.items() if name != "pause_minutes"}
    invitation = make_invitation(organisation, assessment, **offered)
    Invitation.objects.filter(pk=invitation.pk).update(pause_minutes=terms.get("pause_minutes", 0))
    start(page, invitation)
    expect(page.locator(".granted")).to_have_text(words)
    if "untimed" in terms:
        expect(page.locator("#clock-ask")).to_be_visible()  # the script is there
        page.keyboard.press("Alt+t")
        expect(page.locator("#clock-said")).to_have_text("There is no time limit.")
    else:
        page.get_by_role("link", name="pause: 10 min left").click()
        expect(page.get_by_role("heading", name="Pause")).to_be_visible()


# --- signals ---------------------------------------------------------------------------------


def test_signals_are_reported_and_the_candidate_sees_them_and_comments(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    page.wait_for_timeout(2600)
    page.evaluate("""() => {
        window.dispatchEvent(new Event("focus"));
        const clipboardData = new DataTransfer();
        clipboardData.setData("text", "12345");
        document.getElementById("answer").dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    }""")
    page.locator("#answer").fill("12345")
    saved(page)
    page.get_by_role("link", name="Review and finish").click()
    go(page, "Hand in and finish")
    expect(page.locator("#recorded")).to_contain_text("Something was pasted into an answer: 1 time")
    expect(page.locator("#recorded")).to_contain_text("The page lost the focus: 1 time")
    assert attempt.events.get(kind="paste").data == {"position": item.position, "characters": 5}
    page.get_by_text("Comment on how it went").click()
    page.locator("#comment-text").fill("The phone rang.")
    go(page, "Save the comment")
    attempt.refresh_from_db()
    assert attempt.candidate_comment == "The phone rang."


def test_before_the_start_the_page_names_what_is_recorded(page: Page, invitation: Invitation) -> None:
    page.goto(link_of(invitation))
    recorded = (
        "lost the focus",
        "pasted",
        "connection was away",
        "could not be saved",
        "several browsers",
        "faster than",
    )
    for words in recorded:
        expect(page.get_by_text(words)).to_be_visible()
