"""Addresses of the reports. Those of one report carry the attempt's public id, those of a cohort the assessment's."""

from django.urls import path

from reports.views import cohort, compare, export, hiring, history, own_data, performance, report, share

urlpatterns = [
    path("reports/<uuid:public_id>/", report.report_for_team, name="report_for_team"),
    path("reports/<uuid:public_id>/answers/", report.report_answers, name="report_answers"),
    path("reports/<uuid:public_id>/pdf/", export.report_pdf, name="report_pdf"),
    path("attempt/<uuid:public_id>/report/", report.candidate_report, name="candidate_report"),
    path("practice/history/", history.own_history, name="own_history"),
    path("attempt/<uuid:public_id>/my-data/", own_data.own_data, name="own_data"),
    path("attempt/<uuid:public_id>/my-data/erase/", own_data.own_erasure, name="own_erasure"),
    path("reports/<uuid:public_id>/links/", share.share_links, name="share_links"),
    path("links/<uuid:public_id>/revoke/", share.share_revoke, name="share_revoke"),
    path("shared/<str:token>/", share.shared_report, name="shared_report"),
    path("results/<str:token>/", share.result_page, name="result_page"),
    path("attempt/<uuid:public_id>/report/share/", share.candidate_share, name="candidate_share"),
    path("cohorts/<uuid:public_id>/", cohort.cohort_table, name="cohort"),
    path("cohorts/<uuid:public_id>/export/", export.cohort_export, name="cohort_export"),
    path("cohorts/<uuid:public_id>/compare/", compare.comparison, name="compare"),
    path("candidates/<uuid:public_id>/standing/", hiring.candidacy, name="candidacy"),
    path("candidates/<uuid:public_id>/standing/note/", hiring.candidacy_note, name="candidacy_note"),
    path("candidates/<uuid:public_id>/standing/stage/", hiring.candidacy_stage, name="candidacy_stage"),
    path("candidates/<uuid:public_id>/standing/tags/", hiring.candidacy_tags, name="candidacy_tags"),
    path("candidates/<uuid:public_id>/standing/decision/", hiring.candidacy_decide, name="candidacy_decide"),
    path("questions/<uuid:public_id>/performance/", performance.question_performance, name="question_performance"),
    path("assessments/<uuid:public_id>/precision/", performance.assessment_precision, name="assessment_precision"),
    path("team/stages/", hiring.stages, name="hiring_stages"),
    path("files/<uuid:public_id>/", export.file_page, name="file_page"),
    path("files/<uuid:public_id>/download/", export.file_download, name="file_download"),
]
