"""The linter of the bank: what a machine can say about questions before people answer them.

A new rule is one function in the file of its kind and one line below. `lint` runs them all; the command
``manage.py bank lint``, the admin and the tests show what it returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from question_bank.linting import balance, completeness, duplicates, options, wording
from question_bank.linting.base import ORDER, BankRule, Context, Finding, LintItem, Rule, Severity

_ERROR, _WARNING, _HINT = Severity.ERROR, Severity.WARNING, Severity.HINT

RULES: tuple[Rule, ...] = (
    Rule("topic", _ERROR, "A topic of its skill", completeness.topic_missing),
    Rule("rationale", _ERROR, "A rationale for each option", completeness.rationale_missing),
    Rule("explanation", _ERROR, "An explanation that teaches", completeness.explanation_missing),
    Rule("follow-up", _WARNING, "A follow-up for interviews", completeness.follow_up_missing),
    Rule("references", _ERROR, "Sources with title and page", completeness.references_form),
    Rule("front-page", _HINT, "Sources by their page", completeness.front_page),
    Rule("checked-on", _WARNING, "Facts checked within a year", completeness.checked_too_old),
    Rule("tolerance", _WARNING, "A tolerance for results that are rounded", completeness.tolerance_missing),
    Rule("unit", _HINT, "Numbers with a unit", completeness.unit_missing),
    Rule("time", _WARNING, "Time enough to read", completeness.too_little_time),
    Rule("answer-letters", _ERROR, "Options named by what they say", wording.answer_letters),
    Rule("of-the-above", _ERROR, "No “all of the above”", wording.of_the_above),
    Rule("absolutes", _WARNING, "No absolute words in options", wording.absolutes),
    Rule("negative-stem", _WARNING, "No hidden “not” in stems", wording.negative_stem),
    Rule("image-words", _ERROR, "Words for each picture", wording.image_words),
    Rule("listing", _ERROR, "Listings that parse", wording.listing_broken),
    Rule("options-repeated", _ERROR, "Options that differ", options.options_repeated),
    Rule("options-overlap", _WARNING, "Options that exclude each other", options.options_overlap),
    Rule("option-count", _WARNING, "Three to five options", options.option_count),
    Rule("key-stands-out", _WARNING, "A key as long as the others", options.key_stands_out),
    Rule("key-without-reason", _WARNING, "A key built like the others", options.key_alone_without_reason),
    Rule("key-echoes-stem", _HINT, "A key that does not echo the stem", options.key_echoes_stem),
)

BANK_RULES: tuple[BankRule, ...] = (
    BankRule("near-duplicate", _ERROR, "No two questions nearly the same", balance.duplicates),
    BankRule("answers-another", _WARNING, "No question that answers another", duplicates.answers_given_away),
    BankRule("uncovered", _WARNING, "Each topic asked", balance.topic_uncovered),
    BankRule("mix", _WARNING, "30 / 45 / 25 % over the difficulties", balance.difficulty_mix),
    BankRule("types", _WARNING, "Three types or more in a skill", balance.type_variety),
    BankRule("stimulus", _WARNING, "Half of the questions show something", balance.stimulus_share),
    BankRule("definitions", _WARNING, "A fifth of definitions at most", balance.definition_share),
    BankRule("longest-key", _WARNING, "Key longest in 30 % at most", balance.key_longest),
    BankRule("shortest-key", _WARNING, "Key shortest in 30 % at most", balance.key_shortest),
    BankRule("key-position", _WARNING, "Keys at all places alike", balance.key_position),
    BankRule("key-like-stem", _WARNING, "Keys no more like the stem than wrong options", balance.key_like_stem),
)

TITLES: dict[str, str] = {rule.slug: rule.title for rule in RULES} | {rule.slug: rule.title for rule in BANK_RULES}


def lint_question(item: LintItem, context: Context) -> list[Finding]:
    """What is to be said about one question by itself; accepted findings are left out."""
    return [
        Finding(rule.slug, rule.severity, item.skill, item.id, field, message)
        for rule in RULES
        if rule.slug not in item.allow
        for field, message in rule.check(item, context)
    ]


def lint_bank(items: Sequence[LintItem], context: Context) -> list[Finding]:
    """What is to be said about the questions of one owner together, read over those that candidates get."""
    drawn = [item for item in items if item.drawn]
    allowed = {item.id: item.allow for item in drawn if item.allow}
    return [
        Finding(rule.slug, rule.severity, skill, question, field, message)
        for rule in BANK_RULES
        for skill, question, field, message in rule.check(drawn, context)
        if rule.slug not in allowed.get(question, {})
    ]


def lint(items: Sequence[LintItem], context: Context) -> list[Finding]:
    """Every finding, the gravest first, then by place. Retired questions are left in peace."""
    return sorted(_all(items, context), key=lambda found: (ORDER[found.severity], found.skill, found.question))


def _all(items: Sequence[LintItem], context: Context) -> Iterator[Finding]:
    for item in items:
        if item.status != "retired":
            yield from lint_question(item, context)
    yield from lint_bank(items, context)
