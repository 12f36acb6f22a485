"""The text of a PDF, read by pypdf in a child process with limits: a hostile file can only cost that child."""

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
    resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
    resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
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
    script = _CHILD.format(memory=_MEMORY, seconds=_SECONDS)
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-c", script], input=content, capture_output=True, timeout=_SECONDS + 5, check=False
        )
    except subprocess.TimeoutExpired:
        return PdfText(problem="pdf_timeout")
    if child.returncode != 0:
        return PdfText(problem="pdf_unread")
    try:
        pages = json.loads(child.stdout)["pages"]
    except (ValueError, KeyError, TypeError):
        return PdfText(problem="pdf_unread")
    text = "\n\n".join(str(page) for page in pages).encode("utf-8", "replace").decode("utf-8").strip()
    return PdfText(text, None if text else "pdf_no_text")
