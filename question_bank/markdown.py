"""Markdown of question texts to safe HTML: no raw HTML, no foreign addresses, highlighted code."""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

MAX_CHARS = 20_000
_TAGS = {
    "p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "h3", "h4", "h5", "h6",
    "table", "thead", "tbody", "tr", "th", "td", "a", "img", "div", "span",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "loading"},
    "th": {"class"},
    "td": {"class"},
    "ol": {"start"},
    "span": {"class"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "code": {"class"},
    "pre": {"class"},
}
_IMAGE = re.compile(r'src="(?!/bank/image/[0-9a-f]{64}")[^"]*"')
_PINNED = re.compile(r'src="image:[-\w]+#([0-9a-f]{64})"')
_formatter = HtmlFormatter(nowrap=True)


def _code(text: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language) if language else None
    except ClassNotFound:
        lexer = None
    body = highlight(text, lexer, _formatter) if lexer else escapeHtml(text)
    # A wide listing scrolls inside its box; the box takes focus so that the keyboard can scroll it.
    return f'<pre class="code" data-box="1"><code>{body}</code></pre>'


_parser = (
    MarkdownIt("commonmark", {"html": False, "linkify": False, "highlight": _code, "maxNesting": 20})
    .enable(["table", "strikethrough"])
    .disable(["html_block", "html_inline"])
)


@lru_cache(maxsize=4096)
def render(text: str) -> str:
    """Block Markdown to sanitised HTML. The same text gives the same HTML, so results are kept."""
    return _sanitise(_parser.render(text[:MAX_CHARS]))


@lru_cache(maxsize=8192)
def render_inline(text: str) -> str:
    """Markdown of one line (an option); texts with several blocks are rendered as blocks."""
    if "\n" in text.strip():
        return render(text)
    return _sanitise(_parser.renderInline(text[:MAX_CHARS]))


def _sanitise(html: str) -> str:
    html = _PINNED.sub(r'loading="lazy" src="/bank/image/\1"', html)
    html = re.sub(r'style="text-align:(left|right|center)"', r'class="\1"', html)
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"https", "http"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    clean = _IMAGE.sub('src=""', clean)
    clean = re.sub(r"<(/?)h[12]>", r"<\1h3>", clean)
    box = '<div class="scroll" tabindex="0" role="group" aria-label="Listing"><pre>'
    clean = re.sub(r'<pre(?: class="code")?>(?=<code)', box, clean)  # fenced and indented listings
    clean = re.sub(r"</code></pre>", "</code></pre></div>", clean)
    clean = clean.replace("<table>", '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>')
    return clean.replace("</table>", "</table></div>")
