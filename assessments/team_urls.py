"""Addresses of the team's pages: candidates and assessments; and of the API."""

from __future__ import annotations

from django.urls import URLPattern, path

from assessments import api
from assessments.views import (
    team_assessments,
    team_board,
    team_interventions,
    team_invitations,
    team_inviting,
    team_marking,
    team_panel,
    team_regrade,
)

team_patterns: list[URLPattern] = [
    path("candidates/", team_invitations.invitation_list, name="invitation_list"),
    path("candidates/<uuid:public_id>/", team_invitations.invitation_detail, name="invitation_detail"),
    path("candidates/<uuid:public_id>/revoke/", team_invitations.invitation_revoke, name="invitation_revoke"),
    path("candidates/<uuid:public_id>/resend/", team_invitations.invitation_resend, name="invitation_resend"),
    path("candidates/<uuid:public_id>/extend/", team_invitations.invitation_extend, name="invitation_extend"),
    path("candidates/<uuid:public_id>/reopen/", team_interventions.invitation_reopen, name="invitation_reopen"),
    path("candidates/<uuid:public_id>/set-aside/", team_interventions.invitation_void, name="invitation_void"),
    path("candidates/<uuid:public_id>/hand-in/", team_interventions.invitation_hand_in, name="invitation_hand_in"),
    path(
        "candidates/<uuid:public_id>/accommodation/",
        team_interventions.invitation_accommodation,
        name="invitation_accommodation",
    ),
    path("marking/", team_marking.marking_queue, name="marking_queue"),
    path("marking/<int:pk>/", team_marking.marking_answer, name="marking_answer"),
    path("live/", team_board.board, name="board"),
    path("live/extend/", team_board.board_extend, name="board_extend"),
    path("live/<uuid:public_id>/", team_board.board_act, name="board_act"),
    path("outages/", team_board.outages, name="outages"),
    path("outages/<uuid:public_id>/credit/", team_board.outage_credit, name="outage_credit"),
    path("assessments/", team_assessments.assessment_list, name="assessment_list"),
    path("assessments/new/", team_assessments.assessment_new, name="assessment_new"),
    path("assessments/<uuid:public_id>/", team_assessments.assessment_detail, name="assessment_detail"),
    path("assessments/<uuid:public_id>/copy/", team_assessments.assessment_copy, name="assessment_copy"),
    path("assessments/<uuid:public_id>/edit/", team_assessments.assessment_edit, name="assessment_edit"),
    path("assessments/<uuid:public_id>/edit/pool/", team_assessments.assessment_pool, name="assessment_pool"),
    path("assessments/<uuid:public_id>/publish/", team_assessments.assessment_publish, name="assessment_publish"),
    path("assessments/<uuid:public_id>/archive/", team_assessments.assessment_archive, name="assessment_archive"),
    path("assessments/<uuid:public_id>/panel/", team_panel.panel_open, name="panel_open"),
    path("corrections/", team_regrade.regrade_list, name="regrade_list"),
    path("corrections/of/<uuid:public_id>/", team_regrade.regrade_new, name="regrade_new"),
    path("corrections/<uuid:public_id>/", team_regrade.regrade, name="regrade"),
    path("corrections/<uuid:public_id>/decide/", team_regrade.regrade_decide, name="regrade_decide"),
    path("panels/<uuid:public_id>/", team_panel.panel, name="panel"),
    path("panels/<uuid:public_id>/<int:position>/", team_panel.panel_question, name="panel_question"),
    path("panels/<uuid:public_id>/round/", team_panel.panel_round, name="panel_round"),
    path("panels/<uuid:public_id>/close/", team_panel.panel_close, name="panel_close"),
    path("assessments/<uuid:public_id>/invite/", team_inviting.invite, name="invite"),
    path("assessments/<uuid:public_id>/invite/many/", team_inviting.invite_many, name="invite_many"),
    path("api/v1/assessments/", api.AssessmentList.as_view(), name="api_assessments"),
    path("api/v1/invitations/", api.InvitationList.as_view(), name="api_invitations"),
    path("api/v1/invitations/<uuid:public_id>/", api.InvitationDetail.as_view(), name="api_invitation"),
]
