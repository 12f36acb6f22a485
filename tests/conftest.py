"""For every test: no socket but loopback, in this process and in every Python it starts."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

RECORDER = Path(__file__).parent / "support" / "recorder"


def _record() -> Path:
    """The file for what broke the rule: the controller's, which its workers inherit."""
    known = os.environ.get("GEGENBOT_SOCKETS")
    if known is None:
        number, known = tempfile.mkstemp(prefix="gegenbot-sockets-")
        os.close(number)
        os.environ["GEGENBOT_SOCKETS"] = known
        paths = [str(RECORDER), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return Path(known)


BROKEN = _record()
if not any("recorder" in str(getattr(module, "__file__", "")) for module in [sys.modules.get("sitecustomize")]):
    exec(compile((RECORDER / "sitecustomize.py").read_text("utf-8"), "recorder", "exec"), {"__name__": "recorder"})


@pytest.fixture(autouse=True)
def no_socket_but_loopback() -> Iterator[None]:
    """Fails the test under which the rule was broken, also by a process it started."""
    before = BROKEN.stat().st_size if BROKEN.exists() else 0
    yield
    broken = BROKEN.read_text()[before:] if BROKEN.exists() else ""
    assert not broken, f"a socket beyond loopback: {broken}"
