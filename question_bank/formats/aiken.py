"""Aiken: plain text, one question of single choice to a block.

A line with the question, lines with the options (``A. text`` or ``A) text``), and ``ANSWER: A``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from question_bank.formats.base import Defaults, Format, Item, Losses, Parsed, Reading, Written, fixed
from question_bank.formats.markup import from_plain, to_plain
from question_bank.formats.shapes import Choice, choice
from question_bank.formats.source import Source
from question_bank.formats.texts import clean
from question_bank.types import TYPES

_OPTION = re.compile(r"^([A-Z])[.)]\s*(.*)$")
_ANSWER = re.compile(r"^ANSWER:\s*([A-Za-z])?\s*$")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Aiken(Format):
    slug = "aiken"
    label = "Aiken"
    extensions = (".txt",)

    def detect(self, source: Source) -> bool:
        if source.is_archive or source.is_xml:
            return False
        lines = source.start.decode("utf-8", "replace").splitlines()
        return any(re.match(r"^ANSWER:\s*[A-Z]\s*$", line) for line in lines) and any(map(_OPTION.match, lines))

    def read(self, source: Source, defaults: Defaults) -> Parsed:
        reading = Reading(source, defaults)
        block = _Block(1)
        for number, line in enumerate(clean(source.text)[0].split("\n"), 1):
            line = line.strip()
            if not line:
                block.ended = bool(block.options) or block.ended
            elif answer := _ANSWER.match(line):
                block.finish(reading, number, (answer[1] or "").upper())
                block = _Block(number + 1)
            elif line.startswith("ANSWER:"):
                reading.refuse(block.label, "ANSWER", "names no option by its letter, as in 'ANSWER: A'", line=number)
                block = _Block(number + 1)
            elif (option := _OPTION.match(line)) and option[1] == LETTERS[min(len(block.options), 25)] and block.words:
                block.options.append(option[2])
            else:
                if block.options:
                    block.abandon(reading)
                    block = _Block(number)
                block.start = block.start if block.words else number
                block.words.append(line)
        if block.words:
            block.abandon(reading)
        return reading.parsed

    def write(self, items: Sequence[Item], pictures: Mapping[str, bytes]) -> Written:
        losses = Losses()
        blocks = [text for item in fixed(items, losses) if (text := _text(item, losses))]
        return Written("\n".join(blocks).encode(), ".txt", "text/plain; charset=utf-8", tuple(losses.problems))


class _Block:
    """One question while it is read."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.words: list[str] = []
        self.options: list[str] = []
        self.ended = False

    @property
    def label(self) -> str:
        return " ".join(self.words)[:60] or f"line {self.start}"

    def abandon(self, reading: Reading) -> None:
        reading.refuse(self.label, "", "has no line 'ANSWER: A' after its options", line=self.start)

    def finish(self, reading: Reading, line: int, letter: str) -> None:
        if not self.words:
            reading.refuse(self.label, "", "an answer without a question before it", line=line)
            return
        at = LETTERS.find(letter) if letter else -1
        if not 0 <= at < len(self.options):
            known = ", ".join(LETTERS[: len(self.options)]) or "none"
            reading.refuse(self.label, "ANSWER", f"names none of the options ({known})", line=line)
            return
        options = [Choice(from_plain(text), index == at) for index, text in enumerate(self.options)]
        reading.add({"stem": from_plain("\n".join(self.words)), **choice(options)}, label=self.label, line=self.start)


def _text(item: Item, losses: Losses) -> str:
    question = item.question
    if question.type != "single_choice":
        losses.refuse_type(question, "Aiken")
        return ""
    payload = TYPES[question.type].load(question.payload)
    if "\n" in question.stem or any("\n" in option.text for option in payload.options):
        losses.add(question.id, "text", "line breaks, listings and tables run into one line")
    losses.add(question.id, "fields", "only the question, its options and the answer are written")
    lines = [to_plain(question.stem)]
    lines += [f"{LETTERS[index]}. {to_plain(option.text)}" for index, option in enumerate(payload.options)]
    right = next(index for index, option in enumerate(payload.options) if option.correct)
    return "\n".join([*lines, f"ANSWER: {LETTERS[right]}", ""])
