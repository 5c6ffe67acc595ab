"""QTI 1.2, Common Cartridge included (in): one file, or a package that holds such files."""

from __future__ import annotations

import posixpath
import re
from typing import Any
from urllib.parse import unquote

from question_bank.formats import files, shapes
from question_bank.formats.base import Defaults, Format, Parsed, Reading
from question_bank.formats.markup import from_any
from question_bank.formats.qti12_conditions import below, condition_of, first, name_of
from question_bank.formats.shapes import Choice
from question_bank.formats.source import Refused, Source
from question_bank.formats.texts import option_ids

_ENDINGS = (".xml", ".qti", ".dat")
_ROOT = b"<questestinterop"
_FILE_BASE = re.compile(r"^(\$IMS-CC-FILEBASE\$|%24IMS-CC-FILEBASE%24|\$CC-FILEBASE\$)[/]?(\.\./)?")
_NOT_HERE = {
    *("essay_question", "cc.essay.v0p1", "file_upload_question", "text_only_question", "calculated_question"),
    *("essay", "short response", "file upload", "calculated", "opinion scale", "jumbled sentence", "quiz bowl"),
    *("hot spot", "text question", "image map question", "file upload question"),
}
"""Kinds of Canvas, Common Cartridge, Blackboard and ILIAS that nobody can mark here."""
_NUMBERS = {"numerical_question", "numeric", "numeric question"}
_SEVERAL_BLANKS = "fill_in_multiple_blanks_question"
_BLOCKS = {"RESPONSE_BLOCK", "RIGHT_MATCH_BLOCK"}
"""Parts of a question of Blackboard that hold its answers."""
_TRUE_FALSE = {"true_false.true": "True", "true_false.false": "False"}
_MARK = re.compile(r"\[([A-Za-z0-9_ -]{1,60})\]")


class Qti12(Format):
    slug = "qti12"
    label = "QTI 1.2 and Common Cartridge"
    extensions = (".xml", ".zip", ".imscc")
    writes = False

    def detect(self, source: Source) -> bool:
        if source.is_archive:
            return any(_ROOT in source.archive.source(name).start for name in _members(source))
        return source.is_xml and _ROOT in source.start

    def read(self, source: Source, defaults: Defaults) -> Parsed:
        reading = Reading(source, defaults)
        if not source.is_archive:
            if not source.is_xml or name_of(source.xml) != "questestinterop":
                raise Refused("no QTI 1.2: its first element is not <questestinterop>", line=1)
            _read_file(reading, source, "", None)
            return reading.parsed
        found = 0
        for name in _members(source):
            try:
                one = source.archive.source(name)
                if not one.is_xml or _ROOT not in one.start:
                    continue
                found += 1
                _read_file(reading, one, name, source)
            except Refused as refused:
                reading.refuse(name, "", str(refused), line=refused.line, file=name)
        if not found:
            raise Refused("a package without QTI 1.2 questions")
        return reading.parsed


def _members(source: Source) -> list[str]:
    return [name for name in source.archive.names if name.lower().endswith(_ENDINGS)]


def _read_file(reading: Reading, source: Source, file: str, package: Source | None) -> None:
    for item in below(source.xml, "item"):
        sections = [one.get("title") or "" for one in item.iterancestors() if name_of(one) in {"section", "assessment"}]
        _Item(reading, item, file, package, [title for title in sections if title]).read()


class _Item:
    """Reads one question."""

    def __init__(self, reading: Reading, item: Any, file: str, package: Source | None, hints: list[str]) -> None:
        self.reading, self.item, self.file, self.package, self.hints = reading, item, file, package, hints
        self.identifier = item.get("ident") or ""
        self.title = item.get("title") or ""
        self.line: int | None = item.sourceline
        self.label = self.title or self.identifier or f"question in line {self.line}"
        self.meta = {
            (one.findtext("{*}fieldlabel") or one.findtext("fieldlabel") or "").strip(): (
                one.findtext("{*}fieldentry") or one.findtext("fieldentry") or ""
            ).strip()
            for one in below(item, "qtimetadatafield")
        }
        named = first(item, "bbmd_questiontype")
        self.kind = (
            self.meta.get("question_type")
            or self.meta.get("cc_profile")
            or self.meta.get("QUESTIONTYPE", "").lower()
            or ("".join(named.itertext()).strip().lower() if named is not None else "")
        )
        self.responses = [one for one in item.iterdescendants() if name_of(one) in _RESPONSES and one.get("ident")]
        self.conditions = [condition_of(one) for one in below(item, "respcondition")]

    def read(self) -> None:
        fields = self._fields()
        if fields is None:
            return
        self.reading.add(
            {"explanation": self._explanation(), **fields},
            label=self.label,
            identifier=self.identifier,
            title=self.title,
            hints=self.hints,
            line=self.line,
            file=self.file,
        )

    def _fields(self) -> dict[str, Any] | None:
        if self.kind in _NOT_HERE:
            return self._refused("type", f"{self.kind!r} has no place in the bank")
        if not self.responses:
            return self._refused("presentation", "holds no question")
        kinds = {name_of(one) for one in self.responses}
        if kinds == {"response_lid"} and len(self.responses) == 1:
            return self._choice(self.responses[0])
        if kinds == {"response_lid"}:
            return self._gaps() if _MARK.search(self._stem()) and self._names_marks() else self._matching()
        if kinds <= {"response_str", "response_num"} and len(self.responses) == 1:
            return self._typed(self.responses[0])
        if kinds <= {"response_str", "response_lid", "response_num"}:
            return self._gaps()
        return self._refused(sorted(kinds)[0], "has no place in the bank")

    def _choice(self, response: Any) -> dict[str, Any] | None:
        if first(response, "render_hotspot") is not None:
            return self._refused("render_hotspot", "has no place in the bank")
        labels = list(below(response, "response_label"))
        if not labels and first(response, "render_fib") is not None:
            return self._typed(response)
        several = (response.get("rcardinality") or "Single").lower() != "single"
        if (response.get("rcardinality") or "").lower() == "ordered":
            return self._ordering(response, labels)
        name = response.get("ident")
        right: set[str] = set()
        best = max((one.points for one in self.conditions), default=0.0)
        for one in self.conditions:
            values = {value for ident, value in one.equal if ident == name}
            if one.points > 0 and (several or one.points >= best):
                right |= values
            elif one.points > 0:
                self._lose("setvar", f"{', '.join(sorted(values))!r} earned a part; here it is wrong")
        known = [label.get("ident") or "" for label in labels]
        if not right & set(known):
            return self._refused("resprocessing", "names no right answer")
        options = [
            Choice(self._material(label), ident in right, self._why(name, ident))
            for label, ident in zip(labels, known, strict=True)
        ]
        render = first(response, "render_choice")
        shuffle = (render.get("shuffle") or "yes").lower() != "no" if render is not None else True
        return shapes.choice(options, several=several, shuffle=shuffle) | {"stem": self._stem()}

    def _ordering(self, response: Any, labels: list[Any]) -> dict[str, Any] | None:
        texts = {label.get("ident") or "": self._material(label) for label in labels}
        order = [value for one in self.conditions if one.points > 0 for _, value in one.equal if value in texts]
        if sorted(order) != sorted(texts):
            return self._refused("resprocessing", "does not name each choice once")
        ids = option_ids([texts[name] for name in order])
        items = [{"id": i, "text": texts[name]} for i, name in zip(ids, order, strict=True)]
        return {"type": "ordering", "payload": {"items": items}, "stem": self._stem()}

    def _matching(self) -> dict[str, Any] | None:
        pairs, used = [], set()
        texts: dict[str, str] = {}
        apart = self._right_side()
        for response in self.responses:
            labels = list(below(response, "response_label"))
            shown = [self._material(label) for label in labels]
            if not any(shown) and len(apart) == len(labels):
                shown = apart
            texts |= {label.get("ident") or "": words for label, words in zip(labels, shown, strict=True)}
            key = self._right(response)
            if len(key) != 1 or key[0] not in texts:
                return self._refused("resprocessing", "does not give each row exactly one match")
            pairs.append((self._row(response), texts[key[0]]))
            used.add(texts[key[0]])
        distractors = [text for text in dict.fromkeys(texts.values()) if text not in used]
        return shapes.matching(pairs, distractors) | {"stem": self._stem()}

    def _row(self, response: Any) -> str:
        """The words of a row: inside its answers, or beside them in the same block."""
        own = next((one for one in response if name_of(one) == "material"), None)
        if own is not None:
            return self._material(own)
        beside = (one for one in response.getparent() if one is not response and name_of(one) in {"flow", "material"})
        return "\n\n".join(filter(None, map(self._material, beside)))

    def _right_side(self) -> list[str]:
        """Blackboard's other side of a matching: blocks in the order of the labels, which have no words."""
        holder = next((one for one in below(self.item, "flow") if one.get("class") == "RIGHT_MATCH_BLOCK"), None)
        return [self._material(one) for one in holder if name_of(one) == "flow"] if holder is not None else []

    def _typed(self, response: Any) -> dict[str, Any] | None:
        name = response.get("ident")
        fib = first(response, "render_fib")
        numeric = self.kind in _NUMBERS or name_of(response) == "response_num"
        if numeric or (fib is not None and (fib.get("fibtype") or "").lower() in {"decimal", "integer", "scientific"}):
            return self._numeric(name)
        accepted = self._right(response)
        for words in self._found_inside(name):
            accepted.append(words)
            self._lose("varsubstring", f"{words[:40]!r} was enough anywhere in the answer; here it is the whole answer")
        if not accepted:
            return self._refused("resprocessing", "names no right answer")
        case = any((one.get("case") or "").lower() == "yes" for one in below(self.item, "varequal"))
        return shapes.short_text(accepted, case_sensitive=case) | {"stem": self._stem()}

    def _numeric(self, name: str) -> dict[str, Any] | None:
        for one in self.conditions:
            if one.points <= 0:
                continue
            values = [shapes.number_of(value) for ident, value in one.equal if ident == name]
            low, high = one.bounds.get("low"), one.bounds.get("high")
            exact = next((value for value in values if value is not None), None)
            if exact is None and low is not None and high is not None:
                exact = low + shapes.distance(low, high) / 2
            if exact is not None:
                ends = [shapes.distance(bound, exact) for bound in (low, high) if bound is not None]
                return shapes.numeric(exact, max(ends, default=0.0)) | {"stem": self._stem()}
        return self._refused("resprocessing", "names no number")

    def _names_marks(self) -> bool:
        marks = set(_MARK.findall(self._stem()))
        return all(any(mark == word for mark in marks for word in self._words(one)) for one in self.responses)

    def _words(self, response: Any) -> list[str]:
        material = next((one for one in response if name_of(one) == "material"), None)
        named = self._material(material) if material is not None else ""
        ident = response.get("ident") or ""
        return [named.strip(), ident.removeprefix("response_"), ident]

    def _in_order(self) -> str:
        """The text with ``[ident]`` where a gap stands between its pieces; empty where all gaps follow the text."""
        presentation, parts, between = first(self.item, "presentation"), [], False
        for one in presentation.iterdescendants() if presentation is not None else ():
            above = [name_of(holder) for holder in one.iterancestors()]
            if one in self.responses:
                parts.append(f"[{one.get('ident')}]")
            elif name_of(one) == "material" and not any(name.startswith(("response_", "render_")) for name in above):
                words = self._material(one)
                between = between or bool(words and parts and parts[-1].startswith("["))
                parts.append(words)
        return " ".join(filter(None, parts)) if between else ""

    def _gaps(self) -> dict[str, Any] | None:
        """A text with ``[name]`` for each gap (Canvas), gaps between pieces of text (ILIAS), or gaps at its end."""
        stem, gaps = self._in_order() or self._stem(), []
        for number, response in enumerate(self.responses, 1):
            gap: dict[str, Any] = {"id": f"gap-{number}"}
            labels = {label.get("ident") or "": self._material(label) for label in below(response, "response_label")}
            right = self._right(response)
            if not right:
                return self._refused("resprocessing", f"gap {number} has no right answer")
            if self.kind == _SEVERAL_BLANKS and labels:  # every label is an answer that is accepted
                gap |= {"kind": "text", "accepted": shapes.distinct(list(labels.values()), False)}
            elif name_of(response) == "response_lid" and len(labels) > 1 and right[0] in labels:
                gap |= {"kind": "list", "options": list(dict.fromkeys(labels.values())), "answer": labels[right[0]]}
            elif name_of(response) == "response_num" and shapes.number_of(right[0]) is not None:
                gap |= {"kind": "number", "answer": shapes.number_of(right[0]), "tolerance": 0.0}
            else:
                accepted = [labels.get(value, value) for value in right]
                gap |= {"kind": "text", "accepted": shapes.distinct(accepted, False)}
            mark = next((f"[{word}]" for word in self._words(response) if word and f"[{word}]" in stem), "")
            stem = stem.replace(mark, f"[[{gap['id']}]]", 1) if mark else f"{stem} [[{gap['id']}]]"
            gaps.append(gap)
        return {"type": "cloze", "stem": "Fill in the gaps.", "payload": {"text": stem, "gaps": gaps}}

    def _found_inside(self, name: str) -> list[str]:
        return [words for one in self.conditions if one.points > 0 for ident, words in one.inside if ident == name]

    def _right(self, response: Any) -> list[str]:
        name = response.get("ident")
        return list(
            dict.fromkeys(value for one in self.conditions if one.points > 0 for i, value in one.equal if i == name)
        )

    # --- texts -----------------------------------------------------------------------------------------------------
    def _stem(self) -> str:
        """Everything that is shown outside of the answers."""
        presentation = first(self.item, "presentation")
        parts = []
        for material in below(presentation, "material") if presentation is not None else ():
            above = {name_of(one) for one in material.iterancestors()}
            blocks = {one.get("class") for one in material.iterancestors()}
            if not blocks & _BLOCKS and not any(name.startswith(("response_", "render_")) for name in above):
                parts.append(self._material(material))
        return "\n\n".join(filter(None, parts))

    def _material(self, element: Any) -> str:
        texts = []
        for one in element.iter():
            if name_of(one) == "mattext":
                form = "html" if "html" in (one.get("texttype") or "").lower() else "any"
                words = "".join(one.itertext())
                texts.append(_TRUE_FALSE.get(words.strip()) or from_any(words, form, self._note, self._picture))
            elif name_of(one) == "mat_formattedtext":  # Blackboard's own
                form = "plain" if (one.get("type") or "").upper() == "PLAIN" else "html"
                texts.append(from_any("".join(one.itertext()), form, self._note, self._picture))
            elif name_of(one) == "matimage":
                shown = self._picture(one.get("uri") or "", "")
                texts.append(shown)
                if not shown:
                    self._note(f"the picture {(one.get('uri') or '')[:80]!r}")
            elif name_of(one) in _MEDIA and one.get("uri"):
                self._note(f"an element {name_of(one)}")
        return "\n\n".join(filter(None, texts))

    def _feedback(self, name: str) -> str:
        found = (one for one in below(self.item, "itemfeedback") if one.get("ident") == name)
        return "\n\n".join(filter(None, map(self._material, found)))

    def _why(self, name: str, ident: str) -> str:
        """The feedback of the conditions that ask for this one option."""
        names = [f for one in self.conditions if one.equal == ((name, ident),) for f in one.feedback]
        names = [f for f in names if f not in _GENERAL] or [f"{ident}_fb", ident]
        return "\n\n".join(filter(None, (self._feedback(one) for one in dict.fromkeys(names))))

    def _explanation(self) -> str:
        for name in ("correct_fb", "general_incorrect_fb", "correct", "incorrect"):
            if words := self._feedback(name):
                self._lose("itemfeedback", f"general words for right or wrong answers: {words[:60]!r}")
        return "\n\n".join(filter(None, (self._feedback(name) for name in ("general_fb", "solution", "general"))))

    def _picture(self, address: str, words: str) -> str:
        if self.package is None or "://" in address or not address:
            return ""
        plain = unquote(address).split("?")[0]
        here = posixpath.dirname(self.file)
        based = _FILE_BASE.sub("", plain)
        for path in (posixpath.join(here, plain), based, posixpath.join("web_resources", based)):
            path = posixpath.normpath(path).lstrip("/")
            if path in self.package.archive:
                data = self.package.archive.read(path)
                name = files.name_for(path, data)
                self.reading.keep_picture(name, data)
                return files.shown(name, words)
        return ""

    def _note(self, what: str) -> None:
        self._lose("material", what)

    def _lose(self, element: str, message: str) -> None:
        self.reading.lose(self.label, element, message, line=self.line, file=self.file)

    def _refused(self, element: str, message: str) -> dict[str, Any] | None:
        self.reading.refuse(self.label, element, message, line=self.line, file=self.file)
        return None


_GENERAL = frozenset(
    {"general_fb", "correct_fb", "general_incorrect_fb", "general", "solution", "correct", "incorrect"}
)
_MEDIA = {"mataudio", "matvideo", "matapplet", "matapplication"}
_RESPONSES = {"response_lid", "response_str", "response_num", "response_xy", "response_grp"}
