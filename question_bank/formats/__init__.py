"""The registry of formats. A new format is one file here and one line below; what is first is asked first."""

from __future__ import annotations

from question_bank.formats.aiken import Aiken
from question_bank.formats.base import Format
from question_bank.formats.csv_table import CsvTable
from question_bank.formats.gift import Gift
from question_bank.formats.moodle_xml import MoodleXml
from question_bank.formats.qti12 import Qti12
from question_bank.formats.qti_packages import Qti2, Qti3
from question_bank.formats.source import Refused, Source
from question_bank.formats.yaml_pack import YamlPack

FORMATS: dict[str, Format] = {
    known.slug: known
    for known in (
        YamlPack(),
        CsvTable(),
        MoodleXml(),
        Qti3(),
        Qti2(),
        Qti12(),
        Aiken(),
        Gift(),
    )
}


def format_of(source: Source, named: str = "") -> Format:
    """The named format, or the first that recognises the file by its content.

    Raises:
        Refused: no such format, or nobody recognises the file.
    """
    if named:
        if named not in FORMATS:
            raise Refused(f"unknown format {named!r}; known: {', '.join(FORMATS)}")
        return FORMATS[named]
    for known in FORMATS.values():
        if known.detect(source):
            return known
    raise Refused("this looks like none of the known formats; name the format")
