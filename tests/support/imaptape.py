"""IMAP sessions recorded at a real server, and a server that says them again word for word.

A tape is JSON Lines, one session after another: `{"session": n}`, then what the server (`s`) and the client (`c`) said, tags
as `TAG` and secrets as their placeholder. The server of a tape hangs up when it hears anything else.
"""

from __future__ import annotations

import json
import re
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

_TAG = re.compile(rb"^([A-Z]{4}\d+) ")


@dataclass
class Tape:
    """`sessions` holds `(who, said)`; who is `s` or `c`."""

    port: int = 0
    sessions: list[list[tuple[str, str]]] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def text(self, hide: Mapping[str, str]) -> str:
        lines = []
        for number, session in enumerate(self.sessions, 1):
            lines.append(json.dumps({"session": number}))
            for who, said in session:
                for secret, placeholder in hide.items():
                    said = said.replace(secret, placeholder)
                lines.append(json.dumps({who: said}))
        return "\n".join([*lines, ""])


def read_tape(text: str) -> Tape:
    tape = Tape()
    for entry in map(json.loads, text.splitlines()):
        if "session" in entry:
            tape.sessions.append([])
        else:
            tape.sessions[-1].append(next(iter(entry.items())))
    return tape


@contextmanager
def _serving(handler: type[socketserver.StreamRequestHandler], tape: Tape) -> Iterator[Tape]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), handler) as server:
        tape.port = server.server_address[1]
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        running.start()
        try:
            yield tape
        finally:
            server.shutdown()
            running.join()


@contextmanager
def recording(port: int) -> Iterator[Tape]:
    """A wire to the server at `port` that keeps what is said. Plain text only."""
    tape = Tape()

    class Wire(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            said: list[tuple[str, str]] = []
            tape.sessions.append(said)
            with socket.create_connection(("127.0.0.1", port), 10) as real:
                tag = [b""]

                def answers() -> None:
                    while data := real.recv(1 << 16):
                        text = data.replace(tag[0] + b" ", b"TAG ") if tag[0] else data
                        said.append(("s", text.decode("utf-8", "surrogateescape")))
                        self.wfile.write(data)

                listening = threading.Thread(target=answers, daemon=True)
                listening.start()
                while line := self.rfile.readline():
                    found = _TAG.match(line)
                    tag[0] = found[1] if found else tag[0]
                    said.append(("c", _TAG.sub(b"TAG ", line).decode("utf-8", "surrogateescape")))
                    real.sendall(line)
                real.shutdown(socket.SHUT_WR)
                listening.join(5)

    with _serving(Wire, tape) as served:
        yield served


@contextmanager
def playing(tape: Tape) -> Iterator[Tape]:
    """The recorded sessions in their order, one for each connection."""
    left = iter(tape.sessions)

    class Player(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            tag = b""
            for who, said in next(left, []):
                if who == "s":
                    self.wfile.write(said.encode("utf-8", "surrogateescape").replace(b"TAG ", tag + b" "))
                    continue
                line = self.rfile.readline()
                found = _TAG.match(line)
                tag = found[1] if found else tag
                heard = _TAG.sub(b"TAG ", line).decode("utf-8", "surrogateescape")
                if heard != said:
                    tape.unexpected.append(heard)
                    return

    with _serving(Player, tape) as served:
        yield served
