"""Checks uploaded pictures by what they hold, not by their name. Pure Python: no Django, no database."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from xml.etree import ElementTree

MAX_BYTES = 1_000_000
MAX_SIDE = 4000  # pixels
MAX_DEPTH = 40
MAX_ELEMENTS = 20_000
_SVG = "{http://www.w3.org/2000/svg}"
_SVG_TAGS = frozenset(
    {
        "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath",
        "defs", "marker", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "title", "desc",
        "use", "symbol", "style",
    }
)  # fmt: skip
_REFERENCE = re.compile(r"url\(\s*['\"]?\s*#([^'\")\s]+)")
_ADDRESS = re.compile(r"url\(\s*['\"]?\s*(?!#)|@import|expression\(|javascript:|data:", re.IGNORECASE)


class PictureRefused(ValueError):
    """The file cannot be used; the message says why and what to do."""


def content_type_of(data: bytes) -> str:
    """The media type of a picture that may be shown to candidates.

    Raises:
        PictureRefused: too large, of another kind, damaged, or an SVG that does more than draw.
    """
    if not data:
        raise PictureRefused("This file is empty.")
    if len(data) > MAX_BYTES:
        raise PictureRefused("This file is larger than 1 MB. Make it smaller and upload it again.")
    for start, (content_type, size) in _KINDS.items():
        if data.startswith(start):
            _check_size(size, data)
            return content_type
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        _check_svg(data)
        return "image/svg+xml"
    raise PictureRefused("This is no PNG, JPEG, WebP, GIF or SVG picture.")


def _check_size(size: Callable[[bytes], tuple[int, int] | None], data: bytes) -> None:
    try:
        sides = size(data)
    except (struct.error, IndexError):
        sides = None
    if sides is None or 0 in sides:
        raise PictureRefused("This picture is damaged: its width and height cannot be read.")
    if max(sides) > MAX_SIDE:
        size_text = f"{sides[0]} x {sides[1]} pixels"
        raise PictureRefused(f"This picture has {size_text}; at most {MAX_SIDE} x {MAX_SIDE} are shown.")


def _png(data: bytes) -> tuple[int, int] | None:
    if data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _webp(data: bytes) -> tuple[int, int] | None:
    if data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack("<I", data[21:25])[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """Walks the segments to the frame header (SOF0 to SOF15 without the three that are none)."""
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte before the marker
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None


_KINDS: dict[bytes, tuple[str, Callable[[bytes], tuple[int, int] | None]]] = {
    b"\x89PNG\r\n\x1a\n": ("image/png", _png),
    b"\xff\xd8\xff": ("image/jpeg", _jpeg),
    b"GIF87a": ("image/gif", _gif),
    b"GIF89a": ("image/gif", _gif),
    b"RIFF": ("image/webp", _webp),
}


def _check_svg(data: bytes) -> None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PictureRefused("This SVG is not in UTF-8. Save it as plain SVG in UTF-8.") from None
    if "<!doctype" in text.lower() or "<!entity" in text.lower() or "<?xml-stylesheet" in text.lower():
        raise PictureRefused("This SVG holds a document type, entity or style sheet link. Save it as plain SVG.")
    try:
        # Without a document type there are no entities to expand, so the standard parser is safe here.
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        raise PictureRefused(f"This SVG cannot be read: {error}.") from error
    if root.tag != f"{_SVG}svg":
        raise PictureRefused("This is no SVG picture: its first element is not svg.")
    _check_depth(root)
    for element in root.iter():
        _check_element(element)
    _check_copies(root)


def _check_depth(root: ElementTree.Element) -> None:
    """Level by level, as whoever draws the picture may go down by calls within calls."""
    level, depth, drawn = [root], 0, 0
    while level:
        depth, drawn = depth + 1, drawn + len(level)
        if depth > MAX_DEPTH or drawn > MAX_ELEMENTS:
            raise PictureRefused(
                f"This SVG is too intricate: at most {MAX_ELEMENTS} elements, {MAX_DEPTH} levels deep, are drawn. "
                "Simplify it, or save it as PNG."
            )
        level = [child for element in level for child in element]


def _check_copies(root: ElementTree.Element) -> None:
    """Copies of copies: a short file can ask for millions of shapes, or for itself."""
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    drawn: dict[int, int] = {}

    def count(element: ElementTree.Element, inside: tuple[int, ...]) -> int:
        key = id(element)
        if key in inside or len(inside) > 4 * MAX_DEPTH:
            raise PictureRefused("This SVG uses itself. Save it as plain SVG without copies, or as PNG.")
        if key not in drawn:
            total = 1 + sum(count(child, (*inside, key)) for child in element)
            total += sum(count(named[name], (*inside, key)) for name in _refers_to(element) if name in named)
            if total > MAX_ELEMENTS:
                raise PictureRefused(
                    f"This SVG asks for more than {MAX_ELEMENTS} shapes by copying. Simplify it, or save it as PNG."
                )
            drawn[key] = total
        return drawn[key]

    count(root, ())


def _refers_to(element: ElementTree.Element) -> list[str]:
    """The ids that an element draws once more: by href, or as a fill, mask, marker or the like."""
    names = [value.strip()[1:] for name, value in element.attrib.items() if name.split("}")[-1] == "href"]
    return names + [name for value in element.attrib.values() for name in _REFERENCE.findall(value)]


def _check_element(element: ElementTree.Element) -> None:
    tag = element.tag.removeprefix(_SVG)
    if not element.tag.startswith(_SVG) or tag not in _SVG_TAGS:
        raise PictureRefused(f"This SVG holds <{tag.split('}')[-1]}>, which is not allowed. Save it as plain SVG.")
    if tag == "style" and _ADDRESS.search(element.text or ""):
        raise PictureRefused("A style in this SVG refers to another file.")
    for name, value in element.attrib.items():
        plain = name.split("}")[-1].lower()
        if plain.startswith("on"):
            raise PictureRefused(f"This SVG holds a script ({plain}).")
        if plain in {"href", "src"} and not value.strip().startswith("#"):
            raise PictureRefused("This SVG refers to another file.")
        if _ADDRESS.search(value):
            raise PictureRefused(f"The attribute {plain} of this SVG refers to another file.")


def extension_of(data: bytes) -> str:
    """The ending of a file name that fits a picture's bytes."""
    known = next((content_type for start, (content_type, _) in _KINDS.items() if data.startswith(start)), "")
    return {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}.get(known, ".svg")
