"""The loader: keep-alive connections in one thread, which send requests that were made beforehand.

Nothing is built or parsed while the clock runs beyond the length of a reply, so that the loader stays far
from being the bottleneck; `Round.loader_share` says how far.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

PATIENCE = 60.0  # seconds without any reply
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

Address = tuple[str, int]


class Broken(Exception):
    """A server closed the connection, sent something unreadable, or another status than expected."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: ``head`` with the status line, and after how many seconds."""

    status: int
    head: bytes
    body: bytes
    seconds: float


@dataclass
class Round:
    """One run of the loader. ``replies`` has one list for each connection, in the order of its requests."""

    seconds: float
    loader_cpu: float
    replies: list[list[Reply]]

    @property
    def count(self) -> int:
        return sum(map(len, self.replies))

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def latencies(self) -> list[float]:
        return [reply.seconds for queue in self.replies for reply in queue]

    @property
    def loader_share(self) -> float:
        """The part of one core that the loader itself used."""
        return self.loader_cpu / self.seconds

    def expect(self, *statuses: int) -> Round:
        """Raise `Broken` unless every reply has one of these statuses."""
        seen = Counter(reply.status for queue in self.replies for reply in queue)
        if set(seen) - set(statuses):
            bad = next(reply for queue in self.replies for reply in queue if reply.status not in statuses)
            raise Broken(f"statuses {dict(seen)}, expected {statuses}; for example: {bad.body[:300]!r}")
        return self


def request(
    method: str, path: str, address: Address, *, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> bytes:
    """The bytes of one HTTP/1.1 request on a connection that stays open."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def reply_of(buffer: bytes) -> int | None:
    """The status of a reply that is whole, None before.

    Raises:
        Broken: its end could not be told.
    """
    head, found, body = buffer.partition(b"\r\n\r\n")
    if not found:
        return None
    status = int(head[9:12])
    length = _LENGTH.search(head)
    if length is None and status not in (204, 304):
        raise Broken(f"a reply without Content-Length: {head[:200]!r}")
    return status if len(body) >= (int(length[1]) if length else 0) else None


def drive(address: Address, queues: Iterable[Sequence[bytes]]) -> Round:
    """Send each queue over a connection of its own, all at once, one request at a time per connection."""
    calls = [_Call(socket.create_connection(address, timeout=PATIENCE), list(queue)) for queue in queues]
    try:
        with selectors.DefaultSelector() as selector:
            for call in calls:
                selector.register(call.wire, selectors.EVENT_READ, call)
            cpu, started = time.process_time(), time.perf_counter()
            _run(selector, calls)
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    finally:
        for call in calls:
            call.wire.close()
    return Round(seconds, cpu, [call.replies for call in calls])


@dataclass
class _Call:
    wire: socket.socket
    todo: list[bytes]
    replies: list[Reply] = field(default_factory=list)
    buffer: bytes = b""
    sent_at: float = 0.0

    def send_next(self) -> bool:
        """Send the next request; false where none is left."""
        if len(self.replies) == len(self.todo):
            return False
        self.sent_at = time.perf_counter()
        self.wire.sendall(self.todo[len(self.replies)])
        return True

    def receive(self) -> bool:
        """Take what has arrived; true once a whole reply is there."""
        data = self.wire.recv(262_144)
        if not data:
            raise Broken(f"connection closed after {len(self.replies)} of {len(self.todo)} replies")
        self.buffer += data
        status = reply_of(self.buffer)
        if status is None:
            return False
        head, _, body = self.buffer.partition(b"\r\n\r\n")
        self.replies.append(Reply(status, head, body, time.perf_counter() - self.sent_at))
        self.buffer = b""
        return True


def _run(selector: selectors.BaseSelector, calls: Sequence[_Call]) -> None:
    left = sum(call.send_next() for call in calls)
    while left:
        ready = selector.select(PATIENCE)
        if not ready:
            raise Broken(f"no reply in {PATIENCE:.0f} s")
        for key, _ in ready:
            call: _Call = key.data
            if call.receive() and not call.send_next():
                selector.unregister(call.wire)
                left -= 1
