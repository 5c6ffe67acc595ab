"""A file that somebody hands in: its bytes, and its text, XML or archive under limits. Nothing touches the disk."""

from __future__ import annotations

import codecs
import io
import re
import stat
import struct
import zipfile
import zlib
from functools import cached_property
from xml.parsers import expat

from lxml import etree

MAX_UPLOAD = 20_000_000
MAX_TEXT = 5_000_000
MAX_UNPACKED = 50_000_000
MAX_ENTRIES = 2_000
MAX_RATIO = 20
RATIO_FLOOR = 100_000  # below this a high ratio costs nothing and is common: small files of repeated markup
MAX_NODES = 300_000  # elements and attributes of one XML file
MAX_DEPTH = 60
MAX_TAG = 1_000_000
_CHUNK = 65_536
_DRIVE = re.compile(r"^[A-Za-z]:")


class Refused(ValueError):
    """A file that is not read at all; the message says why and what to do."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


class Source:
    """One file. ``name`` is only shown: what a file is, its content says."""

    def __init__(self, name: str, data: bytes) -> None:
        if len(data) > MAX_UPLOAD:
            raise Refused(f"larger than {MAX_UPLOAD // 1_000_000} MB; split the file")
        self.name = name
        self.data = data

    @property
    def is_archive(self) -> bool:
        return self.data[:4] in {b"PK\x03\x04", b"PK\x05\x06"}

    @property
    def is_xml(self) -> bool:
        start = self.data[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").replace(b"\x00", b"")
        return start.startswith(b"<") and not self.is_archive

    @cached_property
    def start(self) -> bytes:
        """The beginning, by which a format is recognised; of UTF-16 the plain letters without their zeros."""
        return self.data[:100_000].replace(b"\0", b"")

    @cached_property
    def text(self) -> str:
        """The text, without a byte order mark and with plain line ends.

        Raises:
            Refused: too long, or no text in UTF-8 (or UTF-16 with its mark).
        """
        if len(self.data) > MAX_TEXT:
            raise Refused(f"larger than {MAX_TEXT // 1_000_000} MB of text; split the file")
        utf16 = self.data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        try:
            text = self.data.decode("utf-16" if utf16 else "utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.data[: error.start].count(b"\n") + 1
            raise Refused(f"not UTF-8 at byte {error.start}; save it as UTF-8", line=line) from error
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def xml(self) -> etree._Element:
        """The root element; each element knows its line.

        Raises:
            Refused: not well formed, with a document type, or larger than what a file of questions needs.
        """
        return parse_xml(self.data)

    @cached_property
    def archive(self) -> Archive:
        """The members of a zip file.

        Raises:
            Refused: damaged, or beyond the limits.
        """
        return Archive(self.data)


class _Watcher:
    """Looks at XML without building a tree, so that a bomb is refused before it costs memory."""

    def __init__(self) -> None:
        self.events = 0
        self._nodes = 0
        self._depth = 0
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = parser.CommentHandler = self._other
        self.parser = parser

    def look(self, data: bytes) -> None:
        """Raises Refused or ExpatError at the first thing that is not allowed."""
        quiet = 0
        for start in range(0, len(data), _CHUNK):
            before = self.events
            self.parser.Parse(data[start : start + _CHUNK], False)
            quiet = quiet + 1 if self.events == before else 0
            if quiet * _CHUNK > MAX_TAG:
                raise Refused(f"a tag of more than {MAX_TAG // 1_000_000} MB", line=self.parser.CurrentLineNumber)
        self.parser.Parse(b"", True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self._nodes += 1 + len(attributes)
        self._depth += 1
        if self._nodes > MAX_NODES:
            raise Refused(f"more than {MAX_NODES} elements and attributes; split the file")
        if self._depth > MAX_DEPTH:
            raise Refused(f"elements nested more than {MAX_DEPTH} deep", line=self.parser.CurrentLineNumber)

    def _end(self, tag: str) -> None:
        self.events += 1
        self._depth -= 1

    def _other(self, text: str) -> None:
        self.events += 1

    def _doctype(self, *said: object) -> None:
        raise Refused(
            "has a document type (<!DOCTYPE ...>), which is not allowed; remove it", line=self.parser.CurrentLineNumber
        )


def parse_xml(data: bytes) -> etree._Element:
    """Parse XML that nobody has checked: looked through without a tree first, then read without entities or network.

    Raises:
        Refused: with the line where there is one.
    """
    data = _without_name_of_dtd(_as_utf8(data))
    try:
        _Watcher().look(data)
    except expat.ExpatError as error:
        raise Refused(f"not well-formed XML: {expat.ErrorString(error.code)}", line=error.lineno) from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(f"not well-formed XML: {error.msg}", line=error.lineno) from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise Refused("has a document type (<!DOCTYPE ...>), which is not allowed; remove it")
    return root


_PROLOG = 8_000
_NAMED_DTD = re.compile(
    rb"^(\s*+(?:<!--(?:(?!--).){0,2000}-->\s*+)*+)"
    rb"<!DOCTYPE\s+questestinterop\s+(?:SYSTEM|PUBLIC\s*(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'))"
    rb"\s*(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}')\s*>",
    re.DOTALL,
)


def _without_name_of_dtd(data: bytes) -> bytes:
    """Without the document type that exporters of QTI 1.2 write: it names a file and declares nothing itself.

    The file is never loaded. What declares anything (``[...]``) stays, and is refused.
    """
    found = _NAMED_DTD.match(data[:_PROLOG])
    if found is None:
        return data
    return found[1] + b"\n" * found[0][len(found[1]) :].count(b"\n") + data[found.end() :]


def _as_utf8(data: bytes) -> bytes:
    """UTF-8 without a declaration, so that both parsers see the same characters.

    Raises:
        Refused: an encoding that exchange files do not use.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if len(data) > MAX_TEXT:
            raise Refused("larger than 5 MB in UTF-16; save it as UTF-8")
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise Refused("not readable as UTF-16; save it as UTF-8") from error
        return _DECLARATION.sub(b"", text.encode("utf-8", "surrogatepass"), count=1)
    data = data.removeprefix(codecs.BOM_UTF8)
    declared = _ENCODING.match(data)
    name = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if name in {"iso-8859-1", "latin-1", "windows-1252", "us-ascii"}:
        if len(data) > MAX_TEXT:
            raise Refused(f"larger than 5 MB in {name}; save it as UTF-8")
        data = data.decode("cp1252" if name == "windows-1252" else "latin-1", "replace").encode()
    elif name not in {"utf-8", "utf8"}:
        raise Refused(f"in the encoding {name[:30]!r}; save it as UTF-8")
    # The line of the declaration stays, so that lines are counted as in the file.
    return _DECLARATION.sub(lambda found: b"\n" * found[0].count(b"\n"), data, count=1)


_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


class Archive:
    """A zip file in memory. The limits are checked against what its index says, and again while members are read."""

    def __init__(self, data: bytes) -> None:
        _check_index(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError) as error:
            raise Refused(f"a damaged archive: {error}") from error
        members = self._zip.infolist()
        if len(members) > MAX_ENTRIES:
            raise Refused(f"more than {MAX_ENTRIES} files in the archive")
        for member in members:
            _check_member(member)
        self._members = {m.filename: m for m in members if not m.is_dir()}
        if len(self._members) != sum(not m.is_dir() for m in members):
            raise Refused("an archive in which two files have the same name")
        unpacked = sum(member.file_size for member in members)
        if unpacked > MAX_UNPACKED:
            raise Refused(f"more than {MAX_UNPACKED // 1_000_000} MB when unpacked")
        if unpacked > RATIO_FLOOR and unpacked > MAX_RATIO * len(data):
            raise Refused(f"an archive that unpacks to more than {MAX_RATIO} times its size")

    @property
    def names(self) -> list[str]:
        """The files, in the order of the archive."""
        return list(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """The bytes of one member.

        Raises:
            Refused: damaged, or larger than the index says.
            KeyError: no such member.
        """
        member = self._members[name]
        try:
            with self._zip.open(member) as stream:
                data = stream.read(member.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise Refused(f"a damaged archive: {name} cannot be read") from error
        if len(data) > member.file_size:
            raise Refused(f"an archive whose index is wrong about {name}")
        return data

    def source(self, name: str) -> Source:
        """A member as a source of its own; the message about it names it."""
        return Source(name, self.read(name))


def _check_index(data: bytes) -> None:
    """Refuse a huge index before it is read: each entry costs memory."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or len(data) < end + 22:
        raise Refused("a damaged archive: its index is missing")
    entries, size = struct.unpack("<HI", data[end + 10 : end + 16])
    if data[max(0, end - 20) : end].startswith(b"PK\x06\x07") or size == 0xFFFFFFFF:
        raise Refused("an archive in the 64-bit form, which no package of questions needs")
    if entries > MAX_ENTRIES or size > MAX_ENTRIES * 400:
        raise Refused(f"more than {MAX_ENTRIES} files in the archive")


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or "\\" in member.orig_filename or ".." in parts or _DRIVE.match(name):
        raise Refused(f"an archive with a path that leads out of it: {name[:80]!r}")
    if "\x00" in member.orig_filename or len(name) > 400:
        raise Refused("an archive with an unusable file name")
    mode = member.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Refused(f"an archive with a link or device: {name[:80]!r}")
    if member.flag_bits & 0x1:
        raise Refused("an encrypted archive; pack it without a password")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refused("an archive with an unusual compression; pack it as plain zip")
    if member.file_size > RATIO_FLOOR and member.file_size > MAX_RATIO * max(1, member.compress_size):
        raise Refused(f"an archive in which {name[:80]!r} unpacks to more than {MAX_RATIO} times its size")
