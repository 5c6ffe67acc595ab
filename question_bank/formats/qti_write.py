"""Writes items of QTI 3.0. Each text is XHTML, with the Markdown it was made from in ``data-markdown`` beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from question_bank.formats import shapes
from question_bank.formats.base import NO_RATIONALE, Item, Losses
from question_bank.formats.markup import to_html
from question_bank.formats.qti_read import SOURCE
from question_bank.pictures import extension_of
from question_bank.types import TYPES
from question_bank.types.cloze import GAP

NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_GAP_MARK = "PLUMBLINEGAP{}X"


def identifier(name: str) -> str:
    """A name as XML allows it: one that begins with a digit gets an underscore."""
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"


class ItemWriter:
    """Writes one question as an item. ``beside`` is filled with what only Plumbline needs."""

    def __init__(self, item: Item, pictures: Mapping[str, bytes], losses: Losses) -> None:
        self.question, self.pictures, self.losses = item.question, pictures, losses
        self.payload: Any = TYPES[self.question.type].load(self.question.payload)
        self.beside: dict[str, Any] = {}
        self.feedback: list[tuple[str, str]] = []
        self.shown: list[str] = []

    def text(self) -> str | None:
        """The file, or None where QTI has no such question; that is told."""
        writers: dict[str, Callable[[], tuple[str, str, str]]] = {
            "single_choice": self._choice,
            "multiple_choice": self._choice,
            "numeric": self._numeric,
            "matching": self._matching,
            "grid": self._matching,
            "ordering": self._ordering,
            "cloze": self._cloze,
        }
        if self.question.type not in writers:
            self.losses.refuse_type(self.question, "QTI 3.0")
            return None
        declarations, body, processing = writers[self.question.type]()
        if self.question.explanation:
            self.feedback.append(("EXPLANATION", self.question.explanation))
        name = escape(identifier(self.question.id))
        feedback = "".join(
            f'<qti-modal-feedback outcome-identifier="FEEDBACK" identifier="{escape(one)}" show-hide="show">'
            f"<qti-content-body>{self._div(text)}</qti-content-body></qti-modal-feedback>\n"
            for one, text in self.feedback
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<qti-assessment-item xmlns="{NAMESPACE}" identifier="{name}" title="{name}" adaptive="false" '
            'time-dependent="false" xml:lang="en">\n'
            f"{declarations}"
            '<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>\n'
            '<qti-outcome-declaration identifier="FEEDBACK" cardinality="multiple" base-type="identifier"/>\n'
            f"<qti-item-body>{self._div(self.question.stem)}\n{body}</qti-item-body>\n"
            f"<qti-response-processing>\n{processing}</qti-response-processing>\n{feedback}"
            "</qti-assessment-item>\n"
        )

    # --- the kinds -------------------------------------------------------------------------------------------------
    def _choice(self) -> tuple[str, str, str]:
        several = self.question.type == "multiple_choice"
        right = [option for option in self.payload.options if option.correct]
        correct = "".join(f"<qti-value>{escape(identifier(option.id))}</qti-value>" for option in right)
        mapping = ""
        if several:
            wrong = len(self.payload.options) - len(right)
            entries = "".join(
                f'<qti-map-entry map-key="{escape(identifier(option.id))}" '
                f'mapped-value="{1 / len(right) if option.correct else -1 / wrong:.6f}"/>'
                for option in self.payload.options
            )
            mapping = f'<qti-mapping lower-bound="0" default-value="0">{entries}</qti-mapping>'
        choices = ""
        for option in self.payload.options:
            choices += f'<qti-simple-choice identifier="{escape(identifier(option.id))}">{self._div(option.text)}'
            choices += "</qti-simple-choice>\n"
            if option.rationale != NO_RATIONALE:
                self.feedback.append((identifier(option.id), option.rationale))
        self.beside["option_ids"] = [option.id for option in self.payload.options]
        body = (
            f'<qti-choice-interaction response-identifier="RESPONSE" max-choices="{0 if several else 1}" '
            f'shuffle="{str(self.payload.shuffle).lower()}">\n{choices}</qti-choice-interaction>'
        )
        declared = _declaration("RESPONSE", "multiple" if several else "single", "identifier", correct, mapping)
        return declared, body, _MAPPED + _ANSWERED if several else _MATCHED + _ANSWERED

    def _numeric(self) -> tuple[str, str, str]:
        number = shapes.plain_number
        misses = ""
        for place, miss in enumerate(self.payload.near_misses, 1):
            self.feedback.append((f"MISS-{place}", miss.rationale))
            misses += (
                "<qti-response-else-if>"
                f'<qti-equal tolerance-mode="exact">{_VARIABLE}{_base(number(miss.value), "float")}</qti-equal>'
                f"{_feedback(_base(f'MISS-{place}', 'identifier'))}</qti-response-else-if>\n"
            )
        if self.payload.working:
            self.feedback.append(("WORKING", self.payload.working))
        processing = (
            f"<qti-response-condition><qti-response-if>{_equal('RESPONSE', self.payload.tolerance)}"
            f"{_score('1')}</qti-response-if>\n{misses}</qti-response-condition>\n{_EXPLAINED}"
        )
        unit = f' <span data-role="unit">{escape(self.payload.unit)}</span>' if self.payload.unit else ""
        body = f'<p data-role="answer"><qti-text-entry-interaction response-identifier="RESPONSE"/>{unit}</p>'
        correct = f"<qti-value>{number(self.payload.answer)}</qti-value>"
        return _declaration("RESPONSE", "single", "float", correct), body, processing

    def _matching(self) -> tuple[str, str, str]:
        rows, options = self.payload.rows, self.payload.options
        pairs = [f"ROW-{row.id} OPTION-{row.answer}" for row in rows]
        correct = "".join(f"<qti-value>{pair}</qti-value>" for pair in pairs)
        entries = "".join(f'<qti-map-entry map-key="{pair}" mapped-value="{1 / len(rows):.6f}"/>' for pair in pairs)
        wrong = -1 / len(rows) / (len(options) - 1) if self.question.type == "grid" else 0
        mapping = f'<qti-mapping lower-bound="0" default-value="{wrong:.6f}">{entries}</qti-mapping>'
        for row in rows:
            if row.rationale:
                self.feedback.append((f"ROW-{row.id}", row.rationale))
        left = "".join(
            f'<qti-simple-associable-choice identifier="ROW-{row.id}" match-max="1">{self._div(row.text)}'
            "</qti-simple-associable-choice>\n"
            for row in rows
        )
        right = "".join(
            f'<qti-simple-associable-choice identifier="OPTION-{option.id}" match-max="{len(rows)}">'
            f"{self._div(option.text)}</qti-simple-associable-choice>\n"
            for option in options
        )
        self.beside |= {"row_ids": [row.id for row in rows], "option_ids": [option.id for option in options]}
        body = (
            f'<qti-match-interaction response-identifier="RESPONSE" max-associations="{len(rows)}" '
            f'shuffle="{str(self.payload.shuffle).lower()}">\n<qti-simple-match-set>\n{left}</qti-simple-match-set>\n'
            f"<qti-simple-match-set>\n{right}</qti-simple-match-set>\n</qti-match-interaction>"
        )
        declared = _declaration("RESPONSE", "multiple", "directedPair", correct, mapping)
        return declared, body, _MAPPED + _EXPLAINED

    def _ordering(self) -> tuple[str, str, str]:
        steps = self.payload.items
        correct = "".join(f"<qti-value>{escape(identifier(step.id))}</qti-value>" for step in steps)
        choices = "".join(
            f'<qti-simple-choice identifier="{escape(identifier(step.id))}">{self._div(step.text)}'
            "</qti-simple-choice>\n"
            for step in sorted(steps, key=lambda step: step.id)
        )
        for step in steps:
            if step.rationale:
                self.feedback.append((identifier(step.id), step.rationale))
        self.beside["option_ids"] = [step.id for step in steps]
        self.losses.add(self.question.id, "marking", "only the whole order earns a point in QTI; here each pair counts")
        body = (
            f'<qti-order-interaction response-identifier="RESPONSE" shuffle="true">\n{choices}</qti-order-interaction>'
        )
        return _declaration("RESPONSE", "ordered", "identifier", correct), body, _MATCHED + _EXPLAINED

    def _cloze(self) -> tuple[str, str, str]:
        order = GAP.findall(self.payload.text)
        by_id = {gap.id: gap for gap in self.payload.gaps}
        declared = processing = ""
        placed: list[str] = []
        units = {}
        for place, name in enumerate(order, 1):
            gap, response = by_id[name], f"RESPONSE{place}"
            declaration, interaction, condition = _gap(gap, response, 1 / len(order))
            declared += declaration
            placed.append(interaction)
            processing += condition
            if getattr(gap, "unit", None):
                units[response] = gap.unit
            if gap.rationale:
                self.feedback.append((f"GAP-{name}", gap.rationale))
        marked = GAP.sub(lambda found: _GAP_MARK.format(order.index(found[1])), self.payload.text)
        html = re.sub(
            _GAP_MARK.format(r"(\d+)"), lambda found: placed[int(found[1])], to_html(marked, self._address)
        )  # fmt: skip
        self.beside |= {"gap_ids": order, "units": units}
        if units:
            self.losses.add(self.question.id, "units", "units beside gaps are shown by Plumbline only")
        body = f'<div data-role="gaps" {SOURCE}="{_attribute(self.payload.text)}">{html}</div>'
        return declared, body, processing + _EXPLAINED

    # --- texts -----------------------------------------------------------------------------------------------------
    def _div(self, text: str) -> str:
        return f'<div {SOURCE}="{_attribute(text)}">{to_html(text, self._address)}</div>'

    def _address(self, name: str) -> str:
        if name not in self.pictures:
            self.losses.add(self.question.id, "picture", f"the picture {name!r} is not in the file")
            return f"../pictures/{name}"
        self.shown.append(name)
        return f"../pictures/{name}{extension_of(self.pictures[name])}"


def picture_file(name: str, data: bytes) -> str:
    """Where a picture lies in the package."""
    return f"pictures/{name}{extension_of(data)}"


def _attribute(text: str) -> str:
    """A text as an attribute's value: lines and tabs would otherwise become blanks."""
    return escape(text).replace("\n", "&#10;").replace("\t", "&#9;")


def _declaration(name: str, cardinality: str, kind: str, correct: str, mapping: str = "") -> str:
    return (
        f'<qti-response-declaration identifier="{name}" cardinality="{cardinality}" base-type="{kind}">'
        f"<qti-correct-response>{correct}</qti-correct-response>{mapping}</qti-response-declaration>\n"
    )


def _gap(gap: Any, response: str, share: float) -> tuple[str, str, str]:
    """Declaration, interaction and marking of one gap."""
    if gap.kind == "list":
        names = {text: f"CHOICE-{number}" for number, text in enumerate(gap.options, 1)}
        choices = "".join(
            f'<qti-inline-choice identifier="{name}" {SOURCE}="{_attribute(text)}">{escape(text)}</qti-inline-choice>'
            for text, name in names.items()
        )
        interaction = f'<qti-inline-choice-interaction response-identifier="{response}">{choices}'
        interaction += "</qti-inline-choice-interaction>"
        correct = f"<qti-value>{names[gap.answer]}</qti-value>"
        condition = (
            f'<qti-match><qti-variable identifier="{response}"/><qti-correct identifier="{response}"/></qti-match>'
        )
        return _declaration(response, "single", "identifier", correct), interaction, _adds(condition, share)
    entry = f'<qti-text-entry-interaction response-identifier="{response}"/>'
    if gap.kind == "number":
        correct = f"<qti-value>{shapes.plain_number(gap.answer)}</qti-value>"
        return _declaration(response, "single", "float", correct), entry, _adds(_equal(response, gap.tolerance), share)
    case = str(gap.case_sensitive).lower()
    entries = "".join(
        f'<qti-map-entry map-key="{_attribute(text)}" mapped-value="1" case-sensitive="{case}"/>'
        for text in gap.accepted
    )
    mapping = f'<qti-mapping lower-bound="0" default-value="0">{entries}</qti-mapping>'
    correct = f"<qti-value>{escape(gap.accepted[0])}</qti-value>"
    earned = f'<qti-map-response identifier="{response}"/>{_base("0", "float")}'
    return (
        _declaration(response, "single", "string", correct, mapping),
        entry,
        _adds(f"<qti-gt>{earned}</qti-gt>", share),
    )


def _base(value: str, kind: str) -> str:
    return f'<qti-base-value base-type="{kind}">{value}</qti-base-value>'


def _score(value: str) -> str:
    return f'<qti-set-outcome-value identifier="SCORE">{_base(value, "float")}</qti-set-outcome-value>'


def _equal(response: str, tolerance: float) -> str:
    number = shapes.plain_number(tolerance)
    return (
        f'<qti-equal tolerance-mode="absolute" tolerance="{number} {number}"><qti-variable identifier="{response}"/>'
        f'<qti-correct identifier="{response}"/></qti-equal>'
    )


def _adds(condition: str, share: float) -> str:
    total = f'<qti-sum><qti-variable identifier="SCORE"/>{_base(f"{share:.6f}", "float")}</qti-sum>'
    return (
        f"<qti-response-condition><qti-response-if>{condition}"
        f'<qti-set-outcome-value identifier="SCORE">{total}</qti-set-outcome-value>'
        "</qti-response-if></qti-response-condition>\n"
    )


def _feedback(value: str) -> str:
    return f'<qti-set-outcome-value identifier="FEEDBACK"><qti-multiple>{value}</qti-multiple></qti-set-outcome-value>'


_VARIABLE = '<qti-variable identifier="RESPONSE"/>'
_MATCHED = (
    f'<qti-response-condition><qti-response-if><qti-match>{_VARIABLE}<qti-correct identifier="RESPONSE"/></qti-match>'
    f"{_score('1')}</qti-response-if></qti-response-condition>\n"
)
_MAPPED = (
    '<qti-set-outcome-value identifier="SCORE"><qti-map-response identifier="RESPONSE"/></qti-set-outcome-value>\n'
)
_EXPLANATION = _base("EXPLANATION", "identifier")
_ANSWERED = (
    f'<qti-set-outcome-value identifier="FEEDBACK"><qti-multiple>{_VARIABLE}{_EXPLANATION}</qti-multiple>'
    "</qti-set-outcome-value>\n"
)
_EXPLAINED = (
    '<qti-set-outcome-value identifier="FEEDBACK"><qti-multiple><qti-variable identifier="FEEDBACK"/>'
    f"{_EXPLANATION}</qti-multiple></qti-set-outcome-value>\n"
)
