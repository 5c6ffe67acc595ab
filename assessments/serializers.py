"""What the API takes and gives. States, scores, roles and deadlines are only ever given."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from assessments.forms import MAX_MESSAGE, check_end, default_end
from assessments.listing import ListedInvitation
from assessments.models import Assessment
from assessments.results import Result
from assessments.services.invite import InvitationTerms


class AssessmentSerializer(serializers.ModelSerializer[Assessment]):
    """An assessment that people can be invited to. ``minutes`` null: no time limit."""

    id = serializers.UUIDField(source="public_id")
    version = serializers.IntegerField(source="published.number", default=None)
    questions = serializers.IntegerField(source="published.question_count", default=None)
    minutes = serializers.SerializerMethodField()
    skills = serializers.SerializerMethodField()
    own = serializers.SerializerMethodField()

    class Meta:
        model = Assessment
        fields = ("id", "title", "summary", "group", "own", "version", "questions", "minutes", "skills")
        read_only_fields = fields

    def get_minutes(self, assessment: Assessment) -> int | None:
        return assessment.published.loaded().time_limit_minutes if assessment.published else None

    def get_skills(self, assessment: Assessment) -> list[str]:
        return assessment.published.loaded().skills if assessment.published else []

    def get_own(self, assessment: Assessment) -> bool:
        return assessment.organisation_id is not None


class InvitationSerializer(serializers.Serializer[ListedInvitation]):
    """An invitation with what came of it. The context holds the ``results`` by score.

    ``granted`` in the context: whether the reader may know what the person was granted. Who only reads results may
    not; they get null for it, and days instead of times, as the time between two of them would say it as well.
    """

    def to_representation(self, row: ListedInvitation) -> dict[str, Any]:
        granted = self.context["granted"]
        return {
            "id": str(row.public_id),
            "assessment": {"id": str(row.assessment_public_id), "title": row.assessment_title},
            "candidate": {"name": row.name, "email": row.email},
            "state": row.stage,
            "created_at": row.created_at,
            "opens_at": row.opens_at,
            "expires_at": row.expires_at,
            "mailed_at": row.mailed_at,
            "mail_problem": row.mail_problem,
            "time_factor": str(row.time_factor) if granted else None,
            "untimed": row.untimed if granted else None,
            "attempt": str(row.attempt) if row.attempt else None,
            "started_at": row.started_at if granted else _day(row.started_at),
            "submitted_at": row.submitted_at if granted else _day(row.submitted_at),
            "seconds_used": row.seconds_used,
            "result": _result(self.context["results"].get(row.score)),
        }


def _day(moment: datetime.datetime | None) -> datetime.date | None:
    return moment.date() if moment else None


def _result(result: Result | None) -> dict[str, Any] | None:
    """As the report says it, and never without its range and the number of questions; null until it is built."""
    if result is None:
        return None
    return {
        "value": result.value,
        "low": result.low,
        "high": result.high,
        "level": result.level,
        "questions": result.n,
        "points": result.points,
        "provisional": result.provisional,
        "method": result.method,
        "percentile": {
            "value": result.percentile,
            "low": result.percentile_low,
            "high": result.percentile_high,
            "note": result.percentile_note,
        },
    }


class NewInvitationSerializer(serializers.Serializer[Any]):
    """What may be posted. Anything else is refused, so that nobody believes it had an effect."""

    assessment = serializers.UUIDField()
    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    message = serializers.CharField(max_length=MAX_MESSAGE, required=False, default="", allow_blank=True)
    opens_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    expires_at = serializers.DateTimeField(required=False, default=default_end)
    time_factor = serializers.DecimalField(
        max_digits=4, decimal_places=2, min_value=Decimal(1), max_value=Decimal(10), required=False, default=Decimal(1)
    )
    untimed = serializers.BooleanField(required=False, default=False)

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            raise serializers.ValidationError({name: ["This field cannot be set."] for name in unknown})
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_end(attrs["expires_at"])
        if attrs["opens_at"] and attrs["opens_at"] >= attrs["expires_at"]:
            raise serializers.ValidationError({"opens_at": ["This is after the end."]})
        return attrs

    def terms(self) -> InvitationTerms:
        names = ("expires_at", "opens_at", "time_factor", "untimed", "message")
        return InvitationTerms(**{name: self.validated_data[name] for name in names})
