"""Nothing is reached but what was configured: the recorder of `tests/conftest.py`; the demo under it is in `test_demo.py`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import BROKEN
from tests.requirements import requirement

FAR = [
    "socket.create_connection(('192.0.2.1', 9), 0.1)",
    "socket.getaddrinfo('company.example', 443)",
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
    "socket.create_server(('', 0))",
    "import asyncio; asyncio.run(asyncio.open_connection('192.0.2.1', 9))",
    "import httpx; httpx.get('http://192.0.2.1/')",
]


@requirement("local:no-socket-in-tests-and-demo")
@pytest.mark.parametrize("code", FAR)
def test_the_recorder_refuses_and_notes_what_is_not_loopback(tmp_path: Path, code: str) -> None:
    noted = tmp_path / "noted"
    environment = os.environ | {"GEGENBOT_SOCKETS": str(noted)}
    command = [sys.executable, "-c", f"import socket; {code}"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode
    assert len(noted.read_text().splitlines()) == 1


@requirement("local:no-socket-in-tests-and-demo")
def test_this_very_process_is_watched() -> None:
    before = BROKEN.read_text()
    with pytest.raises(PermissionError), socket.socket() as one:
        one.connect(("192.0.2.1", 9))
    assert BROKEN.read_text() != before
    BROKEN.write_text(before)
