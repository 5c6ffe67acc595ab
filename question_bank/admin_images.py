"""Pictures in the admin: upload, look, delete while no version shows them."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import INPUT_CLASSES

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from question_bank.access import images_visible_to, may, organisations_with
from question_bank.editor.question import LIBRARY
from question_bank.models import QuestionImage
from question_bank.services.images import image_in_use, store_image


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


class ImageForm(forms.Form):
    """A picture to be stored under a name."""

    owner = forms.ChoiceField(label="Belongs to", widget=forms.Select(attrs={"class": " ".join(INPUT_CLASSES)}))
    name = forms.SlugField(
        max_length=80,
        help_text="Questions write ![what it shows](image:its-name). The same name again replaces the picture.",
        widget=forms.TextInput(attrs={"class": " ".join(INPUT_CLASSES)}),
    )
    file = forms.FileField(
        label="Picture", help_text="PNG, JPEG, WebP, GIF or SVG, up to 1 MB and 4000 x 4000 pixels.", max_length=200
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners: dict[str, Organisation | None] = {str(o.pk): o for o in organisations_with(user, "edit_questions")}
        if user.is_superuser:
            self.owners[LIBRARY] = None
        cast("forms.ChoiceField", self.fields["owner"]).choices = [
            (key, owner.name if owner else "Shipped library") for key, owner in self.owners.items()
        ]


@admin.register(QuestionImage)
class QuestionImageAdmin(ModelAdmin):
    """Pictures. The bytes of a row never change, and a picture that a version shows cannot be deleted."""

    list_display = ("picture", "name", "reference", "owner", "content_type", "created_at")
    list_display_links = ("name",)
    list_select_related = ("organisation",)
    search_fields = ("name",)
    ordering = ("-created_at",)
    fields = ("picture", "name", "reference", "content_type", "sha256", "created_at")
    readonly_fields = fields
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ("css/question_admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionImage]:
        return images_visible_to(_user(request)).defer("data")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: QuestionImage | None = None) -> bool:
        user = _user(request)
        if obj is not None and obj.organisation_id is not None:
            return may(user, "see_questions", obj.organisation_id)
        return user.is_superuser or any(m.may("see_questions") for m in user.memberships.all())

    def has_add_permission(self, request: HttpRequest) -> bool:
        user = _user(request)
        return user.is_superuser or any(m.may("edit_questions") for m in user.memberships.all())

    def has_change_permission(self, request: HttpRequest, obj: QuestionImage | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: QuestionImage | None = None) -> bool:
        if obj is None:
            return False
        return may(_user(request), "edit_questions", obj.organisation_id) and not image_in_use(obj.sha256)

    @display(description="Picture")
    def picture(self, image: QuestionImage) -> str:
        return format_html('<img class="qa-thumb" src="{}" alt="">', reverse("question_image", args=[image.sha256]))

    @display(description="In a question")
    def reference(self, image: QuestionImage) -> str:
        return format_html("<code>![what it shows](image:{})</code>", image.name)

    @display(description="Belongs to")
    def owner(self, image: QuestionImage) -> str:
        return image.organisation.name if image.organisation else "Shipped library"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImageForm(request.POST or None, request.FILES or None, user=_user(request))
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                stored = store_image(
                    organisation=form.owners[said["owner"]], name=said["name"], data=said["file"].read(2_000_000)
                )
                messages.success(request, f"Stored. Write ![what it shows](image:{stored.name}) where it belongs.")
                return redirect("admin:question_bank_questionimage_changelist")
            except NotPossible as problem:
                form.add_error("file", str(problem))
        context = self.admin_site.each_context(request) | {"opts": self.opts, "title": "Upload a picture", "form": form}
        context |= {"media": self.media, "inline_admin_formsets": [], "has_view_permission": True}
        return TemplateResponse(request, "admin/question_bank/image/upload.html", context)
