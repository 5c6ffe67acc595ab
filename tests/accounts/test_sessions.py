"""Cookies that hold what no session key can be."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "key", ['"\\000aaaaaaaaaaaa"', '"a b c d e f g h i"', "a" * 5000, "%00aaaaaaaaaaaaaaa", "ééééééééééé"]
)
def test_a_cookie_that_cannot_be_a_session_is_nobodys(key):
    for page in ("/", "/accounts/login/"):
        assert Client().get(page, HTTP_COOKIE=f"sessionid={key}").status_code == 200
