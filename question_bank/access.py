"""Which questions somebody may see or draw from. Everything is built on `visible_to`."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import Membership, Organisation, User
from question_bank.models import Question, QuestionImage, QuestionImport
from question_bank.states import Status


def library_and(organisation: Organisation | None) -> Q:
    """The shipped library and, where given, one organisation's own questions."""
    own = Q(organisation=organisation) if organisation else Q(pk__in=[])
    return Q(organisation=None) | own


def drawable(organisation: Organisation | None) -> QuerySet[Question]:
    """Live questions that an assessment of this organisation may draw."""
    return Question.objects.filter(library_and(organisation), status=Status.LIVE)


def on_trial(organisation: Organisation | None) -> QuerySet[Question]:
    """Pilot questions that an assessment of this organisation may mix in, uncounted."""
    return Question.objects.filter(library_and(organisation), status=Status.PILOT)


def visible_to(user: User) -> QuerySet[Question]:
    """Questions, with keys, that a user may see: the library's and the own organisations', by right."""
    if user.is_superuser:
        return Question.objects.all()
    organisations = [m.organisation_id for m in user.memberships.all() if m.may("see_questions")]
    if not organisations:
        return Question.objects.none()
    return Question.objects.filter(Q(organisation=None) | Q(organisation__in=organisations))


def editable_by(user: User) -> QuerySet[Question]:
    """Questions whose text a user may change: the own organisations'; the library only for operators."""
    if user.is_superuser:
        return Question.objects.all()
    organisations = [m.organisation_id for m in user.memberships.all() if m.may("edit_questions")]
    return Question.objects.filter(organisation__in=organisations)


def may(user: User, right: str, organisation_id: int | None) -> bool:
    """Whether a user has a right over what an organisation owns; over the library (None) only operators have one."""
    if user.is_superuser:
        return True
    return any(m.organisation_id == organisation_id and m.may(right) for m in user.memberships.all())


def releasers(organisation_id: int | None) -> list[User]:
    """Who may release questions of an organisation, by name; of the library, operators."""
    if organisation_id is None:
        return list(User.objects.filter(is_superuser=True, is_active=True).order_by("name"))
    members = Membership.objects.filter(organisation=organisation_id, user__is_active=True).select_related("user")
    return [member.user for member in members.order_by("user__name") if member.may("release_questions")]


def organisations_with(user: User, right: str) -> list[Organisation]:
    """The organisations in which a user has a right, by name; for operators all of them."""
    if user.is_superuser:
        return list(Organisation.objects.order_by("name"))
    ids = [m.organisation_id for m in user.memberships.all() if m.may(right)]
    return list(Organisation.objects.filter(pk__in=ids).order_by("name")) if ids else []


def images_visible_to(user: User) -> QuerySet[QuestionImage]:
    """Pictures of the library and of the organisations whose questions a user may see."""
    if user.is_superuser:
        return QuestionImage.objects.all()
    organisations = [m.organisation_id for m in user.memberships.all() if m.may("see_questions")]
    if not organisations:
        return QuestionImage.objects.none()
    return QuestionImage.objects.filter(Q(organisation=None) | Q(organisation__in=organisations))


def imports_visible_to(user: User) -> QuerySet[QuestionImport]:
    """Files on their way into the banks that a user may write; the library's only for operators."""
    if user.is_superuser:
        return QuestionImport.objects.all()
    organisations = [m.organisation_id for m in user.memberships.all() if m.may("edit_questions")]
    return QuestionImport.objects.filter(organisation__in=organisations)
