"""Each rule speaks up where it should, keeps quiet where it should, and can be answered with a reason."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from question_bank.formats.base import NO_RATIONALE
from question_bank.linting import BANK_RULES, RULES, TITLES, lint, lint_bank, lint_question
from question_bank.linting.base import Severity
from tests.question_bank.linting.items import CONTEXT, TODAY, item, option, options

LONG_AGO = TODAY - datetime.timedelta(days=366)
FOUR = ("Raise the number of replicas", "Lower the batch timeout", "Pin the older version", "Warm the cache up")

# rule: (changes that it complains about, the field it names, changes that it lets pass)
CASES: dict[str, list[tuple[dict[str, Any], str, dict[str, Any]]]] = {
    "topic": [({"topic": ""}, "topic", {}), ({"topic": "sailing"}, "topic", {"topic": "caching"})],
    "rationale": [
        (
            {"payload": {"options": [option("One thing", correct=True, rationale="-"), option("Two"), option("Four")]}},
            "payload.options.1.rationale",
            {},
        ),
        (
            {"payload": {"options": [option("One", correct=True, rationale=NO_RATIONALE), *options("Two")["options"]]}},
            "payload.options.1.rationale",
            {},
        ),
        (
            {"type": "ordering", "payload": {"items": [{"id": "a", "text": "A", "rationale": ""}]}},
            "payload.items.1.rationale",
            {"type": "ordering", "payload": {"items": [{"id": "a", "text": "A", "rationale": "It is needed first."}]}},
        ),
        (
            {"type": "cloze", "payload": {"text": "[[a]]", "gaps": [{"id": "a", "kind": "text", "accepted": ["x"]}]}},
            "payload.gaps.1.rationale",
            {},
        ),
    ],
    "explanation": [({"explanation": ""}, "explanation", {}), ({"explanation": "Because."}, "explanation", {})],
    "follow-up": [({"interview_follow_up": " "}, "interview_follow_up", {"interview_follow_up": "", "difficulty": 1})],
    "references": [
        ({"references": []}, "references", {"references": [{"title": "A book that is on paper", "url": None}]}),
        ({"references": [{"title": "A page", "url": "http://example.org/page"}]}, "references.1", {}),
        ({"references": [{"title": "A page", "url": "https://intranet/page"}]}, "references.1", {}),
        ({"references": [{"title": "https://example.org/page"}]}, "references.1", {}),
        ({"references": [{"title": "A page"}, {"title": "A page"}]}, "references.2", {}),
    ],
    "front-page": [
        (
            {"references": [{"title": "A site", "url": "https://example.org/"}]},
            "references.1",
            {"references": [{"title": "A site", "url": "https://example.org/page"}]},
        )
    ],
    "checked-on": [
        ({"checked_on": None}, "checked_on", {}),
        ({"checked_on": LONG_AGO}, "checked_on", {"checked_on": LONG_AGO + datetime.timedelta(days=1)}),
        ({"checked_on": TODAY + datetime.timedelta(days=30)}, "checked_on", {}),
    ],
    "tolerance": [
        (
            {"type": "numeric", "payload": {"answer": 33.3, "tolerance": 0, "unit": "%"}},
            "payload.tolerance",
            {"type": "numeric", "payload": {"answer": 33.3, "tolerance": 0.1, "unit": "%"}},
        ),
        (
            {"type": "numeric", "payload": {"answer": 0.5, "tolerance": 0}},
            "payload.tolerance",
            {"type": "numeric", "payload": {"answer": 12, "tolerance": 0, "unit": "GB"}},
        ),
    ],
    "unit": [
        (
            {"type": "numeric", "payload": {"answer": 12, "tolerance": 0}},
            "payload.unit",
            {"type": "numeric", "payload": {"answer": 12, "tolerance": 0, "unit": "GB"}},
        )
    ],
    "time": [({"stem": "word " * 600, "expected_seconds": 60}, "expected_seconds", {"expected_seconds": 60})],
    "answer-letters": [
        (
            {"explanation": f"Option B is right: {item().explanation}"},
            "explanation",
            {"explanation": f"It answers 2 requests a second. {item().explanation}"},
        ),
        ({"interview_follow_up": "Why not the second option?"}, "interview_follow_up", {}),
        (
            {"payload": {"options": [option("Both", rationale="As in answer C."), *options(*FOUR)["options"]]}},
            "payload.options.1.rationale",
            {},
        ),
    ],
    "of-the-above": [({"payload": options(*FOUR[:3], "All of the above")}, "payload.options.4.text", {})],
    "absolutes": [
        (
            {"payload": options(*FOUR[:3], "It never helps")},
            "payload.options.4.text",
            {"payload": options(*FOUR[:3], "Set `restart: always`")},
        ),
    ],
    "negative-stem": [
        ({"stem": "Which of these is not a cause?"}, "stem", {"stem": "Which of these is **not** a cause?"}),
        (
            {"stem": "A pod restarts. What can't explain it?"},
            "stem",
            {"stem": "Which column is filled with a value that does not exist at prediction time?"},
        ),
        (
            {"stem": "Logs of a crash.\n\nWhich causes do these logs allow, except one?"},
            "stem",
            {"stem": "The alert does not fire. Why?"},
        ),
    ],
    "image-words": [
        ({"stem": "![](image:plot) What is shown?"}, "stem", {"stem": "![A plot](image:plot) What is it?"})
    ],
    "listing": [
        ({"stem": "```yaml\na: [1\n```\nWhat is wrong?"}, "stem", {"stem": "```text\na: [1\n```\nWhat is wrong?"}),
        ({"stem": "```json\n{'a': 1}\n```\nWhat is wrong?"}, "stem", {"stem": '```json\n{"a": 1}\n```\nWhat?'}),
        ({"stem": "```python\nif x\n```\nWhat is wrong?"}, "stem", {"stem": "```python\nif x:\n    y()\n```\nWhat?"}),
        ({"stem": f"```yaml\n{'[' * 3000}\n```\nWhat is wrong?"}, "stem", {}),
    ],
    "options-repeated": [
        (
            {"payload": options("Lower the timeout.", "lower the timeout", "Pin it")},
            "payload.options.2.text",
            {"payload": options("`a < b`", "`a > b`", "`a == b`")},
        )
    ],
    "options-overlap": [
        (
            {"payload": options("Pin the older model version", "Pin the older model version, then warn", "Wait")},
            "payload.options.2.text",
            {"payload": options("`a`, `b`, `c` and `d`", "`a`, `b`, `c` and `d`, `e`", "`f`")},
        ),
        (
            {"payload": options("10 to 20 ms", "15 to 30 ms", "40 to 50 ms")},
            "payload.options.2.text",
            {"payload": options("10 to 20 ms", "20 to 30 ms", "30 to 50 ms")},
        ),
    ],
    "option-count": [
        ({"payload": options("Yes it does", "No it does not")}, "payload.options", {}),
        ({"payload": options(*FOUR, *"ab")}, "payload.options", {"payload": options(*FOUR, "a")}),
    ],
    "key-stands-out": [
        (
            {"payload": options("Raise the number of replicas until the queue is short again", *FOUR[1:])},
            "payload.options",
            {"payload": options(*FOUR)},
        ),
        (
            {"payload": options("Wait", "Raise the number of replicas", "Lower the batch timeout")},
            "payload.options",
            {},
        ),
    ],
    "key-without-reason": [
        (
            {"payload": options(FOUR[0], *(f"{text}, so that it waits less" for text in FOUR[1:]))},
            "payload.options",
            {"payload": options(*FOUR[:2], *(f"{text}, so that it waits less" for text in FOUR[2:]))},
        )
    ],
    "key-echoes-stem": [
        (
            {
                "stem": "Replicas share one database, and requests queue behind a transaction. What helps?",
                "payload": options("Shorten the database transaction that requests queue for", *FOUR[1:]),
            },
            "payload.options",
            {},
        )
    ],
}


def rules_of(changes: dict[str, Any]) -> set[tuple[str, str]]:
    return {(found.rule, found.field) for found in lint_question(item(**changes), CONTEXT)}


def test_each_rule_has_a_case() -> None:
    assert set(CASES) == {rule.slug for rule in RULES}
    assert len(TITLES) == len(RULES) + len(BANK_RULES)


def test_the_question_that_the_cases_spoil_is_clean() -> None:
    assert lint_question(item(), CONTEXT) == []


@pytest.mark.parametrize(
    ("rule", "bad", "field", "good"), [(rule, *case) for rule, cases in CASES.items() for case in cases]
)
def test_a_rule_complains_about_the_bad_and_passes_the_good(
    rule: str, bad: dict[str, Any], field: str, good: dict[str, Any]
) -> None:
    assert (rule, field) in rules_of(bad)
    assert rule not in {slug for slug, _ in rules_of(good)}


@pytest.mark.parametrize("rule", sorted(CASES))
def test_a_finding_can_be_accepted_with_a_reason(rule: str) -> None:
    bad = CASES[rule][0][0] | {"allow": {rule: "looked at and meant so"}}
    assert rule not in {slug for slug, _ in rules_of(bad)}


def test_retired_questions_are_left_in_peace() -> None:
    assert lint([item(status="retired", explanation="")], CONTEXT) == []


def test_errors_come_first() -> None:
    found = lint([item("b", interview_follow_up=""), item("c", explanation="", stem="Else?")], CONTEXT)
    assert found[0].severity is Severity.ERROR
    assert [f.severity for f in found] == sorted([f.severity for f in found], key=list(Severity).index)


def bank(count: int, **changes: Any) -> list[Any]:
    """Questions that differ in every word, three types, mixed difficulty and all topics."""
    kinds = ("single_choice", "single_choice", "numeric", "multiple_choice")
    return [
        item(
            f"serving-{number}",
            stem=f"```text\nlog{number}\n```\n" + " ".join(f"w{number}x{place}" for place in range(12)) + "?",
            type=kinds[number % 4],
            difficulty=(1, 2, 3, 2, 1, 2, 3, 2, 2, 1)[number % 10],
            topic=("batching", "caching")[number % 2],
            payload={"answer": number, "tolerance": 0}
            if number % 4 == 2
            else options(*(f"n{number}y{place}" for place in range(4)), key=number // 4 % 4),
            **changes,
        )
        for number in range(count)
    ]


def bank_rules(items: list[Any]) -> set[str]:
    return {found.rule for found in lint_bank(items, CONTEXT)}


def spoil(items: list[Any], **changes: Any) -> list[Any]:
    return [dataclasses.replace(one, **changes) for one in items]


def test_a_balanced_bank_is_clean() -> None:
    assert lint_bank(bank(40), CONTEXT) == []


def keys(texts: tuple[str, ...], key: int = 0) -> list[Any]:
    return spoil(bank(40), type="single_choice", payload=options(*texts, key=key))


BAD_BANKS: dict[str, list[Any]] = {
    "near-duplicate": [*bank(20), item("serving-again", stem=bank(20)[3].stem, payload=bank(20)[3].payload)],
    "answers-another": [
        item("asks", payload=options("the queue in front of each replica", "mean load", "model size")),
        item("tells", stem="Somebody drew the queue in front of each replica over an hour. What is missing there?"),
    ],
    "uncovered": spoil(bank(20), topic="batching"),
    "mix": spoil(bank(20), difficulty=3),
    "types": spoil(bank(20), type="numeric"),
    "stimulus": [*bank(9), *(item(f"s{n}", stem=f"q{n} r{n} s{n} t{n}?") for n in range(11))],
    "definitions": [item(f"s{n}", stem=f"What is drift{n} and of what kind{n}?") for n in range(12)],
    "longest-key": keys(("a longer key", "wrong", "other", "third")),
    "shortest-key": keys(("key", "wrong", "other", "third")),
    "key-position": keys(("same", "long", "text", "here")),
    "key-like-stem": [
        item(
            f"s{n}", stem=f"Why do replicas{n} queue?", payload=options(f"replicas{n} queue", f"model{n}", f"cache{n}")
        )
        for n in range(12)
    ],
}


def test_each_bank_rule_has_a_bad_bank() -> None:
    assert set(BAD_BANKS) == {rule.slug for rule in BANK_RULES}


@pytest.mark.parametrize("rule", sorted(BAD_BANKS))
def test_a_bank_rule_complains_about_a_bad_bank(rule: str) -> None:
    assert rule in bank_rules(BAD_BANKS[rule])


def test_a_small_bank_is_not_judged_by_shares() -> None:
    assert bank_rules(spoil(bank(9), difficulty=3, type="numeric")) <= {"near-duplicate"}


def test_drafts_do_not_count_for_the_balance() -> None:
    assert bank_rules([*bank(40), *spoil(bank(40), status="draft")]) == set()
