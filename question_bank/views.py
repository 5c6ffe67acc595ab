"""Pages outside the admin: a question as candidates see it, two versions side by side, and pictures."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from accounts.models import User
from question_bank.access import visible_to
from question_bank.editor.question import newest_of
from question_bank.models import Question, QuestionImage, QuestionVersion
from question_bank.preview import key_of, page_of, sample_draws, template_of
from question_bank.word_diff import mark_words

WIDTHS = ("375", "1280")


@require_safe
@login_required
def question_preview(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One version with the candidate's template and styles; ``key=1`` adds what candidates never get."""
    question = _visible(request, public_id)
    version = _version(question, request.GET.get("version"))
    width = request.GET.get("width", "")
    context: dict[str, Any] = {
        "question": question,
        "version": version,
        "page": page_of(version),
        "type_template": template_of(version.type),
        "width": width if width in WIDTHS else WIDTHS[-1],
        "with_key": request.GET.get("key") == "1",
        "draws": sample_draws(version.type, version.stem, version.payload),
    }
    if context["with_key"]:
        context["key"] = key_of(version.type, version.payload)
    return render(request, "question_bank/preview.html", context)


@require_safe
@login_required
def question_compare(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Two versions side by side, each as candidates see it, with the changed words marked."""
    question = _visible(request, public_id)
    versions = [_version(question, request.GET.get(name)) for name in ("old", "new")]
    shown = [
        render_to_string("question_bank/_side.html", {"page": page_of(one), "type_template": template_of(one.type)})
        for one in versions
    ]
    # Both come out of templates that escape, and only elements are put between their words.
    sides = [(one, mark_safe(html)) for one, html in zip(versions, mark_words(*shown), strict=True)]  # noqa: S308
    context = {"question": question, "sides": sides, "same": shown[0] == shown[1]}
    return render(request, "question_bank/compare.html", context)


@require_safe
def question_image(request: HttpRequest, sha256: str) -> HttpResponse:
    """A picture by the hash of its bytes. Candidates have no account: the hash is what lets them see it."""
    image = QuestionImage.objects.filter(sha256=sha256).first()
    if image is None:
        raise Http404
    response = HttpResponse(bytes(image.data), content_type=image.content_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    # An SVG opened by itself is a document: it gets no scripts, no network and an origin of its own.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Content-Disposition"] = "inline"
    return response


def _visible(request: HttpRequest, public_id: UUID) -> Question:
    user = cast("User", request.user)
    return get_object_or_404(visible_to(user).select_related("skill"), public_id=public_id)


def _version(question: Question, number: str | None) -> QuestionVersion:
    """The version with this number; the newest where none is named."""
    if number is None:
        version = newest_of(question)
    else:
        if not number.isascii() or not number.isdigit() or len(number) > 6:
            raise Http404
        version = question.versions.filter(number=int(number)).first()
    if version is None:
        raise Http404
    return version
