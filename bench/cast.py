"""The people of a run: an organisation, invitations, attempts, and the requests that their browsers send.

Needs Django to be set up. Everything is made through the services.
"""

from __future__ import annotations

import datetime
import itertools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation
from assessments.access import hand_over
from assessments.models import Assessment, Attempt, AttemptItem, Invitation
from assessments.services.invite import InvitationTerms, invite, link_of
from assessments.services.navigate import shown
from assessments.services.save_answer import save_answer
from assessments.services.start import start_invited
from assessments.services.submit import submit_attempt
from bench.loader import Address, Broken, drive, request

ASSESSMENT = "role-mlops-engineer"
_numbers = itertools.count(1)
_SENT_BY_BROWSERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Accept-Language": "en-GB,en;q=0.9",
    "Accept-Encoding": "gzip, deflate, br",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
}


def make_organisation() -> Organisation:
    return Organisation.objects.create(name="Bench", slug=f"bench-{next(_numbers)}")


def make_invitations(organisation: Organisation, assessment: Assessment, count: int) -> list[Invitation]:
    terms = InvitationTerms(expires_at=timezone.now() + datetime.timedelta(days=7))
    made = []
    with transaction.atomic():
        for number in itertools.islice(_numbers, count):
            email = f"bench{number}@example.org"
            made.append(
                invite(
                    organisation=organisation,
                    assessment=assessment,
                    email=email,
                    name=f"Bench {number}",
                    terms=terms,
                    by=None,
                    send=False,
                )
            )
    return made


def landing_path(invitation: Invitation) -> str:
    return "/" + link_of(invitation).split("/", 3)[3]


def started(invitation: Invitation) -> Attempt:
    return start_invited(invitation=invitation).attempt


@transaction.atomic
def answered(invitation: Invitation, *, submit: bool) -> Attempt:
    """An attempt with every question shown and answered, by the services and without a browser."""
    attempt = started(invitation)
    for item in _items(attempt):
        shown(attempt=attempt, position=item.position)
        version = item.question_version
        kind, seed = version.question_type, item.seed(attempt)
        payload = kind.asked(version.loaded_payload(), seed)
        answer = kind.clean(payload, {"answer": _values(attempt, item)[0]}, seed)
        save_answer(attempt=attempt.public_id, position=item.position, answer=answer, revision=0)
    return submit_attempt(attempt=attempt) if submit else attempt


def _items(attempt: Attempt) -> list[AttemptItem]:
    return list(attempt.items.select_related("question_version"))


def _values(attempt: Attempt, item: AttemptItem) -> tuple[list[str], list[str]]:
    """Two different answers to a question, as its form posts them: one that solves it, and one that does not ask."""
    kind, seed = item.question_version.question_type, item.seed(attempt)
    payload = kind.asked(item.question_version.loaded_payload(), seed)
    rng = random.Random(item.pk)
    solved = list(kind.filled_in(payload, kind.solved(payload), seed)) or ["One text."]
    guesses = (list(kind.filled_in(payload, kind.guess(payload, rng), seed)) for _ in range(20))
    return solved, next((guess for guess in guesses if guess and guess != solved), ["Another text."])


Fields = dict[str, str | list[str]]


# --- browsers --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pass:
    """What a browser keeps from the first page: the CSRF cookie and the form's token."""

    cookie: str
    token: str


def get_pass(address: Address, invitation: Invitation) -> Pass:
    """Open an invitation's page as a browser does."""
    reply = drive(address, [[browse(address, landing_path(invitation))]]).expect(200).replies[0][0]
    cookie = re.search(rb"csrftoken=(\w+)", reply.head)
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', reply.body)
    if not cookie or not token:
        raise Broken("the invitation's page has no CSRF cookie or no form")
    return Pass(cookie[1].decode(), token[1].decode())


def browse(address: Address, path: str, cookies: str = "", *, part: bool = False) -> bytes:
    """A GET; ``part``: as htmx sends it."""
    headers = _SENT_BY_BROWSERS | {"Accept": "text/html"} | ({"HX-Request": "true"} if part else {})
    return request("GET", path, address, headers=headers | ({"Cookie": cookies} if cookies else {}))


def post(
    address: Address,
    path: str,
    known: Pass,
    fields: Fields,
    cookies: str = "",
    accept: str = "text/html",
) -> bytes:
    origin = f"http://{address[0]}:{address[1]}"
    headers = _SENT_BY_BROWSERS | {
        "Accept": accept,
        "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
        "Origin": origin,
        "Referer": f"{origin}{path}",
        "X-CSRFToken": known.token,
        "Cookie": "; ".join(filter(None, [f"csrftoken={known.cookie}", cookies])),
    }
    body = urlencode({"csrfmiddlewaretoken": known.token, **fields}, doseq=True).encode()
    return request("POST", path, address, headers=headers, body=body)


def start_request(address: Address, known: Pass, invitation: Invitation) -> bytes:
    return post(address, f"{landing_path(invitation)}start/", known, {"consent": "on"})


def cookie_of(attempt: Attempt) -> str:
    """The signed cookie that binds the attempt to a browser."""
    response = HttpResponse()
    hand_over(response, attempt, secure=False)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())


class Candidate:
    """The browser of somebody who takes an attempt: makes its requests and keeps count of the revisions."""

    def __init__(self, address: Address, attempt: Attempt, known: Pass) -> None:
        self.address, self.attempt, self.known = address, attempt, known
        self.cookie = cookie_of(attempt)
        self.values = [(item.position, _values(attempt, item)) for item in _items(attempt)]
        self.saved = 0

    def saves(self, count: int) -> list[bytes]:
        """The next saves, one question after the other and then around again, each with a changed answer."""
        made = []
        for number in range(self.saved, self.saved + count):
            revision, index = divmod(number, len(self.values))
            position, values = self.values[index]
            fields: Fields = {
                "answer": values[revision % 2],
                "revision": str(revision),
                "seconds": "12.5",
            }
            path = self._path("attempt_save", position)
            made.append(post(self.address, path, self.known, fields, self.cookie, "application/json"))
        self.saved += count
        return made

    def pages(self) -> list[bytes]:
        """Every question once, as htmx loads it, and the overview."""
        paths = [self._path("attempt_question", position) for position, _ in self.values]
        pages = [browse(self.address, path, self.cookie, part=True) for path in paths]
        return [*pages, browse(self.address, self._path("attempt_overview"), self.cookie)]

    def submit(self) -> bytes:
        return post(self.address, self._path("attempt_submit"), self.known, {}, self.cookie)

    def receipt(self) -> bytes:
        return browse(self.address, self._path("attempt_receipt"), self.cookie)

    def _path(self, name: str, *arguments: int) -> str:
        return reverse(name, args=[self.attempt.public_id, *arguments])


def split(requests: Sequence[bytes], connections: int) -> list[list[bytes]]:
    """Deal requests out to a number of connections."""
    return [list(requests[number::connections]) for number in range(min(connections, len(requests)))]
