"""Who gets in where: a table of every address x every kind of person, generated from the URLconf.

An address without a row fails. Objects belong to ``organisation``; the outsider owns another one.
"Out" is a 404, or, for somebody who is not signed in, the way to the sign-in page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import ColleagueInvitation, Organisation, OutboxMail, User
from accounts.roles import Role
from accounts.services.team import invite_colleague
from accounts.tokens import make_token
from assessments.access import COOKIE_DAYS, _cookie_name
from assessments.models import Assessment, AttemptItem, Outage, RegradeKind
from assessments.services.invite import link_of
from assessments.services.panel import open_panel
from assessments.services.regrade import plan_regrade
from question_bank.models import Question, QuestionImage
from reports.cohort import Terms
from reports.models import ShareKind
from reports.services.build import build_report
from reports.services.files import build_file, want_workbook
from reports.services.share import publish_result, share, token_of
from tests.factories import blueprint, make_assessment, make_invitation, make_member, make_question, make_skill
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db

MEMBERS = ("owner", "recruiter", "author", "reviewer", "reader")
EVERYBODY = (*MEMBERS, "outsider", "visitor", "anonymous", "candidate")
SIGNED_IN = (*MEMBERS, "outsider", "visitor")
HIRING = ("owner", "recruiter")
READING = (*HIRING, "reader")
CONTENT = ("owner", "author")
BANK = ("owner", "author", "reviewer")
HOLDER = ("candidate",)


@dataclass(frozen=True)
class World:
    """The objects that the addresses name."""

    args: dict[str, tuple[Any, ...]]
    posted: dict[str, str]


# name: (method, which arguments, who gets in)
TABLE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "healthz": ("get", "", EVERYBODY),
    "readyz": ("get", "", EVERYBODY),
    "attempt_worker": ("get", "", EVERYBODY),
    "own_data": ("get", "attempt", HOLDER),
    "own_erasure": ("post", "attempt", HOLDER),
    "home": ("get", "", EVERYBODY),
    "about": ("get", "", EVERYBODY),
    "team": ("get", "", (*MEMBERS, "outsider")),
    "team_new": ("get", "", ()),  # operators only, see tests/accounts
    "team_switch": ("post", "", MEMBERS),
    "team_invite": ("post", "", ("owner", "outsider")),
    "member_role": ("post", "member", ("owner",)),
    "member_remove": ("get", "member", ("owner",)),
    "team_invitation_withdraw": ("post", "colleague", ("owner",)),
    "team_join": ("get", "join", EVERYBODY),
    "outbox": ("get", "", ("owner",)),
    "outbox_mail": ("get", "mail", ("owner",)),
    "question_preview": ("get", "question", BANK),
    "question_compare": ("get", "question", BANK),
    "question_image": ("get", "image", EVERYBODY),
    "invitation_landing": ("get", "invitation_token", EVERYBODY),
    "invitation_start": ("post", "invitation_token", EVERYBODY),
    "self_list": ("get", "", EVERYBODY),
    "own_history": ("get", "", SIGNED_IN),
    "self_start": ("get", "open_assessment", SIGNED_IN),
    "invitation_rehearse": ("post", "invitation_token", EVERYBODY),
    "self_rehearse": ("post", "open_assessment", SIGNED_IN),
    "attempt_resume": ("get", "attempt", HOLDER),
    "attempt_question": ("get", "attempt_position", HOLDER),
    "attempt_save": ("post", "attempt_position", HOLDER),
    "attempt_try": ("post", "attempt_position", HOLDER),
    "attempt_flag": ("post", "attempt_position", HOLDER),
    "attempt_problem": ("post", "attempt_position", HOLDER),
    "attempt_clock": ("get", "attempt", HOLDER),
    "attempt_pause": ("get", "attempt", HOLDER),
    "attempt_events": ("post", "attempt", HOLDER),
    "attempt_comment": ("post", "attempt", HOLDER),
    "attempt_overview": ("get", "attempt", HOLDER),
    "attempt_submit": ("post", "attempt", HOLDER),
    "attempt_receipt": ("get", "attempt", HOLDER),
    "candidate_report": ("get", "attempt", HOLDER),
    "invitation_list": ("get", "", (*READING, "outsider")),
    "invitation_detail": ("get", "invitation", READING),
    "invitation_revoke": ("post", "invitation", HIRING),
    "invitation_resend": ("post", "invitation", HIRING),
    "invitation_extend": ("post", "invitation", HIRING),
    "invitation_reopen": ("post", "invitation", HIRING),
    "invitation_void": ("post", "invitation", HIRING),
    "invitation_hand_in": ("post", "invitation", HIRING),
    "invitation_accommodation": ("post", "invitation", HIRING),
    "marking_queue": ("get", "", (*BANK, "outsider")),
    "marking_answer": ("get", "written", BANK),
    "board": ("get", "", (*READING, "outsider")),
    "board_extend": ("post", "", (*HIRING, "outsider")),
    "board_act": ("post", "attempt", HIRING),
    "outages": ("get", "", (*READING, "outsider")),
    "outage_credit": ("post", "outage", (*HIRING, "outsider")),
    "assessment_list": ("get", "", (*MEMBERS, "outsider")),
    "assessment_new": ("get", "", (*CONTENT, "outsider")),
    "assessment_detail": ("get", "assessment", MEMBERS),
    "assessment_copy": ("post", "assessment", CONTENT),
    "question_performance": ("get", "question", BANK),
    "assessment_precision": ("get", "assessment", MEMBERS),
    "regrade_list": ("get", "", ("owner", "outsider")),
    "regrade_new": ("get", "question", ("owner",)),
    "regrade": ("get", "regrade", ("owner",)),
    "regrade_decide": ("post", "regrade", ("owner",)),
    "panel_open": ("post", "assessment", CONTENT),
    "panel": ("get", "panel", BANK),
    "panel_question": ("get", "panel_position", BANK),
    "panel_round": ("post", "panel", CONTENT),
    "panel_close": ("post", "panel", CONTENT),
    "assessment_edit": ("get", "assessment", CONTENT),
    "assessment_pool": ("post", "assessment", CONTENT),
    "assessment_publish": ("post", "assessment", CONTENT),
    "assessment_archive": ("post", "assessment", CONTENT),
    "invite": ("get", "assessment", HIRING),
    "invite_many": ("get", "assessment", HIRING),
    "api_assessments": ("get", "", (*MEMBERS, "outsider")),
    "api_invitations": ("get", "", (*READING, "outsider")),
    "api_invitation": ("get", "invitation", READING),
    "report_for_team": ("get", "scored_attempt", READING),
    "report_answers": ("get", "scored_attempt", ("owner",)),
    "report_pdf": ("post", "scored_attempt", READING),
    "share_links": ("get", "scored_attempt", HIRING),
    "share_revoke": ("post", "share_link", HIRING),
    "shared_report": ("get", "share_token", EVERYBODY),
    "result_page": ("get", "result_token", EVERYBODY),
    "candidate_share": ("get", "scored_attempt", ()),  # its holder only, see tests/reports/test_share
    "cohort": ("get", "assessment", READING),
    "compare": ("get", "assessment", READING),
    "candidacy": ("get", "invitation", READING),
    "candidacy_note": ("post", "invitation", READING),
    "candidacy_tags": ("post", "invitation", READING),
    "candidacy_stage": ("post", "invitation", HIRING),
    "candidacy_decide": ("post", "invitation", HIRING),
    "hiring_stages": ("get", "", ("owner", "outsider")),
    "cohort_export": ("post", "assessment", HIRING),
    "file_page": ("get", "file", HIRING),
    "file_download": ("get", "file", HIRING),
}
ELSEWHERE = ("admin/", "accounts/")  # django's admin has its own tests; allauth's pages show the own account only


def addresses(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in (patterns or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.name or ""


def test_every_address_has_a_row_in_the_table() -> None:
    ours = {name for route, name in addresses() if not route.startswith(ELSEWHERE)}
    assert ours == set(TABLE)


@pytest.fixture
def world(organisation: Organisation, owner: User, assessment: Assessment) -> World:
    Organisation.objects.filter(pk=organisation.pk).update(is_demo=True)
    invitation = make_invitation(organisation, assessment)
    sitting = Walkthrough(make_invitation(organisation, assessment)).start().answer(1)
    scored = Walkthrough(make_invitation(organisation, assessment)).start().answer(1).submit()
    report = build_report(scored.score().pk)
    shared = share(report=report, kind=ShareKind.TEAM_REDACTED, days=1, note="", by=owner)
    colleague: ColleagueInvitation = invite_colleague(
        organisation=organisation, email="new@example.org", role=Role.RECRUITER, by=owner
    )
    member = make_member(organisation, Role.RECRUITER).memberships.get()
    mail = OutboxMail.objects.create(to="a@example.org", sender="b", subject="c", body="d")
    question: Question = make_question(assessment_skill(), 99, organisation=organisation)
    image = QuestionImage.objects.create(
        organisation=organisation, name="picture", sha256="a" * 64, content_type="image/png", data=b"\x89PNG"
    )
    token = link_of(invitation).rstrip("/").rsplit("/", 1)[1]
    correction = plan_regrade(
        version=scored.attempt.items.get(position=1).question_version,
        kind=RegradeKind.FULL,
        reason="The key was wrong",
        by=owner,
        organisation=organisation,
    )
    panel = open_panel(assessment=assessment, by=owner)
    outage = Outage.objects.create(service="web", began_at=timezone.now(), ended_at=timezone.now())
    attempt = sitting.attempt.public_id
    file = want_workbook(organisation=organisation, terms=Terms(assessment), by=owner)
    build_file(file.pk)
    return World(
        {
            "": (),
            "member": (member.pk,),
            "colleague": (colleague.public_id,),
            "join": (make_token("colleague", colleague.public_id),),
            "mail": (mail.pk,),
            "question": (question.public_id,),
            "image": (image.sha256,),
            "invitation_token": (token,),
            "open_assessment": (make_assessment(None, open_to_all=True).public_id,),
            "attempt": (attempt,),
            "attempt_position": (attempt, 1),
            "candidate": (sitting.attempt.candidate_id,),
            "invitation": (invitation.public_id,),
            "assessment": (assessment.public_id,),
            "outage": (outage.public_id,),
            "panel": (panel.public_id,),
            "regrade": (correction.public_id,),
            "panel_position": (panel.public_id, 1),
            "scored_attempt": (scored.attempt.public_id,),
            "file": (file.public_id,),
            "written": (written(organisation).pk,),
            "share_link": (shared.public_id,),
            "share_token": (token_of(shared),),
            "result_token": (token_of(publish_result(report=report)),),
        },
        {"organisation": str(organisation.public_id)},
    )


def written(organisation: Organisation) -> AttemptItem:
    """An answer in free text that waits for people."""
    make_question(make_skill("writing"), 1, type="free_text")
    definition = {"sections": [{"blueprint": blueprint(("writing", 2, 1))}]}
    sitting = Walkthrough(make_invitation(organisation, make_assessment(organisation, definition))).start()
    sitting.save(1, {"text": "An answer."}, 0).submit().score()
    return sitting.item(1)


def assessment_skill() -> Any:
    from question_bank.models import Skill

    return Skill.objects.get(slug="serving")


@pytest.fixture
def browser_of(
    world: World,
    owner: User,
    recruiter: User,
    author: User,
    reviewer: User,
    reader: User,
    outsider: User,
    visitor: User,
    signed_in: Callable[[User], Client],
) -> Callable[[str], Client]:
    people = {
        "owner": owner,
        "recruiter": recruiter,
        "author": author,
        "reviewer": reviewer,
        "reader": reader,
        "outsider": outsider,
        "visitor": visitor,
    }

    def browser(who: str) -> Client:
        if who in people:
            return signed_in(people[who])
        client = Client()
        if who == "candidate":
            client.cookies[_cookie_name(world.args["attempt"][0])] = _signed(world)
        return client

    return browser


def _signed(world: World) -> str:
    from django.core import signing

    name = _cookie_name(world.args["attempt"][0])
    assert COOKIE_DAYS
    return signing.get_cookie_signer(salt=name + "attempt").sign(str(world.args["candidate"][0]))


@override_settings(DEMO=True)
def test_each_address_lets_in_exactly_who_the_table_says(
    world: World, browser_of: Callable[[str], Client], subtests: pytest.Subtests
) -> None:
    for name, (method, arguments, allowed) in TABLE.items():
        address = reverse(name, args=world.args[arguments])
        with subtests.test(name):
            got_in = {who: gets_in(browser_of(who), method, address, world) for who in EVERYBODY}
            assert got_in == {who: who in allowed for who in EVERYBODY}


def gets_in(client: Client, method: str, address: str, world: World) -> bool:
    """Whether the request reaches the page; what it changes is undone."""
    with transaction.atomic():
        reply = getattr(client, method)(address, world.posted)
        transaction.set_rollback(True)
    to_sign_in = reply.status_code == 302 and "/accounts/login/" in reply.headers["Location"]
    assert reply.status_code < 500 or address == "/readyz", reply.status_code
    return not (reply.status_code in (401, 403, 404) or to_sign_in)


@pytest.mark.parametrize(
    "right_and_role",
    [("see_candidates", "author"), ("release_questions", "author"), ("manage_team", "recruiter")],
)
def test_a_low_role_has_no_high_right(right_and_role: tuple[str, str]) -> None:
    from accounts.roles import allows

    right, role = right_and_role
    assert not allows(role, right)


def test_an_unknown_right_is_an_error_and_not_a_no() -> None:
    from accounts.roles import allows

    with pytest.raises(KeyError):
        allows("owner", "see_everthing")
