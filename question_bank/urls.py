"""Addresses."""

from __future__ import annotations

from django.urls import path, re_path

from question_bank import views

urlpatterns = [
    path("bank/questions/<uuid:public_id>/preview/", views.question_preview, name="question_preview"),
    path("bank/questions/<uuid:public_id>/compare/", views.question_compare, name="question_compare"),
    re_path(r"^bank/image/(?P<sha256>[0-9a-f]{64})$", views.question_image, name="question_image"),
]
