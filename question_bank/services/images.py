"""Storing pictures and pinning them in texts."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from accounts.errors import NotPossible
from accounts.models import Organisation
from question_bank.access import library_and
from question_bank.image_refs import names_in, pinned
from question_bank.models import QuestionImage, QuestionVersion
from question_bank.pictures import PictureRefused, content_type_of


@transaction.atomic
def store_image(*, organisation: Organisation | None, name: str, data: bytes) -> QuestionImage:
    """Store a picture under a name. A picture that had the name keeps its bytes, under another name.

    Raises:
        NotPossible: the file is no picture that may be shown.
    """
    try:
        content_type = content_type_of(data)
    except PictureRefused as refused:
        raise NotPossible(str(refused)) from refused
    digest = hashlib.sha256(data).hexdigest()
    there = QuestionImage.objects.select_for_update().filter(organisation=organisation, name=name).first()
    if there and there.sha256 == digest:
        return there
    if there:
        there.name = f"{name[:80]}-until-{there.pk}"
        there.save(update_fields=["name"])
    return QuestionImage.objects.create(
        organisation=organisation, name=name, sha256=digest, content_type=content_type, data=data
    )


def pin_images(content: Any, organisation: Organisation | None) -> Any:
    """Put the hash behind each ``image:NAME``. One query where there is a picture, none where not.

    Raises:
        NotPossible: no such picture in the organisation or the library.
    """
    names = names_in(content)
    if not names:
        return content
    found = QuestionImage.objects.filter(library_and(organisation), name__in=names)
    # The organisation's own picture goes before the library's of the same name.
    rows = found.values_list("name", "sha256", "organisation_id")
    hashes = {name: sha256 for name, sha256, owner in sorted(rows, key=lambda row: row[2] is not None)}
    if unknown := sorted(names - set(hashes)):
        raise NotPossible(f"There is no picture named {unknown[0]!r}. Upload it first, under Pictures.")
    return pinned(content, hashes)


def image_in_use(sha256: str) -> bool:
    """Whether any version of any question shows this picture."""
    mark = f"#{sha256}"
    return (
        QuestionVersion.objects.annotate(payload_text=Cast("payload", TextField()))
        .filter(
            Q(stem__contains=mark)
            | Q(stimulus__contains=mark)
            | Q(explanation__contains=mark)
            | Q(payload_text__contains=mark)
        )
        .exists()
    )
