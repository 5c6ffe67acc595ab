"""The one table of rights: what a role in an organisation may do. A new right is one row.

A view asks `may(membership, right)`; nothing else in the product compares roles.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A person's role in one organisation."""

    OWNER = "owner"
    RECRUITER = "recruiter"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    READER = "reader"


ROLE_LABELS = {
    Role.OWNER: "Owner",
    Role.RECRUITER: "Recruiter",
    Role.AUTHOR: "Author",
    Role.REVIEWER: "Reviewer",
    Role.READER: "Reader",
}

ROLE_DOES = {
    Role.OWNER: "manages the team and may do everything but approve own questions",
    Role.RECRUITER: "invites candidates, follows them and reads their reports",
    Role.AUTHOR: "writes questions, puts assessments together and marks answers in free text",
    Role.REVIEWER: "checks and releases questions that others wrote, and marks answers in free text",
    Role.READER: "reads reports, compares people and leaves notes on them; invites and decides nothing",
}

RIGHTS: dict[str, frozenset[Role]] = {
    "see_candidates": frozenset({Role.OWNER, Role.RECRUITER, Role.READER}),
    "note_candidates": frozenset({Role.OWNER, Role.RECRUITER, Role.READER}),
    "decide_candidates": frozenset({Role.OWNER, Role.RECRUITER}),
    "set_stages": frozenset({Role.OWNER}),
    "invite_candidates": frozenset({Role.OWNER, Role.RECRUITER}),
    "share_reports": frozenset({Role.OWNER, Role.RECRUITER}),
    "export_results": frozenset({Role.OWNER, Role.RECRUITER}),
    "correct_scores": frozenset({Role.OWNER}),
    "see_answers_with_key": frozenset({Role.OWNER}),
    "see_assessments": frozenset(Role),
    "edit_assessments": frozenset({Role.OWNER, Role.AUTHOR}),
    "edit_questions": frozenset({Role.OWNER, Role.AUTHOR}),
    "see_questions": frozenset({Role.OWNER, Role.AUTHOR, Role.REVIEWER}),
    "release_questions": frozenset({Role.OWNER, Role.REVIEWER}),
    "mark_answers": frozenset({Role.OWNER, Role.AUTHOR, Role.REVIEWER}),
    "see_team": frozenset(Role),
    "manage_team": frozenset({Role.OWNER}),
    "read_outbox": frozenset({Role.OWNER}),
}


def allows(role: str, right: str) -> bool:
    """Whether a role has a right.

    Raises:
        KeyError: no such right; a misspelt right must not quietly be a "no".
    """
    return role in RIGHTS[right]
