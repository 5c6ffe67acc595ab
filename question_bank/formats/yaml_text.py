"""Reading YAML that people wrote: without aliases and double keys, and with the line of each place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

MAX_NODES = 250_000
MAX_DEPTH = 40


def root_of(text: str) -> yaml.Node | None:
    """The nodes of a YAML text, which know their lines.

    The events are looked through first: aliases, deep nesting and floods of values are refused before a tree is
    built from them. A pack needs none of these, and a bomb does.

    Raises:
        yaml.YAMLError: not YAML, or more than a pack needs.
    """
    depth = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=_Fast)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _not_here("anchors and aliases are not allowed", event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise _not_here("nested too deeply or too many values", event)
    return yaml.compose(text, Loader=_Fast)


def value_of(root: yaml.Node | None) -> Any:
    """What the nodes say, as plain data.

    Raises:
        yaml.YAMLError: a key that is there twice or is no word, or a tag that plain data does not have.
        ValueError: a date that does not exist.
    """
    return _Constructor().construct_document(root) if root is not None else None


_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, with the same powers


def _not_here(words: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=words, problem_mark=event.start_mark)  # type: ignore[arg-type]


class _Constructor(yaml.constructor.SafeConstructor):
    """A SafeConstructor that refuses double keys."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, list | dict | set):
                raise yaml.MarkedYAMLError(problem="a key has to be a word", problem_mark=key_node.start_mark)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} is there twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def line_of(root: Any, location: Sequence[str | int]) -> int | None:
    """Line of the deepest node on the way to ``location``; missing keys give the line of their parent.

    Parts that the text does not have (the kind of a variant, which a validation error names) are passed over.
    """
    node = root
    for part in location:
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            below = node.value[part]
        node = below or node
    return int(node.start_mark.line) + 1 if node is not None else None


def field_of(location: Sequence[str | int]) -> str:
    """A place in words, counted from 1: ``payload.options.2.text``."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in location)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as people write them."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def as_yaml(value: Any) -> str:
    """Plain data as YAML, keys in their order."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))
