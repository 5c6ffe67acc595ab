"""Texts of foreign files become Markdown that shows the same words, and what is lost is told."""

from __future__ import annotations

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as parser

from question_bank.formats.markup import from_html, from_plain, to_html, to_plain
from question_bank.markdown import render

SIGNS = st.sampled_from(list("*_`#<>[]()!|-+=~&;:\\/1. \nab\"'{}$"))
TEXTS = st.text(st.one_of(SIGNS, st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"))), max_size=40)


def shown(markdown: str) -> str:
    made = to_html(markdown)
    return " ".join(parser.fragment_fromstring(made, create_parent="div").text_content().split()) if made else ""


def converted(text: str) -> tuple[str, list[str]]:
    lost: list[str] = []
    return from_html(text, lost.append, lambda address, words: ""), lost


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_plain_text_shows_the_same_words(text: str) -> None:
    assert shown(from_plain(text)) == " ".join(text.split())


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_html_shows_the_same_words(text: str) -> None:
    assert shown(converted(f"<p>{html.escape(text)}</p>")[0]) == " ".join(text.split())


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("<p>Hello <b>big </b>world</p>", "Hello **big** world"),
        ("one<br>two", "one\\\ntwo"),
        ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
        ('<pre><code class="language-yaml">a: 1</code></pre>', "```yaml\na: 1\n```"),
        ("<ul><li>x</li><li>y<p>z</p></li></ul>", "- x\n- y\n\n  z"),
        ("<ol><li>x</li><li>y</li></ol>", "1. x\n2. y"),
        ("<h1>Title</h1>text", "### Title\n\ntext"),
        (
            "<table><tr><th>a|b</th><th>c</th></tr><tr><td>1</td><td>2</td></tr></table>",
            "| a\\|b | c |\n|---|---|\n| 1 | 2 |",
        ),
        ("<code>a`b</code>", "``a`b``"),
        ('<a href="https://example.org/a">here</a>', "[here](https://example.org/a)"),
        ("<blockquote>x<p>y</p></blockquote>", "> x\n>\n> y"),
        ("&lt;b&gt; is a tag &amp;amp;", "\\<b> is a tag \\&amp;"),
        ("<div><div>a</div>b</div>", "a\n\nb"),
    ],
)
def test_html_becomes_markdown(given: str, wanted: str) -> None:
    assert converted(given)[0] == wanted


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("a<script>alert(1)</script>", "script"),
        ('<a href="javascript:alert(1)">x</a>', "javascript:"),
        ('<img src="https://example.org/x.png">', "picture"),
        ("H<sub>2</sub>O", "sub"),
        ('<iframe src="https://example.org"></iframe>a', "iframe"),
        ('<table><tr><td colspan="2">a</td></tr></table>', "span others"),
    ],
)
def test_what_is_lost_is_told(given: str, words: str) -> None:
    markdown, lost = converted(given)
    assert any(words in note for note in lost), lost
    assert "alert" not in render(markdown)


def test_depth_and_size_of_html_do_no_harm() -> None:
    assert "x" in converted("<div>" * 5_000 + "x" + "</div>" * 5_000)[0]
    assert converted("<b>" * 200 + "<i>x</i>" * 20_000)[0]


def test_markdown_as_plain_words() -> None:
    assert to_plain("A **bold** `code`\n\n- one\n- two") == "A bold code one two"
