"""CSV: one question to a row, for spreadsheets.

Cells that a spreadsheet would take for a formula get an apostrophe in front, and lose it again when they are read.
Types without columns of their own carry their payload as JSON.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from question_bank.formats import shapes
from question_bank.formats.base import NO_RATIONALE, Defaults, Format, Item, Losses, Parsed, Reading, Written
from question_bank.formats.shapes import Choice
from question_bank.formats.source import Refused, Source
from question_bank.types import TYPES

OPTIONS = 10
MAX_CELL = 100_000
MAX_ROWS = 10_001
_FIELDS = ("id", "skill", "topic", "type", "difficulty", "expected_seconds", "stem")
_LAST = (
    "option_ids", "answer", "tolerance", "unit", "working", "payload", "explanation", "references", "author",
    "checked_on", "interview_follow_up", "status",
)  # fmt: skip
COLUMNS = (
    *_FIELDS,
    "key",
    *(f"{part}_{number}" for number in range(1, OPTIONS + 1) for part in ("option", "rationale")),
    *_LAST,
)
_FORMULA = re.compile(r"^['=+\-@\t\r\n]")
_GUARDED = re.compile(r"^'(?=['=+\-@\t\r\n])")
_PLAIN_COLUMNS = ("id", "topic", "stem", "explanation", "author", "interview_follow_up", "status")


class CsvTable(Format):
    slug = "csv"
    label = "CSV"
    extensions = (".csv",)

    def detect(self, source: Source) -> bool:
        if source.is_archive or source.is_xml:
            return False
        first = source.start.decode("utf-8-sig", "replace").lstrip("\ufffd").split("\n", 1)[0].lower()
        names = {name.strip().strip('"') for name in re.split(r"[,;\t]", first)}
        return "stem" in names and bool(names & {"key", "answer", "payload", "type"})

    def read(self, source: Source, defaults: Defaults) -> Parsed:
        reading = Reading(source, defaults)
        text = source.text.replace("\x00", "\ufffd")
        first = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=first.count)
        csv.field_size_limit(MAX_CELL)
        rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        try:
            head = [name.strip().lower() for name in next(rows, [])]
            _check_head(head)
            before = rows.line_num
            for number, cells in enumerate(rows):
                if number >= MAX_ROWS:
                    raise Refused(f"more than {MAX_ROWS - 1} rows; split the file", line=rows.line_num)
                if any(cell.strip() for cell in cells):
                    _read_row(reading, dict(zip(head, cells, strict=False)), before + 1)
                before = rows.line_num
        except csv.Error as error:
            raise Refused(f"not readable as CSV: {error}", line=rows.line_num) from error
        return reading.parsed

    def write(self, items: Sequence[Item], pictures: Mapping[str, bytes]) -> Written:
        losses = Losses()
        target = io.StringIO()
        writer = csv.DictWriter(target, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        for item in items:
            writer.writerow({name: guarded(value) for name, value in _row(item, losses).items()})
        for name in pictures:
            losses.add("", "pictures", f"the picture {name!r} is not in the file")
        return Written(target.getvalue().encode("utf-8-sig"), ".csv", "text/csv; charset=utf-8", tuple(losses.problems))


def guarded(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that would begin a formula gets an apostrophe; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _unguarded(cell: str) -> str:
    return _GUARDED.sub("", cell)


def _check_head(head: list[str]) -> None:
    if "stem" not in head:
        raise Refused("the first line must name the columns, 'stem' among them", line=1)
    if unknown := [name for name in head if name and name not in COLUMNS]:
        raise Refused(f"unknown column {unknown[0]!r}; known: {', '.join(COLUMNS)}", line=1)
    if doubles := [name for name in head if name and head.count(name) > 1]:
        raise Refused(f"the column {doubles[0]!r} is there twice", line=1)


def _read_row(reading: Reading, row: dict[str, str], line: int) -> None:
    cells = {name: _unguarded(cell).strip() for name, cell in row.items() if name and cell is not None}
    label = cells.get("id") or " ".join(cells.get("stem", "").split())[:60]
    try:
        fields = {name: cells[name] for name in _PLAIN_COLUMNS if cells.get(name)} | _payload(cells)
        for name in ("difficulty", "expected_seconds"):
            if cells.get(name):
                fields[name] = _whole(name, cells[name])
        if cells.get("checked_on"):
            fields["checked_on"] = cells["checked_on"]
        if cells.get("references"):
            fields["references"] = [_reference(one) for one in cells["references"].split("\n") if one.strip()]
    except ValueError as error:
        reading.refuse(label, "", str(error), line=line)
        return
    reading.add({"stem": "", **fields}, label=label, skill=cells.get("skill", ""), line=line)


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII):
        raise ValueError(f"{name}: {text[:40]!r} is no whole number")
    return int(text)


def _payload(cells: dict[str, str]) -> dict[str, Any]:
    kind = cells.get("type", "")
    if cells.get("payload"):
        try:
            return {"type": kind, "payload": json.loads(cells["payload"])}
        except (ValueError, RecursionError) as error:
            raise ValueError(f"payload: not JSON: {error}") from error
    if kind == "numeric" or (not kind and cells.get("answer")):
        return _numeric(cells)
    if kind and kind not in {"single_choice", "multiple_choice"}:
        raise ValueError(f"type: {kind!r} needs the column payload")
    numbers = [n for n in range(1, OPTIONS + 1) if cells.get(f"option_{n}")]
    key = _key(cells.get("key", ""), numbers)
    options = [Choice(cells[f"option_{n}"], n in key, cells.get(f"rationale_{n}", "")) for n in numbers]
    ids = [name for name in cells.get("option_ids", "").split(";") if name]
    return shapes.choice(options, several=kind == "multiple_choice" if kind else None, ids=ids)


def _key(text: str, numbers: list[int]) -> set[int]:
    """Numbers or letters of the right options, parted by anything else."""
    found = set()
    for part in re.findall(r"[A-Za-z]+|\d+", text):
        number = int(part) if part.isdigit() else "abcdefghij".find(part.lower()) + 1 if len(part) == 1 else 0
        if number not in numbers:
            raise ValueError(f"key: {part!r} is none of the options")
        found.add(number)
    if not found:
        raise ValueError("key: name the right options by number, as in 2 or 1;3")
    return found


def _numeric(cells: dict[str, str]) -> dict[str, Any]:
    answer = shapes.number_of(cells.get("answer", ""))
    tolerance = shapes.number_of(cells.get("tolerance") or "0")
    if answer is None or tolerance is None:
        name = "answer" if answer is None else "tolerance"
        raise ValueError(f"{name}: {cells.get(name, '')!r} is no number")
    misses = []
    for n in range(1, OPTIONS + 1):
        if cells.get(f"option_{n}"):
            value = shapes.number_of(cells[f"option_{n}"])
            if value is None:
                raise ValueError(f"option_{n}: {cells[f'option_{n}']!r} is no number")
            misses.append((value, cells.get(f"rationale_{n}", "")))
    fields = shapes.numeric(answer, tolerance, unit=cells.get("unit", ""), misses=misses)
    return fields | {"payload": fields["payload"] | {"working": cells.get("working", "")}}


def _reference(text: str) -> dict[str, str]:
    title, _, url = text.strip().partition(" <")
    return {"title": title, **({"url": url.rstrip(">")} if url else {})}


def _row(item: Item, losses: Losses) -> dict[str, Any]:
    question = item.question
    row: dict[str, Any] = {
        "skill": item.skill,
        "type": question.type,
        "difficulty": question.difficulty,
        "expected_seconds": question.expected_seconds,
        "checked_on": question.checked_on.isoformat() if question.checked_on else "",
        "references": "\n".join(f"{one.title} <{one.url}>" if one.url else one.title for one in question.references),
    } | {name: getattr(question, name) for name in _PLAIN_COLUMNS}
    if question.lint_allow:
        losses.add(question.id, "lint_allow", "is not written")
    if "variables" in question.payload:
        return row | {"payload": json.dumps(question.content()["payload"], ensure_ascii=False)}
    payload = TYPES[question.type].load(question.payload)
    if question.type in {"single_choice", "multiple_choice"} and payload.shuffle:
        return (
            row
            | _option_cells([(option.text, option.rationale) for option in payload.options])
            | {
                "key": ";".join(str(n) for n, option in enumerate(payload.options, 1) if option.correct),
                "option_ids": ";".join(option.id for option in payload.options),
            }
        )
    if question.type == "numeric" and len(payload.near_misses) <= OPTIONS:
        return (
            row
            | _option_cells([(miss.value, miss.rationale) for miss in payload.near_misses])
            | {
                "answer": payload.answer,
                "tolerance": payload.tolerance,
                "unit": payload.unit or "",
                "working": payload.working,
            }
        )
    return row | {"payload": json.dumps(payload.model_dump(mode="json"), ensure_ascii=False)}


def _option_cells(pairs: Sequence[tuple[Any, str]]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for number, (text, why) in enumerate(pairs, 1):
        cells[f"option_{number}"] = text
        cells[f"rationale_{number}"] = "" if why == NO_RATIONALE else why
    return cells
