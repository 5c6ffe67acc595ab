"""HTML and plain text of foreign files as Markdown, and Markdown as HTML for them.

Simple and safe: a known set of elements becomes Markdown, everything else keeps its text and is told to
``note``. What comes out is our own Markdown and is sanitised again when it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lxml import etree, html
from markdown_it import MarkdownIt

Note = Callable[[str], None]
Picture = Callable[[str, str], str]
"""Takes address and alternative text of a picture, gives its Markdown, or "" where there is none."""

_BLOCKS = {
    "p", "div", "section", "article", "header", "footer", "main", "aside", "figure", "figcaption", "center", "address",
    "body", "html", "dl", "dt", "dd", "fieldset", "details", "summary",
    "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul", "ol", "li", "blockquote", "table", "hr",
    "qti-item-body", "qti-prompt", "qti-content-body", "qti-template-block",
}  # fmt: skip
_PLAIN = {
    "span", "u", "font", "small", "big", "label", "abbr", "cite", "q", "dfn", "ins", "mark", "nobr", "wbr",
    "tbody", "thead", "tfoot", "colgroup", "col", "caption",
}  # fmt: skip
_DROPPED = {
    "script", "style", "iframe", "object", "embed", "applet", "video", "audio", "form", "input", "button", "select",
    "textarea", "link", "meta", "base", "noscript", "template", "svg", "canvas", "frame", "frameset", "source", "head",
}  # fmt: skip
_CODE = {"code", "tt", "kbd", "samp", "var"}
_LOOKS_LIKE_HTML = re.compile(
    r"</?(?:p|div|br|b|i|u|em|strong|span|ul|ol|li|pre|code|table|tr|td|th|img|a|h[1-6]|sub|sup|font|blockquote)\b[^>]*>",
    re.IGNORECASE,
)
MAX_HTML = 400_000
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")


def from_any(text: str, format: str, note: Note, picture: Picture) -> str:
    """A text in one of the forms that Moodle names: html, markdown, plain, or moodle (HTML where it looks like it)."""
    if format == "markdown":
        return text.strip()
    if format == "html" or (format != "plain" and _LOOKS_LIKE_HTML.search(text)):
        return from_html(text, note, picture)
    return from_plain(text)


def from_plain(text: str) -> str:
    """Plain text so that Markdown shows it as it stands; lines stay lines."""
    paragraphs = re.split(r"\n[ \t]*\n", text.strip())
    return "\n\n".join(
        "\\\n".join(escaped(" ".join(line.split())) for line in paragraph.split("\n") if line.strip())
        for paragraph in paragraphs
        if paragraph.strip()
    )


def escaped(line: str) -> str:
    """One line of text with a backslash before what Markdown would read as a sign."""
    line = re.sub(r"([\\`*])", r"\\\1", line)
    line = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", line)
    line = re.sub(r"<(?=[A-Za-z/!?])", r"\\<", line)
    line = re.sub(r"\](?=[(\[:])", r"]\\", line)
    line = line.replace("~~", "\\~\\~")
    line = _ENTITY.sub(r"\\&", line)
    line = re.sub(r"^(\s*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|=+\s*$|-+\s*$|~{3,}|\|)", r"\1\\\2", line)
    return re.sub(r"^(\s*\d{1,9})([.)])(?=\s|$)", r"\1\\\2", line)


def from_html(text: str, note: Note, picture: Picture) -> str:
    """HTML, whole or in part, as Markdown."""
    if not text.strip():
        return ""
    if len(text) > MAX_HTML:
        note(f"everything after {MAX_HTML} characters of a text")
        text = text[:MAX_HTML]
    parser = html.HTMLParser()
    try:
        root = html.fragment_fromstring(text, create_parent="div", parser=parser)
    except (etree.ParserError, ValueError):
        root = None
    if root is None or any("depth" in error.message for error in parser.error_log):
        note("all formatting of a text that nests too deeply")
        return from_plain(re.sub(r"<[^>]*>", " ", text))
    return from_element(root, note, picture)


def from_element(element: Any, note: Note, picture: Picture, special: Callable[[Any], str | None] | None = None) -> str:
    """The content of an element as Markdown.

    ``special`` is asked first for each element below: it gives Markdown for what only the caller understands
    (a gap), "" to leave the element out, or None.
    """
    return _Writer(note, picture, special).whole(element)


def name_of(element: Any) -> str:
    """The name without its namespace, in small letters; empty for comments."""
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


class _Writer:
    def __init__(self, note: Note, picture: Picture, special: Callable[[Any], str | None] | None) -> None:
        self.note, self.picture, self.special = note, picture, special
        self.holders: set[Any] = set()

    def whole(self, element: Any) -> str:
        """The content of an element."""
        for one in element.iterdescendants():
            if name_of(one) in _BLOCKS:
                for above in one.iterancestors():
                    if above in self.holders:
                        break
                    self.holders.add(above)
        return "\n\n".join(self.blocks(element)).strip()

    def blocks(self, element: Any) -> list[str]:
        """Markdown blocks of what is in an element."""
        found: list[str] = []
        line: list[str] = [_text(element.text)]
        for child in element:
            name = name_of(child)
            if name and (name in _BLOCKS or (child in self.holders and name not in _DROPPED)):
                found += _paragraph(line)
                line = []
                if (own := self._special(child)) is not None:
                    found += [own] if own else []
                else:
                    found += self._block(child, name)
            elif name:
                line.append(self._inline(child, name))
            line.append(_text(child.tail))
        return found + _paragraph(line)

    def _special(self, element: Any) -> str | None:
        return self.special(element) if self.special else None

    def _block(self, element: Any, name: str) -> list[str]:
        if re.fullmatch(r"h[1-6]", name):
            words = " ".join(self._inside(element).split())
            return [f"{'#' * max(3, int(name[1]))} {words}"] if words else []
        if name == "pre":
            return [_fenced(element)]
        if name in {"ul", "ol"}:
            return [self._list(element, name)] if len(element) else []
        if name == "blockquote":
            inner = "\n\n".join(self.blocks(element))
            return ["\n".join(f"> {line}".rstrip() for line in inner.split("\n"))] if inner else []
        if name == "table":
            return self._table(element)
        if name == "hr":
            return ["---"]
        return self.blocks(element)

    def _list(self, element: Any, name: str) -> str:
        lines = []
        for number, item in enumerate((child for child in element if name_of(child) == "li"), 1):
            mark = f"{number}. " if name == "ol" else "- "
            first, *rest = "\n\n".join(self.blocks(item)).split("\n")
            lines += [mark + first, *(" " * len(mark) + line if line else "" for line in rest)]
        return "\n".join(lines)

    def _table(self, element: Any) -> list[str]:
        rows = [
            [self._cell(cell) for cell in row if name_of(cell) in {"td", "th"}]
            for row in element.iterdescendants()
            if name_of(row) == "tr"
        ]
        rows = [row for row in rows if row]
        if not rows:
            return []
        width = max(map(len, rows))
        padded = [row + [""] * (width - len(row)) for row in rows]
        lines = ["| " + " | ".join(row) + " |" for row in padded]
        return ["\n".join([lines[0], "|" + "---|" * width, *lines[1:]])]

    def _cell(self, cell: Any) -> str:
        if any(cell.get(name, "1") != "1" for name in ("colspan", "rowspan")):
            self.note("cells that span others")
        return " ".join(" ".join(self.blocks(cell)).replace("\\\n", " ").split()).replace("|", "\\|")

    def _inside(self, element: Any) -> str:
        parts = [_text(element.text)]
        for child in element:
            if name := name_of(child):
                parts.append(self._inline(child, name))
            parts.append(_text(child.tail))
        return "".join(parts)

    def _inline(self, element: Any, name: str) -> str:
        if (own := self._special(element)) is not None:
            return own
        if name in _DROPPED:
            self.note(f"an element {name}")
            return ""
        if name == "br":
            return _BREAK
        if name in _CODE:
            return _span(" ".join("".join(element.itertext()).split()))
        if name == "img":
            return self._image(element)
        inner = self._inside(element)
        if name in {"b", "strong"}:
            return _wrapped(inner, "**")
        if name in {"i", "em"}:
            return _wrapped(inner, "*")
        if name in {"s", "del", "strike"}:
            return _wrapped(inner, "~~")
        if name == "a":
            return self._link(element, inner)
        if name not in _PLAIN:
            self.note(f"formatting by {name}")
        return inner

    def _image(self, element: Any) -> str:
        source = element.get("src") or ""
        shown = self.picture(source, " ".join((element.get("alt") or "").split()))
        if not shown:
            self.note(f"the picture {source[:80]!r}")
        return shown

    def _link(self, element: Any, inner: str) -> str:
        address = (element.get("href") or "").strip()
        if not re.fullmatch(r"https?://[^\s<>()\\]+", address) or not inner.strip():
            if address:
                self.note(f"the link to {address[:80]!r}")
            return inner
        return f"[{' '.join(inner.split())}]({address})"


_BREAK = "\x01"  # a line break until the paragraph is whole; no text holds it, as control characters are gone
_SPACE = re.compile(r"[ \t\n\r\f]+")


def _text(text: str | None) -> str:
    """Text of HTML: white space is one blank; signs of Markdown are kept from being read as such."""
    return _SPACE.sub(" ", _escaped_inside(text)) if text else ""


def _escaped_inside(text: str) -> str:
    return "\n".join(escaped(line) for line in text.split("\n"))


def _paragraph(line: list[str]) -> list[str]:
    lines = [" ".join(part.split()) for part in "".join(line).strip(f" \n{_BREAK}").split(_BREAK)]
    text = "\\\n".join(part for part in lines if part)
    return [text] if text else []


def _wrapped(inner: str, mark: str) -> str:
    """Emphasis whose marks touch the words, as Markdown wants them."""
    core = inner.strip()
    if not core or core.startswith(mark) or "\n" in core:
        return inner
    before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
    return f"{before}{mark}{core}{mark}{after}"


def _span(text: str) -> str:
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _fenced(element: Any) -> str:
    for line_break in [one for one in element.iterdescendants() if name_of(one) == "br"]:
        line_break.tail = "\n" + (line_break.tail or "")
    text = "".join(element.itertext()).strip("\n")
    names = " ".join(one.get("class") or "" for one in (element, *element))
    language = next(iter(re.findall(r"language-([\w+-]{1,20})", names)), "")
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    known = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True, "maxNesting": 20})
    return known.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])


def to_html(text: str, picture: Callable[[str], str] | None = None) -> str:
    """Markdown as XHTML. ``picture`` turns the name of a picture into its address; without it pictures are left out."""
    made = _parser().render(text).strip()
    address = picture or (lambda name: "")
    return re.sub(r'src="image:([-\w]+)"', lambda found: f'src="{address(found[1])}"', made)


def to_plain(text: str) -> str:
    """The words of Markdown in one line; of a picture, what it shows."""
    made = re.sub(r'<img [^>]*alt="([^"]*)"[^>]*>', r"\1", to_html(text))
    return " ".join(html.fragment_fromstring(made, create_parent="div").text_content().split()) if made else ""
