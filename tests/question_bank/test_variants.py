"""Drawn numbers: the formulas that are computed and those that are refused, and one draw per seed everywhere."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from question_bank.formats.pack import parse_text
from question_bank.preview import key_of, preview_page, sample_draws
from question_bank.types import TYPES
from question_bank.types.variants import Listed, Span, VariantError, drawn, in_digits, result, worded

DRAW = {"gpus": Decimal(4), "price": Decimal("2.5")}
NUMERIC = {
    "variables": {"gpus": {"low": 2, "high": 8, "step": 2}, "price": {"low": 0.1, "high": 0.9, "step": 0.1}},
    "answer": "= gpus * price",
    "tolerance": 0.001,
    "near_misses": [{"value": "= gpus + price + 10", "rationale": "Added [[gpus]] and [[price]]."}],
}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("gpus * price * 24", 240),
        ("(gpus + 1) / 2 - -1", 3.5),
        ("7 // 2 + 7 % 4 + 2 ** 3", 14),
        ("round(price / 3, 2)", 0.83),
        ("max(gpus, price, 1) + min(1, 2) + abs(-3)", 8),
        ("sqrt(16) + log2(8) + log10(100) + ceil(0.2) + floor(0.9) + log(exp(2))", 12),
    ],
)
def test_formulas_compute(formula, value):
    assert result(formula, DRAW) == pytest.approx(value)


@pytest.mark.parametrize(
    "formula",
    [
        "", "gpus +", "cpus * 2", "gpus.real", "gpus[0]", "(lambda: 1)()", "[1][0]", "'a' * 3", "True + 1", "1j",
        "__import__('os').system('true')", "open('/etc/passwd')", "round(1, places=2)", "round(*[1])", "eval('1')",
        "gpus if gpus else 1", "gpus == 4", "gpus and 1", "x := 3", "f'{gpus}'", "1 / (gpus - 4)", "9 ** 9 ** 9 ** 9",
        "(-8) ** 0.5", "log(0)", "sqrt(-1)", "1e308 * 10", "max()", "1" * 400, "(" * 150 + ")" * 150,
    ],
)  # fmt: skip
def test_everything_else_is_refused(formula):
    with pytest.raises(VariantError):
        result(formula, DRAW)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(formula):
    try:
        number = result(formula, DRAW)
    except VariantError:
        return
    assert abs(number) < float("inf")


@given(st.integers(0, 2**63))
def test_a_draw_depends_on_the_seed_alone_and_stays_inside_its_range(seed):
    pools = {"a": Span(low=0.1, high=0.7, step=0.1), "b": Listed(values=(1, 5, 9))}
    draw = drawn(pools, seed)
    assert draw == drawn(pools, seed)
    assert draw["a"] in {Decimal(n) / 10 for n in range(1, 8)}
    assert draw["b"] in {1, 5, 9}


def test_all_values_of_a_range_are_drawn():
    pools = {"a": Span(low=1, high=10)}
    assert {int(drawn(pools, seed)["a"]) for seed in range(300)} == set(range(1, 11))


def test_the_draws_of_earlier_attempts_never_change():
    """These are stored nowhere: another way of drawing would change what candidates were asked."""
    pools = {"gpus": Span(low=2, high=8, step=2), "price": Listed(values=(2.5, 3, 4.5))}
    told = [" ".join(map(in_digits, drawn(pools, seed).values())) for seed in (0, 1, 2**62)]
    assert told == ["4 3", "4 3", "8 3"]


@pytest.mark.parametrize(("number", "text"), [("2.50", "2.5"), ("100", "100"), ("0.1", "0.1"), ("1E+2", "100")])
def test_numbers_are_written_as_people_write_them(number, text):
    assert in_digits(Decimal(number)) == text


def test_only_names_of_variables_are_replaced():
    assert worded("[[gpus]] GPUs, [[other]], {{gpus}}, $gpus", DRAW) == "4 GPUs, [[other]], {{gpus}}, $gpus"


def test_a_numeric_question_has_the_numbers_of_its_seed():
    kind = TYPES["numeric"]
    payload = kind.load(NUMERIC)
    seen = set()
    for seed in range(50):
        asked = kind.asked(payload, seed)
        gpus, price = asked.draw["gpus"], asked.draw["price"]
        assert asked.answer == pytest.approx(float(gpus * price))
        assert asked.near_misses[0].rationale == f"Added {in_digits(gpus)} and {in_digits(price)}."
        assert kind.mark(asked, kind.solved(asked)) == 1
        assert asked.model_dump(mode="json") == NUMERIC
        assert kind.asked(asked, 7) == kind.asked(payload, 7)
        seen.add(asked.answer)
    assert len(seen) > 10


def test_gaps_of_a_text_may_be_computed():
    gap = {"id": "total", "kind": "number", "answer": "= shards * 3", "tolerance": 0.1}
    kind = TYPES["cloze"]
    payload = kind.load(
        {"variables": {"shards": {"low": 2, "high": 9}}, "text": "[[shards]] shards: [[total]] pods", "gaps": [gap]}
    )
    asked = kind.asked(payload, 3)
    assert kind.present(asked, 3).text == f"{in_digits(asked.draw['shards'])} shards: plumblinegap0x pods"
    assert kind.mark(asked, {"gaps": {"total": str(float(asked.draw["shards"]) * 3)}}) == 1
    words = {"id": "total", "kind": "text", "accepted": ["x"]}
    with pytest.raises(ValidationError, match="kind number"):
        kind.load({"variables": {"shards": {"low": 2, "high": 9}}, "text": "[[total]]", "gaps": [words]})


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"answer": "= gpus / (gpus - 4)"}, "answer", "division by zero with gpus = 4"),
        ({"answer": "= watts"}, "answer", "'watts' is none of the variables"),
        ({"answer": 3}, "answer", "the same whatever is drawn"),
        ({"tolerance": 5}, "answer", "the tolerance is as large as the result"),
        ({"near_misses": [{"value": "= gpus * price", "rationale": "x"}]}, "", "lies inside the tolerance"),
        ({"variables": {"gpus": {"low": 5, "high": 2}}}, "gpus", "high has to be larger"),
        ({"variables": {"gpus": {"low": 0, "high": 1e9}}}, "gpus", "choose a larger step"),
        ({"variables": {"round": {"low": 0, "high": 1}}}, "variables", "cannot be a variable"),
        ({"variables": {f"v{n}": {"low": 0, "high": 1} for n in range(11)}}, "variables", "one to ten"),
        ({"variables": 3}, "", "dictionary"),
        ({"surprise": 1}, "surprise", "Extra inputs"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(change, place, words):
    with pytest.raises(ValidationError) as refused:
        TYPES["numeric"].load(NUMERIC | change)
    error = refused.value.errors()[0]
    assert words in error["msg"]
    assert place in ".".join(map(str, error["loc"]))


def test_a_pack_names_the_line_of_a_formula_that_cannot_work():
    text = """pack: one
skill: deployment
questions:
  - id: cost
    topic: topic 1
    type: numeric
    difficulty: 1
    expected_seconds: 60
    stem: What do [[gpus]] GPUs cost?
    payload:
      variables: {gpus: {low: 1, high: 4}}
      answer: "= gpus * 2"
      tolerance: 0.1
    explanation: Twice [[gpus]].
    author: Somebody
    checked_on: 2026-11-01
"""
    question = parse_text(text, file="a.yaml").questions[0]
    assert question.content()["payload"] == {
        "variables": {"gpus": {"low": 1, "high": 4}}, "answer": "= gpus * 2", "tolerance": 0.1
    }  # fmt: skip
    with pytest.raises(ValueError, match=r"a.yaml:12: cost: payload.answer: 'cpus' is none of the variables"):
        parse_text(text.replace("gpus * 2", "cpus * 2"), file="a.yaml")


def test_the_preview_shows_three_draws_and_no_two_seeds_the_same_page():
    draws = sample_draws("numeric", "[[gpus]] for [[price]]", NUMERIC)
    assert len({draw.numbers for draw in draws}) == 3
    page = preview_page("numeric", "[[gpus]] for [[price]]", NUMERIC)
    assert page.stem == draws[0].stem
    assert key_of("numeric", NUMERIC) == draws[0].key
    assert sample_draws("numeric", "x", TYPES["numeric"].samples()[0].payload) == []
