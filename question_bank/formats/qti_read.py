"""Reads items of QTI 2.1, 2.2 and 3.0, whose names `qti_names` makes one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from question_bank.formats import beside, shapes
from question_bank.formats.base import Reading
from question_bank.formats.markup import from_element, to_html
from question_bank.formats.qti_compare import tolerance_of, wrong_numbers
from question_bank.formats.qti_hotspot import region_of
from question_bank.formats.qti_names import attribute, below, first, name_of
from question_bank.formats.shapes import Choice
from question_bank.formats.texts import option_ids
from question_bank.types.cloze import GAP

SOURCE = "data-markdown"
"""The attribute in which our own items carry the Markdown that their HTML was made from."""
_SIZE = ("width", "height")
_FILL_IN = "Fill in the gaps."
_INTERACTIONS = ("choice", "order", "match", "hotspot", "inline-choice", "text-entry")


def is_item(root: Any) -> bool:
    return name_of(root) == "assessment-item"


class ItemReader:
    """Reads one item into a `Reading`. ``picture`` takes address and words of a picture, gives Markdown or ""."""

    def __init__(
        self, reading: Reading, root: Any, file: str, picture: Callable[[str, str], str], said: dict[str, Any]
    ) -> None:
        self.reading, self.root, self.file, self.picture, self.said = reading, root, file, picture, said
        self.identifier = root.get("identifier") or ""
        self.title = root.get("title") or ""
        self.line: int | None = root.sourceline
        self.label = self.identifier or self.title or file
        self.body = first(root, "item-body")
        self.declared = {attribute(one, "identifier"): one for one in below(root, "response-declaration")}

    def read(self) -> None:
        fields = self._fields()
        if fields is None:
            return
        explanation = self._feedback("EXPLANATION") if self.said else "\n\n".join(self._other_feedback())
        self.reading.add(
            {"explanation": explanation, **fields, **beside.fields_of(self.said)},
            label=self.label,
            identifier=str(self.said.get("id") or "") or self.identifier,
            title=self.title,
            skill=str(self.said.get("skill") or ""),
            line=self.line,
            file=self.file,
        )

    def _fields(self) -> dict[str, Any] | None:
        if self.body is None:
            return self._refused("item-body", "is missing")
        found = [one for one in self.body.iterdescendants() if name_of(one).endswith("-interaction")]
        kinds = {name_of(one).removesuffix("-interaction") for one in found}
        if unknown := sorted(kinds - set(_INTERACTIONS)):
            return self._refused(f"{unknown[0]}-interaction", "has no place in the bank")
        if any(True for _ in below(self.root, "template-declaration")):
            return self._refused("template-declaration", "numbers that change are not read")
        if not found:
            return self._refused("item-body", "holds no question")
        if kinds <= {"inline-choice", "text-entry"}:
            return self._numeric(found[0]) if self._is_numeric(found) else self._cloze(found)
        if len(found) > 1:
            return self._refused("item-body", f"has {len(found)} interactions; one is read")
        readers = {"choice": self._choice, "order": self._ordering, "match": self._matching}
        readers["hotspot"] = self._hotspot
        return readers[kinds.pop()](found[0])

    # --- the kinds -------------------------------------------------------------------------------------------------
    def _choice(self, interaction: Any) -> dict[str, Any] | None:
        right, worth = self._correct(interaction), self._mapped(interaction)
        several = attribute(interaction, "max-choices", "1") != "1" or self._cardinality(interaction) == "multiple"
        if not right:
            best = max(worth.values(), default=0.0)
            right = [name for name, value in worth.items() if value > 0 and (several or value == best)]
        for name, value in worth.items():
            if not several and value > 0 and name not in right:
                self._lose("mapping", f"{name!r} was worth {value:g}; here it is wrong")
        choices = [one for one in interaction if name_of(one) == "simple-choice"]
        names = [attribute(one, "identifier") for one in choices]
        if missing := [name for name in right if name not in names]:
            return self._refused("correct-response", f"{missing[0]!r} is none of the choices")
        options = [
            Choice(self._markdown(one), name in right, self._why(one, name))
            for one, name in zip(choices, names, strict=True)
        ]
        ids = beside.texts_of(self.said, "option_ids") or [_slugged(name) for name in names]
        shuffle = attribute(interaction, "shuffle", "false") == "true" or not self.said
        fields = shapes.choice(options, several=several, shuffle=shuffle, ids=ids if all(ids) else ())
        return fields | {"stem": self._stem(interaction)}

    def _hotspot(self, interaction: Any) -> dict[str, Any] | None:
        """Regions of a picture that have names: the file's own, or letters."""
        right = self._correct(interaction)
        choices = [one for one in interaction if name_of(one) == "hotspot-choice"]
        names = [attribute(one, "identifier") for one in choices]
        shown = next((one for one in interaction.iterdescendants() if name_of(one) in {"object", "img"}), None)
        size = [shapes.number_of(attribute(shown, side)) or 0.0 if shown is not None else 0.0 for side in _SIZE]
        stem = self._stem(interaction)
        if shown is None or not all(size):
            return self._refused("hotspot-interaction", "does not say which picture it shows, and how large")
        words = " ".join("".join(shown.itertext()).split()) or attribute(shown, "alt") or " ".join(stem.split())
        image = self.picture(attribute(shown, "data") or attribute(shown, "src"), words[:300])
        regions = [region_of(attribute(one, "shape"), attribute(one, "coords"), size[0], size[1]) for one in choices]
        if not image or None in regions:
            return self._refused("hotspot-interaction", "its picture or the shape of a region cannot be read")
        labels = [attribute(one, "hotspot-label") or attribute(one, "aria-label") for one in choices]
        if not all(labels):
            self._lose("hotspot-choice", "a region has no name: say what is seen there, for who cannot see it")
        options = [
            Choice(label or f"Region {name}", name in right, self._feedback(name))
            for label, name in zip(labels, names, strict=True)
        ]
        several = attribute(interaction, "max-choices", "1") != "1"
        payload = shapes.choice(options, several=several, ids=[_slugged(name) for name in names])["payload"]
        made = [option | {"shape": region} for option, region in zip(payload["options"], regions, strict=True)]
        return {"type": "hotspot", "stem": stem, "payload": {"image": image, "options": made, "several": several}}

    def _ordering(self, interaction: Any) -> dict[str, Any] | None:
        choices = {attribute(one, "identifier"): one for one in interaction if name_of(one) == "simple-choice"}
        order = self._correct(interaction)
        if sorted(order) != sorted(choices):
            return self._refused("correct-response", "does not name each choice once")
        texts = [self._markdown(choices[name]) for name in order]
        ids = option_ids(texts, beside.texts_of(self.said, "option_ids"))
        items = [
            {"id": i, "text": text, "rationale": self._why(choices[name], name)}
            for i, text, name in zip(ids, texts, order, strict=True)
        ]
        return {"type": "ordering", "payload": {"items": items}, "stem": self._stem(interaction)}

    def _matching(self, interaction: Any) -> dict[str, Any] | None:
        sets = [one for one in interaction if name_of(one) == "simple-match-set"]
        if len(sets) != 2:
            return self._refused("match-interaction", "needs two sets")
        left, right = (
            {attribute(c, "identifier"): c for c in one if name_of(c) == "simple-associable-choice"} for one in sets
        )
        pairs = [pair.split() for pair in self._correct(interaction) if len(pair.split()) == 2]
        key = {one: other for one, other in pairs if one in left and other in right}
        if len(key) < len(left) and all(other in left for _, other in pairs):  # written the other way round
            left, right = right, left
            key = {other: one for one, other in pairs}
        if set(key) != set(left) or len(pairs) != len(left):
            return self._refused("correct-response", "does not give each row exactly one match")
        rows, options = list(left), list(right)
        row_ids = beside.texts_of(self.said, "row_ids") or [_slugged(name) for name in rows]
        ids = beside.texts_of(self.said, "option_ids") or [_slugged(name) for name in options]
        if len(set(row_ids)) < len(rows) or len(set(ids)) < len(options):
            row_ids = [f"row-{n}" for n in range(1, len(rows) + 1)]
            ids = [f"option-{n}" for n in range(1, len(options) + 1)]
        named = dict(zip(options, ids, strict=False))
        payload = {
            "rows": [
                {"id": i, "text": self._markdown(left[name]), "answer": named.get(key[name], ""),
                 "rationale": self._why(left[name], name)}
                for i, name in zip(row_ids, rows, strict=False)
            ],
            "options": [{"id": named.get(name, ""), "text": self._markdown(right[name])} for name in options],
            "shuffle": attribute(interaction, "shuffle", "false") == "true" or not self.said,
        }  # fmt: skip
        kind = "grid" if self.said.get("type") == "grid" else "matching"
        return {"type": kind, "payload": payload, "stem": self._stem(interaction)}

    def _is_numeric(self, found: list[Any]) -> bool:
        kind = self.said.get("type")
        numbers = self._base_type(found[0]) in {"float", "integer"}
        return len(found) == 1 and numbers and name_of(found[0]) == "text-entry-interaction" and kind != "cloze"

    def _numeric(self, interaction: Any) -> dict[str, Any] | None:
        answer, tolerance = self._number(interaction)
        if answer is None:
            return self._refused("correct-response", "is no number")
        unit = next((one for one in below(self.body, "span") if one.get("data-role") == "unit"), None)
        fields = shapes.numeric(
            answer, tolerance, unit="".join(unit.itertext()).strip() if unit is not None else "", misses=self._misses()
        )
        working = self._feedback("WORKING")
        stem = self._stem(interaction) if self.said else self._gapped({interaction: "_____"})
        return fields | {"payload": fields["payload"] | {"working": working}, "stem": stem}

    def _cloze(self, found: list[Any]) -> dict[str, Any] | None:
        ids = beside.texts_of(self.said, "gap_ids")
        ids = ids if len(ids) == len(found) else [f"gap-{number}" for number in range(1, len(found) + 1)]
        gaps = []
        for name, interaction in zip(ids, found, strict=True):
            gap = self._gap(interaction)
            if gap is None:
                return None
            gaps.append({"id": name, "rationale": self._feedback(f"GAP-{name}"), **gap})
        marks = {one: f"[[{name}]]" for one, name in zip(found, ids, strict=True)}
        holder = next((one for one in below(self.body, "div") if one.get("data-role") == "gaps"), None)
        if self.said and holder is not None:
            stem = self._markdown(next(below(self.body, "div")))
            return {"type": "cloze", "stem": stem, "payload": {"text": self._markdown(holder, marks), "gaps": gaps}}
        return {"type": "cloze", "stem": _FILL_IN, "payload": {"text": self._gapped(marks), "gaps": gaps}}

    def _gap(self, interaction: Any) -> dict[str, Any] | None:
        right = self._correct(interaction)
        if name_of(interaction) == "inline-choice-interaction":
            texts = {
                attribute(one, "identifier"): one.get(SOURCE) or self._markdown(one)
                for one in below(interaction, "inline-choice")
            }
            if len(right) != 1 or right[0] not in texts:
                return self._refused("correct-response", "names none of the choices")
            return {"kind": "list", "options": list(texts.values()), "answer": texts[right[0]]}
        if self._base_type(interaction) in {"float", "integer"}:
            answer, tolerance = self._number(interaction)
            if answer is None:
                return self._refused("correct-response", "is no number")
            unit = self.said.get("units")
            known = unit.get(attribute(interaction, "response-identifier")) if isinstance(unit, dict) else None
            return {"kind": "number", "answer": answer, "tolerance": tolerance, "unit": known}
        entries = self._entries(interaction)
        best = max((worth for _, worth, _ in entries), default=0.0)
        accepted = right + [text for text, worth, _ in entries if worth == best > 0]
        for text, worth, _ in entries:
            if 0 < worth < best:
                self._lose("mapping", f"{text[:40]!r} was worth {worth:g}; it is not accepted here")
        case = bool(entries) and all(one for _, _, one in entries)
        if not accepted:
            return self._refused("correct-response", "is missing")
        return {"kind": "text", "accepted": shapes.distinct(accepted, case), "case_sensitive": case}

    # --- what they share -------------------------------------------------------------------------------------------
    def _declaration(self, interaction: Any) -> Any | None:
        return self.declared.get(attribute(interaction, "response-identifier"))

    def _correct(self, interaction: Any) -> list[str]:
        declared = self._declaration(interaction)
        holder = first(declared, "correct-response") if declared is not None else None
        if holder is None:
            return []
        return ["".join(one.itertext()).strip() for one in holder if name_of(one) == "value"]

    def _entries(self, interaction: Any) -> list[tuple[str, float, bool]]:
        """(key, value, whether capital letters matter) of the mapping."""
        declared = self._declaration(interaction)
        if declared is None:
            return []
        return [
            (
                attribute(one, "map-key"),
                shapes.number_of(attribute(one, "mapped-value", "0")) or 0.0,
                attribute(one, "case-sensitive", "false") == "true",
            )
            for one in below(declared, "map-entry")
        ]

    def _mapped(self, interaction: Any) -> dict[str, float]:
        return {key: value for key, value, _ in self._entries(interaction)}

    def _cardinality(self, interaction: Any) -> str:
        declared = self._declaration(interaction)
        return attribute(declared, "cardinality") if declared is not None else ""

    def _base_type(self, interaction: Any) -> str:
        declared = self._declaration(interaction)
        return attribute(declared, "base-type") if declared is not None else ""

    def _number(self, interaction: Any) -> tuple[float | None, float]:
        """The right number, and the tolerance of the comparison that decides over it."""
        right = self._correct(interaction)
        answer = shapes.number_of(right[0]) if len(right) == 1 else None
        name = attribute(interaction, "response-identifier")
        return answer, 0.0 if answer is None else tolerance_of(self.root, name, answer)

    def _misses(self) -> list[tuple[float, str]]:
        """Wrong numbers that have words of their own: a comparison with a number in a branch that sets feedback."""
        found = ((value, self._feedback(name)) for value, name in wrong_numbers(self.root))
        return [(value, words) for value, words in found if words]

    def _feedback(self, name: str) -> str:
        for one in below(self.root, "modal-feedback"):
            if attribute(one, "identifier") == name:
                return self._markdown(one)
        return ""

    def _other_feedback(self) -> list[str]:
        """Feedback of a foreign item that belongs to no option: it explains the whole."""
        names = {attribute(one, "identifier") for one in below(self.body, "simple-choice")}
        found = [one for one in below(self.root, "modal-feedback") if attribute(one, "identifier") not in names]
        return [text for one in found if (text := self._markdown(one))]

    def _why(self, choice: Any, name: str) -> str:
        inside = [
            self._markdown(one)
            for kind in ("feedback-inline", "feedback-block")
            for one in below(choice, kind)
        ]  # fmt: skip
        return "\n\n".join(filter(None, inside)) or self._feedback(name)

    def _stem(self, interaction: Any) -> str:
        """The body without the interaction, and its prompt."""
        prompt = first(interaction, "prompt")
        parts = [self._gapped({interaction: ""}), self._markdown(prompt) if prompt is not None else ""]
        return "\n\n".join(filter(None, parts))

    def _gapped(self, marks: dict[Any, str]) -> str:
        return self._markdown(self.body, marks)

    def _markdown(self, element: Any, marks: dict[Any, str] | None = None) -> str:
        """The words of an element; our own Markdown where the HTML is still what we made from it."""
        marks = marks or {}
        source = element.get(SOURCE)
        holders = [element, *(one for one in element if one.get(SOURCE) is not None)] if source is None else [element]
        if source is None and len(holders) == 2 and not (element.text or "").strip() and not marks:
            return self._markdown(holders[1])
        if source is not None and self.said and unchanged(element, source):
            return str(source).strip()

        def special(one: Any) -> str | None:
            if one in marks:
                return marks[one]
            if one.get(SOURCE) is not None and self.said:
                return self._markdown(one, marks)
            name = name_of(one)
            if name in {"feedback-inline", "feedback-block", "modal-feedback", "rubric-block"}:
                return ""
            return "" if one.get("data-role") == "answer" and self.said else None

        return from_element(element, lambda what: self._lose("item-body", what), self.picture, special)

    def _lose(self, element: str, message: str) -> None:
        self.reading.lose(self.label, element, message, line=self.line, file=self.file)

    def _refused(self, element: str, message: str) -> dict[str, Any] | None:
        self.reading.refuse(self.label, element, message, line=self.line, file=self.file)
        return None


def unchanged(element: Any, source: str) -> bool:
    """Whether the HTML in an element is what its Markdown gives: nobody has edited it elsewhere."""
    try:
        html = marked_html(source)
        if any(name_of(one).endswith("-interaction") for one in element.iterdescendants()):
            html = GAP.sub("<gap-interaction/>", html)
        made = etree.fromstring(f"<div>{html}</div>".encode())
    except etree.XMLSyntaxError:
        return False
    return _outline(made) == _outline(element)


def marked_html(source: str) -> str:
    """Markdown as it is written into an item; pictures keep their name, as addresses may differ."""
    return to_html(source, lambda name: f"image:{name}")


def _outline(element: Any) -> list[tuple[str, str]]:
    """Names and words, without what interactions hold and with white space as one blank."""
    found: list[tuple[str, str]] = []

    def walk(one: Any) -> None:
        for child in one:
            name = name_of(child)
            if name.endswith("-interaction"):
                found.append(("", ""))
            else:
                found.append((name + (child.get("href") or ""), child.text or ""))
                walk(child)
            found.append(("/", child.tail or ""))

    walk(element)
    return [(name, " ".join(words.split())) for name, words in found] + [("", " ".join((element.text or "").split()))]


def _slugged(name: str) -> str:
    """An identifier as an id of the bank; empty where it cannot be one."""
    plain = name.lower().strip("_").replace("_", "-").replace(".", "-")
    return plain if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", plain) and len(plain) <= 60 else ""
