"""The editor of SQL: tables with rows to look at, data that nobody sees, and a query that is right."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from pydantic import ValidationError

from question_bank.editor.base import (
    TRY,
    Location,
    PayloadEditor,
    checkbox,
    code,
    lines,
    one_line,
    place_in,
    rows,
    words_of,
)
from question_bank.editor.sql_cells import line_of, row_of, tables_of, text_of
from question_bank.types import TYPES
from question_bank.types.base import TriedOut

_DEFAULT_TOLERANCE = 1e-6
_ROWS_HELP = "One on each line, cells between commas, NULL for nothing, texts with commas in quotes."


class SqlFields(forms.Form):
    solution = code(
        "A query that is right", 6, language="sql", help_text="Run on the same data as those of candidates."
    )
    result = lines(
        "Columns that are asked for", 2, help_text="Their names, one on each line, as the question says them."
    )
    start = code("What stands in the editor at first", 4, language="sql", help_text="May stay empty.")
    ordered = checkbox("The order of the rows counts")
    column_names = checkbox("The names of the columns count")
    tolerance = one_line("Tolerance of numbers", help_text="Absolute or relative. Empty: 0.000001.")


class TableRow(forms.Form):
    name = one_line("Name of the table", help_text="Small letters, digits and _, for example runs.")
    columns = lines(
        "Columns", 3, help_text="One on each line: name and type, for example auc real. Types: integer, real, text."
    )
    rows = lines("Rows that candidates see", 4, help_text=_ROWS_HELP)

    def clean_columns(self) -> list[dict[str, str]]:
        found = []
        for number, line in enumerate(filter(str.strip, self.cleaned_data["columns"].splitlines()), start=1):
            parts = line.split()
            if len(parts) != 2 or parts[1].lower() not in {"integer", "real", "text"}:
                raise forms.ValidationError(f"Line {number}: a name and integer, real or text, as in auc real.")
            found.append({"name": parts[0], "type": parts[1].lower()})
        return found


class DataRow(forms.Form):
    always = ("share",)

    message = one_line(
        "What a query gets right here", help_text="For example: A run that failed does not count, whatever was logged."
    )
    rows = lines("Rows", 6, help_text=f"{_ROWS_HELP} With several tables, the name and a colon above the rows of each.")
    share = one_line("Weight", initial="1", help_text="1 for each: all count alike.")


class SqlEditor(PayloadEditor):
    template = "admin/question_bank/editor/sql.html"
    legend = "The tables and the query"

    @classmethod
    def fits(cls, payload: Mapping[str, Any]) -> bool:
        held = [table["rows"] for table in payload.get("tables", [])]
        held += [many for data in payload.get("data_sets", []) for many in data["rows"].values()]
        cells = (cell for many in held for row in many for cell in row if isinstance(cell, str))
        return super().fits(payload) and not any(len(cell.splitlines()) > 1 or cell[-1:] == "\n" for cell in cells)

    def build(self, data: Mapping[str, Any] | None, payload: Mapping[str, Any], more: str) -> None:
        tables = [_shown(table) for table in payload.get("tables", [])]
        sets = [
            {**one, "rows": text_of(one["rows"]), "share": f"{one.get('share', 1):g}"}
            for one in payload.get("data_sets", [])
        ]
        self.tables = rows(TableRow, "table", data, tables, empty=0 if tables else 1, more=more)
        self.data_sets = rows(DataRow, "data", data, sets, empty=0 if sets else 2, more=more)
        bound = data if data is not None and "sql-solution" in data else None
        shown = {**payload, "result": "\n".join(payload.get("result", []))}
        if "tolerance" in payload:
            shown["tolerance"] = format(Decimal(repr(payload["tolerance"])), "f")
        self.fields = SqlFields(bound, initial=shown, prefix="sql")
        self.tried: TriedOut | None = None
        if bound is not None and bound.get("_refresh") == TRY:
            self._try()

    def forms_valid(self) -> bool:
        return self.tables.is_valid() and self.data_sets.is_valid() and self.fields.is_valid()

    def raw(self) -> dict[str, Any]:
        tables, types = [], {}
        for form in self.tables.kept():
            said = form.cleaned_data
            types[said["name"]] = kinds = [column["type"] for column in said["columns"]]
            held = [row_of(line, kinds) for line in said["rows"].splitlines() if line.strip()]
            tables.append({"name": said["name"], "columns": said["columns"], "rows": held})
        sets = [
            {
                "message": form.cleaned_data["message"],
                "share": form.cleaned_data["share"] or 1,
                "rows": tables_of(form.cleaned_data["rows"], types),
            }
            for form in self.data_sets.kept()
        ]
        said = self.fields.cleaned_data
        return {
            **said,
            "result": [line.strip() for line in said["result"].splitlines() if line.strip()],
            "tolerance": said["tolerance"] or _DEFAULT_TOLERANCE,
            "tables": tables,
            "data_sets": sets,
        }

    def place(self, location: Location, message: str) -> bool:
        match tuple(location):
            case ("tables",):
                self.errors.append("Describe at least one table, and at most 6.")
            case ("data_sets",):
                self.errors.append("Write at least one set of data that candidates do not see, and at most 8.")
            case ("tables" | "data_sets" as where, int(number), *rest):
                kept = (self.tables if where == "tables" else self.data_sets).kept()
                return number < len(kept) and place_in(kept[number], str(rest[0]) if rest else "rows", message)
            case (str(field), *_):
                return place_in(self.fields, field, message)
            case _:
                return False
        return True

    def _try(self) -> None:
        """Run the query on the rows that candidates see, and check it on the others as saving does."""
        if not self.forms_valid():
            return
        kind = TYPES[self.type]
        try:
            loaded = kind.load(self.raw())
        except ValidationError as error:
            for detail in error.errors():
                self._report(detail["loc"], words_of(detail))
            return
        self.tried = kind.try_out(loaded, self.fields.cleaned_data["solution"])
        for flaw in kind.check(loaded):
            self._report(flaw.location, flaw.message)


def _shown(table: Mapping[str, Any]) -> dict[str, Any]:
    """A stored table as its row shows it."""
    columns = "\n".join(f"{column['name']} {column['type']}" for column in table["columns"])
    return {"name": table["name"], "columns": columns, "rows": "\n".join(map(line_of, table["rows"]))}
