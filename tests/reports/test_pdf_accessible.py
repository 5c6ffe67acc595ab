"""What PDF/UA-1 asks of a report and pypdf can see: a title, a language, bookmarks, and a tree that holds everything.

This is no certificate: a validator such as veraPDF checks far more.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pypdf
import pytest
from django.template.loader import render_to_string
from pypdf.generic import ContentStream

from reports import pdf
from reports.access import sections_for_team
from reports.services.build import build_report
from tests.reports.factories import in_turn, make_assessment, make_scored, make_team
from tests.reports.test_pdf import drawn_here

pytestmark = [drawn_here, pytest.mark.django_db]

DRAWS = {b"Tj", b"TJ", b"'", b'"', b"f", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*", b"Do", b"sh"}


@pytest.fixture
def read() -> pypdf.PdfReader:
    organisation, _ = make_team()
    attempt = make_scored(
        make_assessment(organisation, per_skill=10), in_turn("right", "partly", "wrong", "skipped", "not_reached")
    )
    report = build_report(attempt.score_id)
    context = {"report": report, "attempt": attempt, "candidate": attempt.candidate, "audience": "team"}
    drawn = pdf.draw(render_to_string("reports/pdf.html", context | {"sections": sections_for_team(report)}))
    return pypdf.PdfReader(io.BytesIO(drawn))


def tagged(node: Any, parent: str = "") -> Iterator[tuple[str, str, Any]]:
    """(tag, tag of the parent, element) of the whole tree, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from tagged(child, parent)
    elif isinstance(node, dict) and "/S" in node:
        yield node["/S"], parent, node
        yield from tagged(node.get("/K", []), node["/S"])


def tree(read: pypdf.PdfReader) -> list[tuple[str, str, Any]]:
    root: Any = read.trailer["/Root"]
    return list(tagged(root["/StructTreeRoot"]["/K"]))


def test_the_file_says_what_it_is(read: pypdf.PdfReader) -> None:
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read.metadata is not None
    assert read.metadata.title is not None
    assert read.metadata.title.startswith("Skill report: Robin Example")
    assert re.search(rb'pdfuaid:part(=")?>?1', root["/Metadata"].get_data())


def test_reading_goes_by_the_tree_and_a_keyboard_follows_it(read: pypdf.PdfReader) -> None:
    assert len(read.pages) > 2
    assert {page["/Tabs"] for page in read.pages} == {"/S"}
    assert all("/StructParents" in page for page in read.pages)


def test_everything_on_a_page_is_in_the_tree_or_marked_as_decoration(read: pypdf.PdfReader) -> None:
    for number, page in enumerate(read.pages, start=1):
        depth, drawn = 0, 0
        for _, operator in ContentStream(page.get_contents(), read).operations:
            depth += {b"BMC": 1, b"BDC": 1, b"EMC": -1}.get(operator, 0)
            if operator in DRAWS:
                drawn += 1
                assert depth > 0, f"page {number}: {operator!r} outside of any mark"
        assert drawn
        assert depth == 0


def test_headings_begin_with_one_title_and_skip_no_level(read: pypdf.PdfReader) -> None:
    levels = [int(tag[2:]) for tag, _, _ in tree(read) if tag[:2] == "/H" and tag[2:].isdigit()]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_bookmarks_name_every_part(read: pypdf.PdfReader) -> None:
    (title, parts) = read.outline
    assert title["/Title"] == "Robin Example"  # type: ignore[call-overload, index]
    names = [part["/Title"] for part in parts if not isinstance(part, list)]  # type: ignore[call-overload, index, union-attr]
    assert names[:2] == ["Overall", "Skill profile"]
    assert "How this score was made" in names


def test_each_picture_has_its_figures_in_words(read: pypdf.PdfReader) -> None:
    words = [element.get("/Alt", "") for tag, _, element in tree(read) if tag == "/Figure"]
    assert len(words) > 5
    assert all(words)
    assert any("n\u00a010" in text for text in words)


def test_each_cell_of_a_table_names_its_heads(read: pypdf.PdfReader) -> None:
    found = tree(read)
    heads = {element["/ID"] for tag, _, element in found if tag == "/TH"}
    cells = [element for tag, _, element in found if tag == "/TD"]
    assert len(cells) > 20
    assert all(parent == "/TR" for tag, parent, _ in found if tag in {"/TD", "/TH"})
    for cell in cells:
        named = set(cell["/A"]["/Headers"])
        assert len(named) >= 2
        assert named <= heads


def test_lists_hold_items_only(read: pypdf.PdfReader) -> None:
    found = tree(read)
    assert {tag for tag, parent, _ in found if parent == "/L"} <= {"/LI", "/Caption"}
    assert all(parent == "/LI" for tag, parent, _ in found if tag == "/LBody")


def test_all_letters_travel_with_the_file(read: pypdf.PdfReader) -> None:
    fonts = [font.get_object() for page in read.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        inside = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inside)
        assert "/ToUnicode" in font
