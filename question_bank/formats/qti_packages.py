"""QTI 2.1 and 2.2 (in) and 3.0 (in and out): single items, or packages with a manifest."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import unquote

from question_bank.formats import beside, files
from question_bank.formats.base import Defaults, Format, Item, Losses, Parsed, Reading, Written, fixed
from question_bank.formats.qti_read import ItemReader, is_item
from question_bank.formats.qti_write import ItemWriter, identifier, picture_file
from question_bank.formats.source import Refused, Source

OWN = "urn:plumbline:question:1"
_MANIFEST = "imsmanifest.xml"
_NAMES = (b"assessmentItem", b"qti-assessment-item")


class _QtiItems(Format):
    """Both versions are read by one reader; a package may even mix them."""

    extensions = (".zip", ".xml")
    mark: bytes

    def detect(self, source: Source) -> bool:
        if source.is_archive:
            return any(self.mark in source.archive.source(name).start for name in _xml_files(source))
        return source.is_xml and self.mark in source.start and is_item(source.xml)

    def read(self, source: Source, defaults: Defaults) -> Parsed:
        reading = Reading(source, defaults)
        if not source.is_archive:
            if not source.is_xml or not is_item(source.xml):
                raise Refused("no QTI item: its first element is no assessment item", line=1)
            _read_item(reading, source, "", {})
            return reading.parsed
        said = _said(source)
        found = 0
        for name in _xml_files(source):
            try:
                one = source.archive.source(name)
                if not is_item(one.xml):
                    continue
            except Refused as refused:
                reading.refuse(name, "", str(refused), line=refused.line, file=name)
                continue
            found += 1
            _read_item(reading, one, name, said, source)
        if not found and not reading.parsed.refused:
            raise Refused("a package without QTI items")
        return reading.parsed


class Qti3(_QtiItems):
    slug = "qti3"
    label = "QTI 3.0"
    mark = b"qti-assessment-item"

    def write(self, items: Sequence[Item], pictures: Mapping[str, bytes]) -> Written:
        losses = Losses()
        target = io.BytesIO()
        resources = ""
        shown: set[str] = set()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for item in fixed(items, losses):
                writer = ItemWriter(item, pictures, losses)
                text = writer.text()
                if text is None:
                    continue
                losses.add(item.question.id, "fields", beside.TOLD)
                archive.writestr(_entry(f"items/{item.question.id}.xml"), text)
                resources += _resource(item, writer, pictures)
                shown.update(writer.shown)
            for name in sorted(shown):
                archive.writestr(_entry(picture_file(name, pictures[name])), pictures[name])
            archive.writestr(_entry(_MANIFEST), _MANIFEST_TEXT.format(own=OWN, resources=resources))
        return Written(target.getvalue(), ".zip", "application/zip", tuple(losses.problems))


class Qti2(_QtiItems):
    slug = "qti2"
    label = "QTI 2.1 and 2.2"
    writes = False
    mark = b"<assessmentItem"


def _xml_files(source: Source) -> list[str]:
    return [name for name in source.archive.names if name.lower().endswith(".xml")]


def _read_item(
    reading: Reading, source: Source, file: str, said: dict[str, dict[str, Any]], package: Source | None = None
) -> None:
    def picture(address: str, words: str) -> str:
        if package is None or "://" in address:
            return ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(address)))
        if path not in package.archive:
            ours = posixpath.splitext(posixpath.basename(path))[0]
            return files.shown(ours, words) if file in said and path.startswith("pictures/") else ""
        data = package.archive.read(path)
        name = files.name_for(path, data, ours=file in said)
        reading.keep_picture(name, data)
        return files.shown(name, words)

    reader = ItemReader(reading, source.xml, file, picture, said.get(file, {}))
    reader.read()
    if package is not None and file in said:
        _keep_pictures(reading, source, file, package)


def _keep_pictures(reading: Reading, source: Source, file: str, package: Source) -> None:
    """The pictures of our own items, whose Markdown is taken as it stands."""
    for image in source.xml.iter("{*}img"):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(image.get("src") or "")))
        if path in package.archive:
            data = package.archive.read(path)
            reading.keep_picture(files.name_for(path, data, ours=True), data)


def _said(source: Source) -> dict[str, dict[str, Any]]:
    """What our own manifest says of each file; nothing where the manifest is another's."""
    if _MANIFEST not in source.archive:
        return {}
    try:
        root = source.archive.source(_MANIFEST).xml
    except Refused:
        return {}
    found = {}
    for resource in root.iter("{*}resource"):
        own = resource.find(f".//{{{OWN}}}question")
        known = beside.read(own.text) if own is not None else {}
        if known:
            found[resource.get("href") or ""] = known
    return found


def _resource(item: Item, writer: ItemWriter, pictures: Mapping[str, bytes]) -> str:
    own = beside.written(item, **writer.beside)
    href = f"items/{item.question.id}.xml"
    shown = [picture_file(name, pictures[name]) for name in dict.fromkeys(writer.shown)]
    parts = "".join(f'<file href="{escape(path)}"/>' for path in shown)
    name = escape(identifier(item.question.id))
    return (
        f'<resource identifier="{name}" type="imsqti_item_xmlv3p0" href="{escape(href)}">'
        f"<metadata><own:question>{escape(own)}</own:question></metadata>"
        f'<file href="{escape(href)}"/>{parts}</resource>\n'
    )


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without the time of writing: the same questions make the same bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


_MANIFEST_TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<manifest xmlns="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1" xmlns:own="{own}" identifier="plumbline">
<metadata><schema>QTI Package</schema><schemaversion>3.0.0</schemaversion></metadata>
<organizations/>
<resources>
{resources}</resources>
</manifest>
"""
