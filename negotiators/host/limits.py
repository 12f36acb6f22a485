"""How much an adapter's process may take. The child's side: nothing heavy is imported here.

The kernel keeps what `limit` sets, as far as the system has it; `kept` finds out by trying, in the process itself. What
the kernel does not keep is left to the host's `watchdog`, which also adds up what all adapters take together.
"""

from __future__ import annotations

import mmap
from contextlib import suppress
from pathlib import Path

from negotiators.host.confine import supported

MEMORY = 512 << 20
CPU_SECONDS = 120
FILE_BYTES = 4 << 20
OPEN_FILES = 64

KEPT = ("memory", "cpu", "file_size")
"""The limits a kernel may keep, by name."""


def limit() -> None:
    """Set every bound the system has for the present process. It cannot be undone."""
    try:
        import resource
    except ImportError:
        return
    bounds = {
        "RLIMIT_AS": MEMORY, "RLIMIT_CPU": CPU_SECONDS, "RLIMIT_FSIZE": FILE_BYTES, "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
    }  # fmt: skip
    if not supported():
        bounds["RLIMIT_NPROC"] = 1  # below what the person runs already: no process more, and on Linux no thread
    for name, bound in bounds.items():
        with suppress(AttributeError, ValueError, OSError):  # macOS refuses `RLIMIT_AS`
            resource.setrlimit(getattr(resource, name), (bound, bound))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, an adapter ends before the runner


def kept() -> dict[str, bool]:
    """Which limits the kernel keeps for the present process."""
    try:
        import resource
    except ImportError:
        return dict.fromkeys(KEPT, False)
    cpu, size = (resource.getrlimit(one)[1] for one in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE))
    return {"memory": _memory_is_bounded(), "cpu": 0 <= cpu <= CPU_SECONDS, "file_size": 0 <= size <= FILE_BYTES}


def _memory_is_bounded() -> bool:
    """Whether the system refuses more than the limit. What is not written to takes no memory."""
    try:
        mmap.mmap(-1, MEMORY).close()
    except (OSError, MemoryError):
        return True
    return False
