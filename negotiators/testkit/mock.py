"""A company for rehearsals in a few lines: JSON over HTTP on 127.0.0.1, standard library only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

Answers = Callable[[str, str, object], tuple[int, object]]
"""What the company says: `(method, path, body) -> (status, answer)`."""


@asynccontextmanager
async def serve(answers: Answers) -> AsyncIterator[str]:
    """Serve on a free port; yields the company's address."""
    open_: set[asyncio.Task[object]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            raw = await reader.readexactly(int(headers.get("content-length") or 0))
            status, answer = answers(method, path, json.loads(raw) if raw else None)
            body = json.dumps(answer).encode()
            start = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            writer.write(f"{start}Connection: close\r\n\r\n".encode() + body)
            await writer.drain()
        open_.discard(task)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(open_):
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)
