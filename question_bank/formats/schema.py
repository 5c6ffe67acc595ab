"""The JSON Schema of a YAML pack (draft 2020-12), made from the same models that check a pack."""

from __future__ import annotations

from typing import Any

from question_bank.formats.pack import UNFINISHED, PackQuestion
from question_bank.types import TYPES
from question_bank.types.variants import Variables

_REFERENCE = "#/$defs/{model}"


def pack_schema() -> dict[str, Any]:
    """The whole schema. What code checks beyond it (ids used once, keys that exist) a schema cannot say."""
    question = PackQuestion.model_json_schema(ref_template=_REFERENCE)
    definitions = question.pop("$defs", {})
    question["properties"]["type"] = {"enum": list(TYPES), "title": "Type"}
    question["allOf"] = [{"if": _not_a_draft(), "then": {"required": list(UNFINISHED)}}]
    for slug, kind in TYPES.items():
        payload = kind.payload_model.model_json_schema(ref_template=_REFERENCE.replace("{model}", slug + ".{model}"))
        for name, definition in payload.pop("$defs", {}).items():
            definitions[f"{slug}.{name}"] = definition
        definitions[slug] = payload
        question["allOf"].append(
            {
                "if": {"properties": {"type": {"const": slug}}, "required": ["type"]},
                "then": {"properties": {"payload": _with_variables({"$ref": _REFERENCE.format(model=slug)})}},
            }
        )
    for name, definition in Variables.json_schema().get("$defs", {}).items():
        definitions[f"variables.{name}"] = definition
    definitions["question"] = question
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plumbline pack",
        "description": "Questions on one skill. Loaded with: manage.py bank load FILE",
        "type": "object",
        "properties": {
            "pack": {"type": "string"},
            "skill": {"type": "string"},
            "cases": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"id": {"type": "string"}, "stimulus": {"type": "string", "maxLength": 20_000}},
                    "required": ["id", "stimulus"],
                    "additionalProperties": False,
                },
            },
            "questions": {"type": "array", "items": {"$ref": _REFERENCE.format(model="question")}},
        },
        "required": ["pack", "skill", "questions"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _with_variables(plain: dict[str, Any]) -> dict[str, Any]:
    """A payload may draw numbers; formulas then stand in place of values, which only the code can check."""
    variables = Variables.json_schema(ref_template="#/$defs/variables.{model}")
    variables.pop("$defs", None)
    drawn = {"properties": {"variables": variables}}
    return {"type": "object", "if": {"required": ["variables"]}, "then": drawn, "else": plain}


def _not_a_draft() -> dict[str, Any]:
    return {"not": {"properties": {"status": {"const": "draft"}}, "required": ["status"]}}
