"""Shuts the present process in, before it runs somebody else's code.

On Linux the kernel does it: Landlock leaves the files that were named and nothing else, and a seccomp filter takes away
sockets, other programs, other processes and the changing of modes. Elsewhere, and on kernels without them, a program of
the system may have put walls round this process before it started (`walls`). Where there are none, only Python's own
audit hook is left, which stops careless code and not a determined attacker. `Confinement` says what holds: each wall is
tried, not assumed.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_GET_SECCOMP, _PR_SET_SECCOMP = 1, 38, 21, 22
_SIGKILL = 9

SYSTEM = (
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
)
"""What Python's own modules may still have to read."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the system refuses to this process, as tried; what is false rests on Python's audit hook alone."""

    files: bool
    network: bool
    processes: bool


@dataclass(frozen=True, slots=True)
class Outside:
    """What the walls are tried with: a file that exists and may not be read, the network interfaces that there are."""

    file: str
    interfaces: Sequence[str]


def confine(readable: Sequence[Path], writable: Sequence[Path], outside: Outside) -> Confinement:
    """Leave this process only these folders and files, no socket and no other process. It cannot be undone."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            _landlock(libc, readable, writable)
            _seccomp(libc)
    found = Confinement(
        _refused(lambda: os.close(os.open(outside.file, os.O_RDONLY))),
        _refused(lambda: _connect(outside.interfaces)),
        _refused(_fork),
    )
    sys.addaudithook(_hook([*readable, *writable], [*writable]))
    return found


def supported() -> bool:
    """Whether the kernel of this machine puts up every wall by itself; changes nothing."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    files = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1)) >= 1
    filtered = libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) in (0, 2)
    return files and filtered and platform.machine() in _ARCHES


# -- trying the walls -------------------------------------------------------------------------------------------------


def _refused(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError:
        return True
    return False


def _connect(interfaces: Sequence[str]) -> None:
    """Name a peer to a datagram socket, which sends nothing. A namespace has a loopback too, but it is all it has.

    Raises `OSError` where there is no network.
    """
    import _socket

    opened = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    try:
        opened.connect(("127.0.0.1", 9))
    finally:
        opened.close()
    if {name for _, name in _socket.if_nameindex()} < set(interfaces):
        raise OSError("another network")


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


# -- Landlock ---------------------------------------------------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""The same numbers on every architecture."""

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_ONLY = 1 << 0 | 1 << 1 | _READ_FILE | 1 << 14 | 1 << 15
_ALL_FS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Rights over files by version of the interface: 2 adds linking elsewhere, 3 truncating, 5 device controls."""

_OWN_FOLDER = 1 << 1 | _READ_FILE | _READ_DIR | 1 << 5 | 1 << 8 | 1 << 14
"""In its own folder: write, read, list, make and remove plain files. A tree of folders could get too deep to clear."""

_TCP = 3  # bind and connect, from version 4
_SCOPES = 3  # abstract sockets and signals to processes outside, from version 6
_O_PATH = 0o10000000


def _landlock(libc: ctypes.CDLL, readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    everything = _ALL_FS[min(version, 5)]
    handled = struct.pack("=QQQ", everything, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if rules < 0:
        return False
    try:
        for paths, rights in ((readable, _READ_FILE | _READ_DIR), (writable, _OWN_FOLDER & everything)):
            for path in paths:
                _allow(libc, rules, path, rights)
        return bool(libc.syscall(_RESTRICT_SELF, rules, ctypes.c_uint32(0)) == 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, _O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there need not be allowed
    try:
        granted = rights if path.is_dir() else rights & _FILE_ONLY
        libc.syscall(_ADD_RULE, rules, ctypes.c_int(1), struct.pack("=Qi", granted, opened), ctypes.c_uint32(0))
    finally:
        os.close(opened)


# -- seccomp ----------------------------------------------------------------------------------------------------------

_ARCHES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_DENIED: dict[str, tuple[int, int]] = {
    # sockets, and the ring that could open one
    "socket": (41, 198), "socketpair": (53, 199), "io_uring_setup": (425, 425),
    # other programs and processes
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, -1), "vfork": (58, -1), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kill": (62, 129), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438), "prlimit64": (302, 261), "setpriority": (141, 140), "sched_setaffinity": (203, 122),
    # keys, shared memory and queues of the same person
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "shmget": (29, 194),
    "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    # what Landlock does not see: modes, owners, times, attributes
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, -1),
    "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54), "utimensat": (280, 88), "utime": (132, -1),
    "utimes": (235, -1), "futimesat": (261, -1), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "setxattrat": (463, 463),
    # ways out of a confinement
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "fsopen": (430, 430), "open_tree": (428, 428), "move_mount": (429, 429), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "open_by_handle_at": (304, 265),
    "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104), "reboot": (169, 142),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "syslog": (103, 116),
}  # fmt: skip
"""System calls taken away, by number on x86_64 and aarch64."""

_CLONE, _CLONE3 = (56, 220), 435
_CLONE_THREAD = 0x00010000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_NUMBER_AT, _ARCH_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_X32 = 0x40000000


def _program(arch: int, column: int) -> bytes:
    """The filter: another architecture ends the process, what is denied is an error, all else passes."""
    denied = sorted({numbers[column] for numbers in _DENIED.values()} - {-1})
    steps: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _EPERM),
    ]
    for number in denied:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    steps += [
        (_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ENOSYS),  # its flags cannot be read here: fall back to clone
        (_EQUAL, 1, 0, _CLONE[column]), (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT), (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM),
    ]  # fmt: skip
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _seccomp(libc: ctypes.CDLL) -> bool:
    known = _ARCHES.get(platform.machine())
    if known is None or struct.calcsize("P") != 8:
        return False
    code = ctypes.create_string_buffer(_program(*known))
    count = (len(code) - 1) // 8
    program = struct.pack("@HxxxxxxP", count, ctypes.addressof(code))
    return bool(libc.prctl(_PR_SET_SECCOMP, 2, ctypes.c_char_p(program), 0, 0) == 0)


# -- Python's own audit -----------------------------------------------------------------------------------------------

_REFUSED = (
    "socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.startfile",
    "os.kill", "os.chmod", "os.chown", "ctypes.", "pty.",
)  # fmt: skip

_CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}


def _hook(readable: Sequence[Path], writable: Sequence[Path]) -> Callable[[str, tuple[object, ...]], None]:
    roots = tuple(os.path.realpath(path) for path in readable)
    own = tuple(os.path.realpath(path) for path in writable)

    def inside(path: object, allowed: tuple[str, ...]) -> bool:
        if isinstance(path, int) or path is None:
            return True
        real = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        return any(real == root or real.startswith(root + os.sep) for root in allowed)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(f"an adapter may not use `{event}`: it yields requests and the host makes them")
        if event == "open":
            path, mode, _ = arguments
            changes = isinstance(mode, str) and bool(set(mode) & set("wax+"))
            if not inside(path, own if changes else roots):
                raise PermissionError("an adapter reads its own files and writes in its own folder only")
        elif event in {"os.listdir", "os.scandir"} and not inside(arguments[0], roots):
            raise PermissionError("an adapter looks into its own folders only")
        elif event in _CHANGES and not inside(arguments[0], own):
            raise PermissionError("an adapter changes files in its own folder only")

    return hook
