"""Marks that people give to answers that no rule can mark."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from assessments.models.sitting import AttemptItem, Response


class Marking(models.Model):
    """One person's mark of one answer (append-only): who changes their mind adds another.

    ``points`` by criterion of the rubric; ``mark`` 0..1 is what they make. ``settles``: given in view of the marks of
    others, to end a disagreement.
    """

    item = models.ForeignKey(AttemptItem, on_delete=models.CASCADE, related_name="markings")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="markings")
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    points = models.JSONField()
    mark = models.FloatField()
    comment = models.TextField(blank=True)
    settles = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(mark__gte=0, mark__lte=1), name="marking_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.mark:g}"
