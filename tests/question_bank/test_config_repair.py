"""Configuration repair: what holds is worth its share, what breaks costs it, and nothing is ever run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from question_bank.types import TYPES
from question_bank.types.assertions import Assertion, number_of
from question_bank.types.config_repair import ConfigRepair
from tests.question_bank.test_artefacts import HOSTILE

KIND = ConfigRepair()
PAYLOADS = [KIND.load(sample.payload) for sample in KIND.samples()]


def test_it_is_registered():
    assert isinstance(TYPES["config_repair"], ConfigRepair)


@pytest.mark.parametrize("payload", PAYLOADS, ids=[payload.file_name for payload in PAYLOADS])
def test_the_samples_pass_the_check_that_authors_get(payload):
    assert KIND.check(payload) == []
    assert KIND.mark(payload, {"text": payload.solution}) == 1
    assert KIND.mark(payload, {"text": payload.start}) == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_earn_nothing_and_are_described(name):
    for payload in PAYLOADS:
        answer = {"text": HOSTILE[name]}
        assert KIND.mark(payload, answer) == 0
        assert any(line.given for line in KIND.describe(payload, answer))


def test_what_does_not_parse_says_where_to_those_who_may_read_it_and_to_the_candidate():
    payload, answer = PAYLOADS[0], {"text": "jobs:\n  train: [\n"}
    assert "line 2" in KIND.describe(payload, answer)[0].rationale
    assert "line 2" in KIND.warning(payload, answer)
    assert KIND.warning(payload, {"text": payload.start + "\n"}) == ""


def test_what_a_candidate_is_told_is_the_same_for_right_and_wrong_files():
    for payload in PAYLOADS:
        right, wrong = KIND.warning(payload, {"text": payload.solution}), KIND.warning(payload, {"text": payload.start})
        assert right == wrong == ""
        shown = repr(KIND.present(payload, 1))
        assert payload.solution not in shown
        assert all(assertion.message not in shown and assertion.query not in shown for assertion in payload.assertions)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"solution": "a: 1"}, "does not hold in the solution"),
        ({"solution": "a: ["}, "solution: not YAML: line 1"),
        ({"assertions": [{"query": "name", "message": "m"}]}, "holds before anything is repaired"),
        (
            {"assertions": [{"query": "nothing", "keep": True, "message": "m"}, {"query": "jobs.x", "message": "n"}]},
            "one to keep, but does not hold",
        ),
    ],
)
def test_authors_hear_what_is_wrong_with_a_question(change, words):
    payload = KIND.load({**KIND.samples()[0].payload, **change})
    assert any(words in f"{flaw.location[0]}: {flaw.message}" for flaw in KIND.check(payload))


def test_a_file_that_is_broken_at_the_start_may_be_the_question():
    payload = KIND.load({**KIND.samples()[0].payload, "start": "name: train\n  on: [push"})
    assert KIND.check(payload) == []


def holds(data, **assertion):
    return Assertion.model_validate({"query": "x", "message": "m", **assertion}).holds({"x": data})


@pytest.mark.parametrize(
    ("data", "assertion", "expected"),
    [
        ("a", {}, True),
        (0, {}, True),
        ("", {}, False),
        ([], {}, False),
        (False, {}, False),
        (1, {"test": "equals", "value": 1.0}, True),
        (True, {"test": "equals", "value": 1}, False),
        (["a", 1], {"test": "equals", "value": ["a", 1]}, True),
        ("b", {"test": "one_of", "value": ["a", "b"]}, True),
        (True, {"test": "one_of", "value": [1, 2]}, False),
        ("v1.2", {"test": "matches", "value": r"^v\d"}, True),
        (["v1", "w"], {"test": "matches", "value": "^v"}, False),
        ([], {"test": "matches", "value": "^v"}, False),
        (3, {"test": "matches", "value": "3"}, False),
        ("2Gi", {"test": "at_least", "value": "2048Mi", "reads": "quantity"}, True),
        ("500m", {"test": "at_most", "value": 0.5, "reads": "quantity"}, True),
        ("2Gi", {"test": "at_least", "value": 1}, False),
        ("1h30m", {"test": "at_most", "value": "90m", "reads": "duration"}, True),
        ("5", {"test": "at_least", "value": "5m", "reads": "duration"}, False),
        (True, {"test": "at_least", "value": 0}, False),
        ({"a": 1}, {"test": "at_least", "value": 0}, False),
    ],
)
def test_each_test_of_an_assertion(data, assertion, expected):
    assert holds(data, **assertion) is expected


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)*b", "(?:x*){2,}", "a*b*c*d", ".*.*.*", "(", r"(a)\1", "", "a{1,999}b*c*", 7]
)
def test_regular_expressions_that_could_take_for_ever_are_refused(pattern):
    with pytest.raises(ValidationError):
        Assertion.model_validate({"query": "x", "test": "matches", "value": pattern, "message": "m"})


def test_a_long_text_and_a_greedy_pattern_come_to_an_end():
    assert not holds("a" * 1000, test="matches", value="a*a*b")
    assert not holds("a" * 100_000, test="matches", value="a*a*b")  # without limits this would run for days


@given(st.floats(0, 1e9, allow_nan=False) | st.integers(0, 10**9))
def test_plain_numbers_read_as_themselves(number):
    assert number_of(number, "quantity") == number


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_mark_lies_between_0_and_1_and_falls_with_each_thing_that_does_not_hold(held):
    from question_bank.types.config_repair import _points

    payload = PAYLOADS[0]
    mark = _points(payload, held)
    assert 0 <= mark <= 1
    assert (mark == 1) == all(held)
    for place, one in enumerate(held):
        if one:
            assert _points(payload, [*held[:place], False, *held[place + 1 :]]) <= mark
