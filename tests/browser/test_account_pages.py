"""The pages around an account: signing up, the second step, recovery codes, several addresses."""

from __future__ import annotations

import re
from collections.abc import Callable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import OutboxMail, User
from tests.browser.conftest import Watch
from tests.browser.test_every_page import Looker

PASSWORD = "correct-horse-battery"


def test_the_account_pages(
    sign_in: Callable[[User], Page], verified: Callable[[User], None], owner: User, watch: Watch
) -> None:
    owner.set_password(PASSWORD)
    owner.save(update_fields=["password"])
    verified(owner)
    page = sign_in(owner)
    looker = Looker(page)
    looker.visit(reverse("mfa_activate_totp"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Set up the authenticator app")).to_be_visible()
    looker.look("set up the app")
    looker.visit(reverse("mfa_add_webauthn"))
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    key = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "Blue key", "credential": {}})
    looker.visit(reverse("mfa_generate_recovery_codes"))
    page.get_by_role("button", name="Make the codes").click()
    expect(page.get_by_text("10 of 10 codes are left")).to_be_visible()
    looker.look("recovery codes")
    looker.visit(*(reverse(name) for name in ("mfa_deactivate_totp", "mfa_index", "mfa_reauthenticate")))
    looker.visit(*(reverse(name, args=[key.pk]) for name in ("mfa_edit_webauthn", "mfa_remove_webauthn")))
    EmailAddress.objects.create(user=owner, email="second@example.org")
    EmailAddress.objects.create(user=owner, email="a.rather.long.address.of.somebody@third.example.org", verified=True)
    looker.visit(reverse("account_email"))
    looker.done()


def test_from_practice_through_signing_up_and_back(page: Page, watch: Watch) -> None:
    looker = Looker(page)
    page.goto(reverse("account_signup") + "?next=/practice/")
    for label, value in (("Your name", "Nora"), ("E-mail address", "nora@example.org")):
        page.get_by_label(label).fill(value)
    for field in ("password1", "password2"):
        page.locator(f"[name={field}]").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    link = re.search(r"https?://\S+", OutboxMail.objects.latest("pk").body)
    assert link
    looker.visit(link.group(0))
    page.get_by_role("button", name="Confirm the address").click()
    page.get_by_label("E-mail address").fill("nora@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/practice/")
    looker.visit(link.group(0))
    looker.done()
