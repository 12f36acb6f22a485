"""The arena as a process of its own: says where it listens, and ends when it is told to or left alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from negotiators.channels.a2a import A2AAdapter
from negotiators.dialogue import Ask, NegotiationId, ReplyStatus
from negotiators.wire import AddressRules
from tests.support.cleared import cleared_move, cleared_probe

COMMAND = [
    sys.executable,
    "-m",
    "negotiators.arena",
    "--json",
    "--companies",
    "25",
    "--start",
    "2026-11-22T00:00:00+00:00",
]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


def endpoints(process: subprocess.Popen[str]) -> dict[str, dict[str, str]]:
    assert process.stdout is not None
    return {one["name"]: one for one in json.loads(process.stdout.readline())["endpoints"]}


def test_it_ends_on_sigterm(process: subprocess.Popen[str]) -> None:
    assert endpoints(process)
    process.terminate()
    assert process.wait(15) == 0


async def test_its_clock_is_moved_from_outside_and_it_ends_with_its_input(process: subprocess.Popen[str]) -> None:
    found = endpoints(process)
    late = found["gruenstrom"]
    assert len(found) == 25
    channel = A2AAdapter(rules=AddressRules(allow_loopback=True))
    card = await channel.discover(cleared_probe(late["url"]))
    session = await channel.open(card, NegotiationId("n-1"), late["category"])
    await session.send(cleared_move(Ask(), category=late["category"]))
    (working,) = await session.receive()
    assert working.status is ReplyStatus.WORKING
    assert process.stdin is not None
    process.stdin.write("advance 36000\n")
    process.stdin.flush()
    replies = []
    while not replies:  # bounded by the test's timeout: the line travels through a pipe
        replies = await session.receive()
    assert replies[0].moves
    await session.close()
    process.stdin.close()
    assert process.wait(15) == 0
