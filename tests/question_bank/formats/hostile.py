"""Hostile files, each by name. Run as a program, reads all of them and prints what came of it and what it cost."""

from __future__ import annotations

import io
import json
import resource
import stat
import struct
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from question_bank.formats import format_of
from question_bank.formats.base import Defaults
from question_bank.formats.source import Refused, Source

ITEM = b'<qti-assessment-item identifier="a"/>'


def packed(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return target.getvalue()


def link() -> bytes:
    entry = zipfile.ZipInfo("items/link.xml")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return packed((entry, b"/etc/passwd"))


def lying_index() -> bytes:
    """The index says 100 bytes, the member holds ten million."""
    data = packed(("item.xml", b"<a>" + b"x" * 10_000_000))
    return data.replace(struct.pack("<I", 10_000_003), struct.pack("<I", 100))


def encrypted() -> bytes:
    data = bytearray(packed(("item.xml", ITEM)))
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ARCHIVES: dict[str, Callable[[], bytes]] = {
    "zip slip": lambda: packed(("../../etc/cron.d/x.xml", ITEM)),
    "zip slip by a backslash": lambda: packed(("..\\..\\x.xml", ITEM)),
    "absolute path": lambda: packed(("/etc/passwd", ITEM)),
    "drive": lambda: packed(("C:/x.xml", ITEM)),
    "symbolic link": link,
    "bomb": lambda: packed(("item.xml", b"\0" * 40_000_000)),
    "bomb in one member of several": lambda: packed(("a.xml", b" " * 900_000), ("b.xml", ITEM)),
    "more than 50 MB": lambda: packed(*((f"{n}.xml", bytes([n]) * 9_000_000) for n in range(6))),
    "20,000 entries": lambda: packed(*((f"{n}.xml", b"") for n in range(20_000))),
    "index that lies": lying_index,
    "encrypted": encrypted,
    "no index": lambda: packed(("a.xml", ITEM))[:-30],
    "empty archive": lambda: packed(),
}
DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "entity bomb": lambda: f'<!DOCTYPE l [<!ENTITY l0 "lol">{LOL}]><quiz>&l9;</quiz>'.encode(),
    "quadratic blowup": lambda: f'<!DOCTYPE l [<!ENTITY a "{"x" * 100_000}">]><quiz>{"&a;" * 50_000}</quiz>'.encode(),
    "external entity": lambda: b'<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>',
    "external document type": lambda: b'<!DOCTYPE quiz SYSTEM "http://127.0.0.1:9/x.dtd"><quiz/>',
    "entity in UTF-16": lambda: '<!DOCTYPE q [<!ENTITY x "y">]><quiz>&x;</quiz>'.encode("utf-16"),
    "deep elements": lambda: b"<quiz>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</quiz>",
    "flood of elements": lambda: b"<quiz>" + b"<a/>" * 4_000_000 + b"</quiz>",
    "flood of attributes": lambda: b"<quiz " + b" ".join(b'a%d=""' % n for n in range(1_500_000)) + b"/>",
    "flood of attributes on many": lambda: b"<quiz>" + b'<a b="" c="" d="" e=""/>' * 800_000 + b"</quiz>",
    "unknown encoding": lambda: b'<?xml version="1.0" encoding="utf-7"?><quiz/>',
    "not closed": lambda: b"<quiz><question type='essay'>" * 10,
    "more than 20 MB": lambda: b"<quiz>" + b" " * 20_000_000,
    "yaml aliases": lambda: b"skill: x\na: &a [x,x]\nb: &b [*a,*a]\nquestions: [*b]\n",
    "yaml depth": lambda: b"skill: x\nquestions: " + b"[" * 100_000,
    "yaml flood": lambda: b"skill: x\nquestions: [" + b"x," * 2_000_000 + b"]",
    "yaml objects": lambda: b"skill: x\nquestions: !!python/object/apply:os.system ['true']\n",
    "csv cell without end": lambda: b'stem,key\n"' + b"x" * 4_000_000,
    "csv rows": lambda: b"stem,key\n" + b"a,1\n" * 1_000_000,
}
CASES = ARCHIVES | DOCUMENTS


def outcome(name: str, data: bytes) -> str:
    """Why a file is refused; empty where it was read. XML is read as Moodle's, whatever it looks like."""
    named = "moodle" if name in DOCUMENTS and not name.startswith(("yaml", "csv")) else ""
    try:
        source = Source(name, data)
        parsed = format_of(source, named).read(source, Defaults(skill="a"))
    except Refused as refused:
        return str(refused)
    return str(parsed.refused[0]) if parsed.refused and not parsed.items else ""


def main(folder: Path) -> None:
    """Read the files of a folder; that another process has made them keeps their making out of the figures."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {}
    for name in CASES:
        data = (folder / name).read_bytes()
        start = time.process_time()
        words = outcome(name, data)
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found[name] = {"words": words, "seconds": round(seconds, 3), "kb": peak - before}
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
