"""Home, team, joining, switching and the outbox, as seen by the different people."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.models import ColleagueInvitation, Membership, Organisation, OutboxMail, User
from accounts.services import team
from tests.accounts.factories import PASSWORD, make_member, make_organisation, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_rate_limits(settings) -> None:
    """They count in the cache, which outlives a test run."""
    settings.ACCOUNT_RATE_LIMITS = False


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def organisation() -> Organisation:
    return make_organisation("Exact Works")


@pytest.fixture
def owner(organisation: Organisation) -> Membership:
    return make_member(organisation, "owner", make_user("olu@example.org", "Olu Example"))


def invite(owner: Membership, email: str = "new@example.org") -> str:
    """The path of the link in the mail."""
    team.invite_colleague(organisation=owner.organisation, email=email, role="author", by=owner.user)
    found = re.search(r"(/join/\S+)", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


# --- home ---------------------------------------------------------------------------------------
def test_visitors_read_what_plumbline_is(client: Client) -> None:
    text = client.get("/").content.decode()
    for words in ("A true measure", "No answer is lost", "Every figure says how sure it is", "Sign in"):
        assert words in text


def test_no_page_of_ours_holds_inline_styles_or_scripts(client: Client, owner: Membership) -> None:
    pages = [client.get(path) for path in ("/", reverse("account_login"), reverse("account_signup"), "/nope/")]
    pages += [signed_in(owner.user).get(path) for path in ("/team/", "/team/new/", reverse("mfa_index"))]
    for page in pages:
        text = page.content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", text)
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or "application/json" in script


def test_a_member_goes_on_to_work_and_may_still_read_about(owner: Membership) -> None:
    client = signed_in(owner.user)
    assert client.get("/").status_code == 302
    assert "A true measure" in client.get("/about/").content.decode()


def test_somebody_without_a_team_goes_on_to_practice() -> None:
    assert signed_in(make_user()).get("/")["Location"] == reverse("self_list")


# --- team ---------------------------------------------------------------------------------------
def test_visitors_sign_in_before_they_see_a_team(client: Client) -> None:
    assert client.get("/team/")["Location"].startswith(reverse("account_login"))


def test_somebody_without_a_team_finds_no_team_page() -> None:
    assert signed_in(make_user()).get("/team/").status_code == 404


def test_owners_see_members_invitations_and_roles(owner: Membership) -> None:
    make_member(owner.organisation, "recruiter", make_user("rita@example.org", "Rita Example"))
    invite(owner)
    text = signed_in(owner.user).get("/team/").content.decode()
    for words in ("Rita Example", "new@example.org", "Withdraw", "Invite a colleague", "checks and releases"):
        assert words.lower() in text.lower()


@pytest.mark.parametrize("role", ["recruiter", "author", "reviewer"])
def test_other_members_see_the_team_but_cannot_manage_it(owner: Membership, role: str) -> None:
    member = make_member(owner.organisation, role)
    client = signed_in(member.user)
    text = client.get("/team/").content.decode()
    assert "Olu Example" in text
    assert "Invite a colleague" not in text
    for path in (
        reverse("team_invite"),
        reverse("member_role", args=[owner.pk]),
        reverse("member_remove", args=[owner.pk]),
    ):
        assert client.post(path, {"email": "x@example.org", "role": "owner"}).status_code == 404


def test_an_owner_changes_a_role_and_removes_a_member(owner: Membership) -> None:
    member = make_member(owner.organisation, "recruiter")
    client = signed_in(owner.user)
    client.post(reverse("member_role", args=[member.pk]), {"role": "reviewer"})
    member.refresh_from_db()
    assert member.role == "reviewer"
    assert "loses access" in client.get(reverse("member_remove", args=[member.pk])).content.decode()
    client.post(reverse("member_remove", args=[member.pk]))
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_an_unknown_role_changes_nothing(owner: Membership) -> None:
    member = make_member(owner.organisation, "recruiter")
    page = signed_in(owner.user).post(reverse("member_role", args=[member.pk]), {"role": "emperor"}, follow=True)
    assert "Pick one of the roles" in page.content.decode()
    member.refresh_from_db()
    assert member.role == "recruiter"


def test_members_and_invitations_of_another_team_are_not_found(owner: Membership) -> None:
    foreign = make_member(make_organisation(), "owner")
    invite(foreign)
    invitation = ColleagueInvitation.objects.get()
    client = signed_in(owner.user)
    assert client.post(reverse("member_role", args=[foreign.pk]), {"role": "author"}).status_code == 404
    assert client.post(reverse("member_remove", args=[foreign.pk])).status_code == 404
    assert client.post(reverse("team_invitation_withdraw", args=[invitation.public_id])).status_code == 404


def test_inviting_says_what_is_wrong_in_place(owner: Membership) -> None:
    client = signed_in(owner.user)
    page = client.post(reverse("team_invite"), {"email": "not an address", "role": "author"})
    assert page.status_code == 422
    assert "Please correct this first" in page.content.decode()
    page = client.post(reverse("team_invite"), {"email": owner.user.email, "role": "author"})
    assert "already in the team" in page.content.decode()


def test_a_withdrawn_link_no_longer_works(owner: Membership) -> None:
    link = invite(owner)
    client = signed_in(owner.user)
    invitation = ColleagueInvitation.objects.get()
    client.post(reverse("team_invitation_withdraw", args=[invitation.public_id]))
    assert client.get(link).status_code == 404


def test_founding_a_team_is_for_operators_unless_opened(settings) -> None:
    person, operator = make_user(), make_user(is_staff=True)
    assert signed_in(person).get("/team/new/").status_code == 404
    assert signed_in(operator).get("/team/new/").status_code == 200
    settings.OPEN_TEAMS = True
    assert signed_in(person).get("/team/new/").status_code == 200


def test_a_person_starts_a_team_and_works_in_it(settings) -> None:
    settings.OPEN_TEAMS = True
    user = make_user()
    page = signed_in(user).post(reverse("team_new"), {"name": "Plain Measures"}, follow=True)
    assert "Plain Measures is ready" in page.content.decode()
    assert user.memberships.get().role == "owner"


def test_the_number_of_queries_does_not_grow_with_the_team(
    owner: Membership, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for _ in range(15):
        make_member(owner.organisation)
        invite(owner, make_user().email)
    client = signed_in(owner.user)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        client.get("/team/")


# --- switching ----------------------------------------------------------------------------------
def test_one_switches_between_own_teams(owner: Membership) -> None:
    other = make_member(make_organisation("Other Works"), "recruiter", owner.user)
    client = signed_in(owner.user)
    client.post(reverse("team_switch"), {"organisation": str(other.organisation.public_id)})
    assert "The people who work in Other Works" in client.get("/team/").content.decode()


@pytest.mark.parametrize("picked", ["", "nonsense"])
def test_one_cannot_switch_to_nothing(owner: Membership, picked: str) -> None:
    assert signed_in(owner.user).post(reverse("team_switch"), {"organisation": picked}).status_code == 404


def test_one_cannot_switch_to_a_foreign_team(owner: Membership) -> None:
    foreign = make_organisation("Foreign Works")
    client = signed_in(owner.user)
    assert client.post(reverse("team_switch"), {"organisation": str(foreign.public_id)}).status_code == 404
    session = client.session
    session["organisation"] = foreign.pk
    session.save()
    assert "The people who work in Exact Works" in client.get("/team/").content.decode()


# --- joining ------------------------------------------------------------------------------------
def test_opening_the_link_says_who_invites_to_what_and_changes_nothing(client: Client, owner: Membership) -> None:
    text = client.get(invite(owner)).content.decode()
    for words in ("Olu Example", "Exact Works", "author", "new@example.org", "Create an account"):
        assert words in text
    assert ColleagueInvitation.objects.get().accepted_at is None


def test_the_invited_address_joins(owner: Membership) -> None:
    link, user = invite(owner), make_user("new@example.org")
    client = signed_in(user)
    assert "Join the team" in client.get(link).content.decode()
    client.post(link)
    assert user.memberships.get().role == "author"
    assert "Exact Works" in client.get("/team/").content.decode()


def test_another_address_does_not_join(owner: Membership) -> None:
    link, user = invite(owner), make_user("other@example.org")
    client = signed_in(user)
    assert "Join the team" not in client.get(link).content.decode()
    assert client.post(link).status_code == 409
    assert not user.memberships.exists()


def test_a_visitor_who_posts_does_not_join(client: Client, owner: Membership) -> None:
    client.post(invite(owner))
    assert ColleagueInvitation.objects.get().accepted_at is None


def test_unknown_used_and_withdrawn_links_give_the_same_page(client: Client, owner: Membership) -> None:
    used, withdrawn = invite(owner, "a@example.org"), invite(owner, "b@example.org")
    signed_in(make_user("a@example.org")).post(used)
    team.withdraw_colleague_invitation(invitation=ColleagueInvitation.objects.get(email="b@example.org"))
    pages = [client.get(path) for path in ("/join/never-made/", used, withdrawn)]
    bodies = {re.sub(r'"X-CSRFToken": "[^"]*"', "", page.content.decode()) for page in pages}
    assert [page.status_code for page in pages] == [404, 404, 404]
    assert len(bodies) == 1


def test_a_new_colleague_signs_up_from_the_link_without_a_second_mail(client: Client, owner: Membership) -> None:
    link = invite(owner)
    sign_up = re.search(r'href="(/accounts/signup/[^"]+)"', client.get(link).content.decode())
    assert sign_up
    address = sign_up.group(1).replace("&amp;", "&")
    assert 'value="new@example.org"' in client.get(address).content.decode()
    sent = len(mail.outbox)
    form = {"name": "Nora", "email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD, "next": link}
    page = client.post(address, form, follow=True)
    assert "Join the team" in page.content.decode()
    assert len(mail.outbox) == sent
    client.post(link)
    assert User.objects.get(email="new@example.org").memberships.get().role == "author"


def test_signing_up_asks_name_address_and_password_and_then_for_the_mail(client: Client) -> None:
    text = client.get(reverse("account_signup")).content.decode()
    positions = [text.index(f'name="{name}"') for name in ("name", "email", "password1", "password2")]
    assert positions == sorted(positions)
    form = {"name": "Nora", "email": "nora@example.org", "password1": PASSWORD, "password2": PASSWORD}
    page = client.post(reverse("account_signup"), form, follow=True)
    assert "Check your mail" in page.content.decode()
    assert User.objects.get(email="nora@example.org").name == "Nora"
    assert "confirm-email" in str(mail.outbox[-1].body)


# --- outbox -------------------------------------------------------------------------------------
@pytest.fixture
def kept_mail() -> OutboxMail:
    return OutboxMail.objects.create(
        to="new@example.org",
        sender="plumbline@example.org",
        subject="A <b>link</b>",
        body="Open https://skills.example.org/join/abc/ please <script>",
    )


def test_the_demo_owner_reads_the_outbox_while_trying_it_out(settings, kept_mail: OutboxMail) -> None:
    settings.DEMO = True
    client = signed_in(make_member(make_organisation(is_demo=True), "owner").user)
    listing, page = client.get("/outbox/"), client.get(f"/outbox/{kept_mail.pk}/")
    assert "A &lt;b&gt;link" in listing.content.decode()
    assert 'href="https://skills.example.org/join/abc/"' in page.content.decode()
    assert "please <script>" not in page.content.decode()


@pytest.mark.parametrize("role", ["recruiter", "author", "reviewer"])
def test_nobody_else_reads_the_outbox(settings, organisation: Organisation, kept_mail: OutboxMail, role: str) -> None:
    settings.DEMO = True
    client = signed_in(make_member(organisation, role).user)
    assert client.get("/outbox/").status_code == 404
    assert client.get(f"/outbox/{kept_mail.pk}/").status_code == 404
    assert "/outbox/" not in client.get("/team/").content.decode()


def test_in_earnest_only_an_operator_reads_the_outbox(settings, owner: Membership, kept_mail: OutboxMail) -> None:
    settings.DEMO = False
    client = signed_in(owner.user)
    assert client.get("/outbox/").status_code == 404
    assert client.get(f"/outbox/{kept_mail.pk}/").status_code == 404
    operator = make_member(owner.organisation, "owner", make_user(is_staff=True))
    assert signed_in(operator.user).get("/outbox/").status_code == 200


def test_somebody_who_signs_up_and_founds_a_team_does_not_read_the_outbox(
    settings, owner: Membership, kept_mail: OutboxMail
) -> None:
    settings.DEMO = True
    assert signed_in(owner.user).get(f"/outbox/{kept_mail.pk}/").status_code == 404


def test_an_empty_outbox_says_what_fills_it(settings) -> None:
    settings.DEMO = True
    owner = make_member(make_organisation(is_demo=True), "owner")
    assert "No mails yet" in signed_in(owner.user).get("/outbox/").content.decode()


# --- frame --------------------------------------------------------------------------------------
def test_a_demo_team_says_that_its_people_are_made_up() -> None:
    member = make_member(make_organisation(is_demo=True), "owner")
    assert "the people shown here are made up" in signed_in(member.user).get("/team/").content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_change_password",
        "mfa_index",
        "account_logout",
        "mfa_activate_totp",
        "mfa_add_webauthn",
    ],
)
def test_account_pages_have_our_frame(owner: Membership, name: str) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": owner.user.email, "password": PASSWORD})
    page = client.get(reverse(name), follow=True)
    if page.redirect_chain:  # the address asks for the password once more
        page = client.post(page.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    assert page.status_code == 200
    assert page.request["PATH_INFO"] == reverse(name)
    assert 'class="site-header"' in page.content.decode()


# --- errors -------------------------------------------------------------------------------------
def test_a_missing_page_says_what_to_do(client: Client) -> None:
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "Check the address" in page.content.decode()


def test_an_outdated_form_says_what_to_do() -> None:
    page = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "a@example.org"})
    assert page.status_code == 403
    assert "reload the page" in page.content.decode()


@pytest.mark.parametrize("template", ["400.html", "403.html", "500.html"])
def test_error_pages_render_without_a_request(template: str) -> None:
    assert "Error" in render_to_string(template)
