"""When a person is erased, nothing that the reports room holds tells of them any more."""

from __future__ import annotations

import pytest

from assessments.services.retention import erase_candidate
from reports.models import BuiltFile, Candidacy, CandidacyEvent, ShareKind, ShareLink
from reports.services import files, hiring, share
from tests.reports.cohorts import make_cohort
from tests.reports.factories import make_team

pytestmark = pytest.mark.django_db


def test_notes_reasons_tags_files_and_links_go_with_the_person_and_only_theirs() -> None:
    organisation, user = make_team("recruiter")
    gone, stays = make_cohort(organisation, [12, 20])
    for attempt in (gone, stays):
        invitation = attempt.invitation
        assert invitation is not None
        hiring.leave_note(invitation=invitation, text="Robin lives in Bonn", by=user)
        hiring.set_tags(invitation=invitation, tags=["bonn"], by=user)
        hiring.decide(invitation=invitation, decision="hold", reason="Robin moves soon", by=user)
        report = attempt.reports.get()
        files.want_pdf(organisation=organisation, report=report, by=user)
        share.share(report=report, kind=ShareKind.TEAM_FULL, days=3, note="", by=user)
    files.want_workbook(organisation=organisation, terms=files.Terms(gone.assessment), by=user)
    erase_candidate(gone.candidate_id)
    erase_candidate(gone.candidate_id)
    left = CandidacyEvent.objects.filter(candidacy__invitation=gone.invitation)
    assert [(event.kind, event.text) for event in left] == [("decision", "")]
    assert Candidacy.objects.get(invitation=gone.invitation).tags == []
    assert ShareLink.objects.get(report__attempt=gone).revoked_at is not None
    assert [order.report for order in BuiltFile.objects.all()] == [stays.reports.get()]
    assert CandidacyEvent.objects.filter(candidacy__invitation=stays.invitation).count() == 3
    assert ShareLink.objects.get(report__attempt=stays).revoked_at is None
