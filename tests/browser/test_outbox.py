"""Answers that wait on the device: over reloads, closed tabs, other questions, dead servers and the end."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from assessments.models import Attempt, Invitation
from assessments.services.hand_in import hand_in as hand_in_file
from assessments.services.hand_in import read_file
from tests.browser.conftest import Watch
from tests.browser.sitting import (
    NEXT,
    as_stored,
    give,
    go,
    item_of_type,
    items_of,
    open_question,
    saved,
    start,
    stored,
)
from tests.browser.test_connection import CONFLICT, OFFLINE, ends_in, number
from tests.factories import make_user, right_answer

ROOT = Path(__file__).resolve().parents[2]
FAILED = r"ERR_FAILED|ERR_SOCKET|ERR_CONNECTION|ERR_EMPTY|beforeunload|status of 50"
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('plumbline/outbox/')).length"


def cut(page: Page) -> None:
    """Saves do not get through; pages do."""
    page.context.route("**/save/", lambda route: route.abort())


def mend(page: Page) -> None:
    page.context.unroute("**/save/")


# --- surviving -------------------------------------------------------------------------------


def test_an_unsent_answer_survives_a_reload_and_a_closed_tab(page: Page, watch: Watch, invitation: Invitation) -> None:
    watch.allow(FAILED)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    cut(page)
    page.locator("#answer").fill("12")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    page.reload()
    expect(page.locator("#answer")).to_have_value("12")
    page.locator("#answer").fill("13")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    second = page.context.new_page()
    page.close()
    open_question(second, attempt, item)
    expect(second.locator("#answer")).to_have_value("13")
    mend(second)
    saved(second)
    assert stored(attempt) == {item.position: number("13")}
    assert second.evaluate(KEPT) == 0


def test_an_answer_stored_while_the_page_was_loading_again_is_shown_and_can_be_changed(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    """The server draws the page, then the old page's retry gets through, and only then the new page appears."""
    watch.allow(FAILED)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    watching = page.context.new_page()
    watching.goto("/about/")
    cut(page)
    page.locator("#answer").fill("12")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")

    def hold_back(route: Route) -> None:
        drawn = route.fetch()
        mend(page)
        watching.wait_for_function(f"() => {KEPT} === 0")
        route.fulfill(response=drawn)

    page.route(f"**/q/{item.position}/", hold_back, times=1)
    page.reload()
    assert stored(attempt) == {item.position: number("12")}
    expect(page.locator("#answer")).to_have_value("12")
    saved(page)
    page.locator("#answer").fill("13")
    expect(page.locator("#save-state")).to_contain_text("Saving")
    saved(page)
    expect(page.locator("#stale")).to_be_hidden()
    assert stored(attempt) == {item.position: number("13")}


def test_an_answer_given_before_the_script_has_arrived_is_saved(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    scripts: list[Route] = []

    def hold(route: Route) -> None:
        scripts.append(route)

    page.route("**/js/attempt.js", hold)
    for item in items_of(attempt):
        page.goto(f"/attempt/{attempt.public_id}/q/{item.position}/", wait_until="commit")
        give(page, attempt, item, right_answer(item))
        page.wait_for_timeout(200)
        assert item.position not in stored(attempt)
        while not scripts:
            page.wait_for_timeout(50)
        scripts.pop().continue_()
        saved(page)
        assert stored(attempt)[item.position] == as_stored(right_answer(item))


def test_answers_of_other_questions_are_sent_too(page: Page, watch: Watch, invitation: Invitation) -> None:
    watch.allow(FAILED)
    attempt = start(page, invitation)
    given = {}
    cut(page)
    for item in items_of(attempt)[:3]:
        open_question(page, attempt, item)
        give(page, attempt, item, right_answer(item))
        expect(page.locator("#save-state")).to_have_text("Not saved yet")
        given[item.position] = as_stored(right_answer(item))
    expect(page.locator("#link-state")).to_contain_text(
        re.compile(r"No connection since \d\d:\d\d. 3 answers are kept")
    )
    mend(page)
    saved(page)
    expect(page.locator("#link-state")).to_have_text("The connection is back.")
    expect(page.locator("#link-state")).to_have_text("")
    for position in given:
        expect(page.locator(f"[data-cell='{position}']")).to_contain_text(", answered")
    assert stored(attempt) == given


def test_handing_in_waits_for_answers_that_are_not_sent(page: Page, watch: Watch, invitation: Invitation) -> None:
    watch.allow(FAILED)
    attempt = start(page, invitation)
    item = items_of(attempt)[0]
    cut(page)
    give(page, attempt, item, right_answer(item))
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    page.goto(f"/attempt/{attempt.public_id}/overview/")
    go(page, "Hand in and finish")
    page.wait_for_timeout(1500)
    assert Attempt.objects.get(pk=attempt.pk).state == "in_progress"
    mend(page)
    expect(page.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible()
    assert stored(attempt) == {1: as_stored(right_answer(item))}


def test_two_tabs_offline_end_with_one_of_the_answers_and_no_fight(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(FAILED, CONFLICT)
    attempt = start(page, invitation)
    items = items_of(attempt)
    second = page.context.new_page()
    open_question(second, attempt, items[1])
    cut(page)
    give(page, attempt, items[0], right_answer(items[0]))
    give(second, attempt, items[1], right_answer(items[1]))
    expect(second.locator("#save-state")).to_have_text("Not saved yet")
    mend(page)
    saved(page)
    saved(second)
    assert stored(attempt) == {item.position: as_stored(right_answer(item)) for item in items[:2]}
    assert page.evaluate(KEPT) == 0


def test_a_browser_that_has_no_room_says_so_and_sends_all_the_same(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(FAILED)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    page.evaluate("""() => {
        let much = "x".repeat(1 << 20);
        for (let n = 0; much; n += 1) {
            try { localStorage.setItem(`other/${n}`, much); } catch { much = much.slice(0, much.length / 2); }
        }
    }""")
    cut(page)
    page.locator("#answer").fill("12")
    expect(page.locator("#save-warning")).to_contain_text("Leave the page open")
    expect(page.locator("#link-state")).to_contain_text("1 answer is kept in this page only")
    mend(page)
    saved(page)
    assert stored(attempt) == {item.position: number("12")}
    expect(page.locator("#save-warning")).to_be_empty()
    page.locator(NEXT).click()
    expect(page.locator(f"#sheet[data-position='{item.position}']")).to_have_count(0)


# --- the end ---------------------------------------------------------------------------------


def test_when_nothing_gets_through_the_answers_can_be_written_to_a_file(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(OFFLINE, CONFLICT)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    ends_in(attempt, seconds=4)
    page.reload()
    page.context.set_offline(True)
    page.locator("#answer").fill("41")
    expect(page.locator("#link-state")).to_contain_text("Time is over")
    with page.expect_download() as download:
        go(page, "Download my answers")
    data = Path(download.value.path()).read_bytes()
    assert read_file(attempt, data)["answers"][item.position]["answer"] == ["41"]
    ends_in(attempt, seconds=-60)
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible()
    # It came too late, so the receipt offers the file as well; staff can hand it in.
    expect(page.get_by_role("button", name="Download my answers")).to_be_visible()
    assert stored(attempt) == {}
    attempt.refresh_from_db()
    hand_in_file(attempt=attempt, data=data, note="The network was down.", by=make_user())
    assert stored(attempt) == {item.position: number("41")}
