"""Drawing a report as a tagged PDF (PDF/UA-1). Nothing is fetched: no network, no files."""

from __future__ import annotations

import logging
import re
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

from accounts.errors import NotPossible

NOT_HERE = (
    "PDF files cannot be drawn on this machine, because the library Pango is missing. Open the report and choose "
    "\u201cPrint\u201d there; the operator finds in the notes on deployment what to install."
)
_SVG = re.compile(r"<svg\b[^>]*>")


def draw(html: str) -> bytes:
    """The page as PDF, without loading anything that it names.

    Raises:
        NotPossible: the libraries that WeasyPrint draws with are not installed.
    """
    weasyprint = _weasyprint()
    nothing = _fetches_nothing(weasyprint)
    page = weasyprint.HTML(string=_with_styled_pictures(html), base_url="about:blank", url_fetcher=nothing)
    sheet = weasyprint.CSS(string=_rules("css/report_pdf.css"), url_fetcher=nothing)
    return bytes(page.write_pdf(stylesheets=[sheet], finisher=_without_idle_figures, pdf_variant="pdf/ua-1"))


def _without_idle_figures(document: Any, pdf: Any) -> None:
    """Swatches and scales are no figures: what has no words of its own must not be announced as one (PDF/UA-1, 7.3)."""
    for part in pdf.objects:
        if isinstance(part, dict) and part.get("S") == "/Figure" and "Alt" not in part:
            part["S"] = "/Span"
            del part["A"]  # the box of a figure


def _weasyprint() -> Any:
    """Imported when it is needed: without Pango the import itself fails, and everything else must still run."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        raise NotPossible(NOT_HERE) from error
    for name in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return weasyprint


def _fetches_nothing(weasyprint: Any) -> Any:
    """What a report needs is in it; whatever else a text might name is left out."""

    class Nothing(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            return _refuse(url)

    return Nothing()


def _refuse(url: str) -> Any:
    raise ValueError(f"not fetched: {url[:100]}")


def _with_styled_pictures(html: str) -> str:
    """Put the rules of the charts into each picture. All of them are ours: texts of people are escaped before."""
    style = f"<style>{_rules('css/report_pdf_charts.css')}</style>"
    return _SVG.sub(lambda tag: tag.group(0) + style, html)


@cache
def _rules(name: str) -> str:
    found = finders.find(name)
    if not found:
        raise FileNotFoundError(name)
    return Path(found).read_text()
