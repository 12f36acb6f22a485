"""`python -m negotiators.arena`: companies in a process of their own, for benches.

Prints one JSON object with its endpoints when it listens, and ends on SIGTERM, SIGINT or the end of its input.
A line of input `advance SECONDS` moves its clock, when it was started with `--start`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from negotiators.arena.market import Arena
from negotiators.arena.settings import crowd
from negotiators.clock import Clock, SimClock, SystemClock


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m negotiators.arena", description="Simulated companies on loopback.")
    parser.add_argument("--seed", type=int, default=1, help="equal seeds give equal companies")
    parser.add_argument("--companies", type=int, default=20, help="how many; beyond the roster they repeat")
    parser.add_argument("--start", type=datetime.fromisoformat, help="stand at this time instead of the system's")
    parser.add_argument("--json", action="store_true", help="print the endpoints as JSON (else one a line)")
    return parser.parse_args(argv)


async def serve(arguments: argparse.Namespace) -> None:
    clock: Clock = SimClock(arguments.start) if arguments.start else SystemClock()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with Arena.of(arguments.seed, clock, crowd(arguments.companies), record=False) as arena:
        endpoints = [asdict(endpoint) for endpoint in arena.endpoints]
        if arguments.json:
            sys.stdout.write(json.dumps({"seed": arguments.seed, "endpoints": endpoints}, ensure_ascii=False) + "\n")
        else:
            sys.stdout.writelines(
                f"{one['url']}  {one['category']}  {one['title']} ({one['style']})\n" for one in endpoints
            )
        sys.stdout.flush()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_read_input(clock, ended))
            await ended.wait()
            reading.cancel()


async def _read_input(clock: Clock, ended: asyncio.Event) -> None:
    """Follow standard input until it ends; input that cannot be waited for (a file, /dev/null) ends at once only
    when it is at its end."""
    reader = asyncio.StreamReader()
    try:
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    except (OSError, ValueError):
        return
    while line := await reader.readline():
        word, _, seconds = line.decode("ascii", "replace").strip().partition(" ")
        if word == "advance" and seconds.isdigit() and isinstance(clock, SimClock):
            clock.advance(timedelta(seconds=int(seconds)))
    ended.set()


def main(argv: Sequence[str] | None = None) -> None:
    asyncio.run(serve(_arguments(argv)))


if __name__ == "__main__":
    main()
