"""Watches every socket of the Python process it is in: only loopback may be reached, and nothing else is listened on.

On PYTHONPATH it is loaded by every Python that a test starts, so that it sees the runner, the demo and their children
too. What breaks the rule is refused, and written to the file that GEGENBOT_SOCKETS names; with GEGENBOT_SOCKETS_ALL every
connection is.
"""

import os
import sys

_NAMES = {"", "localhost", "ip6-localhost", "::1"}


def _is_ours(host):
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return host is None or host in _NAMES or host.startswith("127.") or str(host).endswith(".localhost")


def _is_number(host):
    """An address written out is looked up nowhere."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    return ":" in text or text.replace(".", "").isdigit()


def _note(variable, line):
    path = os.environ.get(variable)
    if path:
        number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(number, (line + "\n").encode())
        finally:
            os.close(number)


def _watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto"):
        address = arguments[1]
        if not isinstance(address, tuple):
            return  # a socket of this machine's own file system
        host, asked = address[0], address[:2]
        fine = _is_ours(host) and not (event == "socket.bind" and host == "")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = asked = arguments[0]
        fine = _is_ours(host) or _is_number(host)
    else:
        return
    line = f"{event} {asked} by {' '.join(sys.argv[:2])[:120]}"
    _note("GEGENBOT_SOCKETS_ALL", line)
    if not fine:
        _note("GEGENBOT_SOCKETS", line)
        raise PermissionError(f"only loopback may be reached here: {line}")


sys.addaudithook(_watch)
