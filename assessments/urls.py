"""Addresses of assessments: for candidates here, for the team in `team_urls`."""

from __future__ import annotations

from django.urls import path

from assessments.team_urls import team_patterns
from assessments.views import circumstances, entrance, rehearsal, taking

urlpatterns = [
    path("i/<str:token>/", entrance.invitation_landing, name="invitation_landing"),
    path("i/<str:token>/start/", entrance.invitation_start, name="invitation_start"),
    path("i/<str:token>/practice-run/", rehearsal.invitation_rehearse, name="invitation_rehearse"),
    path("practice/", entrance.self_list, name="self_list"),
    path("practice/<uuid:public_id>/", entrance.self_start, name="self_start"),
    path("practice/<uuid:public_id>/practice-run/", rehearsal.self_rehearse, name="self_rehearse"),
    path("attempt/worker.js", circumstances.worker, name="attempt_worker"),
    path("attempt/<uuid:public_id>/", taking.attempt_resume, name="attempt_resume"),
    path("attempt/<uuid:public_id>/q/<int:position>/", taking.attempt_question, name="attempt_question"),
    path("attempt/<uuid:public_id>/q/<int:position>/save/", taking.save, name="attempt_save"),
    path("attempt/<uuid:public_id>/q/<int:position>/try/", taking.try_out, name="attempt_try"),
    path("attempt/<uuid:public_id>/q/<int:position>/flag/", taking.flag, name="attempt_flag"),
    path("attempt/<uuid:public_id>/q/<int:position>/problem/", taking.problem, name="attempt_problem"),
    path("attempt/<uuid:public_id>/clock/", circumstances.clock, name="attempt_clock"),
    path("attempt/<uuid:public_id>/pause/", circumstances.pause, name="attempt_pause"),
    path("attempt/<uuid:public_id>/events/", circumstances.events, name="attempt_events"),
    path("attempt/<uuid:public_id>/comment/", circumstances.candidate_comment, name="attempt_comment"),
    path("attempt/<uuid:public_id>/overview/", taking.attempt_overview, name="attempt_overview"),
    path("attempt/<uuid:public_id>/submit/", taking.submit, name="attempt_submit"),
    path("attempt/<uuid:public_id>/receipt/", taking.attempt_receipt, name="attempt_receipt"),
    *team_patterns,
]
