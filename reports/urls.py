"""Addresses of the reports. They carry the attempt's public id."""

from django.urls import path

from reports import views

urlpatterns = [
    path("reports/<uuid:public_id>/", views.report_for_team, name="report_for_team"),
    path("reports/<uuid:public_id>/answers/", views.report_answers, name="report_answers"),
    path("attempt/<uuid:public_id>/report/", views.candidate_report, name="candidate_report"),
]
