"""Marked words: what is marked is what differs, and the markup stays whole."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from question_bank.markdown import render
from question_bank.services.questions import add_version
from question_bank.word_diff import MOST_TOKENS, mark_words
from tests.question_bank.conftest import content

TEXT = st.text("ab *`<>&\n|-_[](){}\"'#", max_size=60)


def unmarked(html: str) -> str:
    return re.sub(r"</?(?:ins|del)>", "", html)


def shape(html: str) -> list[str]:
    """The tags in their order; raises where one is closed that was not opened last."""
    seen: list[str] = []
    stack: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            seen.append(tag)
            if tag not in {"br", "img", "input", "hr"}:
                stack.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert stack.pop() == tag

    Reader().feed(html)
    return seen


@given(TEXT, TEXT)
def test_taking_the_marks_off_gives_back_what_was_compared(old: str, new: str) -> None:
    left, right = render(old), render(new)
    marked = mark_words(left, right)
    assert tuple(map(unmarked, marked)) == (left, right)
    assert [tag for tag in shape(marked[0]) if tag != "del"] == shape(left)
    assert [tag for tag in shape(marked[1]) if tag != "ins"] == shape(right)


@given(TEXT)
def test_equal_texts_are_left_alone(text: str) -> None:
    assert mark_words(render(text), render(text)) == (render(text), render(text))


def test_single_words_are_marked() -> None:
    assert mark_words("<p>send a few users</p>", "<p>send all users</p>") == (
        "<p>send <del>a few</del> users</p>",
        "<p>send <ins>all</ins> users</p>",
    )


def test_ids_of_an_attempt_are_no_difference_and_fields_are_left_alone() -> None:
    old = '<input name="answer" value="a1"><textarea>old text</textarea><img alt="a > b" src="x">'
    new = '<input name="answer" value="b2"><textarea>new text</textarea><img alt="a > c" src="x">'
    assert mark_words(old, new) == (old, new)


def test_entities_are_not_cut() -> None:
    assert mark_words("<p>a &lt; b</p>", "<p>a &gt; b</p>")[1] == "<p>a <ins>&gt;</ins> b</p>"


def test_very_long_texts_come_back_unmarked() -> None:
    long = "<p>" + "word " * MOST_TOKENS + "</p>"
    assert mark_words(long, "<p>short</p>") == (long, "<p>short</p>")


def test_the_page_marks_what_candidates_see(draft, author, signed_in):
    add_version(
        question=draft, content=content(stem="Which release lets **all** users try it?"), topic=None, author=author
    )
    page = signed_in(author).get(reverse("question_compare", args=[draft.public_id]) + "?old=1&new=2").content.decode()
    assert "<del>few</del>" in page
    assert "<ins>all</ins>" in page
    add_version(
        question=draft,
        content=content(stem="Which release lets **all** users try it?", explanation="Another reason."),
        topic=None,
        author=author,
    )
    page = signed_in(author).get(reverse("question_compare", args=[draft.public_id]) + "?old=2&new=3").content.decode()
    assert "Candidates see no difference" in page
