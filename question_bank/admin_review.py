"""Pages of looking at questions together: the queue, the review of one question, the health of a bank."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from question_bank.access import may, organisations_with
from question_bank.linting import TITLES
from question_bank.models import Question, QuestionVersion
from question_bank.services.lint import accept_finding, withdraw_acceptance
from question_bank.services.review import add_comment, confirm_facts
from question_bank.upkeep import health, open_notes, queue

LIBRARY = "library"
QUEUE = "admin:question_bank_question_queue"
REVIEW = "admin:question_bank_question_review"


class ReviewPages:
    """Mixed into `question_bank.admin.QuestionAdmin`, whose rights and frame it uses."""

    admin_site: Any
    opts: Any
    media: Any

    def review_urls(self) -> list[URLPattern]:
        def page(address: str, name: str, view: Any) -> URLPattern:
            return cast(
                "URLPattern", path(address, self.admin_site.admin_view(view), name=f"question_bank_question_{name}")
            )

        return [
            page("queue/", "queue", self.queue_view),
            page("health/", "health", self.health_view),
            page("<path:object_id>/review/", "review", self.review_view),
            page("<path:object_id>/comment/", "comment", self.comment_view),
            page("<path:object_id>/confirm/", "confirm", self.confirm_view),
            page("<path:object_id>/accept/", "accept", self.accept_view),
        ]

    # --- the bank --------------------------------------------------------------------------------
    @method_decorator(require_safe)
    def queue_view(self, request: HttpRequest) -> HttpResponse:
        self._reader(request)
        return self._wide(request, "queue", "Review queue", queue=queue(cast("User", request.user)))

    @method_decorator(require_safe)
    def health_view(self, request: HttpRequest) -> HttpResponse:
        user = self._reader(request)
        owners = _owners(user)
        key = request.GET.get("owner", next(iter(owners)))
        if key not in owners:
            raise Http404
        owner = owners[key]
        bank = health(user, owner.pk if owner else None)
        return self._wide(request, "health", "Health of the bank", bank=bank, owners=owners, owner_key=key)

    # --- one question ----------------------------------------------------------------------------
    @method_decorator(require_safe)
    def review_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Findings, what candidates reported, and the thread of each version."""
        question: Question = self._get(request, object_id)  # type: ignore[attr-defined]
        versions = list(
            question.versions.select_related("topic").order_by("-number").prefetch_related("comments__author")
        )
        return self._page(  # type: ignore[attr-defined,no-any-return]
            request,
            "review",
            question,
            versions=versions,
            previous=versions[1] if len(versions) > 1 else None,
            accepted=[(rule, TITLES.get(rule, rule), reason) for rule, reason in question.lint_allow.items()],
            notes=open_notes(cast("User", request.user), question).newest,
            recheck=question.rechecks.filter(closed_at=None).select_related("version").first(),
            may_confirm=_may_keep(cast("User", request.user), question),
        )

    @method_decorator(require_POST)
    def comment_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question: Question = self._get(request, object_id)  # type: ignore[attr-defined]
        user = cast("User", request.user)
        if not _may_keep(user, question):
            raise PermissionDenied
        version = _version(question, request.POST.get("version", ""))
        try:
            add_comment(version=version, author=user, text=request.POST.get("text", ""))
            messages.success(request, "Your comment stands below the version.")
        except NotPossible as problem:
            messages.error(request, str(problem))
        return redirect(REVIEW, question.pk)

    @method_decorator(require_POST)
    def confirm_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question: Question = self._get(request, object_id)  # type: ignore[attr-defined]
        user = cast("User", request.user)
        if not _may_keep(user, question):
            raise PermissionDenied
        try:
            confirm_facts(question=question, by=user, note=request.POST.get("note", ""))
            messages.success(request, f"Noted: the facts of {question} hold today.")
        except NotPossible as problem:
            messages.error(request, str(problem))
        return redirect(QUEUE) if request.POST.get("back") == "queue" else redirect(REVIEW, question.pk)

    @method_decorator(require_POST)
    def accept_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Accept a finding with a reason, or (``withdraw``) let the linter speak again."""
        question: Question = self._get(request, object_id)  # type: ignore[attr-defined]
        user = cast("User", request.user)
        if not may(user, "edit_questions", question.organisation_id):
            raise PermissionDenied
        rule = request.POST.get("rule", "")
        try:
            if "withdraw" in request.POST:
                withdraw_acceptance(question=question, rule=rule, by=user)
            else:
                accept_finding(question=question, rule=rule, reason=request.POST.get("reason", ""), by=user)
                messages.success(request, "Accepted. The reason stands beside the question.")
        except NotPossible as problem:
            messages.error(request, str(problem))
        return redirect(REVIEW, question.pk)

    # --- helpers ---------------------------------------------------------------------------------
    def _reader(self, request: HttpRequest) -> User:
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        return cast("User", request.user)

    def _wide(self, request: HttpRequest, name: str, title: str, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "media": self.media,
            **more,
        }
        return TemplateResponse(request, f"admin/question_bank/{name}.html", context)


def _owners(user: User) -> dict[str, Organisation | None]:
    """Whose banks somebody may look at, by key; the own team's first."""
    own = {str(one.pk): one for one in organisations_with(user, "see_questions")}
    with_questions = set(
        Question.objects.filter(organisation__in=own.values())
        .order_by()
        .values_list("organisation", flat=True)
        .distinct()
    )
    found: dict[str, Organisation | None] = {key: one for key, one in own.items() if one.pk in with_questions}
    return found | {LIBRARY: None}


def _may_keep(user: User, question: Question) -> bool:
    """Who writes or releases an owner's questions also talks about them and confirms their facts."""
    owner = question.organisation_id
    return may(user, "edit_questions", owner) or may(user, "release_questions", owner)


def _version(question: Question, number: str) -> QuestionVersion:
    version = question.versions.filter(number=int(number)).first() if number.isascii() and number.isdigit() else None
    if version is None:
        raise Http404
    return version
