"""The API: assessments to list, invitations to list, read and make. Same rights and scoping as the pages."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.exceptions import MethodNotAllowed, NotFound
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import current_membership
from accounts.models import Membership
from assessments import listing, tasks
from assessments.access import assessments_visible_to, get_assessment_for, get_invitation_for, invitations_visible_to
from assessments.listing import ListedInvitation, Query, Stage
from assessments.models import Assessment
from assessments.results import results_of
from assessments.serializers import AssessmentSerializer, InvitationSerializer, NewInvitationSerializer
from assessments.services import invite


class HasRight(BasePermission):
    """The right that the view names for the method; without it there is no such address."""

    def has_permission(self, request: Request, view: Any) -> bool:
        right = view.rights.get(request.method)
        if right is None:
            raise MethodNotAllowed(str(request.method))
        membership = current_membership(request._request)
        if membership is None or not membership.may(right):
            raise Http404
        view.membership = membership
        return True


class _MemberView(APIView):
    permission_classes = (IsAuthenticated, HasRight)
    rights: ClassVar[dict[str, str]]
    membership: Membership


class NewestFirst(CursorPagination):
    ordering = "-pk"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except ValueError as error:  # a cursor that was made by hand
            raise NotFound("There is no such page.") from error


class AssessmentList(_MemberView, ListAPIView[Assessment]):
    """Published assessments of the library and the organisation."""

    rights: ClassVar[dict[str, str]] = {"GET": "see_assessments"}
    serializer_class = AssessmentSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> Any:
        visible = assessments_visible_to(self.membership.organisation)
        return visible.filter(published__isnull=False).select_related("published")


class InvitationList(_MemberView):
    """GET: invitations, newest first, by ``?assessment=`` and ``?state=``. POST: invite one person."""

    rights: ClassVar[dict[str, str]] = {"GET": "see_candidates", "POST": "invite_candidates"}

    def get(self, request: Request) -> Response:
        query = Query(assessment=self._assessment(request), stage=_stage(request))
        pages = NewestFirst()
        values = pages.paginate_queryset(listing.listed(self.membership.organisation, query), request, view=self)
        rows = listing.as_rows(values or [])
        return pages.get_paginated_response(_shown(rows, self.membership))

    def post(self, request: Request) -> Response:
        form = NewInvitationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        invitation = invite.invite(
            organisation=self.membership.organisation,
            assessment=get_assessment_for(self.membership, data["assessment"]),
            email=data["email"],
            name=data["name"],
            terms=form.terms(),
            by=self.membership.user,
        )
        tasks.wake(tasks.send_invitation_mail, invitation.pk)
        shown = _shown([listing.facts_of(invitation)], self.membership)[0]
        return Response({**shown, "link": invite.link_of(invitation)}, status=status.HTTP_201_CREATED)

    def _assessment(self, request: Request) -> Assessment | None:
        asked = request.query_params.get("assessment")
        if not asked:
            return None
        try:
            public_id = UUID(asked)
        except ValueError as error:
            raise Http404 from error
        visible = Assessment.objects.filter(invitations__in=invitations_visible_to(self.membership.organisation))
        return get_object_or_404(visible.distinct(), public_id=public_id)


def _shown(rows: list[ListedInvitation], membership: Membership) -> list[dict[str, Any]]:
    """The rows with their results. One query for all of them."""
    results = results_of(row.score for row in rows)
    context = {"results": results, "granted": membership.may("invite_candidates")}
    return [dict(InvitationSerializer(row, context=context).data) for row in rows]


def _stage(request: Request) -> str:
    asked = request.query_params.get("state", "")
    if asked and asked not in Stage.values:
        raise Http404
    return asked


class InvitationDetail(_MemberView):
    """One invitation: its state, and its result with the range and the number of questions."""

    rights: ClassVar[dict[str, str]] = {"GET": "see_candidates"}

    def get(self, request: Request, public_id: UUID) -> Response:
        invitation = get_invitation_for(self.membership, public_id)
        return Response(_shown([listing.facts_of(invitation)], self.membership)[0])
