"""Reads the fields that a page holds, so that a test posts what a browser would."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.inside = False
        self.template = 0
        self.select: str | None = None
        self.textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = said.get("id") == "question-form"
        self.template += tag == "template"
        name = said.get("name", "")
        if not self.inside or self.template:
            return
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in said or self.select not in self.values):
            self.values[self.select] = said.get("value", "")
        elif tag == "textarea":
            self.textarea = name
            self.values[name] = ""
        elif tag == "input" and (said.get("type") != "checkbox" or "checked" in said):
            self.values[name] = said.get("value", "on" if said.get("type") == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        self.template -= tag == "template"
        if tag == "form":
            self.inside = False
        if tag == "select":
            self.select = None
        if tag == "textarea":
            if self.textarea:  # a browser drops the first line end of a text box
                self.values[self.textarea] = self.values[self.textarea].removeprefix("\n")
            self.textarea = None

    def handle_data(self, data: str) -> None:
        if self.textarea and self.inside and not self.template:
            self.values[self.textarea] += data


def fields_of(response: Any) -> dict[str, str]:
    """Names and values of the question form, as a browser would send them unchanged."""
    parser = _Fields()
    parser.feed(response.content.decode())
    parser.values.pop("csrfmiddlewaretoken", None)
    return parser.values
