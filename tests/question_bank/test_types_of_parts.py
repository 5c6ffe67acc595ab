"""The types whose questions have several parts: the numbers behind their marks, and how parts are read."""

from __future__ import annotations

from itertools import combinations, permutations, product
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.templatetags.questions import cloze
from question_bank.types import TYPES
from question_bank.types.base import AnswerError, parts_of, values_of
from question_bank.types.cloze import as_code, normalised


# --- parts -----------------------------------------------------------------------------------------
def test_fields_of_parts_and_values_of_one_field_say_the_same():
    assert values_of({"answer-a": ["1"], "answer-b": [""], "answer": ["c:2"], "seconds": ["3"]}) == ["c:2", "a:1"]
    tokens = {"a", "b", "c"}
    both = parts_of({"answer-a": ["1"], "answer": ["c:x:y"]}, tokens, longest=5)
    assert both == parts_of({"answer": ["a:1", "c:x:y", "b:"]}, tokens, longest=5) == {"a": "1", "c": "x:y"}


@pytest.mark.parametrize(
    "raw", [{"answer": ["d:1"]}, {"answer": ["1"]}, {"answer-a": ["1", "2"]}, {"answer-a": ["123456"]}]
)
def test_parts_that_cannot_be_are_refused(raw):
    with pytest.raises(AnswerError):
        parts_of(raw, {"a"}, longest=5)


# --- ordering --------------------------------------------------------------------------------------
def steps(n):
    return TYPES["ordering"].load({"items": [{"id": f"s{i}", "text": f"step {i}"} for i in range(n)]})


def in_order(order):
    return {"places": {f"s{step}": place for place, step in enumerate(order, start=1)}}


def test_the_mark_of_an_order_is_kendalls_tau_with_a_floor():
    payload = steps(4)
    for order in permutations(range(4)):
        right = sum(order.index(a) < order.index(b) for a, b in combinations(range(4), 2))
        assert TYPES["ordering"].mark(payload, in_order(order)) == pytest.approx(max(0, (right - (6 - right)) / 6))


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_the_chance_level_of_an_order_is_its_mean_over_all_orders(n):
    payload = steps(n)
    marks = [TYPES["ordering"].mark(payload, in_order(order)) for order in permutations(range(n))]
    assert TYPES["ordering"].chance(payload) == pytest.approx(sum(marks) / len(marks))


@given(st.permutations(range(6)), st.integers(0, 4))
def test_swapping_two_neighbours_into_order_never_lowers_the_mark(order, at):
    payload, swapped = steps(6), list(order)
    swapped[at : at + 2] = sorted(swapped[at : at + 2])
    mark = TYPES["ordering"].mark
    assert mark(payload, in_order(swapped)) >= mark(payload, in_order(order))


@given(st.dictionaries(st.sampled_from([f"s{i}" for i in range(5)]), st.integers(1, 5)))
def test_any_places_have_a_mark_between_0_and_1(places):
    kind, payload = TYPES["ordering"], steps(5)
    answer = {"places": places} if places else None
    assert 0 <= kind.mark(payload, answer) <= 1
    complete = len(set(places.values())) == 5
    assert (kind.warning(payload, answer) == "") is (complete or not places)


# --- fill in ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "accepted", "case", "right"),
    [
        ("ReadOnly", "readonly", False, True),
        ("ReadOnly", "readonly", True, False),
        ("  read \t only ", "read only", True, True),
        ("ﬁle", "file", False, True),
        ("STRASSE", "straße", False, True),
        ("cafe\u0301", "café", False, True),
        ("read-only", "read only", False, False),
    ],
)
def test_what_is_typed_is_compared_after_the_declared_normalisation(typed, accepted, case, right):
    gap = {"id": "a", "kind": "text", "accepted": [accepted], "case_sensitive": case}
    payload = TYPES["cloze"].load({"text": "[[a]]", "gaps": [gap]})
    assert TYPES["cloze"].mark(payload, {"gaps": {"a": typed}}) == right


@given(st.text(max_size=30))
def test_normalising_twice_changes_nothing(text):
    once = normalised(text)
    assert normalised(once) == once


@given(st.text(min_size=1, max_size=30))
def test_typed_text_is_quoted_as_code(text):
    shown = as_code(text)
    assert shown.startswith("`")
    assert text in shown


LISTINGS = ["yaml", "json", "python", "bash", "dockerfile", "toml", "hcl", "sql", "diff", "no-such-language", ""]


@pytest.mark.parametrize("language", LISTINGS)
def test_gaps_stand_at_their_places_in_listings_tables_and_text(language):
    listing = f"```{language}\nFROM [[b]]\nx: [[c]]\n```"
    text = f"In [[a]] and\n\n{listing}\n\n| h | i |\n|---|---|\n| [[d]] | `[[e]]` |\n\n- [[f]]\n"
    gaps = [{"id": i, "kind": "text", "accepted": ["x"]} for i in "abcdef"]
    kind = TYPES["cloze"]
    presentation = kind.present(kind.load({"text": text, "gaps": gaps}), 7)
    html = cloze(SimpleNamespace(presentation=presentation, filled_in=[f"{presentation.fields[2].token}:typed"]))
    names = [f'name="answer-{field.token}"' for field in presentation.fields]
    assert all(html.count(name) == 1 for name in names)
    assert sorted(names, key=html.index) == names
    assert html.count('value="typed"') == 1
    assert "plumblinegap" not in html


def test_a_gap_where_no_field_can_be_is_asked_below():
    kind = TYPES["cloze"]
    gaps = [{"id": i, "kind": "text", "accepted": ["x"]} for i in "ab"]
    payload = kind.load({"text": "[link](https://example.org/[[a]]) and <b>[[b]]</b>", "gaps": gaps})
    presentation = kind.present(payload, 7)
    html = cloze(SimpleNamespace(presentation=presentation, filled_in=[f'{presentation.fields[1].token}:"><script>']))
    assert html.count("<input") == 2
    assert "<script" not in html
    assert "<b>" not in html


# --- rows ------------------------------------------------------------------------------------------
def rows_of(slug, n, k, ids="{}"):
    rows = [{"id": ids.format(i), "text": f"row {i}", "answer": ids.format(i % k)} for i in range(n)]
    return TYPES[slug].load({"rows": rows, "options": [{"id": ids.format(i), "text": f"option {i}"} for i in range(k)]})


@pytest.mark.parametrize(("slug", "n", "k"), [("grid", 4, 2), ("grid", 3, 3), ("grid", 2, 5), ("matching", 3, 4)])
def test_the_chance_level_of_rows_is_the_mean_over_all_ways_to_fill_them_in(slug, n, k):
    kind, payload = TYPES[slug], rows_of(slug, n, k)
    answers = ({"rows": {str(i): str(o) for i, o in enumerate(given)}} for given in product(range(k), repeat=n))
    marks = [kind.mark(payload, answer) for answer in answers]
    assert kind.chance(payload) == pytest.approx(sum(marks) / len(marks))


@pytest.mark.parametrize("slug", ["matching", "grid"])
def test_a_row_and_its_option_with_the_same_id_have_nothing_in_common_on_the_page(slug):
    presentation = TYPES[slug].present(rows_of(slug, 3, 3, ids="same-{}"), 5)
    for field in presentation.fields:
        assert field.token not in {option.token for option in field.options}


def test_matching_gives_nothing_away_by_order_even_without_shuffling():
    payload = rows_of("matching", 3, 3)
    backwards = payload.model_copy(update={"options": payload.options[::-1]})
    for shuffle in (True, False):
        assert TYPES["matching"].present(payload, 5, shuffle=shuffle) == TYPES["matching"].present(
            backwards, 5, shuffle=shuffle
        )


def test_columns_of_a_grid_keep_their_order():
    orders = {
        tuple(o.text for o in TYPES["grid"].present(rows_of("grid", 3, 3), seed).fields[0].options)
        for seed in range(20)
    }
    assert orders == {("option 0", "option 1", "option 2")}
