"""The contract of every question type, by its own samples; and the numbers behind multiple choice and numeric."""

from __future__ import annotations

import json
import random
import re
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from question_bank.types import TYPES
from question_bank.types.base import AnswerError, token_for
from question_bank.types.numeric import parse_number, within

SEED = 71
SAMPLES = [
    pytest.param(kind, sample, id=f"{kind.slug}-{n}")
    for kind in TYPES.values()
    for n, sample in enumerate(kind.samples())
]
SECRET = "only-for-those-who-may-see-keys"


def with_tokens(raw, seed=SEED):
    """Replaces ``{token:<id>}`` by the token of this attempt, in names and values."""
    swap = lambda text: re.sub(r"\{token:([^}]+)\}", lambda found: token_for(found[1], seed), text)  # noqa: E731
    return {swap(name): [swap(value) for value in values] for name, values in raw.items()}


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_each_type_ships_samples_that_say_something(kind):
    assert kind.samples()
    assert TYPES[kind.slug] is kind
    marks = [mark for sample in kind.samples() for _, mark in sample.marks]
    assert 0.0 in marks
    assert (None if kind.marked_by_people else 1.0) in marks
    assert any(answer is None for sample in kind.samples() for answer, _ in sample.marks)


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_samples_get_their_marks(kind, sample):
    payload = kind.load(sample.payload)
    for answer, mark in sample.marks:
        assert kind.mark(payload, answer) == pytest.approx(mark), answer


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_bad_payloads_are_refused(kind, sample):
    for bad in [*sample.bad_payloads, {}, {**sample.payload, "unknown_key": 1}]:
        with pytest.raises(ValidationError):
            kind.load(bad)


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_a_payload_survives_storing(kind, sample):
    payload = kind.load(sample.payload)
    stored = json.loads(json.dumps(payload.model_dump(mode="json")))
    assert kind.load(stored) == payload


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_raw_forms_become_answers_and_come_back_into_the_page(kind, sample):
    payload = kind.load(sample.payload)
    for raw, expected in sample.raws:
        answer = kind.clean(payload, with_tokens(raw), SEED)
        normal = lambda a: {k: sorted(v) if isinstance(v, list) else v for k, v in a.items()} if a else a  # noqa: E731
        assert normal(answer) == normal(expected), raw
        shown = list(kind.filled_in(payload, answer, SEED))
        assert kind.clean(payload, {"answer": shown}, SEED) == answer
        assert json.loads(json.dumps(answer)) == answer
        mark = kind.mark(payload, answer)
        assert mark is None or 0 <= mark <= 1


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_impossible_forms_are_refused_in_words(kind, sample):
    payload = kind.load(sample.payload)
    for raw in sample.bad_raw:
        with pytest.raises(AnswerError) as refused:
            kind.clean(payload, with_tokens(raw), SEED)
        assert str(refused.value)


def spoil(value):
    """Puts a mark into everything that no candidate may see."""
    if isinstance(value, dict):
        hidden = {"rationale", "working", "message"}
        return {k: f"{SECRET} {v}" if k in hidden else spoil(v) for k, v in value.items()}
    return [spoil(v) for v in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_what_is_presented_holds_no_key(kind, sample):
    payload = kind.load(spoil(kind.load(sample.payload).model_dump(mode="json")))
    presentation = repr(kind.present(payload, SEED))
    assert SECRET not in presentation
    assert "correct" not in presentation
    for option in sample.payload.get("options", []):
        assert f"'{option['id']}'" not in presentation
    if "answer" in sample.payload:
        assert str(sample.payload["answer"]) not in presentation


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_another_key_changes_nothing_that_is_presented(kind):
    twins = [(kind.load(sample.payload), kind.load(twin)) for sample in kind.samples() for twin in sample.twins]
    assert twins
    for one, other in twins:
        assert one != other
        for seed, shuffle in product((SEED, SEED + 1), (True, False)):
            assert kind.present(one, seed, shuffle=shuffle) == kind.present(other, seed, shuffle=shuffle)


def tokens_in(presentation):
    of_fields = [option.token for field in presentation.fields for option in field.options]
    tokens = [option.token for option in presentation.options] + [field.token for field in presentation.fields]
    return {token for token in [*tokens, *of_fields] if not token.isdecimal()}  # a place has no secret


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_the_same_seed_presents_the_same_and_another_one_other_tokens(kind, sample):
    payload = kind.load(sample.payload)
    first = kind.present(payload, SEED)
    assert kind.present(payload, SEED) == first
    assert tokens_in(first).isdisjoint(tokens_in(kind.present(payload, SEED + 1)))
    if first.options:
        orders = {tuple(o.text for o in kind.present(payload, seed).options) for seed in range(40)}
        assert len(orders) > 1
        fixed = kind.present(payload, SEED, shuffle=False).options
        if "options" in sample.payload:
            assert [o.text for o in fixed] == [o["text"] for o in sample.payload["options"]]


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_the_solution_earns_the_whole_point_and_fits_into_the_form(kind, sample):
    payload = kind.load(sample.payload)
    answer = kind.solved(payload)
    if answer is None:
        assert all(mark is None for given, mark in sample.marks if given), "only people can mark it"
        return
    assert kind.mark(payload, answer) == 1
    assert kind.clean(payload, {"answer": list(kind.filled_in(payload, answer, SEED))}, SEED) == answer
    assert kind.warning(payload, answer) == ""


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_guessing_earns_what_the_type_declares(kind, sample):
    payload = kind.load(sample.payload)
    rng, tries = random.Random(SEED), 3000
    marks = [kind.mark(payload, kind.guess(payload, rng)) for _ in range(tries)]
    assert 0 <= kind.chance(payload) <= 0.5
    if None not in marks:
        assert sum(marks) / tries == pytest.approx(kind.chance(payload), abs=0.04)  # over 4 standard errors
    for _ in range(20):
        answer = kind.guess(payload, rng)
        if answer is not None:
            assert kind.clean(payload, {"answer": list(kind.filled_in(payload, answer, SEED))}, SEED) == answer


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_an_answer_is_read_back_with_the_key(kind, sample):
    payload = kind.load(sample.payload)
    for answer, mark in sample.marks:
        lines = kind.describe(payload, answer)
        assert any(line.right for line in lines)
        assert any(line.given for line in lines) is (answer is not None)
        if mark == 1:
            assert all(line.right for line in lines if line.given)


# --- multiple choice -------------------------------------------------------------------------------
@st.composite
def choices(draw):
    size = draw(st.integers(2, 8))
    keys = draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=size - 1))
    ticked = draw(st.sets(st.integers(0, size - 1)))
    return size, keys, ticked


def loaded(size, keys):
    options = [{"id": f"o{i}", "text": f"text {i}", "correct": i in keys, "rationale": "r"} for i in range(size)]
    return TYPES["multiple_choice"].load({"options": options})


def mark(size, keys, ticked):
    answer = {"options": [f"o{i}" for i in sorted(ticked)]} if ticked else None
    return TYPES["multiple_choice"].mark(loaded(size, keys), answer)


@given(choices())
def test_a_mark_lies_between_0_and_1_and_only_the_exact_set_is_worth_1(case):
    size, keys, ticked = case
    assert 0 <= mark(size, keys, ticked) <= 1
    assert (mark(size, keys, ticked) == 1) == (ticked == keys)


@given(choices())
def test_ticking_everything_earns_nothing(case):
    size, keys, _ = case
    assert mark(size, keys, set(range(size))) == 0


@given(choices())
def test_one_more_right_tick_never_lowers_and_one_more_wrong_tick_never_raises(case):
    size, keys, ticked = case
    for extra in set(range(size)) - ticked:
        before, after = mark(size, keys, ticked), mark(size, keys, ticked | {extra})
        assert after >= before if extra in keys else after <= before


@given(choices())
def test_before_the_floor_at_0_guessing_earns_nothing_on_average(case):
    """Each option ticked by the toss of a coin: the shares of right and wrong ticks cancel out."""
    size, keys, _ = case
    wrong = size - len(keys)
    total = 0.0
    for pattern in range(2**size):
        ticked = {i for i in range(size) if pattern >> i & 1}
        total += len(ticked & keys) / len(keys) - len(ticked - keys) / wrong
    assert total / 2**size == pytest.approx(0, abs=1e-9)


@given(choices())
def test_guessing_is_worth_far_less_than_knowing(case):
    """With the floor at 0 a guess earns something, but on average under a half, and less with more options."""
    size, keys, _ = case
    marks = [mark(size, keys, {i for i in range(size) if pattern >> i & 1}) for pattern in range(2**size)]
    assert sum(marks) / len(marks) < 0.5


# --- numeric ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("1200", None, 1200),
        (" 0.25 ", None, 0.25),
        ("0,25", None, 0.25),
        (".5", None, 0.5),
        ("5.", None, 5),
        ("-3", None, -3),
        ("\u22123", None, -3),
        ("+3", None, 3),
        ("1e-3", None, 0.001),
        ("1E3", None, 1000),
        ("1,234.5", None, 1234.5),
        ("1,234,567", None, 1234567),
        ("1 234", None, 1234),
        ("1'234", None, 1234),
        ("1\u202f234", None, 1234),
        ("0,125", None, 0.125),
        ("12 %", "percent", 12),
        ("12%", "%", 12),
        ("43.2 minutes", "minutes", 43.2),
        ("43.2 MINUTES", "minutes", 43.2),
    ],
)
def test_numbers_are_read_as_people_type_them(typed, unit, value):
    assert parse_number(typed, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "nan",
        "inf",
        "-inf",
        "1e999",
        "1,234",
        "12,345",
        "1/2",
        "1..2",
        "1,2,3",
        "0x10",
        "1_000",
        "12 apples",
        "--1",
    ],
)
def test_what_could_mean_two_things_or_nothing_is_asked_back(typed):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - any message, but one for people
        parse_number(typed, None)
    assert len(str(refused.value)) > 10


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_what_python_writes_is_read_back(number):
    assert parse_number(repr(number), None) == number


@given(st.text(max_size=40))
def test_any_text_is_a_finite_number_or_a_value_error(typed):
    try:
        number = parse_number(typed, None)
    except ValueError:
        return
    assert abs(number) < float("inf")


@given(st.floats(-1e6, 1e6), st.floats(0, 1e3), st.floats(-2, 2))
def test_a_tolerance_holds_on_both_sides(answer, tolerance, share):
    assume(abs(abs(share) - 1) > 1e-3)
    assume(tolerance > 1e-3)
    assert within(answer + share * tolerance, answer, tolerance) == (abs(share) < 1)
