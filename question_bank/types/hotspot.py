"""Hotspot: regions of a picture, chosen by a click or from the list of their names."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from question_bank.types.base import Answer, Payload, Presentation, Sample
from question_bank.types.choice import (
    ChoicePayload,
    ChoiceType,
    Option,
    chance_of_set,
    share_of_set,
    ticked_at_random,
)

Percent = Annotated[float, Field(ge=0, le=100)]
"""Of the picture's width or height, from its left upper corner."""


class Rect(Payload):
    """``x``, ``y``: the left upper corner."""

    kind: Literal["rect"]
    x: Percent
    y: Percent
    width: Annotated[float, Field(gt=0, le=100)]
    height: Annotated[float, Field(gt=0, le=100)]

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.x + self.width > 100 or self.y + self.height > 100:
            raise ValueError("the rectangle leaves the picture: x + width and y + height are at most 100")
        return self

    @property
    def corner(self) -> tuple[float, float]:
        return self.x, self.y


class Ellipse(Payload):
    """``cx``, ``cy``: the centre; ``rx``, ``ry``: the half axes."""

    kind: Literal["ellipse"]
    cx: Percent
    cy: Percent
    rx: Annotated[float, Field(gt=0, le=50)]
    ry: Annotated[float, Field(gt=0, le=50)]

    @property
    def corner(self) -> tuple[float, float]:
        return self.cx, max(0.0, self.cy - self.ry)


class Polygon(Payload):
    """Three to thirty corners."""

    kind: Literal["polygon"]
    points: tuple[tuple[Percent, Percent], ...] = Field(min_length=3, max_length=30)

    @property
    def corner(self) -> tuple[float, float]:
        return self.points[0]

    @property
    def outline(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


Shape = Annotated[Rect | Ellipse | Polygon, Field(discriminator="kind")]


class Region(Option):
    """One region; ``text`` names what is seen there, for those who cannot see it."""

    shape: Shape


class HotspotPayload(ChoicePayload):
    """``image``: the picture with the words that stand for it, ``![what it shows](image:NAME)``."""

    image: Annotated[
        str, StringConstraints(pattern=r"^!\[[^\]\[]{3,500}\]\(image:[-\w]{1,100}(#[0-9a-f]{64})?\)$", max_length=700)
    ]
    options: tuple[Region, ...] = Field(min_length=2, max_length=10)
    several: bool = False

    @model_validator(mode="after")
    def _key_fits(self) -> Self:
        if not self.key or len(self.key) == len(self.options):
            raise ValueError("a hotspot needs at least one right and at least one wrong region")
        if not self.several and len(self.key) > 1:
            raise ValueError(f"{len(self.key)} regions are right, so 'several: true' is needed")
        return self


@dataclass(frozen=True, slots=True)
class PresentedRegion:
    """A region on the picture. ``number`` is its place in the list of names, from 1; ``x``, ``y``: where it stands."""

    token: str
    number: int
    shape: Shape
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class HotspotPresentation(Presentation):
    """``image``: Markdown; ``several``: more than one region may be chosen."""

    image: str = ""
    regions: tuple[PresentedRegion, ...] = ()
    several: bool = False


class Hotspot(ChoiceType[HotspotPayload]):
    slug = "hotspot"
    label = "Hotspot"
    payload_model = HotspotPayload

    def takes_several(self, payload: HotspotPayload) -> bool:
        return payload.several

    def present(self, payload: HotspotPayload, seed: int, *, shuffle: bool = True) -> HotspotPresentation:
        listed = super().present(payload, seed, shuffle=shuffle).options
        shapes = {option.text: option.shape for option in payload.options}
        regions = []
        for number, option in enumerate(listed, start=1):
            x, y = shapes[option.text].corner
            regions.append(PresentedRegion(option.token, number, shapes[option.text], f"{x:g}%", f"{y:g}%"))
        return HotspotPresentation(
            options=listed,
            hint="Select all regions that apply, in the picture or in the list below it."
            if payload.several
            else "Select one region, in the picture or in the list below it.",
            image=payload.image,
            regions=tuple(regions),
            several=payload.several,
        )

    def mark(self, payload: HotspotPayload, answer: Answer | None) -> float:
        """One region: right or wrong. Several: as in multiple choice, right minus wrong ticks (`share_of_set`)."""
        if payload.several:
            return share_of_set(payload, answer)
        return float(bool(answer) and frozenset(answer["options"]) == payload.key)  # type: ignore[index]

    def chance(self, payload: HotspotPayload) -> float:
        return chance_of_set(payload) if payload.several else 1 / len(payload.options)

    def guess(self, payload: HotspotPayload, rng: random.Random) -> Answer | None:
        return ticked_at_random(payload, rng) if payload.several else {"options": [rng.choice(payload.options).id]}

    def samples(self) -> Sequence[Sample]:
        image = "![A pipeline: raw data, feature job, training, registry, serving](image:pipeline)"
        options: list[dict[str, Any]] = [
            {
                "id": "features",
                "text": "The feature job between raw data and training",
                "correct": True,
                "rationale": "Only here the features of both paths are made.",
                "shape": {"kind": "rect", "x": 22, "y": 30, "width": 16, "height": 40},
            },
            {
                "id": "registry",
                "text": "The model registry after training",
                "rationale": "It stores what was made before.",
                "shape": {"kind": "ellipse", "cx": 70, "cy": 50, "rx": 8, "ry": 20},
            },
            {
                "id": "serving",
                "text": "The serving container at the end",
                "rationale": "It only calls what it is given.",
                "shape": {"kind": "polygon", "points": [[82, 30], [98, 30], [98, 70], [82, 70]]},
            },
        ]
        both = [option | {"correct": option["id"] != "serving"} for option in options]
        return [
            Sample(
                payload={"image": image, "options": options},
                marks=[({"options": ["features"]}, 1.0), ({"options": ["registry"]}, 0.0), (None, 0.0)],
                bad_payloads=[
                    {"image": "![](image:pipeline)", "options": options},
                    {"image": "![A pipeline](https://example.org/x.png)", "options": options},
                    {"image": image, "options": both},
                    {"image": image, "options": [option | {"correct": False} for option in options]},
                    {
                        "image": image,
                        "options": [
                            options[0] | {"shape": {"kind": "rect", "x": 90, "y": 0, "width": 20, "height": 5}},
                            options[1],
                        ],
                    },
                    {
                        "image": image,
                        "options": [
                            options[0] | {"shape": {"kind": "polygon", "points": [[1, 1], [2, 2]]}},
                            options[1],
                        ],
                    },
                    {"image": image, "options": [options[0] | {"shape": {"kind": "star"}}, options[1]]},
                ],
                raws=[({"answer": ["{token:features}"]}, {"options": ["features"]}), ({}, None)],
                bad_raw=[{"answer": ["features"]}, {"answer": ["{token:features}", "{token:serving}"]}],
                twins=[{"image": image, "options": [o | {"correct": o["id"] == "serving"} for o in options]}],
            ),
            Sample(
                payload={"image": image, "options": both, "several": True},
                marks=[
                    ({"options": ["features", "registry"]}, 1.0),
                    ({"options": ["features"]}, 0.5),
                    ({"options": ["serving"]}, 0.0),
                    (None, 0.0),
                ],
                raws=[({"answer": ["{token:features}", "{token:serving}"]}, {"options": ["features", "serving"]})],
                twins=[{"image": image, "options": options, "several": True}],
            ),
        ]
