"""Answers that wait on the device: over reloads, closed tabs, other questions, dead servers and the end."""

from __future__ import annotations

import datetime
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from django.db import connection
from django.db.models import F
from playwright.sync_api import Page, expect

from assessments.models import Attempt, Invitation, Response
from assessments.services.hand_in import hand_in as hand_in_file
from assessments.services.hand_in import read_file
from assessments.services.score import score_attempt
from tests.browser.conftest import Watch
from tests.browser.sitting import (
    as_stored,
    at_question,
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
FAILED = r"ERR_FAILED|ERR_CONNECTION|ERR_EMPTY|beforeunload|status of 50"
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


# --- everything at once, with a server that dies -----------------------------------------------


class Web:
    """A real server process on the test's database, which can be killed."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        values = connection.settings_dict
        host, password = quote(values["HOST"] or "localhost", safe=""), f":{quote(values['PASSWORD'])}"
        database = f"postgres://{values['USER']}{password}@{host}:{values['PORT'] or 5432}/{values['NAME']}"
        command = [
            sys.executable, "-m", "gunicorn", "config.wsgi", "--worker-class=gthread", "--threads=4",
            f"--bind=127.0.0.1:{self.port}",
        ]  # fmt: skip
        env = os.environ | {"DATABASE_URL": database, "SITE_URL": self.url, "LOG_LEVEL": "WARNING"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(URLError, OSError), urlopen(f"{self.url}/healthz", timeout=5):  # noqa: S310
                return
            time.sleep(0.1)
        pytest.fail(self.log.read_text()[-2000:])

    def kill(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def web(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[Web]:
    web = Web(tmp_path / "web.log")
    web.start()
    yield web
    web.kill()


def test_what_the_page_showed_as_saved_is_in_the_score_and_nothing_is_taken_after_the_end(
    web: Web, page: Page, watch: Watch, invitation: Invitation, settings: Any
) -> None:
    watch.allow(OFFLINE, FAILED, CONFLICT)
    settings.SITE_URL = web.url
    attempt = start(page, invitation)
    items = items_of(attempt)
    shown = {}

    def answer(position: int, tab: Page) -> None:
        item = items[position - 1]
        give(tab, attempt, item, right_answer(item))
        shown[position] = as_stored(right_answer(item))

    def visit(position: int, tab: Page) -> None:
        tab.goto(f"{web.url}/attempt/{attempt.public_id}/q/{position}/")
        at_question(tab, position)

    answer(1, page)
    page.context.set_offline(True)
    page.wait_for_timeout(6000)
    page.context.set_offline(False)
    saved(page)
    # The server dies while an answer is on its way; the page goes on by itself when it is back.
    visit(2, page)
    web.kill()
    answer(2, page)
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    web.start()
    saved(page)
    second = page.context.new_page()
    visit(3, second)
    answer(3, second)
    saved(second)
    visit(4, second)
    web.kill()
    answer(4, second)
    expect(second.locator("#save-state")).to_have_text("Not saved yet")
    ends_in(attempt, seconds=25)
    web.start()
    saved(second)
    # Across the end, on a question whose answer is given in the last seconds.
    visit(5, second)
    ends_in(attempt, seconds=3)
    second.reload()
    answer(5, second)
    saved(second)
    for tab in (page, second):
        expect(tab.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible(timeout=30_000)
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    late = page.context.request.post(
        f"{web.url}/attempt/{attempt.public_id}/q/6/save/",
        form={"revision": "0", "csrfmiddlewaretoken": token},
        headers={"Accept": "application/json"},
    )
    assert late.json()["outcome"] == "closed"
    assert stored(attempt) == shown
    attempt.refresh_from_db()
    grace = datetime.timedelta(seconds=settings.SAVE_GRACE_SECONDS)
    assert not Response.objects.filter(
        item__attempt=attempt, saved_at__gt=F("item__attempt__closes_at") + grace
    ).exists()
    score_attempt(attempt.pk)
    attempt.refresh_from_db()
    assert attempt.score is not None
    assert attempt.score.points == pytest.approx(len(shown))
