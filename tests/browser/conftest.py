"""A real browser on a real server: one Chromium for all tests, a context of its own for each visitor."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.signals import request_finished, request_started
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright

from accounts.models import Organisation, User
from assessments.services.score import score_attempt
from reports.services.build import build_report, without_report

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 812}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed; install the package chromium.")
        pytest.skip("needs Chromium: install the package chromium")
    # Playwright keeps an event loop running in this thread, and Django would refuse the tests' own queries.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """The address of the server, which also stands in the links that the product writes."""
    settings.SITE_URL = live_server.url
    settings.EMAIL_BACKEND = "accounts.mail.OutboxBackend"
    return str(live_server.url)


@pytest.fixture
def verified() -> Callable[[User], None]:
    """Without a verified address nobody signs in."""

    def verify(user: User) -> None:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    return verify


# Two inline styles that axe tries on a page while it looks at it.
AXE_ITSELF = (
    "sha256-bURFobCQknv0funv2UR1rgIX/q/OIzGEFUh9FtQyVGo=",
    r"sha256-\+8mmP8n8n3LRL9f8mAbhH6n3euT5ytFGsnADoRGbo9s=",
)


@pytest.fixture
def demo(organisation: Organisation, settings: Any) -> None:
    """The team is the demo team of an installation that is being tried out: its owner reads the outbox."""
    settings.DEMO = True
    Organisation.objects.filter(pk=organisation.pk).update(is_demo=True)


class Watch:
    """Everything that a page must not do: errors, broken rules of the content security policy, dialogs."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.allowed: list[str] = [*AXE_ITSELF, "Service Worker registration blocked"]

    def allow(self, *patterns: str) -> None:
        """Regular expressions of messages that belong to this test."""
        self.allowed += patterns

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.note(f"script error on {page.url}: {error}"))
        page.on("dialog", self._dialog)

    def note(self, trouble: str) -> None:
        self.troubles.append(trouble)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.note(f"console: {message.text} ({message.location.get('url')})")

    def _dialog(self, dialog: Dialog) -> None:
        self.note(f"dialog {dialog.type}: {dialog.message}")
        dialog.accept()

    def check(self) -> None:
        left = [t for t in self.troubles if not any(re.search(pattern, t) for pattern in self.allowed)]
        assert not left, "\n".join(left)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the test's pages did wrong; the test fails if there is anything."""
    watch = Watch()
    yield watch
    watch.check()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, site: str, watch: Watch) -> Iterator[OpenPage]:
    """A new visitor: `open_page()`, with the options of a Playwright context."""
    contexts = []

    def open(**options: Any) -> Page:
        given = {
            "base_url": site,
            "viewport": DESK,
            "locale": "en-GB",
            "timezone_id": "UTC",
            "reduced_motion": "reduce",
            # Tests that stand in for the network do it between page and server; test_without_network allows it.
            "service_workers": "block",
        }
        context = chromium.new_context(**(given | options))
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", watch.follow)
        contexts.append(context)
        return context.new_page()

    yield open
    for context in contexts:
        context.close()
    _wait_until_quiet()


class _Answering:
    """How many requests the server is answering, whichever thread does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        request_started.connect(self._add, dispatch_uid="answering")
        request_finished.connect(self._remove, dispatch_uid="answered")

    def _add(self, **_: Any) -> None:
        with self._lock:
            self._count += 1

    def _remove(self, **_: Any) -> None:
        with self._lock:
            self._count -= 1

    def wait(self) -> None:
        """Until nothing was answered at two looks, one after the other: a request may have been on its way."""
        quiet = 0
        for _ in range(400):
            quiet = quiet + 1 if self._count <= 0 else 0
            if quiet == 3:
                return
            time.sleep(0.01 if quiet else 0.05)


_answering = _Answering()


def _wait_until_quiet() -> None:
    """The server may still answer what a closed page has asked; emptying the tables meanwhile would deadlock."""
    _answering.wait()
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(busy)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.05)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def sign_in(open_page: OpenPage, signed_in: Any, site: str) -> Callable[..., Page]:
    """A page in which a user is signed in already. The form itself has its own test."""

    def sign_in(user: Any, **options: Any) -> Page:
        cookie = signed_in(user).cookies["sessionid"]
        page = open_page(**options)
        page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": site}])
        return page

    return sign_in


@pytest.fixture
def work() -> Callable[[int], None]:
    """Do at once what workers do: score an attempt and build its report."""

    def work(attempt_id: int) -> None:
        score_attempt(attempt_id)
        for score_id in without_report():
            build_report(score_id)

    return work
