"""Files that people hand in: who may, what they are told, and that a worker loads them exactly once."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation, User
from question_bank.formats import FORMATS
from question_bank.formats.base import Defaults
from question_bank.formats.source import Source
from question_bank.models import Question, QuestionEvent, QuestionImport, QuestionVersion
from question_bank.services import imports
from question_bank.services.questions import move
from question_bank.states import Status
from question_bank.tasks import import_sweep, work_on_import
from tests.factories import make_skill
from tests.question_bank.formats.test_formats import FILES

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def skill(db: None):
    made = make_skill("model-serving")
    made.topics.create(title="online against batch inference", position=7)
    return made


def pack(count: int, stem: str = "How many in case") -> bytes:
    """A CSV with many short questions."""
    rows = [f"q-{n},model-serving,numeric,{stem} {n}?,{n},0" for n in range(count)]
    return "\n".join(["id,skill,type,stem,answer,tolerance", *rows]).encode()


def start(organisation: Organisation, author: User, data: bytes, name: str = "many.csv") -> QuestionImport:
    return imports.start_import(
        organisation=organisation, by=author, name=name, data=data, format="", defaults=Defaults(author="Somebody")
    )


def planned(organisation: Organisation, author: User, data: bytes) -> QuestionImport:
    row = start(organisation, author, data)
    imports.plan_import(row.pk)
    row.refresh_from_db()
    assert row.state == QuestionImport.PLANNED, row.error
    return row


def loaded(row: QuestionImport) -> QuestionImport:
    imports.confirm_import(row=row)
    while imports.run_import(row.pk):
        pass
    row.refresh_from_db()
    return row


def test_new_questions_become_drafts_of_the_team_and_the_file_is_forgotten(organisation, author, skill) -> None:
    row = loaded(planned(organisation, author, pack(120)))
    assert (row.state, row.done, bytes(row.data)) == ("done", 120, b"")
    assert Question.objects.filter(organisation=organisation, status=Status.DRAFT).count() == 120
    assert {version.author for version in QuestionVersion.objects.all()} == {author}
    again = loaded(planned(organisation, author, pack(120)))
    assert again.done == 120
    assert QuestionVersion.objects.count() == 120


def test_what_is_live_stays_until_somebody_else_releases_the_new_version(organisation, author, reviewer, skill) -> None:
    loaded(planned(organisation, author, pack(2)))
    question = Question.objects.get(external_id="q-1")
    move(question=question, to=Status.IN_REVIEW, by=author)
    move(question=question, to=Status.LIVE, by=reviewer)
    loaded(planned(organisation, author, pack(2, "How many now in case")))
    question.refresh_from_db()
    assert (question.status, question.current.number) == (Status.LIVE, 1)
    assert question.versions.count() == 2
    move(question=question, to=Status.LIVE, by=reviewer)
    question.refresh_from_db()
    assert question.current.number == 2


def test_a_step_that_dies_is_repeated_and_nothing_is_loaded_twice(organisation, author, skill, monkeypatch) -> None:
    row = planned(organisation, author, pack(130))
    imports.confirm_import(row=row)
    real, calls = imports.load_planned, []

    def dies(plan, **options):
        real(plan, **options)
        calls.append(1)
        if len(calls) == 2:
            raise MemoryError  # after the rows of the second step were written, before they were committed

    monkeypatch.setattr(imports, "load_planned", dies)
    with pytest.raises(MemoryError):
        imports.run_import(row.pk)
    row.refresh_from_db()
    assert (row.state, row.done, Question.objects.count()) == ("running", 50, 50)
    import_sweep()  # too early: a worker may still be at it
    QuestionImport.objects.update(updated_at="2026-01-01T00:00Z")
    assert imports.at_work() == [row.pk]
    work_on_import(row.pk)
    row.refresh_from_db()
    assert (row.state, row.done) == ("done", 130)
    assert (Question.objects.count(), QuestionVersion.objects.count()) == (130, 130)
    assert QuestionEvent.objects.filter(kind="loaded").count() == 130


def test_a_file_that_kills_its_reader_is_given_up(organisation, author, skill) -> None:
    row = start(organisation, author, pack(1))
    QuestionImport.objects.filter(pk=row.pk).update(tries=imports.MAX_TRIES)
    imports.plan_import(row.pk)
    row.refresh_from_db()
    assert row.state == QuestionImport.FAILED
    assert "several times" in row.error


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><quiz>&b;</quiz>", "document type"),
        (b"nothing that anybody knows", "none of the known formats"),
        (b"\xff\xfe\x00", "none of the known formats"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(organisation, author, skill, data: bytes, words: str) -> None:
    row = start(organisation, author, data)
    imports.plan_import(row.pk)
    row.refresh_from_db()
    assert row.state == QuestionImport.FAILED
    assert words in row.error


def upload(client: Client, owner: Organisation, path, **fields: str):
    data = SimpleUploadedFile(path.name, path.read_bytes())
    fields = {"owner": str(owner.pk), "difficulty": "2", "skill": "model-serving"} | fields
    return client.post(reverse("admin:question_bank_questionimport_add"), fields | {"file": data})


def test_an_author_hands_in_a_file_sees_each_question_and_loads_it(
    organisation, author, skill, signed_in: SignIn
) -> None:
    client = signed_in(author)
    response = upload(client, organisation, FILES / "moodle/good.xml")
    row = QuestionImport.objects.get()
    page = reverse("admin:question_bank_questionimport_change", args=[row.pk])
    assert response.url == page
    assert "A worker is reading" in client.get(page).content.decode()
    work_on_import(row.pk)
    told = client.get(page).content.decode()
    assert "9 new, 0 changed, 0 unchanged, 2 refused" in told
    assert "line&nbsp;74" in told
    assert "holds no question" in told
    assert "worth 33.333 %" in told
    assert "Moodle XML" in told
    assert "serving-canary" not in client.get(f"{page}?show=refused").content.decode()
    client.post(reverse("admin:question_bank_questionimport_load", args=[row.pk]))
    work_on_import(row.pk)
    assert "Loaded: 9 questions" in client.get(page).content.decode()
    assert set(Question.objects.values_list("organisation", "status")) == {(organisation.pk, "draft")}
    assert QuestionVersion.objects.get(question__external_id="serving-canary").stem.count("image:") == 1
    client.post(reverse("admin:question_bank_questionimport_load", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == QuestionImport.DONE


def test_only_writers_of_the_team_hand_in_and_see_files(
    organisation, other_organisation, author, reviewer, recruiter, outsider, skill, signed_in: SignIn
) -> None:
    row = planned(organisation, author, pack(1))
    names = ("change", "load", "drop")
    addresses = [reverse(f"admin:question_bank_questionimport_{name}", args=[row.pk]) for name in names]
    for user in (reviewer, recruiter, outsider):
        client = signed_in(user)
        for address, method in zip(addresses, ("get", "post", "post"), strict=True):
            assert getattr(client, method)(address).status_code in {302, 403, 404}, (user, address)
        row.refresh_from_db()
        assert row.state == QuestionImport.PLANNED
    assert upload(signed_in(reviewer), organisation, FILES / "csv/good.csv").status_code == 403
    refused = upload(signed_in(outsider), organisation, FILES / "csv/good.csv")
    assert refused.status_code == 200
    assert QuestionImport.objects.count() == 1
    assert (
        "many.csv"
        not in signed_in(outsider).get(reverse("admin:question_bank_questionimport_changelist")).content.decode()
    )
    signed_in(author).post(addresses[2])
    row.refresh_from_db()
    assert (row.state, bytes(row.data)) == (QuestionImport.DROPPED, b"")


def test_questions_are_taken_along_with_a_list_of_what_is_not_kept(
    organisation, author, outsider, skill, signed_in: SignIn
) -> None:
    loaded(planned(organisation, author, pack(3)))
    pks = list(Question.objects.values_list("pk", flat=True))
    client, address = signed_in(author), reverse("admin:question_bank_question_take")
    chosen = client.post(
        reverse("admin:question_bank_question_changelist"), {"action": "take", "_selected_action": pks}
    )
    assert "3 questions" in chosen.content.decode()
    told = client.post(address, {"pk": pks, "format": "aiken"}).content.decode()
    assert "left out: Aiken has no numeric questions" in told
    file = client.post(address, {"pk": pks, "format": "qti3", "download": "1"})
    assert file["Content-Disposition"] == 'attachment; filename="questions-qti3.zip"'
    assert len(FORMATS["qti3"].read(Source("a.zip", file.content), Defaults()).items) == 3
    assert signed_in(outsider).post(address, {"pk": pks, "format": "yaml", "download": "1"}).status_code == 404
    assert client.post(address, {"pk": pks, "format": "qti2", "download": "1"}).status_code == 404


def test_the_command_loads_what_another_system_s_file_asks_and_lists_the_rest(skill) -> None:
    """A description and a question type that the bank lacks cost the other questions nothing."""
    named = ["--skill", skill.slug, "--topic", skill.topics.all()[0].title]
    for counts in ({"new": 9, "unchanged": 0}, {"new": 0, "unchanged": 9}):
        out = StringIO()
        call_command("bank", "load", str(FILES / "moodle" / "good.xml"), "--json", *named, stdout=out)
        said = json.loads(out.getvalue())
        assert said["loaded"]
        assert said["counts"] == {"changed": 0, "refused": 2} | counts
        assert all(row["line"] and row["reasons"] for row in said["questions"] if row["what"] == "refused")


def test_the_command_says_so_where_nothing_of_a_file_can_be_loaded(skill) -> None:
    with pytest.raises(CommandError, match=r"broken\.xml:\d+"):
        call_command("bank", "load", str(FILES / "moodle" / "broken.xml"), "--skill", skill.slug, "--topic", "no such")
    assert not Question.objects.exists()
