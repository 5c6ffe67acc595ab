"""A paced loader in a process of its own: each request is due at a time, and is late rather than left out.

Latencies count from when a request was due, so a server that stalls is not flattered by requests that wait
for their turn. Each request has a connection of its own, as behind a proxy that keeps none.
"""

from __future__ import annotations

import heapq
import multiprocessing
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.loader import PATIENCE, Address, reply_of

Script = Sequence[tuple[float, bytes]]
"""What one person sends, in order: seconds after the start, and the request."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: status (0: no reply) and seconds from when it was due; ``step`` is its place in its script."""

    step: int
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Paced:
    """One run. ``loader_share`` is the part of one core that the loader used."""

    seconds: float
    loader_share: float
    sent: list[Sent]


def pace(address: Address, scripts: Sequence[Script]) -> Paced:
    """Send all scripts from a process of its own, and wait for the last reply."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(send, (address, scripts))


@dataclass
class _Call:
    script: int
    step: int
    due: float
    wire: socket.socket
    todo: bytes
    reply: bytes = b""


def send(address: Address, scripts: Sequence[Script]) -> Paced:
    """As `pace`, in this process."""
    started, cpu = time.perf_counter(), time.process_time()
    due = [(script[0][0], number, 0) for number, script in enumerate(scripts) if script]
    heapq.heapify(due)
    running: dict[int, _Call] = {}
    sent: list[Sent] = []
    with selectors.DefaultSelector() as selector:
        while due or running:
            now = time.perf_counter() - started
            while due and due[0][0] <= now:
                when, script, step = heapq.heappop(due)
                call = _Call(script, step, when, _connect(address), scripts[script][step][1])
                running[call.wire.fileno()] = call
                selector.register(call.wire, selectors.EVENT_WRITE, call)
            wait = min(due[0][0] - now if due else 1.0, 1.0)
            ended = [key.data for key, _ in selector.select(max(0.0, wait)) if _advance(key.data, selector)]
            now = time.perf_counter() - started
            ended += [call for call in running.values() if now - call.due > PATIENCE and call not in ended]
            for call in ended:
                selector.unregister(call.wire)
                del running[call.wire.fileno()]
                call.wire.close()
                sent.append(Sent(call.step, reply_of(call.reply) or 0, now - call.due))
                if call.step + 1 < len(scripts[call.script]):
                    following = max(now, scripts[call.script][call.step + 1][0])
                    heapq.heappush(due, (following, call.script, call.step + 1))
    seconds = time.perf_counter() - started
    return Paced(seconds, (time.process_time() - cpu) / seconds, sent)


def _connect(address: Address) -> socket.socket:
    wire = socket.socket()
    wire.setblocking(False)
    wire.connect_ex(address)
    return wire


def _advance(call: _Call, selector: selectors.BaseSelector) -> bool:
    """Send or receive what can be; true once the reply is whole or there will be none."""
    try:
        if call.todo:
            call.todo = call.todo[call.wire.send(call.todo) :]
            if not call.todo:
                selector.modify(call.wire, selectors.EVENT_READ, call)
            return False
        data = call.wire.recv(262_144)
    except BlockingIOError:
        return False
    except OSError:
        return True
    call.reply += data
    return not data or reply_of(call.reply) is not None
