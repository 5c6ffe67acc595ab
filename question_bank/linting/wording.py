"""Rules on words: what gives a key away, breaks when options are shuffled, or cannot be read."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

import yaml

from question_bank.linting.base import Complaint, Context, LintItem
from question_bank.linting.texts import FENCE, all_texts, choices, prose

_LETTER = re.compile(
    r"\b(?:[Oo]ptions? (?:[A-H]|[1-9])|(?:[Aa]nswers?|[Cc]hoices?) [A-H])\b(?! *[:=%])"
    r"|\b(?:first|second|third|fourth|fifth|last) (?:option|answer|choice)\b"
)
_ABOVE = re.compile(r"\b(?:all|none|both|any|neither|some) of (?:the|these) (?:above|options|answers)\b", re.IGNORECASE)
_ABSOLUTE = re.compile(
    r"\b(?:always|never|impossible|absolutely|undoubtedly|without exception|in (?:all|every) cases?|"
    r"under (?:all|no) circumstances)\b",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"^(?:which|what)\b(?:(?!\b(?:that|who|whose|which|because|since|if|when|where|while|so)\b)[^?])*?"
    r"\b(?:(?:is|are|was|were|does|do|did|would|will|should|can|could|may|has|have)(?: \w+)? not"
    r"|(?:is|are|was|were|does|do|did|would|should|could|ca)n[’']t|cannot|except"
    r"|least (?:likely|useful|suitable|helpful))\b",
    re.IGNORECASE,
)
_IMAGE_WITHOUT_WORDS = re.compile(r"!\[\s*\]\(")


def answer_letters(item: LintItem, context: Context) -> Iterator[Complaint]:
    for field, text in all_texts(item):
        if field not in {"stem", "stimulus"} and (found := _LETTER.search(prose(text))):
            yield field, f"“{found[0]}” points at a place, and options are shuffled. Name the option by what it says."


def of_the_above(item: LintItem, context: Context) -> Iterator[Complaint]:
    for choice in choices(item):
        if found := _ABOVE.search(choice.text):
            yield (
                f"payload.options.{choice.place + 1}.text",
                f"“{found[0]}” depends on the order and can be guessed from two options. Write an option of its own.",
            )


def absolutes(item: LintItem, context: Context) -> Iterator[Complaint]:
    for choice in choices(item):
        if found := _ABSOLUTE.search(prose(choice.text)):
            yield (
                f"payload.options.{choice.place + 1}.text",
                f"“{found[0]}” tells test-wise readers whether the option is right. Say how far it holds.",
            )


def negative_stem(item: LintItem, context: Context) -> Iterator[Complaint]:
    """Only the question itself: "the column that is not filled" describes, "which is not" asks the other way round."""
    asked = re.sub(r"\*\*[^*]+\*\*", " ", prose(item.stem))  # what is in bold is seen
    for sentence in re.split(r"(?<=[.!?:])\s+|\n{2,}", asked):
        if found := _NEGATIVE.match(sentence.strip()):
            word = found[0].split()[-1]
            yield "stem", f"The question turns on “{word}”, which is easily missed: turn it round, or set it in bold."


def image_words(item: LintItem, context: Context) -> Iterator[Complaint]:
    for field, text in all_texts(item):
        if _IMAGE_WITHOUT_WORDS.search(text):
            yield field, "A picture has no words for those who cannot see it: write them between the brackets of ![ ]."


def listing_broken(item: LintItem, context: Context) -> Iterator[Complaint]:
    """Parses, but never runs or builds: the text of an author is not trusted."""
    for found in FENCE.finditer(item.stem):
        language, code = found[2].lower(), found[3]
        try:
            if language in {"python", "py"}:
                ast.parse(code)
            elif language in {"yaml", "yml"}:
                list(yaml.compose_all(code, Loader=yaml.SafeLoader))
            elif language == "json":
                json.loads(code)
        except (SyntaxError, ValueError, yaml.YAMLError, RecursionError, MemoryError) as error:
            line = item.stem.count("\n", 0, found.start()) + 1
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            yield "stem", f"The {language} listing in line {line} cannot be parsed ({said}). Repair it or name it text."
