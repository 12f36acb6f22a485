"""An IMAP server in a thread, as small as the channel's commands: what Dovecot answered to them, from memory.

`make soak` runs the same tests against Dovecot itself (`tests.support.dovecot`). Every command is kept, so that a test can
say that none of them changes anything.
"""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "mira@example.org", "long secret"


@dataclass
class Imapd:
    port: int = 0
    mails: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    validity: int = 7
    dies_after: str = ""
    """A command's name at which the server hangs up."""
    dies_inside: int = 0
    """After how many bytes of a mail the server hangs up; 0: never."""
    refusal: str = "[AUTHENTICATIONFAILED] Authentication failed."
    news: threading.Event = field(default_factory=threading.Event)

    def deliver(self, raw: bytes, name: str = "") -> None:
        self.mails.append(raw)
        self.news.set()

    def state(self) -> list[bytes]:
        return list(self.mails)


class _Talk(socketserver.StreamRequestHandler):
    box: Imapd

    def handle(self) -> None:
        self.folder: list[bytes] = self.box.mails
        self._say("* OK [CAPABILITY IMAP4rev1 LITERAL+ IDLE SPECIAL-USE] ready.")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            self.box.commands.append(rest)
            name = rest.upper().removeprefix("UID ").partition(" ")[0]
            if name == self.box.dies_after:
                return
            if not getattr(self, f"_{name.lower()}", self._unknown)(tag, rest):
                return

    def _say(self, text: str) -> bool:
        self.wfile.write(text.encode() + b"\r\n")
        return True

    def _unknown(self, tag: str, rest: str) -> bool:
        return self._say(f"{tag} BAD unknown command")

    def _capability(self, tag: str, rest: str) -> bool:
        self._say("* CAPABILITY IMAP4rev1 LITERAL+ IDLE SPECIAL-USE")
        return self._say(f"{tag} OK done.")

    def _login(self, tag: str, rest: str) -> bool:
        right = re.findall(r'"([^"]*)"|(\S+)', rest)[1:]
        given = [quoted or bare for quoted, bare in right]
        return self._say(f"{tag} OK Logged in" if given == [USER, PASSWORD] else f"{tag} NO {self.box.refusal}")

    def _examine(self, tag: str, rest: str) -> bool:
        self.folder = self.box.sent if "Sent" in rest else self.box.mails
        self._say("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
        self._say(f"* {len(self.folder)} EXISTS")
        self._say("* 0 RECENT")
        self._say(f"* OK [UIDVALIDITY {self.box.validity}] UIDs valid")
        return self._say(f"{tag} OK [READ-ONLY] Examine completed.")

    def _list(self, tag: str, rest: str) -> bool:
        self._say('* LIST (\\HasNoChildren) "/" INBOX')
        self._say('* LIST (\\HasNoChildren \\Sent) "/" Sent')
        return self._say(f"{tag} OK List completed.")

    def _search(self, tag: str, rest: str) -> bool:
        found = [str(uid) for uid, raw in enumerate(self.folder, 1) if _matches(raw, rest)]
        self._say(" ".join(["* SEARCH", *found]))
        return self._say(f"{tag} OK Search completed.")

    def _fetch(self, tag: str, rest: str) -> bool:
        uid = int(rest.split()[2])
        raw = self.folder[uid - 1]
        if "HEADER.FIELDS (FROM)" in rest:
            head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n"
            senders = re.findall(rb"^from:.*\n(?:[ \t].*\n)*", head, re.M | re.I)
            part = b"".join(senders).replace(b"\n", b"\r\n") + b"\r\n"
            self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[HEADER.FIELDS (FROM)] {{{len(part)}}}\r\n".encode())
            self.wfile.write(part + b")\r\n")
            return self._say(f"{tag} OK Fetch completed.")
        asked = re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", rest)
        assert asked is not None, rest
        part = raw[: int(asked[1])]
        self.wfile.write(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)} BODY[]<0> {{{len(part)}}}\r\n".encode())
        if 0 < self.box.dies_inside < len(part):
            self.wfile.write(part[: self.box.dies_inside])
            return False
        self.wfile.write(part + b")\r\n")
        return self._say(f"{tag} OK Fetch completed.")

    def _idle(self, tag: str, rest: str) -> bool:
        self._say("+ idling")
        if self.box.news.wait(2):
            self._say(f"* {len(self.folder)} EXISTS")
        self.rfile.readline()
        return self._say(f"{tag} OK Idle completed.")

    def _logout(self, tag: str, rest: str) -> bool:
        self._say("* BYE Logging out")
        self._say(f"{tag} OK Logout completed.")
        return False


def _matches(raw: bytes, criteria: str) -> bool:
    """SUBJECT, HEADER, FROM and TEXT of the criteria; the alternatives of our search hold one and the same word.

    Only what is asked about is decoded: a server that takes seconds to look through 50 MB is no test of its client.
    """
    head, _, _ = raw.partition(b"\r\n\r\n")
    headers = {
        name.lower(): value.lower()
        for name, value in re.findall(
            r"^([\w-]+):[ \t]*((?:.*(?:\n[ \t].*)*))", head.replace(b"\r\n", b"\n").decode("utf-8", "replace"), re.M
        )
    }

    def holds(what: str, word: str) -> bool:
        if what == "TEXT":
            return word.lower().encode() in raw.lower()
        name = {"SUBJECT": "subject", "FROM": "from"}.get(what, what.removeprefix("HEADER ").strip('"').lower())
        return word.lower() in headers.get(name, "")

    tests = re.findall(r'(SUBJECT|HEADER (?:"?[\w-]+"?)|FROM|TEXT) "?([^"\s]+)"?', criteria)
    return (any if " OR " in f" {criteria} " else all)(holds(what, word) for what, word in tests)


@contextmanager
def imapd() -> Iterator[Imapd]:
    box = Imapd()
    handler = type("Talk", (_Talk,), {"box": box})

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: object, client_address: object) -> None:
            return None  # a client that hangs up is what some tests do

    with Server(("127.0.0.1", 0), handler) as server:
        box.port = server.server_address[1]
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        running.start()
        try:
            yield box
        finally:
            server.shutdown()
            running.join()
