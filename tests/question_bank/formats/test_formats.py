"""Every format: a good file with its keys, a broken one with its places, and the same file twice.

Each format has ``files/<slug>/good*`` and ``broken*``, and beside each a JSON file that says what must come out. A
folder is a package, which is packed here. The files are written as the usual programs write them: Moodle, Canvas,
Blackboard, Respondus, ILIAS, and the examples of the specifications.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from question_bank.formats import FORMATS, format_of
from question_bank.formats.base import Defaults, Parsed
from question_bank.formats.source import Refused, Source
from question_bank.models import Question, QuestionVersion
from question_bank.services.load import load_planned, read_source
from question_bank.services.plan import make_plan
from tests.factories import make_skill
from tests.question_bank.formats.keys import key_of

FILES = Path(__file__).parent / "files"
DEFAULTS = Defaults(skill="model-serving", author="Somebody")


def golden(name: str) -> list[Any]:
    """Every golden file of this name, with its format; a format without one fails."""
    found = []
    for slug in FORMATS:
        paths = [path for path in sorted((FILES / slug).glob(f"{name}*")) if path.suffix != ".json"]
        assert paths, f"files/{slug}/{name}.* is missing"
        found += [pytest.param(slug, path, id=f"{slug}-{path.name}") for path in paths]
    return found


def source_of(path: Path) -> Source:
    """A file, or a folder as a package."""
    if not path.is_dir():
        return Source(path.name, path.read_bytes())
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(path.rglob("*")):
            archive.write(member, member.relative_to(path))
    return Source(f"{path.name}.zip", target.getvalue())


def read(path: Path, named: str = "") -> Parsed:
    return read_source(source_of(path), named=named, defaults=DEFAULTS)


def check(parsed: Parsed, expected: dict[str, Any]) -> None:
    found = []
    for item, wanted in zip(parsed.items, expected["questions"], strict=False):
        told = {"id": item.question.id, "type": item.question.type, "key": key_of(item.question), "line": item.line}
        found.append({name: told.get(name) for name in wanted})
    assert found == expected["questions"]
    assert len(parsed.items) == len(expected["questions"])
    refused = expected.get("refused", [])
    places = [(problem.line, str(problem)) for problem in parsed.refused]
    for line, words in refused:
        assert any(at == line and words in message for at, message in places), (line, words, places)
    assert {at for at, _ in places} == {line for line, _ in refused}, places
    lost = [str(problem) for problem in parsed.lost]
    for words in expected.get("lost", []):
        assert any(words in message for message in lost), (words, lost)


@pytest.mark.parametrize(("slug", "path"), golden("good"))
def test_a_good_file_is_recognised_and_read_with_its_keys(slug: str, path: Path) -> None:
    assert format_of(source_of(path)).slug == slug
    check(read(path), json.loads(path.with_suffix(".json").read_text()))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8-sig", "iso-8859-1"])
@pytest.mark.parametrize(("slug", "path"), [one for one in golden("good") if one.values[1].suffix == ".xml"])  # type: ignore[union-attr]
def test_xml_in_another_encoding_says_the_same(slug: str, path: Path, encoding: str) -> None:
    text = re.sub(r"encoding\s*=\s*\"utf-8\"", f'encoding="{encoding[:10]}"', path.read_text(), flags=re.IGNORECASE)
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    if encoding == "utf-8-sig":
        text = path.read_text()
    source = Source(path.name, mark + text.encode(encoding, "xmlcharrefreplace"))
    assert format_of(source).slug == slug
    check(read_source(source, named="", defaults=DEFAULTS), json.loads(path.with_suffix(".json").read_text()))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize(("slug", "path"), [one for one in golden("good") if one.values[1].suffix not in {".xml", ""}])
def test_text_in_another_encoding_says_the_same(slug: str, path: Path, encoding: str) -> None:
    source = Source(path.name, path.read_bytes().decode().encode(encoding))
    assert format_of(source).slug == slug
    check(read_source(source, named="", defaults=DEFAULTS), json.loads(path.with_suffix(".json").read_text()))


def test_the_document_type_of_qti_1_2_is_passed_over_and_any_other_refused() -> None:
    text = (FILES / "qti12/good-respondus.xml").read_text()
    named = '<!DOCTYPE questestinterop SYSTEM "ims_qtiasiv1p2p1.dtd">'
    assert len(FORMATS["qti12"].read(Source("a.xml", text.encode()), DEFAULTS).items) == 3
    for other in (
        '<!DOCTYPE questestinterop SYSTEM "ims_qtiasiv1p2p1.dtd" [<!ENTITY a "b">]>',
        '<!DOCTYPE questestinterop SYSTEM "ims_qtiasiv1p2p1.dtd" []>',
        '<!DOCTYPE questestinterop [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE questestinterop SYSTEM "a.dtd"><!DOCTYPE questestinterop [<!ENTITY a "b">]>',
        '<!DOCTYPE quiz SYSTEM "ims_qtiasiv1p2p1.dtd">',
        "<!DOCTYPE questestinterop>",
    ):
        with pytest.raises(Refused, match=r"document type|well-formed"):
            FORMATS["qti12"].read(Source("a.xml", text.replace(named, other).encode()), DEFAULTS)
    with pytest.raises(Refused, match="well-formed"):  # what only the file could have declared
        FORMATS["qti12"].read(Source("a.xml", text.replace("Match.", "&nbsp;").encode()), DEFAULTS)


@pytest.mark.parametrize(("slug", "path"), golden("broken"))
def test_a_broken_file_gives_the_place_of_each_problem_and_the_rest(slug: str, path: Path) -> None:
    check(read(path, slug), json.loads(path.with_suffix(".json").read_text()))


@pytest.mark.parametrize(("slug", "path"), golden("good"))
def test_the_same_file_twice_adds_nothing(slug: str, path: Path, db: None) -> None:
    topics = make_skill("model-serving").topics
    topics.create(title="online against batch inference", position=7)
    counts = []
    for _ in range(2):
        plan = make_plan(read(path), organisation=None, defaults=DEFAULTS)
        load_planned(plan, organisation=None, actor=None, trusted=True)
        counts.append((Question.objects.count(), QuestionVersion.objects.count()))
    assert counts[0] == counts[1]
    assert counts[0][0] == len(plan.unchanged) > 0
    assert (plan.new, plan.changed) == ([], [])


def plain(key: Any) -> str:
    """A key without the signs of Markdown, which Aiken does not know."""
    return re.sub("[`*]", "", str(key))


@pytest.mark.parametrize("slug", [slug for slug, known in FORMATS.items() if known.writes])
def test_what_is_written_is_recognised_and_read_again(slug: str) -> None:
    """The good file of each format, written in every format that writes: no question is dropped silently."""
    for param in golden("good"):
        items = [replace(item, skill="model-serving") for item in read(param.values[1]).items]
        written = FORMATS[slug].write(items, {})
        source = Source(f"again{written.extension}", written.data)
        again = FORMATS[slug].read(source, DEFAULTS)
        left_out = {problem.question for problem in written.lost if "left out" in problem.message}
        assert not again.refused
        kept = [item.question for item in items if item.question.id not in left_out]
        shown = plain if slug == "aiken" else str
        wanted = [(question.type, shown(key_of(question))) for question in kept]
        assert wanted == [(item.question.type, shown(key_of(item.question))) for item in again.items]
        if kept:
            assert format_of(source).slug == slug


@pytest.mark.parametrize("slug", list(FORMATS))
@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"\xff\xfe", b"hello", b"PK\x03\x04 no zip", b"<a><b></a>"])
def test_no_format_breaks_on_rubbish(slug: str, data: bytes) -> None:
    source = Source("rubbish", data)
    with suppress(Refused):
        FORMATS[slug].detect(source)
        assert FORMATS[slug].read(source, DEFAULTS).items == []
