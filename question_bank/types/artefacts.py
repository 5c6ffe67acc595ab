"""Reads what candidates write (YAML, JSON, Dockerfiles) into plain data. Nothing is ever run.

The text is hostile until proven otherwise: size, depth and the size after following aliases are limited
before anything is built, so that each text costs a bounded amount of work.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Hashable
from typing import Any, Literal

import yaml
from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped]

Language = Literal["yaml", "yaml_documents", "json", "dockerfile"]
LANGUAGE_NAMES: dict[str, str] = {
    "yaml": "YAML",
    "yaml_documents": "YAML",
    "json": "JSON",
    "dockerfile": "a Dockerfile",
}

MAX_CHARS = 10_000
MAX_DEPTH = 40
MAX_VALUES = 20_000
"""Values after following aliases and merges: a text of 10,000 characters without them has far fewer."""


class ArtefactError(ValueError):
    """The text is not what it should be. ``line`` counts from 1, None where no line can be named."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        self.problem, self.line = problem[:200], line
        super().__init__(f"line {line}: {self.problem}" if line else self.problem)


def read(text: str, language: Language) -> Any:
    """The text as dicts, lists, strings, numbers, booleans and None.

    YAML is read by the core schema of version 1.2, where ``on`` and ``no`` are words; ``yaml_documents`` gives
    the list of its documents; a Dockerfile becomes ``{"instructions": [...], "stages": [...]}``.

    Raises:
        ArtefactError: in words for the person who wrote the text.
    """
    if len(text) > MAX_CHARS:
        raise ArtefactError(f"longer than {MAX_CHARS:,} characters")
    return _READERS[language](text)


# --- YAML ------------------------------------------------------------------------------------------


# libyaml's parser where PyYAML was built with it, as its wheels are: a save is not to wait for the slow one.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _CoreLoader(_Safe):  # type: ignore[misc]
    """SafeLoader with the scalars of YAML 1.2's core schema, and without double keys."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        seen: set[str] = set()
        for key in own:
            name = _key(key)
            if name in seen:
                raise ArtefactError(f"the key {name!r} is there twice", key.start_mark.line + 1)
            seen.add(name)
        self.flatten_mapping(node)
        return {_key(key): self.construct_object(value, deep=deep) for key, value in node.value}


def _key(node: Any) -> str:
    """Keys as text, for the query language knows no others: ``8080:`` is ``"8080"``."""
    if not isinstance(node, yaml.ScalarNode):
        raise ArtefactError("a key must be a single value", node.start_mark.line + 1)
    return str(node.value)


_CORE_SCALARS = (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^(?:[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300})$", "-+0123456789"),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        "-+0123456789.",
    ),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"^<<$", "<"),
)
for _tag, _pattern, _first in _CORE_SCALARS:
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _construct_int(loader: _CoreLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


def _construct_float(loader: _CoreLoader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)).lower().replace(".inf", "inf").replace(".nan", "nan"))


def _refuse(loader: _CoreLoader, node: yaml.Node) -> None:
    loader.construct_undefined(node)


_CoreLoader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_CoreLoader.add_constructor("tag:yaml.org,2002:float", _construct_float)
for _tag in ("timestamp", "binary", "set", "omap", "pairs"):
    _CoreLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _refuse)


def _read_yaml(text: str) -> Any:
    documents = _read_yaml_documents(text)
    if len(documents) > 1:
        raise ArtefactError("there is more than one document (---); write one")
    return documents[0] if documents else None


def _read_yaml_documents(text: str) -> list[Any]:
    try:
        _check_yaml_size(text)
        return list(yaml.load_all(text, Loader=_CoreLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = (error.problem or "not readable").replace("could not determine a constructor for", "nothing reads")
        last = text.rstrip().count("\n") + 1  # where the text ended too early, its last line is the one to look at
        raise ArtefactError(problem, min(mark.line + 1, last) if mark else None) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ArtefactError("a character that YAML does not allow", line) from error
    except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
        if isinstance(error, ArtefactError):
            raise
        raise ArtefactError("not readable") from error


def _check_yaml_size(text: str) -> None:
    """Depth and size with every alias followed, from the events alone, before anything is built.

    Merges copy what an alias points to, so the followed size bounds them too.
    """
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []  # anchor, and the size before the node
    open_anchors: set[str] = set()
    size = 0
    for event in yaml.parse(text, Loader=_Safe):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in open_anchors:
                raise ArtefactError(f"the alias *{event.anchor} points to something that it is a part of", line)
            size += sizes.get(str(event.anchor), 0)
        elif isinstance(event, yaml.ScalarEvent):
            size += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            size += 1
            open_nodes.append((event.anchor, size - 1))
            if event.anchor:
                open_anchors.add(event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = size - before
                open_anchors.discard(anchor)
        if len(open_nodes) > MAX_DEPTH:
            raise ArtefactError(f"nested deeper than {MAX_DEPTH} levels", line)
        if size > MAX_VALUES:
            raise ArtefactError(f"more than {MAX_VALUES:,} values once the aliases are followed", line)


# --- JSON ------------------------------------------------------------------------------------------


def _read_json(text: str) -> Any:
    try:
        data = json.loads(text, object_pairs_hook=_without_double_keys, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ArtefactError(error.msg[0].lower() + error.msg[1:], error.lineno) from error
    except RecursionError as error:
        raise ArtefactError(f"nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        if isinstance(error, ArtefactError):
            raise
        raise ArtefactError("a number with too many digits") from error
    _check_depth(data)
    return data


def _without_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ArtefactError(f"the key {twice!r} is there twice")
    return found


def _no_constant(name: str) -> Any:
    raise ArtefactError(f"JSON has no {name}")


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(MAX_DEPTH + 1):
        inner = [list(value.values()) if isinstance(value, dict) else value for value in level]
        level = [one for values in inner if isinstance(values, list) for one in values]
        if not level:
            return
    raise ArtefactError(f"nested deeper than {MAX_DEPTH} levels")


# --- Dockerfile ------------------------------------------------------------------------------------

_INSTRUCTIONS = frozenset(
    {
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    }
)
_HEREDOC = re.compile(r"<<-?[\"']?([A-Za-z_][A-Za-z0-9_]*)[\"']?")
_FROM = re.compile(r"^(?:--platform=\S+ +)?(\S+)(?: +AS +(\S+))?$", re.IGNORECASE)


def _read_dockerfile(text: str) -> dict[str, Any]:
    lines, heredocs = _without_heredocs(text.replace("\r\n", "\n").split("\n"))
    found = DockerfileParser(fileobj=io.BytesIO("\n".join(lines).encode("utf-8", "replace")), env_replace=False)
    instructions: list[dict[str, Any]] = []
    read_lines: set[int] = set()
    for part in found.structure:
        read_lines.update(range(part["startline"], part["endline"] + 1))
        if part["instruction"] == "COMMENT":
            continue
        line, name, value = part["startline"], part["instruction"], part["value"].strip()
        if name not in _INSTRUCTIONS:
            raise ArtefactError(f"{name[:20]} is not an instruction", line + 1)
        one = {"instruction": name, "value": value, "line": line + 1, "exec": _exec_form(value)}
        instructions.append(one | ({"heredoc": heredocs[line]} if line in heredocs else {}))
    for number, line_text in enumerate(lines):
        if line_text.strip() and number not in read_lines:
            raise ArtefactError("an instruction without a value, or a line that goes on after the end", number + 1)
    return {"instructions": instructions, "stages": _stages(instructions)}


def _without_heredocs(lines: list[str]) -> tuple[list[str], dict[int, str]]:
    """The lines with the bodies of here-documents emptied, and the bodies by the line that opens them."""
    kept, opened = list(lines), 0
    bodies: dict[int, str] = {}
    waiting: list[str] = []
    for number, line in enumerate(lines):
        if waiting:
            kept[number] = ""
            if line.strip() == waiting[0]:
                waiting.pop(0)
            else:
                bodies[opened] = bodies.get(opened, "") + line + "\n"
        elif re.match(r"\s*(?:RUN|COPY|ADD)\b", line, re.IGNORECASE):
            waiting, opened = _HEREDOC.findall(line), number
    if waiting:
        raise ArtefactError(f"the here-document {waiting[0]} is never closed", opened + 1)
    return kept, bodies


def _exec_form(value: str) -> list[str] | None:
    """The words of ``["python", "serve.py"]``; None for the shell form."""
    if not value.startswith("["):
        return None
    try:
        words = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


def _stages(instructions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    stages: list[dict[str, Any]] = []
    for one in instructions:
        if one["instruction"] == "FROM":
            parts = _FROM.match(one["value"])
            if parts is None:
                raise ArtefactError("FROM needs an image, and nothing but AS and a name after it", one["line"])
            stages.append({"from": parts[1], "name": parts[2], "instructions": []})
        elif stages:
            stages[-1]["instructions"].append(one)
        elif one["instruction"] != "ARG":
            raise ArtefactError("only ARG may stand before the first FROM", one["line"])
    if not stages:
        raise ArtefactError("there is no FROM")
    return stages


_READERS: dict[str, Callable[[str], Any]] = {
    "yaml": _read_yaml,
    "yaml_documents": _read_yaml_documents,
    "json": _read_json,
    "dockerfile": _read_dockerfile,
}
