"""Keeps what must not be in a log out of it."""

from __future__ import annotations

import logging
import re

_SECRETS = re.compile(r"(/(?:i|join|shared|results|verify|password/reset/key|confirm-email)/)[^/\s\"'?]+")


class HideTokens(logging.Filter):
    """Replaces the tokens of invitation, verification and reset addresses in log lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = _SECRETS.sub(r"\1[hidden]", record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_SECRETS.sub(r"\1[hidden]", a) if isinstance(a, str) else a for a in record.args)
        return True
