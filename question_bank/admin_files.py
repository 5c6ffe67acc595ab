"""Files of questions in the admin: hand one in, look at what it would do, load it; take questions along."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import INPUT_CLASSES

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from accounts.queue import wake
from question_bank.access import imports_visible_to, may, organisations_with, visible_to
from question_bank.editor.question import LIBRARY
from question_bank.export import export
from question_bank.formats import FORMATS
from question_bank.formats.base import Defaults, Problem
from question_bank.models import DIFFICULTIES, Question, QuestionImport, Skill
from question_bank.services.imports import confirm_import, drop_import, start_import
from question_bank.services.plan import What
from question_bank.tasks import work_on_import

PAGE = "admin:question_bank_questionimport_change"
MAX_TAKEN = 2_000
_SELECT = {"class": " ".join(INPUT_CLASSES)}


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


class FileForm(forms.Form):
    """A file and what to take for everything that it does not say itself."""

    owner = forms.ChoiceField(label="Belongs to", widget=forms.Select(attrs=_SELECT))
    file = forms.FileField(
        label="File",
        max_length=200,
        help_text="Up to 20 MB: a YAML pack, Moodle XML, QTI, Common Cartridge, GIFT, Aiken or CSV.",
    )
    format = forms.ChoiceField(
        required=False,
        choices=[("", "Recognise it by its content"), *((slug, known.label) for slug, known in FORMATS.items())],
        widget=forms.Select(attrs=_SELECT),
    )
    skill = forms.ChoiceField(
        required=False,
        help_text="For questions of which the file names none. Folders named like a skill or topic are recognised.",
        widget=forms.Select(attrs=_SELECT),
    )
    difficulty = forms.TypedChoiceField(
        choices=[(str(number), label) for number, label in DIFFICULTIES],
        coerce=int,
        initial="2",
        help_text="Where the file names none.",
        widget=forms.Select(attrs=_SELECT),
    )
    author = forms.CharField(
        max_length=200,
        required=False,
        help_text="Where the file names none. Empty: you.",
        widget=forms.TextInput(attrs=_SELECT),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners: dict[str, Organisation | None] = {str(o.pk): o for o in organisations_with(user, "edit_questions")}
        if user.is_superuser:
            self.owners[LIBRARY] = None
        cast("forms.ChoiceField", self.fields["owner"]).choices = [
            (key, owner.name if owner else "Shipped library") for key, owner in self.owners.items()
        ]
        cast("forms.ChoiceField", self.fields["skill"]).choices = [
            ("", "None: refuse such questions"),
            *Skill.objects.values_list("slug", "title"),
        ]

    def defaults(self, user: User) -> Defaults:
        said = self.cleaned_data
        return Defaults(
            skill=said["skill"], difficulty=said["difficulty"], author=said["author"].strip() or user.get_full_name()
        )


@admin.register(QuestionImport)
class QuestionImportAdmin(ModelAdmin):
    """Files on their way into the bank. Everything that changes goes through `services.imports`."""

    list_display = ("name", "kind", "owner", "step", "progress", "created_by", "created_at")
    list_select_related = ("organisation", "created_by")
    search_fields = ("name",)
    ordering = ("-id",)
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ("css/question_admin.css",)}

    # --- rights ----------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionImport]:
        return imports_visible_to(_user(request)).defer("data", "plan")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: QuestionImport | None = None) -> bool:
        if obj is not None:
            return may(_user(request), "edit_questions", obj.organisation_id)
        return self.has_add_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        user = _user(request)
        return user.is_superuser or any(m.may("edit_questions") for m in user.memberships.all())

    def has_change_permission(self, request: HttpRequest, obj: QuestionImport | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: QuestionImport | None = None) -> bool:
        return False

    # --- the list --------------------------------------------------------------------------------
    @display(description="Format")
    def kind(self, row: QuestionImport) -> str:
        return FORMATS[row.format].label if row.format in FORMATS else ""

    @display(description="Belongs to")
    def owner(self, row: QuestionImport) -> str:
        return row.organisation.name if row.organisation else "Shipped library"

    @display(
        description="State",
        ordering="state",
        label={"planned": "warning", "running": "info", "done": "success", "failed": "danger"},
    )
    def step(self, row: QuestionImport) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="Questions")
    def progress(self, row: QuestionImport) -> str:
        return f"{row.done} of {row.total}" if row.total else ""

    # --- pages -----------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        def page(name: str, view: Any) -> URLPattern:
            address = f"<int:pk>/{name}/"
            view = self.admin_site.admin_view(view)
            return cast("URLPattern", path(address, view, name=f"question_bank_questionimport_{name}"))

        own = [page("load", self.load_view), page("drop", self.drop_view)]
        return own + cast("list[URLPattern]", super().get_urls())

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = FileForm(request.POST or None, request.FILES or None, user=_user(request))
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                row = start_import(
                    organisation=form.owners[said["owner"]],
                    by=_user(request),
                    name=said["file"].name,
                    data=said["file"].read(21_000_000),
                    format=said["format"],
                    defaults=form.defaults(_user(request)),
                )
                wake(work_on_import, row.pk)
                return redirect(PAGE, row.pk)
            except NotPossible as problem:
                form.add_error("file", str(problem))
        return self._page(request, "upload", "Load a file of questions", form=form)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self._row(request, object_id)
        rows: list[dict[str, Any]] = row.plan.get("rows", [])
        counts = {what.value: sum(one["what"] == what for one in rows) for what in What}
        counts["lossy"] = sum(bool(one.get("lost")) for one in rows)
        show = request.GET.get("show", "")
        if show in counts:
            rows = [one for one in rows if (one.get("lost") if show == "lossy" else one["what"] == show)]
        shown = Paginator(rows, 100).get_page(request.GET.get("page"))
        return self._page(
            request,
            "file",
            row.name,
            row=row,
            kind=self.kind(row),
            owner=self.owner(row),
            counts=counts,
            show=show if show in counts else "",
            shown=shown,
            at_work=row.state in {QuestionImport.WAITING, QuestionImport.RUNNING},
            list_url=reverse("admin:question_bank_question_changelist"),
        )

    @method_decorator(require_POST)
    def load_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, str(pk))
        try:
            confirm_import(row=row)
            wake(work_on_import, row.pk)
        except NotPossible as problem:
            messages.error(request, str(problem))
        return redirect(PAGE, row.pk)

    @method_decorator(require_POST)
    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, str(pk))
        try:
            drop_import(row=row)
            messages.success(request, f"Dropped {row.name}. Nothing of it was loaded.")
        except NotPossible as problem:
            messages.error(request, str(problem))
        return redirect("admin:question_bank_questionimport_changelist")

    def _row(self, request: HttpRequest, pk: str) -> QuestionImport:
        found = imports_visible_to(_user(request)).defer("data").select_related("organisation", "created_by")
        row = found.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and len(pk) < 10 else None
        if row is None:
            raise Http404
        return row

    def _page(self, request: HttpRequest, name: str, title: str, **more: Any) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"opts": self.opts, "title": title, "media": self.media}
        context |= {"inline_admin_formsets": [], "has_view_permission": True, "is_popup": False, **more}
        return TemplateResponse(request, f"admin/question_bank/files/{name}.html", context)


class TakePages:
    """Taking questions along as a file. Mixed into `question_bank.admin.QuestionAdmin`."""

    admin_site: Any
    opts: Any
    media: Any

    @admin.action(description="Take along as a file")
    def take(self, request: HttpRequest, queryset: QuerySet[Question]) -> HttpResponse | None:
        pks = list(queryset.order_by("pk").values_list("pk", flat=True)[: MAX_TAKEN + 1])
        if len(pks) > MAX_TAKEN:
            messages.error(
                request, f"More than {MAX_TAKEN} at once are for the command: manage.py bank dump. Select fewer."
            )
            return None
        return self._take_page(request, pks, "")

    @method_decorator(require_POST)
    def take_view(self, request: HttpRequest) -> HttpResponse:
        """First what the chosen format cannot say, then the file."""
        given = [one for one in request.POST.getlist("pk") if one.isascii() and one.isdigit() and len(one) < 10]
        format = request.POST.get("format", "")
        chosen = visible_to(_user(request)).filter(pk__in=given[:MAX_TAKEN])
        pks = list(chosen.order_by("pk").values_list("pk", flat=True))
        if not pks or format not in FORMATS or not FORMATS[format].writes:
            raise Http404
        written = export(chosen, format)
        if "download" not in request.POST:
            return self._take_page(request, pks, format, list(written.lost))
        response = HttpResponse(written.data, content_type=written.content_type)
        response["Content-Disposition"] = f'attachment; filename="questions-{format}{written.extension}"'
        return response

    def take_url(self) -> URLPattern:
        view = self.admin_site.admin_view(self.take_view)
        return cast("URLPattern", path("take/", view, name="question_bank_question_take"))

    def _take_page(
        self, request: HttpRequest, pks: list[int], format: str, lost: list[Problem] | None = None
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": "Take questions along as a file",
            "media": self.media,
            "inline_admin_formsets": [],
            "has_view_permission": True,
            "is_popup": False,
            "pks": pks,
            "chosen": format,
            "formats": [(slug, known.label) for slug, known in FORMATS.items() if known.writes],
            "lost": None if lost is None else _told(lost),
        }
        return TemplateResponse(request, "admin/question_bank/files/take.html", context)


def _told(lost: list[Problem]) -> list[tuple[str, list[str]]]:
    """What is not kept, each thing once with the questions that it is about."""
    found: dict[str, list[str]] = {}
    for problem in lost:
        names = found.setdefault(f"{problem.field}: {problem.message}", [])
        if problem.question and problem.question not in names:
            names.append(problem.question)
    return sorted(found.items(), key=lambda one: ("left out" not in one[0], one[0]))
