"""The service notices its own death: a real web process, really killed."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.urls import reverse

from assessments.models import AttemptExtension, Invitation, Outage, ServiceBeat
from config import gunicorn
from tests.assessments.test_taking_pages import begin, url
from tests.queue.test_worker import test_database_url as database_url
from tests.queue.test_worker import wait_for

ROOT = Path(__file__).resolve().parents[2]
GAP = 3.0


@contextmanager
def web(log: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    options = ["--bind", address, "--worker-class", "gthread", "--workers", "2", "--threads", "2"]
    options += ["--config", "python:config.gunicorn", "--no-control-socket"]
    told = {"DATABASE_URL": database_url(), "BEAT_SECONDS": "0.3", "OUTAGE_GAP_SECONDS": str(GAP)}
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "config.wsgi", *options],
            cwd=ROOT,
            env=os.environ | told | env,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def beats() -> Any:
    return ServiceBeat.objects.values_list("at", flat=True).first()


@pytest.mark.queue
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pool", ["", "1"], ids=["own connection", "pool"])
def test_a_killed_web_process_is_one_outage_and_its_time_is_given_back_once(
    invitation: Invitation, signed_in: Any, recruiter: Any, tmp_path: Path, pool: str
) -> None:
    more = {"DATABASE_POOL": pool} if pool else {}
    browser, attempt = begin(invitation)
    with web(tmp_path / "log", **more):
        wait_for(lambda: beats() is not None, "a sign of life")
        first = beats()
        wait_for(lambda: beats() > first, "a second sign")
        assert not Outage.objects.exists()
    killed = beats()
    time.sleep(GAP + 0.5)
    with web(tmp_path / "log", **more):
        wait_for(lambda: beats() > killed, "signs after the restart")
        time.sleep(1.5)  # both processes of it have had their turn
    outage = Outage.objects.get()
    assert outage.began_at == killed
    assert outage.seconds > GAP

    team = signed_in(recruiter)
    for _ in range(2):
        team.post(reverse("outage_credit", args=[outage.public_id]))
    extension = AttemptExtension.objects.get()
    assert extension.attempt == attempt
    assert outage.seconds <= extension.seconds < outage.seconds + 1
    [given] = browser.get(url("attempt_clock", attempt)).json()["given"]
    assert (given["kind"], given["seconds"]) == ("outage", extension.seconds)


def test_a_database_that_is_away_is_logged_once_and_does_not_end_the_signs(
    monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BEAT_SECONDS = 0.01
    stopped, tries = threading.Event(), []

    def beat() -> None:
        tries.append(1)
        if len(tries) == 8:
            stopped.set()
        if 3 <= len(tries) <= 6:
            raise OperationalError("away")

    monkeypatch.setattr(gunicorn, "_beat", beat)
    with caplog.at_level(logging.INFO):
        gunicorn.beat_for_ever(stopped)
    assert len(tries) == 8
    assert sum("signs_of_life_missing" in record.getMessage() for record in caplog.records) == 1
    assert sum("signs_of_life_back" in record.getMessage() for record in caplog.records) == 1
