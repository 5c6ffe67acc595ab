"""Signing up, signing in and securing an account: the words, the way back, and what must not be told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings as django_settings
from django.contrib.auth import hashers
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LIBRARY_WORDS = re.compile(
    r"\bemails?\b|Two-Factor|reauthenticate|Bad Token|Confirm Access|verification code|Master key|passwordless op"
    r"|Remember Me|Current Password|New Password|Change Password|Successfully|signup\b",
    re.IGNORECASE,
)
CASED = {"Confirm Access", "Remember Me", "Current Password", "New Password", "Change Password"}
BY_PASSWORD = ["account_email", "account_change_password", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn"]


def shown(text: str) -> str:
    """What a person reads: no tags, no scripts."""
    main = re.search(r"<main.*</main>", text, re.DOTALL)
    inside = re.sub(r"<script.*?</script>", "", main.group(0) if main else text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", inside).split())


def foreign_words(text: str) -> list[str]:
    """Words of the library; those that differ from ours in capitals alone count only as they stand there."""
    found = LIBRARY_WORDS.findall(shown(text))
    return [one for one in found if one in CASED or one.title() not in CASED]


def sign_up(client: Client, email: str, query: str = "", **fields: str) -> str:
    form = {"name": "Nora", "email": email, "password1": PASSWORD, "password2": PASSWORD, **fields}
    return client.post(reverse("account_signup") + query, form, follow=True).content.decode()


def link_in_mail(pattern: str) -> str:
    found = re.search(rf"{re.escape(django_settings.SITE_URL)}({pattern}\S*)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found.group(1)


def signed_in_by_password(user: User) -> Client:
    """With the password asked once more, as the pages that protect an account want it."""
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def read(client: Client, name: str, *args: object) -> str:
    page = client.get(reverse(name, args=args))
    assert page.status_code == 200
    return page.content.decode()


# --- words --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password", "account_inactive"])
def test_pages_for_visitors_speak_our_words(client: Client, name: str) -> None:
    assert not foreign_words(read(client, name))


@pytest.mark.parametrize("name", BY_PASSWORD)
def test_account_pages_speak_our_words(name: str) -> None:
    assert not foreign_words(read(signed_in_by_password(make_user()), name))


def test_asking_for_the_password_again_speaks_our_words() -> None:
    client = Client()
    client.force_login(make_user())
    text = client.get(reverse("mfa_activate_totp"), follow=True).content.decode()
    assert "Is it you?" in text
    assert not foreign_words(text)


def test_the_second_step_and_the_recovery_codes_speak_our_words() -> None:
    user = make_user()
    client = signed_in_by_password(user)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    texts = [read(client, name) for name in ("mfa_deactivate_totp", "mfa_generate_recovery_codes")]
    texts.append(client.post(reverse("mfa_generate_recovery_codes"), follow=True).content.decode())
    assert "10 of 10 codes are left" in shown(texts[-1])
    texts.append(read(client, "mfa_view_recovery_codes"))
    assert len(re.findall(r"[0-9a-f]{8}", texts[-1].split("<textarea")[1].split("</textarea>")[0])) == 10
    other = Client()
    form = {"login": user.email, "password": PASSWORD}
    texts.append(other.post(reverse("account_login"), form, follow=True).content.decode())
    assert "The second step" in texts[-1]
    texts.append(other.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode())
    assert "This code is not right" in texts[-1]
    for text in texts:
        assert not foreign_words(text)


def test_a_passkey_is_removed_and_renamed_on_pages_in_our_words() -> None:
    user = make_user()
    client = signed_in_by_password(user)
    key = Authenticator.objects.create(user=user, type="webauthn", data={"name": "Blue key", "credential": {}})
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        text = read(client, name, key.pk)
        assert "Blue key" in text
        assert not foreign_words(text)


def test_a_new_passkey_has_a_name_and_signs_in_by_itself() -> None:
    text = read(signed_in_by_password(make_user()), "mfa_add_webauthn")
    assert 'value="Passkey on this device"' in text
    assert re.search(r'<input[^>]*name="passwordless"[^>]*checked', text)


def test_a_password_is_reset_in_our_words() -> None:
    user, client = make_user(), Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = link_in_mail("/accounts/password/reset/key/")
    page = client.get(link, follow=True)
    assert not foreign_words(page.content.decode())
    form = {"password1": "another-" + PASSWORD, "password2": "another-" + PASSWORD}
    text = client.post(page.request["PATH_INFO"], form, follow=True).content.decode()
    assert "Your password is set" in text
    assert not foreign_words(text)
    assert mail.outbox[-1].subject == "Your password was changed"
    again = client.get(link, follow=True).content.decode()
    assert "This link no longer works" in again
    assert not foreign_words(again)


def test_every_text_of_the_library_that_can_be_sent_has_one_of_ours() -> None:
    library = Path(app_settings.__file__).parents[1] / "templates"
    ours = django_settings.BASE_DIR / "templates"
    never = re.compile(r"code|phone|base_|unknown_account_sms|email_confirmation_signup_message|download")
    for folder in ("account/email", "account/messages", "mfa/email", "mfa/messages"):
        names = {path.name for path in (library / folder).glob("*.txt") if not never.search(path.name)}
        missing = {name for name in names if not (ours / folder / name).exists()}
        assert not missing, folder


@pytest.mark.parametrize("folder", ["account/email", "account/messages", "mfa/email", "mfa/messages"])
def test_mails_and_messages_speak_our_words(folder: str) -> None:
    for path in (django_settings.BASE_DIR / "templates" / folder).glob("*.txt"):
        text = render_to_string(f"{folder}/{path.name}", {"ip": "192.0.2.1", "user": make_user(), "code": ""})
        assert text.strip(), path.name
        assert not foreign_words(text), path.name


# --- signing up ---------------------------------------------------------------------------------
def test_the_password_rules_are_one_line(client: Client) -> None:
    text = client.get(reverse("account_signup")).content.decode()
    assert "At least 10 characters" in text
    assert "commonly used" not in text


def test_two_different_passwords_are_told_in_place(client: Client) -> None:
    text = sign_up(client, "nora@example.org", password2="something-else-entirely")
    assert "The two passwords are not the same" in text
    assert not User.objects.filter(email="nora@example.org").exists()


def test_a_known_address_costs_as_many_hashes_as_a_new_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user("known@example.org")
    hashed: list[str] = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode

    def counting(self: object, password: str, *args: object, **kwargs: object) -> str:
        hashed.append(password)
        return str(encode(self, password, *args, **kwargs))  # type: ignore[arg-type]

    monkeypatch.setattr(hasher, "encode", counting)
    counts, texts = [], []
    for email in ("known@example.org", "new@example.org"):
        hashed.clear()
        texts.append(re.sub(r'"X-CSRFToken": "[^"]*"', "", sign_up(Client(), email)).replace(email, ""))
        counts.append(len(hashed))
    assert counts == [1, 1]
    assert texts[0] == texts[1]


def test_who_has_an_account_is_told_so_by_mail_alone(client: Client) -> None:
    make_user("known@example.org")
    sign_up(client, "known@example.org")
    assert mail.outbox[-1].to == ["known@example.org"]
    assert mail.outbox[-1].subject == "You have an account on Plumbline already"
    assert not foreign_words(str(mail.outbox[-1].body))
    assert link_in_mail("/accounts/login/")


def test_confirming_the_address_leads_back_to_where_one_came_from(client: Client) -> None:
    sign_up(client, "nora@example.org", next="/practice/")
    link = link_in_mail("/accounts/confirm-email/")
    reader = Client()  # the mail may be opened in another browser
    text = reader.get(link).content.decode()
    assert "nora@example.org" in text
    assert not foreign_words(text)
    answer = reader.post(link)
    assert answer["Location"] == reverse("account_login") + "?next=%2Fpractice%2F"
    assert 'name="next" value="/practice/"' in reader.get(answer["Location"]).content.decode()
    signed = reader.post(answer["Location"], {"login": "nora@example.org", "password": PASSWORD, "next": "/practice/"})
    assert signed["Location"] == "/practice/"


def test_a_confirmation_leads_nowhere_else(client: Client) -> None:
    sign_up(client, "nora@example.org", next="https://evil.example/")
    link = link_in_mail("/accounts/confirm-email/")
    assert "evil" not in link
    assert client.post(link + "?to=https://evil.example/")["Location"] == reverse("account_login")


def test_a_used_confirmation_says_what_to_do(client: Client) -> None:
    text = client.get(reverse("account_confirm_email", args=["nonsense"])).content.decode()
    assert "This link no longer works" in text
    assert not foreign_words(text)


# --- the page of addresses ----------------------------------------------------------------------
def buttons(client: Client) -> set[str]:
    return set(re.findall(r'name="(action_\w+)"', client.get(reverse("account_email")).content.decode()))


def test_each_address_offers_only_what_can_be_done_with_it() -> None:
    user = make_user()
    client = signed_in_by_password(user)
    assert buttons(client) == {"action_add"}
    second = EmailAddress.objects.create(user=user, email="second@example.org")
    assert buttons(client) == {"action_add", "action_send", "action_remove"}
    EmailAddress.objects.filter(pk=second.pk).update(verified=True)
    assert buttons(client) == {"action_add", "action_primary", "action_remove"}


def test_an_address_is_made_the_main_one_and_another_removed() -> None:
    user = make_user("first@example.org")
    client = signed_in_by_password(user)
    EmailAddress.objects.create(user=user, email="second@example.org", verified=True)
    page = client.post(reverse("account_email"), {"email": "second@example.org", "action_primary": ""}, follow=True)
    assert "You now sign in with this e-mail address" in page.content.decode()
    page = client.post(reverse("account_email"), {"email": "first@example.org", "action_remove": ""}, follow=True)
    assert "first@example.org is removed" in page.content.decode()
    assert [one.email for one in EmailAddress.objects.filter(user=user)] == ["second@example.org"]
    assert mail.outbox == [] or not foreign_words(str(mail.outbox[-1].body))


# --- the admin ----------------------------------------------------------------------------------
def test_a_search_in_the_admin_that_finds_nothing_says_what_to_do(client: Client) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    text = client.get(reverse("admin:accounts_user_changelist"), {"q": "nobody-at-all"}).content.decode()
    assert "Nothing fits" in text
    assert "Show all" in text
    assert "yielded" not in text
