"""Pictures: what is accepted, how texts refer to them, and how they are served."""

from __future__ import annotations

import hashlib
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.errors import NotPossible
from question_bank.image_refs import as_written
from question_bank.markdown import render
from question_bank.models import QuestionImage
from question_bank.pictures import PictureRefused, content_type_of
from question_bank.services.images import image_in_use, pin_images, store_image
from question_bank.services.questions import add_version
from tests.question_bank.conftest import content


def png(width: int = 1, height: int = 1) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


PNG = png()
OTHER_PNG = png(2, 1)
GIF = b"GIF89a" + struct.pack("<HH", 3, 4) + b"\0\0\0;"
JPEG = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc0\x00\x0b\x08\x00\x05\x00\x06\x01\x01\x11\x00\xff\xd9"
WEBP = b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (9).to_bytes(3, "little") + (9).to_bytes(3, "little")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z" fill="url(#g)"/></svg>'


def svg(inside: str, attributes: str = "") -> bytes:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>'
        f"{inside}</svg>"
    ).encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PNG, "image/png"),
        (GIF, "image/gif"),
        (JPEG, "image/jpeg"),
        (WEBP, "image/webp"),
        (SVG, "image/svg+xml"),
        (svg("<g>" * 30 + "<path/>" + "</g>" * 30), "image/svg+xml"),
        (svg('<path id="a"/><use href="#a"/><use href="#a"/><g id="b"><use href="#a"/></g>'), "image/svg+xml"),
        (b'<?xml version="1.0" encoding="UTF-8"?>\n' + SVG, "image/svg+xml"),
    ],
)
def test_pictures_are_told_by_their_bytes(data, expected):
    assert content_type_of(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>hello</body></html>",
        b"MZ\x90\x00",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"RIFF\x20\0\0\0WAVEfmt ",
        png(4001, 10),
        png(0, 10),
        b"\x89PNG\r\n\x1a\n" + b"x" * 1_000_001,
        svg("<script>alert(1)</script>"),
        svg("<foreignObject><p/></foreignObject>"),
        svg("", 'onload="alert(1)"'),
        svg('<image href="https://example.org/a.png"/>'),
        svg('<use href="https://example.org/a.svg#x"/>'),
        svg('<use xlink:href="//example.org/a.svg#x"/>'),
        svg('<a href="javascript:alert(1)"><path/></a>'),
        svg('<path style="fill:url(https://example.org/x)"/>'),
        svg("<style>@import 'https://example.org/x.css'</style>"),
        svg('<animate attributeName="href" to="javascript:alert(1)"/>'),
        svg("<set/>"),
        svg("<g>" * 41 + "</g>" * 41),
        svg("<g>" * 100_000 + "</g>" * 100_000),
        svg("<path/>" * 20_001),
        svg("".join(f'<g id="a{n}">' + f'<use href="#a{n + 1}"/>' * 10 + "</g>" for n in range(9)) + '<g id="a9"/>'),
        svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'),
        svg('<g id="a"><use href="#a"/></g>'),
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + svg("<text>&b;</text>"),
        b'<?xml-stylesheet href="https://example.org/x.css"?>' + SVG,
        SVG.decode().encode("utf-16"),
        b"<svg><path",
        b"<svg><path/></svg>",
    ],
)
def test_everything_else_is_refused_with_words(data):
    with pytest.raises(PictureRefused) as refused:
        content_type_of(data)
    assert str(refused.value)


def test_a_picture_reaches_candidates_without_an_account(organisation):
    image = store_image(organisation=organisation, name="queue", data=SVG)
    response = Client().get(reverse("question_image", args=[image.sha256]))
    assert response.content == SVG
    assert response["Content-Type"] == "image/svg+xml"
    assert "immutable" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert Client().get(reverse("question_image", args=["0" * 64])).status_code == 404


def test_a_text_without_a_picture_costs_no_query(organisation, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert pin_images({"stem": "No picture"}, organisation) == {"stem": "No picture"}
    store_image(organisation=organisation, name="a", data=PNG)
    with django_assert_num_queries(1):
        pinned = pin_images(
            {"stem": "![x](image:a)", "payload": {"options": [{"text": "![y](image:a)"}]}}, organisation
        )
    with django_assert_num_queries(0):
        html = render(pinned["stem"])
    assert f'src="/bank/image/{hashlib.sha256(PNG).hexdigest()}"' in html
    assert 'alt="x"' in html
    assert as_written(pinned)["stem"] == "![x](image:a)"
    assert as_written(pinned)["payload"]["options"][0]["text"] == "![y](image:a)"


def test_replacing_a_picture_changes_no_old_version(draft, author, organisation):
    topic = draft.current.topic
    first = store_image(organisation=organisation, name="queue", data=PNG)
    old = add_version(question=draft, content=content(stem="![x](image:queue)"), topic=topic, author=author)
    assert old is not None
    before = render(old.stem)
    second = store_image(organisation=organisation, name="queue", data=OTHER_PNG)
    old.refresh_from_db()
    assert render(old.stem) == before
    assert Client().get(reverse("question_image", args=[first.sha256])).content == PNG
    new = add_version(question=draft, content=content(stem="![x](image:queue)"), topic=topic, author=author)
    assert new is not None
    assert second.sha256 in new.stem


def test_the_own_picture_goes_before_the_librarys(organisation, other_organisation):
    store_image(organisation=None, name="queue", data=PNG)
    store_image(organisation=other_organisation, name="theirs", data=PNG)
    own = store_image(organisation=organisation, name="queue", data=OTHER_PNG)
    assert own.sha256 in pin_images("![x](image:queue)", organisation)
    with pytest.raises(NotPossible, match="theirs"):
        pin_images("![x](image:theirs)", organisation)


def test_foreign_addresses_never_become_pictures():
    for text in (
        "![x](https://example.org/a.png)",
        "![x](image:a)",
        "![x](//e.org/a)",
        "![x](image:a#" + "g" * 64 + ")",
    ):
        assert 'src="http' not in render(text)
        assert "example.org" not in render(text)
        assert "//e.org" not in render(text)


def test_an_author_uploads_a_picture(author, organisation, signed_in):
    client = signed_in(author)
    address = reverse("admin:question_bank_questionimage_add")
    data = {"owner": organisation.pk, "name": "queue"}
    page = client.post(address, data | {"file": SimpleUploadedFile("a.png", b"<script>")}).content.decode()
    assert "Not stored yet" in page
    page = client.post(address, data | {"file": SimpleUploadedFile("a.txt", PNG)}, follow=True).content.decode()
    assert "image:queue" in page
    assert QuestionImage.objects.get().content_type == "image/png"


def test_pictures_of_others_and_uploads_to_others_are_not_possible(
    author, outsider, reviewer, organisation, other_organisation, signed_in
):
    image = store_image(organisation=organisation, name="queue", data=PNG)
    page = reverse("admin:question_bank_questionimage_change", args=[image.pk])
    add = reverse("admin:question_bank_questionimage_add")
    assert signed_in(author).get(page).status_code == 200
    assert signed_in(outsider).get(page)["Location"] == reverse("admin:index")
    assert signed_in(reviewer).get(add).status_code == 403
    data = {"owner": other_organisation.pk, "name": "x", "file": SimpleUploadedFile("a.png", PNG)}
    assert signed_in(author).post(add, data).status_code == 200
    assert QuestionImage.objects.count() == 1


def test_a_picture_in_use_cannot_be_deleted(author, organisation, signed_in, draft):
    image = store_image(organisation=organisation, name="queue", data=PNG)
    client = signed_in(author)
    delete = reverse("admin:question_bank_questionimage_delete", args=[image.pk])
    assert client.get(delete).status_code == 200
    payload = content()["payload"]
    payload = payload | {"options": [payload["options"][0] | {"text": "![x](image:queue)"}, *payload["options"][1:]]}
    add_version(question=draft, content=content(payload=payload), topic=None, author=author)
    assert image_in_use(image.sha256)
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert QuestionImage.objects.count() == 1
