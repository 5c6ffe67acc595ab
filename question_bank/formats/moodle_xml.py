"""Moodle XML, in and out. Our texts are written as Markdown, which Moodle knows, so they come back unchanged."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from lxml import etree

from question_bank.formats import beside, files, gaps, shapes
from question_bank.formats.base import NO_RATIONALE, Defaults, Format, Item, Losses, Parsed, Reading, Written, fixed
from question_bank.formats.markup import from_any
from question_bank.formats.shapes import Choice
from question_bank.formats.source import Refused, Source
from question_bank.formats.texts import option_ids
from question_bank.pictures import extension_of
from question_bank.types import TYPES
from question_bank.types.cloze import GAP

_ADDRESS = "@@PLUGINFILE@@/"
_MARK = "PLUMBLINEGAP{}X"
_MARKED = re.compile(r"PLUMBLINEGAP(\d+)X")
_FILL_IN = "Fill in the gaps."
_FORMS = {"markdown": "markdown", "html": "html", "plain_text": "plain"}
_NO_QUESTION = {"category", "description"}


class MoodleXml(Format):
    slug = "moodle"
    label = "Moodle XML"
    extensions = (".xml",)

    def detect(self, source: Source) -> bool:
        return source.is_xml and b"<quiz" in source.start and source.xml.tag == "quiz"

    def read(self, source: Source, defaults: Defaults) -> Parsed:
        if not source.is_xml or source.xml.tag != "quiz":
            raise Refused("no Moodle XML: its first element is not <quiz>", line=1)
        reading = Reading(source, defaults)
        category: tuple[str, ...] = ()
        for element in source.xml.findall("question"):  # those inside others are parts of them
            if element.get("type") == "category":
                path = _text(element, "category").replace("$course$", "").split("/")
                category = tuple(part.strip() for part in path if part.strip())[::-1]
            else:
                _Reader(reading, element, category).read()
        return reading.parsed

    def write(self, items: Sequence[Item], pictures: Mapping[str, bytes]) -> Written:
        losses = Losses()
        root = etree.Element("quiz")
        category = ""
        for item in fixed(items, losses):
            made = _Writer(item, pictures, losses).element()
            if made is None:
                continue
            now = "/".join(["$course$", "top", *filter(None, (item.skill, item.question.topic.replace("/", "//")))])
            if now != category:
                _texts(etree.SubElement(root, "question", type="category"), "category", now)
                category = now
            root.append(made)
        data = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
        return Written(data, ".xml", "application/xml", tuple(losses.problems))


def _text(element: Any, path: str) -> str:
    found = element.find(path)
    if found is None:
        return ""
    inner = found.find("text")
    return ((inner if inner is not None else found).text or "").strip()


# --- reading -------------------------------------------------------------------------------------------------------
class _Reader:
    """Reads one question."""

    def __init__(self, reading: Reading, element: Any, category: tuple[str, ...]) -> None:
        self.reading, self.element, self.category = reading, element, category
        self.kind = element.get("type") or ""
        self.title = _text(element, "name")
        self.line: int | None = element.sourceline
        self.label = self.title or f"question in line {self.line}"
        self.said = beside.read(element.findtext("plumbline"))
        self.pictures: dict[str, str] = {}

    def read(self) -> None:
        fields = self._fields()
        if fields is None:
            return
        if not self.said:
            self._lose_the_rest()
        identifier = str(self.said.get("id") or "") or _text(self.element, "idnumber")
        self.reading.add(
            {
                "explanation": self._markdown(self.element.find("generalfeedback")),
                **fields,
                **beside.fields_of(self.said),
            },
            label=self.label,
            identifier=identifier,
            title=self.title,
            skill=str(self.said.get("skill") or ""),
            hints=self.category,
            line=self.line,
        )

    def _lose_the_rest(self) -> None:
        """What stands beside the question in an export and has no place here."""
        hints = [words for hint in self.element.findall("hint") if (words := self._markdown(hint))]
        tags = [words for tag in self.element.findall("tags/tag") if (words := _text(tag, "."))]
        grade = shapes.number_of(_text(self.element, "defaultgrade") or "1")
        for name, told in (
            ("hint", " / ".join(hints)[:80]),
            ("tags", ", ".join(tags)[:80]),
            ("defaultgrade", f"{grade:g} points; here each question is one" if grade not in {None, 1.0} else ""),
        ):
            if told:
                self._lose(name, told)

    def _fields(self) -> dict[str, Any] | None:
        readers: dict[str, Callable[[], dict[str, Any] | None]] = {
            "multichoice": self._choice,
            "multichoiceset": self._choice,
            "truefalse": self._true_false,
            "numerical": self._numeric,
            "shortanswer": self._short,
            "match": self._matching,
            "matching": self._matching,
            "ordering": self._ordering,
            "cloze": self._cloze,
            "multianswer": self._cloze,
            "gapselect": self._word_bank,
            "ddwtos": self._word_bank,
        }
        if self.kind in _NO_QUESTION:
            return self._refused("", "holds no question: a description")
        if self.kind == "essay":
            return self._refused("type", "an essay: a question in free text needs a rubric; write it here")
        if self.kind not in readers:
            return self._refused("type", f"the type {self.kind!r} has no place in the bank")
        fields = readers[self.kind]()
        if fields is not None and "stem" not in fields:
            fields["stem"] = self._markdown(self.element.find("questiontext"))
        return fields

    def _answers(self) -> list[tuple[float, Any]]:
        found = []
        for answer in self.element.findall("answer"):
            worth = shapes.number_of(answer.get("fraction") or "0")
            found.append((0.0 if worth is None else worth, answer))
        return found

    def _choice(self) -> dict[str, Any]:
        several = _text(self.element, "single").lower() in {"false", "0"} or self.kind == "multichoiceset"
        if self.kind == "multichoiceset":
            self._lose("marking", "all or nothing; here a part earns a part")
        options = []
        for worth, answer in self._answers():
            text = self._markdown(answer)
            right = worth > 0 if several else worth >= 100
            if 0 < worth < 100 and not several:
                self._lose("answer", f"{text[:40]!r} was worth {worth:g} %; here it is wrong")
            options.append(Choice(text, right, self._markdown(answer.find("feedback"))))
        for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
            if _text(self.element, name) and not self.said:
                self._lose(name, "general words for right and wrong answers")
        shuffle = _text(self.element, "shuffleanswers").lower() not in {"0", "false"}
        return shapes.choice(options, several=several, shuffle=shuffle, ids=beside.texts_of(self.said, "option_ids"))

    def _true_false(self) -> dict[str, Any]:
        right, whys = True, {"true": "", "false": ""}
        for worth, answer in self._answers():
            name = _text(answer, ".").lower()
            whys[name] = self._markdown(answer.find("feedback"))
            right = name == "true" if worth > 0 else right
        return shapes.true_false(right, whys["true"], whys["false"])

    def _numeric(self) -> dict[str, Any] | None:
        right: list[tuple[float, float, str]] = []
        misses: list[tuple[float, str]] = []
        for worth, answer in self._answers():
            words = _text(answer, ".")
            why = self._markdown(answer.find("feedback"))
            value, tolerance = shapes.number_of(words), shapes.number_of(_text(answer, "tolerance") or "0")
            if words == "*":
                self._lose("answer", f"words for any other number: {why[:60]!r}")
            elif value is None or tolerance is None:
                return self._refused("answer", f"{words[:40]!r} is no number")
            elif worth >= 100:
                right.append((value, tolerance, why))
            elif worth > 0:
                self._lose("answer", f"{words[:40]!r} was worth {worth:g} %; here it is wrong")
            else:
                misses.append((value, why))
        if len(right) != 1:
            return self._refused("answer", f"{len(right)} numbers are right; one is needed")
        unit = _text(self.element, "units/unit/unit_name")
        if len(self.element.findall("units/unit")) > 1:
            self._lose("units", f"only {unit!r} is kept")
        fields = shapes.numeric(right[0][0], right[0][1], unit=unit, misses=misses)
        return fields | {"payload": fields["payload"] | {"working": right[0][2]}}

    def _short(self) -> dict[str, Any]:
        accepted, whys = [], []
        for worth, answer in self._answers():
            words, why = _text(answer, "."), self._markdown(answer.find("feedback"))
            if worth < 100:
                self._lose("answer", f"{words[:40]!r} was worth {worth:g} %; it is not accepted here")
                continue
            if "*" in words:
                self._lose("answer", f"the star in {words[:40]!r} stood for anything; here it is a star")
            accepted.append(words)
            whys += [why] if why else []
        case = _text(self.element, "usecase") in {"1", "true"}
        return shapes.short_text(accepted, case_sensitive=case, why="\n\n".join(dict.fromkeys(whys)))

    def _matching(self) -> dict[str, Any]:
        pairs, distractors = [], []
        for pair in self.element.findall("subquestion"):
            left, right = self._markdown(pair), self._plain_or_ours(_text(pair, "answer"))
            if left:
                pairs.append((left, right))
            else:
                distractors.append(right)
        shuffle = _text(self.element, "shuffleanswers").lower() not in {"0", "false"}
        fields = shapes.matching(pairs, distractors, shuffle=shuffle)
        return self._as_written(fields)

    def _plain_or_ours(self, text: str) -> str:
        return text if self.said else from_any(text, "plain", self._note, self._picture)

    def _as_written(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Rows and options with the ids, reasons and order that they had, where they are still the same in number."""
        payload = fields["payload"]
        if self.said.get("type") == "grid":
            fields["type"] = "grid"
        rows, options = beside.texts_of(self.said, "row_ids"), beside.texts_of(self.said, "option_ids")
        whys = beside.texts_of(self.said, "rationales")
        order = beside.texts_of(self.said, "option_texts")
        if len(rows) == len(payload["rows"]) and sorted(order) == sorted(one["text"] for one in payload["options"]):
            ids = dict(zip(order, options, strict=False))
            names = {one["id"]: ids.get(one["text"], one["id"]) for one in payload["options"]}
            payload["options"] = [{"id": ids.get(text, ""), "text": text} for text in order]
            for number, row in enumerate(payload["rows"]):
                why = whys[number] if number < len(whys) else ""
                row |= {"id": rows[number], "answer": names[row["answer"]], "rationale": why}
        return fields

    def _ordering(self) -> dict[str, Any]:
        texts = [self._markdown(answer) for _, answer in self._answers()]
        ids = option_ids(texts, beside.texts_of(self.said, "option_ids"))
        whys = beside.texts_of(self.said, "rationales")
        whys = whys if len(whys) == len(texts) else [""] * len(texts)
        items = [{"id": name, "text": text, "rationale": why} for name, text, why in zip(ids, texts, whys, strict=True)]
        return {"type": "ordering", "payload": {"items": items}}

    def _cloze(self) -> dict[str, Any] | None:
        holder = self.element.find("questiontext")
        raw = (holder.findtext("text") or "") if holder is not None else ""
        ids, units = beside.texts_of(self.said, "gap_ids"), self.said.get("units")
        marked, embedded = gaps.found_in(
            raw, lambda number: _MARK.format(number), markup=holder is not None and holder.get("format") != "markdown"
        )
        made = []
        for number, one in enumerate(embedded):
            name = ids[number] if len(ids) == len(embedded) else f"gap-{number + 1}"
            if isinstance(one, str):
                return self._refused("questiontext", f"a gap of the kind {one!r} has no place in the bank")
            gap = gaps.as_gap(one, name, lambda words: self._lose("gap", words))
            if gap is None:
                return self._refused("questiontext", f"gap {number + 1} has no answer that is right")
            if isinstance(units, dict) and gap["kind"] == "number" and isinstance(units.get(name), str):
                gap["unit"] = units[name]
            made.append(gap)
        if not made:
            return self._refused("questiontext", "has no gap")
        text = self._markdown(holder, marked)
        text = _MARKED.sub(lambda found: f"[[{made[int(found[1])]['id']}]]", text)
        split = self.said.get("stem_length")
        if isinstance(split, int) and 0 < split < len(text):
            return {"type": "cloze", "stem": text[:split], "payload": {"text": text[split:].strip(), "gaps": made}}
        return {"type": "cloze", "stem": _FILL_IN, "payload": {"text": text, "gaps": made}}

    def _word_bank(self) -> dict[str, Any] | None:
        """Gaps ``[[n]]`` that are filled from numbered words of the same group."""
        holder = self.element.find("questiontext")
        words = self.element.findall("selectoption") + self.element.findall("dragbox")
        texts = [self._markdown(one) for one in words]
        groups = [one.findtext("group") or "1" for one in words]
        made: list[dict[str, Any]] = []

        def marked(found: re.Match[str]) -> str:
            made.append({"number": int(found[1])})
            return _MARK.format(len(made) - 1)

        text = re.sub(r"\[\[(\d{1,3})\]\]", marked, (holder.findtext("text") or "") if holder is not None else "")
        for place, gap in enumerate(made):
            number = gap.pop("number")
            if not 1 <= number <= len(texts):
                return self._refused("questiontext", f"[[{number}]] names none of the words")
            options = [t for t, group in zip(texts, groups, strict=True) if group == groups[number - 1]]
            gap |= {"id": f"gap-{place + 1}", "kind": "list", "options": list(dict.fromkeys(options))}
            gap["answer"] = texts[number - 1]
        if not made:
            return self._refused("questiontext", "has no gap")
        shown = _MARKED.sub(lambda found: f"[[{made[int(found[1])]['id']}]]", self._markdown(holder, text))
        return {"type": "cloze", "stem": _FILL_IN, "payload": {"text": shown, "gaps": made}}

    def _markdown(self, holder: Any, text: str | None = None) -> str:
        """The text of an element with its pictures, in our Markdown."""
        if holder is None:
            return ""
        self._take_pictures(holder)
        raw = (holder.findtext("text") or "") if text is None else text
        form = _FORMS.get(holder.get("format") or "html", "any")
        if form == "markdown":
            pattern = re.compile(r"(?<=\]\()" + re.escape(_ADDRESS) + r"([^)\s]+)(?=[\s)])")
            raw = pattern.sub(lambda found: f"image:{self._named(found[1])}", raw)
        return from_any(raw, form, self._note, self._picture)

    def _take_pictures(self, holder: Any) -> None:
        for file in holder.findall("file"):
            name = file.get("name") or ""
            if name in self.pictures:
                continue
            try:
                data = base64.b64decode("".join((file.text or "").split()), validate=True)
            except (binascii.Error, ValueError):
                self._lose("file", f"{name[:80]!r} is not in base64")
                continue
            self.pictures[name] = files.name_for(name, data, ours=bool(self.said))
            self.reading.keep_picture(self.pictures[name], data)

    def _named(self, address: str) -> str:
        path = unquote(address).removeprefix("/")
        return self.pictures.get(path) or self.pictures.get(path.rsplit("/", 1)[-1]) or "missing"

    def _picture(self, address: str, words: str) -> str:
        if not address.startswith(_ADDRESS):
            return ""
        name = self._named(address.removeprefix(_ADDRESS))
        return files.shown(name, words) if name != "missing" else ""

    def _note(self, what: str) -> None:
        self._lose("text", what)

    def _lose(self, element: str, message: str) -> None:
        self.reading.lose(self.label, element, message, line=self.line)

    def _refused(self, element: str, message: str) -> dict[str, Any] | None:
        self.reading.refuse(self.label, element, message, line=self.line)
        return None


# --- writing -------------------------------------------------------------------------------------------------------
class _Writer:
    """Writes one question."""

    def __init__(self, item: Item, pictures: Mapping[str, bytes], losses: Losses) -> None:
        self.item, self.question, self.pictures, self.losses = item, item.question, pictures, losses
        self.payload = TYPES[self.question.type].load(self.question.payload)
        self.beside: dict[str, Any] = {}

    def element(self) -> Any | None:
        """The element, or None where Moodle has no such question; that is told."""
        writers: dict[str, tuple[str, Callable[[Any], None]]] = {
            "single_choice": ("multichoice", self._choice),
            "multiple_choice": ("multichoice", self._choice),
            "numeric": ("numerical", self._numeric),
            "matching": ("matching", self._matching),
            "grid": ("matching", self._matching),
            "ordering": ("ordering", self._ordering),
            "cloze": ("cloze", self._cloze),
        }
        if self.question.type not in writers:
            self.losses.refuse_type(self.question, "Moodle XML")
            return None
        kind, write = writers[self.question.type]
        root = etree.Element("question", type=kind)
        _texts(root, "name", self.question.id)
        stem = self.question.stem
        if self.question.type == "cloze":
            by_id = {gap.id: gaps.written(gap) for gap in self.payload.gaps}
            stem += "\n\n" + GAP.sub(lambda found: by_id[found[1]], self.payload.text)
        self._markdown(root, "questiontext", stem)
        self._markdown(root, "generalfeedback", self.question.explanation)
        etree.SubElement(root, "defaultgrade").text = "1"
        etree.SubElement(root, "hidden").text = "0"
        etree.SubElement(root, "idnumber").text = self.question.id
        write(root)
        etree.SubElement(root, "plumbline").text = beside.written(self.item, **self.beside)
        self.losses.add(self.question.id, "fields", beside.TOLD)
        return root

    def _markdown(self, root: Any, name: str, text: str, **attributes: str) -> Any:
        made = etree.SubElement(root, name, {**attributes, "format": "markdown"})
        etree.SubElement(made, "text").text = files.with_addresses(text, self.pictures, lambda file: _ADDRESS + file)
        for picture in dict.fromkeys(files.names_shown(text)):
            if picture in self.pictures:
                data = self.pictures[picture]
                file = etree.SubElement(made, "file", name=f"{picture}{extension_of(data)}", path="/")
                file.set("encoding", "base64")
                file.text = base64.b64encode(data).decode()
            else:
                self.losses.add(self.question.id, name, f"the picture {picture!r} is not in the file")
        return made

    def _answer(self, root: Any, text: str, fraction: float, why: str) -> Any:
        made = self._markdown(root, "answer", text, fraction=f"{fraction:.5f}".rstrip("0").rstrip("."))
        self._markdown(made, "feedback", "" if why == NO_RATIONALE else why)
        return made

    def _choice(self, root: Any) -> None:
        several = self.question.type == "multiple_choice"
        etree.SubElement(root, "single").text = "false" if several else "true"
        etree.SubElement(root, "shuffleanswers").text = "1" if self.payload.shuffle else "0"
        right = sum(option.correct for option in self.payload.options)
        for option in self.payload.options:
            share = 100 / right if option.correct else -100 / (len(self.payload.options) - right) if several else 0
            self._answer(root, option.text, share, option.rationale)
        self.beside["option_ids"] = [option.id for option in self.payload.options]

    def _numeric(self, root: Any) -> None:
        number = shapes.plain_number
        made = self._answer(root, number(self.payload.answer), 100, self.payload.working)
        etree.SubElement(made, "tolerance").text = number(self.payload.tolerance)
        for miss in self.payload.near_misses:
            made = self._answer(root, number(miss.value), 0, miss.rationale)
            etree.SubElement(made, "tolerance").text = "0"
        if self.payload.unit:
            unit = etree.SubElement(etree.SubElement(root, "units"), "unit")
            etree.SubElement(unit, "multiplier").text = "1"
            etree.SubElement(unit, "unit_name").text = self.payload.unit
            etree.SubElement(root, "unitgradingtype").text = "0"

    def _matching(self, root: Any) -> None:
        etree.SubElement(root, "shuffleanswers").text = "1" if self.payload.shuffle else "0"
        texts = {option.id: option.text for option in self.payload.options}
        used = {row.answer for row in self.payload.rows}
        pairs = [(row.text, texts[row.answer]) for row in self.payload.rows]
        for left, right in pairs + [("", text) for name, text in texts.items() if name not in used]:
            _texts(self._markdown(root, "subquestion", left), "answer", right)
        self.beside |= {
            "row_ids": [row.id for row in self.payload.rows],
            "option_ids": list(texts),
            "option_texts": list(texts.values()),
        }
        if any(row.rationale for row in self.payload.rows):
            self.beside["rationales"] = [row.rationale for row in self.payload.rows]
            self.losses.add(self.question.id, "rationales", "the reasons of the rows are shown by Plumbline only")
        if self.question.type == "grid":
            self.losses.add(self.question.id, "type", "a grid is written as matching; wrong rows cost nothing there")

    def _ordering(self, root: Any) -> None:
        etree.SubElement(root, "gradingtype").text = "RELATIVE_ALL_PREVIOUS_AND_NEXT"
        for place, step in enumerate(self.payload.items, 1):
            self._markdown(root, "answer", step.text, fraction=str(place))
        self.beside["option_ids"] = [step.id for step in self.payload.items]
        if any(step.rationale for step in self.payload.items):
            self.beside["rationales"] = [step.rationale for step in self.payload.items]
            self.losses.add(self.question.id, "rationales", "the reasons of the steps are shown by Plumbline only")

    def _cloze(self, root: Any) -> None:
        order = GAP.findall(self.payload.text)
        units = {gap.id: gap.unit for gap in self.payload.gaps if getattr(gap, "unit", None)}
        self.beside |= {"gap_ids": order, "units": units, "stem_length": len(self.question.stem)}
        if units:
            self.losses.add(self.question.id, "units", "units beside gaps are shown by Plumbline only")


def _texts(root: Any, name: str, text: str) -> None:
    etree.SubElement(etree.SubElement(root, name), "text").text = text
