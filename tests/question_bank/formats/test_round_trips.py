"""YAML -> another format -> YAML is identical for every type that the other format can say."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from question_bank.formats import FORMATS
from question_bank.formats.base import Defaults, Item
from question_bank.formats.source import Source
from question_bank.types import TYPES
from tests.question_bank.formats.strategies import PAYLOADS, banks
from tests.question_bank.formats.test_yaml_pack import PNG, told

WHOLE = ("yaml", "moodle", "qti3")
"""Formats that say everything about the types below."""


def through(slug: str, items: list[Item], pictures: dict[str, bytes] | None = None) -> list[Item]:
    """YAML -> the format -> YAML, with everything that was not kept as a failure."""
    yaml = FORMATS["yaml"]
    start = yaml.read(Source("a.yaml", yaml.write(items, {}).data), Defaults()).items
    written = FORMATS[slug].write(start, pictures or {})
    assert not [problem for problem in written.lost if "left out" in problem.message]
    parsed = FORMATS[slug].read(Source(f"b{written.extension}", written.data), Defaults())
    assert not parsed.refused
    return yaml.read(Source("c.yaml", yaml.write(parsed.items, {}).data), Defaults()).items


@pytest.mark.parametrize("kind", list(PAYLOADS))
@pytest.mark.parametrize("slug", WHOLE)
def test_yaml_to_the_format_and_back_is_identical(slug: str, kind: str) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(banks((kind,)))
    def check(items: list[Item]) -> None:
        back = through(slug, items)
        assert [told(item) for item in back] == [told(item) for item in items]
        assert {item.skill for item in back} == {"model-serving"}

    check()


def test_every_type_is_in_the_round_trips_or_cannot_be_said() -> None:
    """A new type is either generated above, or each foreign format lists it as left out."""
    from question_bank.formats.pack import parse_file
    from question_bank.services.load import shipped_packs

    base = parse_file(shipped_packs()[0]).questions[0]
    samples = [(kind, sample.payload) for kind in TYPES for sample in TYPES[kind].samples()]
    for kind, payload in samples:
        if kind in PAYLOADS and "variables" not in payload:
            continue
        question = base.model_copy(update={"type": kind, "payload": payload})
        for slug, known in FORMATS.items():
            if known.writes and slug not in {"yaml", "csv"}:
                lost = known.write([Item(question, "model-serving")], {}).lost
                assert any("left out" in problem.message for problem in lost), (kind, slug)


@pytest.mark.parametrize("slug", [slug for slug in WHOLE if slug != "yaml"])
def test_pictures_travel_along(slug: str) -> None:
    from question_bank.formats.pack import parse_file
    from question_bank.services.load import shipped_packs

    base = parse_file(shipped_packs()[0]).questions[0]
    shows = base.model_copy(update={"stem": "![a plan](image:plan) and ![another](image:elsewhere)"})
    written = FORMATS[slug].write([Item(shows, "model-serving")], {"plan": PNG})
    assert any("elsewhere" in problem.message for problem in written.lost)
    parsed = FORMATS[slug].read(Source(f"b{written.extension}", written.data), Defaults())
    assert parsed.pictures == {"plan": PNG}
    assert parsed.items[0].question.stem == shows.stem
