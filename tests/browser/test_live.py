"""Staff and candidates at the same time: the board moves by itself, and more time reaches open pages."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from accounts.models import Organisation, User
from assessments.models import Assessment
from assessments.services.submit import submit_attempt
from tests.browser.conftest import OpenPage, Watch
from tests.browser.sitting import give, go, hand_in, items_of, saved, start
from tests.factories import make_attempt, make_invitation, right_answer


def test_the_board_shows_by_itself_who_starts_answers_and_hands_in(
    sign_in: Callable[[User], Page],
    open_page: OpenPage,
    recruiter: User,
    organisation: Organisation,
    assessment: Assessment,
) -> None:
    board = sign_in(recruiter)
    board.goto("/live/")
    expect(board.get_by_role("heading", name="Nobody is taking an assessment now")).to_be_visible()
    candidate = open_page()
    attempt = start(candidate, make_invitation(organisation, assessment, name="Ada Candidate"))
    row = board.locator("tr:not(.acts)", has_text="Ada Candidate")
    expect(row).to_contain_text("0 of 6")
    expect(row).to_contain_text("connected")
    item = items_of(attempt)[0]
    give(candidate, attempt, item, right_answer(item))
    saved(candidate)
    expect(row).to_contain_text("1 of 6")
    candidate.goto(f"/attempt/{attempt.public_id}/overview/")
    hand_in(candidate)
    expect(board.get_by_role("heading", name="Nobody is taking an assessment now")).to_be_visible()


def test_more_time_for_one_for_several_and_for_all_reaches_their_open_pages(
    sign_in: Callable[[User], Page],
    open_page: OpenPage,
    recruiter: User,
    organisation: Organisation,
    assessment: Assessment,
) -> None:
    people = {}
    for name in ("Ada", "Bob", "Cy"):
        people[name] = open_page()
        start(people[name], make_invitation(organisation, assessment, name=name))
    board = sign_in(recruiter)

    def more(minutes: int, reason: str, *names: str) -> None:
        board.goto("/live/")
        for name in names:
            board.get_by_role("checkbox", name=f"Choose {name}").check()
        board.locator("#more-time").get_by_label("Minutes").fill(str(minutes))
        board.locator("#more-time").get_by_label("Reason").fill(reason)
        go(board, "Give it to the ticked" if names else "Give it to all running")
        expect(board.locator(".messages")).to_contain_text(f"{minutes} more minutes")

    more(5, "A late start", "Ada")
    more(10, "Noise in the room", "Ada", "Bob")
    more(20, "The network was away")
    for name, minutes, reasons in (
        ("Ada", 65, ("late start", "Noise", "network")),
        ("Bob", 60, ("Noise", "network")),
        ("Cy", 50, ("network",)),
    ):
        page = people[name]
        page.wait_for_function(
            """(minutes) => {
            const left = Plumbline.clock.remaining() / 60000;
            return minutes - 2 < left && left <= minutes;
        }""",
            arg=minutes,
        )
        page.keyboard.press("Alt+t")
        expect(page.locator("#clock-said")).to_contain_text("left")
        given = page.evaluate("Object.entries(sessionStorage).find(([key]) => key.startsWith('given-'))[1]")
        assert given.count(",") + 1 == len(reasons)


def test_failed_saves_are_told_with_the_next_thing_that_gets_through(
    sign_in: Callable[[User], Page],
    open_page: OpenPage,
    watch: Watch,
    recruiter: User,
    organisation: Organisation,
    assessment: Assessment,
) -> None:
    watch.allow(r"ERR_FAILED|beforeunload")
    candidate = open_page()
    attempt = start(candidate, make_invitation(organisation, assessment, name="Ada Candidate"))
    failed = 0

    def refuse(route: Route) -> None:
        nonlocal failed
        failed += 1
        route.abort()

    candidate.route("**/save/", refuse)
    item = items_of(attempt)[0]
    give(candidate, attempt, item, right_answer(item))
    expect(candidate.locator("#save-state")).to_have_text("Not saved yet")
    candidate.wait_for_function(
        """() => {
        const [, note] = Object.entries(localStorage).find(([key]) => key.startsWith("plumbline/failed/")) ?? [];
        return note && JSON.parse(note).total >= 2;
    }"""
    )
    candidate.reload()  # the number outlives the page
    expect(candidate.locator("#save-state")).to_have_text("Not saved yet")
    candidate.unroute("**/save/")
    saved(candidate)
    board = sign_in(recruiter)
    board.goto("/live/")
    expect(board.locator("tr:not(.acts)", has_text="Ada Candidate")).to_contain_text(f"{failed} saves failed")
    assert all({"began", "ended"} <= set(event.data) for event in attempt.events.filter(kind="save_failed"))


def test_a_form_on_a_row_stays_open_and_filled_in_while_the_board_moves(
    sign_in: Callable[[User], Page],
    open_page: OpenPage,
    recruiter: User,
    organisation: Organisation,
    assessment: Assessment,
) -> None:
    attempt = make_attempt(organisation, assessment, name="Ada")
    ended = submit_attempt(attempt=make_attempt(organisation, assessment, name="Cy"))
    board = sign_in(recruiter)
    board.goto("/live/")
    board.get_by_text("Open again or set aside (Cy)").click()
    board.locator(f"#reason-reopen-{ended.public_id}").fill("Half a sentence")
    board.get_by_text("More time or set aside (Ada)").click()
    reason = board.locator(f"#reason-extend-{attempt.public_id}")
    expect(reason).to_be_focused()
    board.keyboard.type("The fire al")
    make_attempt(organisation, assessment, name="Bob")
    expect(board.locator("tr:not(.acts)", has_text="Bob")).to_be_visible()  # the board has moved
    expect(reason).to_be_focused()
    expect(board.locator(f"#reason-reopen-{ended.public_id}")).to_have_value("Half a sentence")
    board.keyboard.type("arm")
    go(board, "Give the time")
    expect(board.locator(".messages")).to_contain_text("Ada got 10 more minutes")
    assert attempt.extensions.get().reason == "The fire alarm"


def test_after_a_refusal_the_board_goes_on_moving(
    sign_in: Callable[[User], Page],
    watch: Watch,
    recruiter: User,
    organisation: Organisation,
    assessment: Assessment,
) -> None:
    watch.allow("status of 422")
    attempt = make_attempt(organisation, assessment, name="Ada")
    board = sign_in(recruiter)
    board.goto("/live/")
    board.get_by_text("More time or set aside (Ada)").click()
    board.get_by_label("Reason (the candidate sees it)").fill("Too late")
    submit_attempt(attempt=attempt)
    go(board, "Give the time")
    expect(board.get_by_role("alert")).to_contain_text("over")
    make_attempt(organisation, assessment, name="Bob")
    expect(board.locator("tr:not(.acts)", has_text="Bob")).to_be_visible()
    expect(board.locator("#board-problem")).to_have_count(0)


def test_without_javascript_the_row_does_the_same(
    sign_in: Callable[..., Page], recruiter: User, organisation: Organisation, assessment: Assessment
) -> None:
    attempt = submit_attempt(attempt=make_attempt(organisation, assessment, name="Ada"))
    board = sign_in(recruiter, java_script_enabled=False)
    board.goto("/live/")
    board.get_by_text("Open again or set aside (Ada)").click()
    board.get_by_label("Reason (the candidate sees it)").fill("Cut off by us")
    go(board, "Open again")
    expect(board.locator(".messages")).to_contain_text("open again for 10 more minutes")
    attempt.refresh_from_db()
    assert attempt.state == "in_progress"
