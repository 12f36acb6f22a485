"""The text of a PDF, read by pypdf in a child process with limits: a hostile file can only cost that child.

The kernel keeps the limits where it can; a watchdog does from outside everywhere, because macOS bounds no memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

MAX_PDF = 20_000_000
_SECONDS = 20
_MEMORY = 1_000_000_000

_CHILD = """
import json, sys
try:
    import resource
    for name, bound in ("RLIMIT_AS", {memory}), ("RLIMIT_CPU", {seconds}), ("RLIMIT_FSIZE", 0):
        try:
            resource.setrlimit(getattr(resource, name), (bound, bound))
        except (AttributeError, ValueError, OSError):
            pass
except ImportError:
    pass
import io, logging
logging.disable(logging.CRITICAL)
from pypdf import PdfReader
reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()), strict=False)
pages, size = [], 0
for page in reader.pages[:60]:
    text = page.extract_text() or ""
    pages.append(text)
    size += len(text)
    if size > 400000:
        break
sys.stdout.write(json.dumps({{"pages": pages, "count": len(reader.pages)}}))
"""


@dataclass(frozen=True, slots=True)
class PdfText:
    """The pages' text, or why there is none: `pdf_too_large`, `pdf_timeout`, `pdf_unread`, `pdf_no_text` (a scan)."""

    text: str = ""
    problem: str | None = None


def read_pdf(content: bytes) -> PdfText:
    """Text of a PDF. Takes at most 20 s of one core and 1 GB; never raises for what is in the file."""
    if len(content) > MAX_PDF:
        return PdfText(problem="pdf_too_large")
    try:
        output = _run(_CHILD.format(memory=_MEMORY, seconds=_SECONDS), content)
    except subprocess.TimeoutExpired:
        return PdfText(problem="pdf_timeout")
    if output is None:
        return PdfText(problem="pdf_unread")
    try:
        pages = json.loads(output)["pages"]
    except (ValueError, KeyError, TypeError):
        return PdfText(problem="pdf_unread")
    text = "\n\n".join(str(page) for page in pages).encode("utf-8", "replace").decode("utf-8").strip()
    return PdfText(text, None if text else "pdf_no_text")


def _run(script: str, content: bytes) -> bytes | None:
    """What the child says of the content; `None` where it failed or was ended. Raises `TimeoutExpired`."""
    from negotiators.host.watchdog import Bounds, Watchdog

    dog = Watchdog(Bounds(memory=_MEMORY, cpu=_SECONDS))
    command = [sys.executable, "-I", "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        watched = dog.watch(child.pid)
        try:
            output, _ = child.communicate(content, timeout=_SECONDS + 5)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        finally:
            dog.leave(watched)
    return output if child.returncode == 0 else None
