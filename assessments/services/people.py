"""Reading a pasted or uploaded list of people to invite. Nothing is stored or sent here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.errors import NotPossible
from accounts.models import Organisation
from assessments.models import Assessment
from assessments.services.invite import waiting_invitations

MAX_ROWS = 1_000
MAX_BYTES = 1_000_000
MAX_NAME = 150
EMAIL_HEADS = frozenset({"email", "e-mail", "mail", "email address", "e-mail address"})
NAME_HEADS = frozenset({"name", "full name", "candidate"})


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One person of the list, with its line in the text. ``problem`` is empty where the row is good."""

    line: int
    email: str
    name: str
    problem: str = ""


def decode(data: bytes) -> str:
    """The text of an uploaded file: UTF-8 with or without a byte-order mark, else what spreadsheets write.

    Raises:
        NotPossible: too large, or not a text file.
    """
    if len(data) > MAX_BYTES:
        raise NotPossible("The file is larger than 1 MB. Split it and invite in parts.")
    if b"\x00" in data and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise NotPossible("This is not a text file. Save the list as CSV and choose that file.")
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotPossible("The characters of this file cannot be read. Save it as CSV in UTF-8 and choose it again.")


def read_people(text: str) -> list[ReadRow]:
    """One row per person, in the order of the text; bad addresses and repeated ones carry their problem.

    Columns are e-mail and name, or as a first line of headings says; separated by comma, semicolon or tab.

    Raises:
        NotPossible: empty, not readable as CSV, or more than `MAX_ROWS` people.
    """
    rows = _cells(text.removeprefix("\ufeff"))
    if not rows:
        raise NotPossible("There is nobody on this list. Give one person a line: e-mail address, comma, name.")
    email_at, name_at, rows = _columns(rows)
    if len(rows) > MAX_ROWS:
        raise NotPossible(f"The list has {len(rows)} people; at most {MAX_ROWS} fit. Split it and invite in parts.")
    return _mark_repeats([_row(line, cells, email_at, name_at) for line, cells in rows])


def _cells(text: str) -> list[tuple[int, list[str]]]:
    """The non-empty rows with the line on which they end, cells trimmed."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows = []
    try:
        for cells in reader:
            trimmed = [" ".join(cell.replace("\x00", "").split()) for cell in cells]
            if any(trimmed):
                rows.append((reader.line_num, trimmed))
    except csv.Error as error:
        raise NotPossible(f"Line {reader.line_num} cannot be read: {error}. Check the quotation marks.") from error
    return rows


def _columns(rows: list[tuple[int, list[str]]]) -> tuple[int | None, int | None, list[tuple[int, list[str]]]]:
    """Where e-mail and name stand by a first line of headings; None, None without one."""
    heads = [cell.lower() for cell in rows[0][1]]
    email_at = next((at for at, head in enumerate(heads) if head in EMAIL_HEADS), None)
    if email_at is None:
        return None, None, rows
    return email_at, next((at for at, head in enumerate(heads) if head in NAME_HEADS), None), rows[1:]


def _row(line: int, cells: list[str], email_at: int | None, name_at: int | None) -> ReadRow:
    if email_at is None:
        # Without headings the address is the cell with an @; the name may stand on either side of it.
        email_at = next((at for at, cell in enumerate(cells[:2]) if "@" in cell), 0)
        name_at = 1 - email_at
    email = cells[email_at] if email_at < len(cells) else ""
    name = cells[name_at] if name_at is not None and name_at < len(cells) else ""
    email = email.lower()
    return ReadRow(line, email[:320], name[:MAX_NAME], _problem(email, name))


def _problem(email: str, name: str) -> str:
    if not email:
        return "The e-mail address is missing."
    try:
        validate_email(email)
    except ValidationError:
        return "This is not an e-mail address."
    if len(email) > 254:
        return "This e-mail address is too long."
    return f"The name is longer than {MAX_NAME} characters." if len(name) > MAX_NAME else ""


def _mark_repeats(rows: Iterable[ReadRow]) -> list[ReadRow]:
    first: dict[str, int] = {}
    marked = []
    for row in rows:
        if not row.problem and row.email in first:
            row = replace(row, problem=f"The same address is already on line {first[row.email]}.")
        elif not row.problem:
            first[row.email] = row.line
        marked.append(row)
    return marked


def mark_invited(rows: Sequence[ReadRow], organisation: Organisation, assessment: Assessment) -> list[ReadRow]:
    """Note who already has an invitation to this assessment. One query."""
    emails = [row.email for row in rows if not row.problem]
    invited = set(
        waiting_invitations(assessment)
        .filter(organisation=organisation, candidate__email__in=emails)
        .values_list("candidate__email", flat=True)
    )
    problem = "Already invited to this assessment."
    return [replace(row, problem=problem) if not row.problem and row.email in invited else row for row in rows]


def good(rows: Iterable[ReadRow]) -> list[tuple[str, str]]:
    """The people who can be invited, as (e-mail, name)."""
    return [(row.email, row.name) for row in rows if not row.problem]
