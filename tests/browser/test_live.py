"""Staff and candidates at the same time: the board moves by itself, and more time reaches open pages."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.models import Organisation, User
from assessments.models import Assessment
from tests.browser.conftest import OpenPage
from tests.browser.sitting import give, go, hand_in, items_of, saved, start
from tests.factories import make_invitation, right_answer


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
    row = board.locator("tr", has_text="Ada Candidate")
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
        board.get_by_label("Minutes").fill(str(minutes))
        board.get_by_label("Reason").fill(reason)
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
