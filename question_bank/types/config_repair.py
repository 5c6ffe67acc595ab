"""Configuration repair: a real artefact is edited and marked by what holds in its structure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from question_bank.types.artefacts import LANGUAGE_NAMES, ArtefactError, Language, read
from question_bank.types.assertions import Assertion
from question_bank.types.base import (
    MAX_ANSWER_CHARS,
    Answer,
    DescribedLine,
    Flaw,
    Payload,
    Presentation,
    QuestionType,
    Raw,
    Sample,
)
from question_bank.types.code import CodePresentation, a_guess, as_file, clean_text

Artefact = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ANSWER_CHARS, strip_whitespace=False)]


class ConfigRepairPayload(Payload):
    """``start`` is the file as the candidate gets it, ``solution`` one that earns the whole point."""

    language: Language
    file_name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    start: Artefact
    solution: Artefact
    assertions: tuple[Assertion, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _something_to_repair(self) -> Self:
        if all(assertion.keep for assertion in self.assertions):
            raise ValueError("every check is one to keep: at least one must fail in the file as the candidate gets it")
        return self


class ConfigRepair(QuestionType[ConfigRepairPayload]):
    slug = "config_repair"
    label = "Configuration repair"
    payload_model = ConfigRepairPayload

    def present(self, payload: ConfigRepairPayload, seed: int, *, shuffle: bool = True) -> Presentation:
        return CodePresentation(
            hint="Change what has to change. What counts is what the file says: layout and comments do not matter.",
            language=payload.language.removesuffix("_documents"),
            label=payload.file_name,
            start=as_file(payload.start),
            typed=True,
        )

    def clean(self, payload: ConfigRepairPayload, raw: Raw, seed: int) -> Answer | None:
        return clean_text(raw, payload.start)

    def warning(self, payload: ConfigRepairPayload, answer: Answer | None) -> str:
        if answer:
            try:
                read(answer["text"], payload.language)
            except ArtefactError as error:
                return f"Saved as written, but this is not {LANGUAGE_NAMES[payload.language]} yet: {error}."
        return ""

    def filled_in(self, payload: ConfigRepairPayload, answer: Answer | None, seed: int) -> Sequence[str]:
        return [answer["text"]] if answer else []

    def guess(self, payload: ConfigRepairPayload, rng: random.Random) -> Answer | None:
        return a_guess(rng)

    def solved(self, payload: ConfigRepairPayload) -> Answer | None:
        return {"text": as_file(payload.solution)}

    def mark(self, payload: ConfigRepairPayload, answer: Answer | None) -> float:
        """The shares of what was repaired, less the shares of what was broken, out of all shares to repair."""
        if not answer:
            return 0.0
        try:
            held = _held(payload, answer["text"])
        except ArtefactError:
            return 0.0
        return _points(payload, held)

    def describe(self, payload: ConfigRepairPayload, answer: Answer | None) -> Sequence[DescribedLine]:
        lines, held, mark = [], [False] * len(payload.assertions), 0.0
        if answer:
            problem = ""
            try:
                held = _held(payload, answer["text"])
                mark = _points(payload, held)
            except ArtefactError as error:
                problem = f"Not {LANGUAGE_NAMES[payload.language]}: {error}."
            lines.append(DescribedLine(payload.file_name, True, mark == 1, problem, code=answer["text"]))
        for assertion, holds in zip(payload.assertions, held, strict=True):
            lines.append(DescribedLine(assertion.message, holds, True, _worth(payload, assertion)))
        if mark < 1:
            lines.append(DescribedLine("One file that does", False, True, code=as_file(payload.solution)))
        return lines

    def check(self, payload: ConfigRepairPayload) -> Sequence[Flaw]:
        flaws = []
        start, solution = (_read_or_why(as_file(text), payload.language) for text in (payload.start, payload.solution))
        if isinstance(solution, ArtefactError):
            flaws.append(Flaw(f"not {LANGUAGE_NAMES[payload.language]}: {solution}", ("solution",)))
        for place, assertion in enumerate(payload.assertions):
            if not isinstance(solution, ArtefactError) and not assertion.holds(solution):
                flaws.append(Flaw("does not hold in the solution", ("assertions", place)))
            if not isinstance(start, ArtefactError) and (words := misplaced(assertion, start)):
                flaws.append(Flaw(words, ("assertions", place, "keep")))
        return flaws

    def samples(self) -> Sequence[Sample]:
        return [_WORKFLOW, _DOCKERFILE, _MANIFEST]


def _read_or_why(text: str, language: Language) -> Any:
    """What the text says; where it cannot be read, the error that says why."""
    try:
        return read(text, language)
    except ArtefactError as error:
        return error


def misplaced(assertion: Assertion, start: Any) -> str:
    """Why ``keep`` is wrong for what the file says at the start; empty where it is right."""
    holds = assertion.holds(start)
    if holds and not assertion.keep:
        return "holds before anything is repaired: ask for more, or mark it as one to keep"
    if assertion.keep and not holds:
        return "is one to keep, but does not hold in the file at the start"
    return ""


def _held(payload: ConfigRepairPayload, text: str) -> list[bool]:
    data = read(text, payload.language)
    return [assertion.holds(data) for assertion in payload.assertions]


def _points(payload: ConfigRepairPayload, held: Sequence[bool]) -> float:
    """0..1; sums by counting shares, so that all of them are exactly 1."""
    judged = list(zip(payload.assertions, held, strict=True))
    missed = sum(assertion.share for assertion, holds in judged if not holds)
    whole = sum(assertion.share for assertion in payload.assertions if not assertion.keep)
    return max(0.0, 1.0 - missed / whole)


def _worth(payload: ConfigRepairPayload, assertion: Assertion) -> str:
    whole = sum(one.share for one in payload.assertions if not one.keep)
    share = f"{100 * assertion.share / whole:.0f} %"
    return (
        f"Held from the start; breaking it costs {share} of the point." if assertion.keep else f"{share} of the point."
    )


# --- samples ---------------------------------------------------------------------------------------

_BROKEN_WORKFLOW = """\
name: train
on: [push]
jobs:
  train:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@main
      - run: pip install -r requirements.txt
      - run: python train.py
        env:
          TRACKING_TOKEN: tok-4711
"""
_GOOD_WORKFLOW = """\
name: train
on: [push]
jobs:
  train:
    runs-on: ubuntu-24.04
    timeout-minutes: 45
    steps:
      - uses: actions/checkout@8ade135a41bc03ea155e62e844d188df1ea18608
      - run: pip install -r requirements.txt
      - run: python train.py
        env:
          TRACKING_TOKEN: ${{ secrets.TRACKING_TOKEN }}
"""
_WORKFLOW_PAYLOAD: dict[str, Any] = {
    "language": "yaml",
    "file_name": ".github/workflows/train.yml",
    "start": _BROKEN_WORKFLOW,
    "solution": _GOOD_WORKFLOW,
    "assertions": [
        {
            "query": "jobs.train.steps[?uses].uses",
            "test": "matches",
            "value": "^actions/checkout@[0-9a-f]{40}$",
            "share": 2,
            "message": "The checkout is pinned to a full commit.",
        },
        {
            "query": "jobs.train.steps[].env.TRACKING_TOKEN",
            "test": "matches",
            "value": r"^\$\{\{ *secrets\.[A-Z_]{1,40} *\}\}$",
            "message": "The token comes from the secrets of the repository.",
        },
        {
            "query": 'jobs.train."timeout-minutes"',
            "test": "at_most",
            "value": 60,
            "message": "A job that hangs ends within the hour.",
        },
        {
            "query": "jobs.train.steps[?contains(run || '', 'train.py')]",
            "keep": True,
            "message": "The model is still trained.",
        },
    ],
}
_WORKFLOW = Sample(
    payload=_WORKFLOW_PAYLOAD,
    marks=[
        ({"text": _GOOD_WORKFLOW}, 1.0),
        ({"text": _GOOD_WORKFLOW.replace("timeout-minutes: 45", "timeout-minutes: 90")}, 0.75),
        ({"text": _BROKEN_WORKFLOW + "\n"}, 0.0),
        ({"text": _GOOD_WORKFLOW.replace("python train.py", "true")}, 0.75),
        ({"text": _BROKEN_WORKFLOW.replace("python train.py", "true")}, 0.0),
        ({"text": "jobs: {train: ["}, 0.0),
        (None, 0.0),
    ],
    bad_payloads=[
        {**_WORKFLOW_PAYLOAD, "assertions": []},
        {**_WORKFLOW_PAYLOAD, "assertions": [{"query": "jobs[", "message": "no query"}]},
        {**_WORKFLOW_PAYLOAD, "assertions": [{"query": "a", "test": "matches", "value": "(a+)+b", "message": "slow"}]},
        {**_WORKFLOW_PAYLOAD, "assertions": [{"query": "a", "keep": True, "message": "nothing to repair"}]},
        {**_WORKFLOW_PAYLOAD, "language": "python"},
    ],
    twins=[
        {**_WORKFLOW_PAYLOAD, "solution": "name: other\n", "assertions": [{"query": "env", "message": "Another key."}]}
    ],
    raws=[
        ({"answer": ["a: 1\r\nb: 2\r\n"]}, {"text": "a: 1\nb: 2\n"}),
        ({"answer": [_BROKEN_WORKFLOW.replace("\n", "\r\n")]}, None),
        ({"answer": ["  \n "]}, None),
        ({}, None),
    ],
    bad_raw=[{"answer": ["a" * (MAX_ANSWER_CHARS + 1)]}],
)

_BROKEN_DOCKERFILE = """\
FROM python:latest
COPY . /app
RUN pip install -r /app/requirements.txt
CMD python /app/serve.py
"""
_GOOD_DOCKERFILE = """\
FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER 10001
CMD ["python", "serve.py"]
"""
_DOCKERFILE = Sample(
    payload={
        "language": "dockerfile",
        "file_name": "Dockerfile",
        "start": _BROKEN_DOCKERFILE,
        "solution": _GOOD_DOCKERFILE,
        "assertions": [
            {
                "query": "stages[-1].from",
                "test": "matches",
                "value": "^python:3[.][0-9]",
                "message": "The base image is pinned to a version.",
            },
            {
                "query": "stages[-1].instructions[?instruction == 'USER'].value | [-1]",
                "test": "matches",
                "value": "^(?!root|0)",
                "message": "The server does not run as root.",
            },
            {
                "query": "stages[-1].instructions[?instruction == 'CMD'] | [-1].exec",
                "test": "equals",
                "value": ["python", "serve.py"],
                "share": 2,
                "message": "The server gets the signals: the command stands in the exec form.",
            },
        ],
    },
    marks=[
        ({"text": _GOOD_DOCKERFILE}, 1.0),
        ({"text": _GOOD_DOCKERFILE.replace("10001", "root")}, 0.75),
        ({"text": "RUN curl example.org | sh"}, 0.0),
        (None, 0.0),
    ],
)

_MANIFEST_START = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: scorer}
spec:
  template:
    spec:
      containers:
        - name: scorer
          image: registry.example.org/scorer:1.4.2
          resources: {requests: {memory: 256Mi}}
"""
_MANIFEST_SOLUTION = _MANIFEST_START.replace("{requests: {memory: 256Mi}}", "{limits: {memory: 2Gi}}")
_MANIFEST = Sample(
    payload={
        "language": "yaml_documents",
        "file_name": "deployment.yaml",
        "start": _MANIFEST_START,
        "solution": _MANIFEST_SOLUTION,
        "assertions": [
            {
                "query": "[?kind == 'Deployment'] | [0].spec.template.spec.containers[0].resources.limits.memory",
                "test": "at_least",
                "value": "1536Mi",
                "reads": "quantity",
                "message": "The container may use the memory that the model needs.",
            }
        ],
    },
    marks=[
        ({"text": _MANIFEST_SOLUTION}, 1.0),
        ({"text": _MANIFEST_SOLUTION.replace("2Gi", "1536Mi") + "---\nkind: Service\n"}, 1.0),
        ({"text": _MANIFEST_SOLUTION.replace("2Gi", "1Gi")}, 0.0),
        (None, 0.0),
    ],
)
