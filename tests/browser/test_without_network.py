"""Without network: a reload shows the last page, and everything at once with a server that dies."""

from __future__ import annotations

import datetime
import os
import signal
import socket
import subprocess
import sys
import threading
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

from assessments.models import Invitation, Response
from assessments.services.score import score_attempt
from tests.browser.conftest import OpenPage, Watch
from tests.browser.sitting import (
    NEXT,
    as_stored,
    at_question,
    give,
    hand_in,
    item_of_type,
    items_of,
    open_question,
    saved,
    start,
    stored,
)
from tests.browser.test_connection import CONFLICT, OFFLINE, ends_in, number
from tests.browser.test_outbox import FAILED, ROOT
from tests.factories import right_answer

COPY = """async () => {
    const store = await caches.open("plumbline-attempt");
    return (await store.keys()).filter((one) => one.url.endsWith("/kept")).length;
}"""


class Wire:
    """What lies between the browser and the server: it can be cut and mended. Passes bytes on, to ``target``."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.whole = True
        self.ends: set[socket.socket] = set()
        self.door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://localhost:{self.door.getsockname()[1]}"
        threading.Thread(target=self._let_in, daemon=True).start()

    def cut(self) -> None:
        self.whole = False
        for end in list(self.ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.whole = True

    def close(self) -> None:
        self.cut()
        self.door.close()

    def _let_in(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.door.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as far:
            if not self.whole:
                return
            self.ends |= {near, far}
            back = threading.Thread(target=self._pour, args=(far, near), daemon=True)
            back.start()
            self._pour(near, far)
            back.join()
            self.ends -= {near, far}

    def _pour(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def wire(live_server: Any) -> Iterator[Wire]:
    wire = Wire(int(live_server.url.rsplit(":", 1)[1]))
    yield wire
    wire.close()


@pytest.fixture
def site(wire: Wire, settings: Any) -> str:
    settings.SITE_URL = wire.url
    return wire.url


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page(service_workers="allow")


def cut(page: Page, wire: Wire) -> None:
    wire.cut()
    page.context.set_offline(True)  # the browser knows it too


def mend(page: Page, wire: Wire) -> None:
    wire.mend()
    page.context.set_offline(False)


def kept(page: Page, words: str) -> None:
    """The page, these words in it, lies on the device."""
    until(
        page,
        """async (words) => {
            if ((await navigator.serviceWorker.getRegistration())?.active?.state !== "activated") return false;
            const store = await caches.open("plumbline-attempt");
            const key = (await store.keys()).find((one) => one.url.endsWith("/kept"));
            return key && (await (await store.match(key)).text()).includes(words);
        }""",
        words,
    )


def until(page: Page, question: str, arg: str = "") -> None:
    """Wait for an answer that the browser has to wait for itself; `wait_for_function` takes any promise for a yes."""
    for _ in range(400):
        if page.evaluate(question, arg):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not so within 20 seconds: {question}")


# --- reloading -------------------------------------------------------------------------------


def test_a_reload_without_network_shows_the_page_with_its_answer_and_the_time_left(
    page: Page, wire: Wire, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(OFFLINE, FAILED)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    kept(page, f'data-position="{item.position}"')
    page.locator("#answer").fill("1")
    saved(page)
    cut(page, wire)
    page.locator("#answer").fill("2")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    page.reload()
    at_question(page, item.position)
    expect(page.locator("#answer")).to_have_value("2")
    expect(page.locator("#link-state")).to_contain_text("1 answer is kept on this device")
    assert page.evaluate("getComputedStyle(document.querySelector('.attempt-bar')).display") != "inline"
    page.locator("#answer").fill("3")
    # Another question is not on the device: the way there leads back to this one.
    page.goto(f"/attempt/{attempt.public_id}/overview/")
    at_question(page, item.position)
    expect(page.locator("#answer")).to_have_value("3")
    assert stored(attempt) == {item.position: number("1")}
    mend(page, wire)
    saved(page)
    assert stored(attempt) == {item.position: number("3")}
    page.locator(NEXT).click()
    expect(page.locator(f"#sheet[data-position='{item.position}']")).to_have_count(0)


def test_the_copy_of_a_page_shows_what_was_saved_after_it_was_made_and_counts_on(
    page: Page, wire: Wire, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(OFFLINE, FAILED)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    kept(page, f'data-position="{item.position}"')
    page.locator("#answer").fill("5")
    saved(page)
    cut(page, wire)
    page.wait_for_timeout(3000)
    page.reload()
    expect(page.locator("#answer")).to_have_value("5")
    saved(page)
    left = int(page.locator("#sheet").get_attribute("data-remaining") or 0)
    shown = page.evaluate("Plumbline.clock.remaining()")
    assert shown < left - 3000, (shown, left)


def test_the_copy_is_guarded_like_the_page_and_gone_after_the_end(
    page: Page, wire: Wire, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(OFFLINE, FAILED)
    attempt = start(page, invitation)
    item = items_of(attempt)[0]
    real = page.goto(f"/attempt/{attempt.public_id}/q/{item.position}/")
    kept(page, f'data-position="{item.position}"')
    cut(page, wire)
    copy = page.reload()
    assert real is not None
    assert copy is not None
    assert copy.from_service_worker

    def rules(text: str) -> set[str]:
        return {" ".join(rule.split()) for rule in text.split(";") if rule.strip()}

    assert rules(copy.headers["content-security-policy"]) == rules(real.headers["content-security-policy"])
    assert copy.headers["x-frame-options"] == real.headers["x-frame-options"]
    mend(page, wire)
    page.goto(f"/attempt/{attempt.public_id}/overview/")
    hand_in(page)
    until(page, f"async () => (await ({COPY})()) === 0")


# --- everything at once, with a server that dies -----------------------------------------------


class Web:
    """A real server process on the test's database, which can be killed."""

    def __init__(self, log: Path, site: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = log
        self.site = site
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        values = connection.settings_dict
        host, password = quote(values["HOST"] or "localhost", safe=""), f":{quote(values['PASSWORD'])}"
        database = f"postgres://{values['USER']}{password}@{host}:{values['PORT'] or 5432}/{values['NAME']}"
        command = [
            sys.executable, "-m", "gunicorn", "config.wsgi", "--worker-class=gthread", "--threads=4",
            f"--bind=127.0.0.1:{self.port}",
        ]  # fmt: skip
        env = os.environ | {"DATABASE_URL": database, "SITE_URL": self.site, "LOG_LEVEL": "WARNING"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(URLError, OSError), urlopen(f"http://localhost:{self.port}/healthz", timeout=5):
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
def web(transactional_db: None, tmp_path: Path, site: str) -> Iterator[Web]:
    web = Web(tmp_path / "web.log", site)
    web.start()
    yield web
    web.kill()


def test_what_the_page_showed_as_saved_is_in_the_score_and_nothing_is_taken_after_the_end(
    web: Web, wire: Wire, page: Page, watch: Watch, invitation: Invitation, settings: Any
) -> None:
    watch.allow(OFFLINE, FAILED, CONFLICT)
    wire.target = web.port
    attempt = start(page, invitation)
    items = items_of(attempt)
    shown = {}

    def answer(position: int, tab: Page) -> None:
        item = items[position - 1]
        give(tab, attempt, item, right_answer(item))
        shown[position] = as_stored(right_answer(item))

    def visit(position: int, tab: Page) -> None:
        tab.goto(f"/attempt/{attempt.public_id}/q/{position}/")
        at_question(tab, position)

    # A minute without network, with a reload in it.
    visit(1, page)
    kept(page, 'data-position="1"')
    cut(page, wire)
    gone = time.monotonic()
    answer(1, page)
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    page.reload()
    at_question(page, 1)
    expect(page.locator("#link-state")).to_contain_text("1 answer is kept on this device")
    page.wait_for_timeout(max(0, 60 - (time.monotonic() - gone)) * 1000)
    assert stored(attempt) == {}
    mend(page, wire)
    saved(page)
    # The server dies while an answer is on its way; the page is loaded anew after it is back.
    visit(2, page)
    web.kill()
    answer(2, page)
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    web.start()
    page.reload()
    saved(page)
    second = page.context.new_page()
    visit(3, second)
    answer(3, second)
    saved(second)
    visit(4, second)
    web.kill()
    answer(4, second)
    expect(second.locator("#save-state")).to_have_text("Not saved yet")
    ends_in(attempt, minutes=2)
    web.start()
    saved(second)
    # Across the end, on a question whose answer is given in the last seconds.
    visit(5, second)
    ends_in(attempt, seconds=40)
    second.reload()
    answer(5, second)
    saved(second)
    ends_in(attempt, seconds=2)  # a slow machine must not come to the end before it has answered
    for tab in (page, second):
        expect(tab.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible(timeout=60_000)
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    late = page.context.request.post(
        f"/attempt/{attempt.public_id}/q/6/save/",
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
