"""A real IMAP server for the soak run: Dovecot from Debian's packages, one process tree on loopback with a Maildir."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.certs import Vouched

USER, PASSWORD = "mira@example.org", "long secret"


@dataclass(frozen=True)
class Dovecot:
    port: int
    maildir: Path
    secure: int = 0
    """The port that speaks TLS from the first byte, where the server has a certificate."""
    submission: int = 0
    """The port that takes mail after STARTTLS, where there is a relay to hand it to."""

    def deliver(self, raw: bytes, name: str, folder: str = "") -> None:
        """Put a mail into the folder, as a delivery agent does: under tmp, then renamed."""
        place = self.maildir / folder
        for part in ("tmp", "new", "cur"):
            (place / part).mkdir(parents=True, exist_ok=True)
            if os.getuid() == 0:
                shutil.chown(place / part, "nobody")
        if os.getuid() == 0:
            shutil.chown(place, "nobody")
        (place / "tmp" / name).write_bytes(raw)
        os.chmod(place / "tmp" / name, 0o666)
        (place / "tmp" / name).rename(place / "new" / name)

    def state(self) -> dict[str, bytes]:
        """Every mail file with its name, which holds its flags, and its bytes."""
        return {
            str(path.relative_to(self.maildir)): path.read_bytes()
            for path in self.maildir.rglob("*")
            if path.is_file() and path.parent.name in ("new", "cur") and not path.name.startswith("dovecot")
        }


def installed() -> str:
    """What keeps Dovecot from running here; empty when nothing does."""
    if shutil.which("dovecot") is None:
        return "dovecot-imapd is not installed"
    return ""


def submission_installed() -> str:
    """The same for its submission server, a package of its own."""
    found = any(Path(place, "submission-login").is_file() for place in ("/usr/lib/dovecot", "/usr/libexec/dovecot"))
    return "" if found else "dovecot-submissiond is not installed"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tls(vouched: Vouched, secure: int) -> str:
    return f"""ssl = yes
ssl_cert = <{vouched.certificate}
ssl_key = <{vouched.key}
service imap-login {{
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
"""


def _submission(port: int, relay: int) -> str:
    return f"""protocols = imap submission
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
hostname = localhost
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {port}
  }}
}}
"""


def _oauth(folder: Path, introspection: str, mechanisms: str) -> str:
    """Tokens are asked about at a local address (RFC 7662), which answers with the user they stand for."""
    asked = folder / "oauth2.conf"
    asked.write_text(
        f"introspection_mode = post\nintrospection_url = {introspection}\nusername_attribute = username\n"
        "active_attribute = active\nactive_value = true\n"
    )
    return f"""auth_mechanisms = plain login {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = {mechanisms}
  args = {asked}
}}
"""


@contextmanager
def dovecot(
    folder: Path, vouched: Vouched | None = None, introspection: str = "", mechanisms: str = "xoauth2 oauthbearer",
    *, relay: int = 0,
) -> Iterator[Dovecot]:  # fmt: skip
    """Started in the foreground and ended by its own process id. With a certificate it wants TLS or STARTTLS before a
    password, on a second port TLS from the first byte; with an address to ask it takes OAuth tokens too, with a relay's port it takes mail for it."""
    secure = free_port() if vouched is not None else 0
    submitting = free_port() if relay else 0
    port, me = free_port(), pwd.getpwuid(os.getuid()).pw_name
    maildir = folder / "Maildir"
    maildir.mkdir(parents=True)
    if os.getuid() == 0:
        # Dovecot serves no mail as root: the mail belongs to its own unprivileged user.
        me = "nobody"
        for path in [folder, *folder.parents][:4]:
            os.chmod(path, 0o755)
        shutil.chown(maildir, "nobody")
    person = pwd.getpwnam(me)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}:{person.pw_uid}:{person.pw_gid}::{folder}\n")
    os.chmod(folder / "users", 0o644)
    config = folder / "dovecot.conf"
    config.write_text(
        f"""base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = {"yes" if vouched is not None else "no"}
login_trusted_networks =
mailbox_idle_check_interval = 1 secs
first_valid_uid = 1
default_internal_user = {person.pw_name}
default_login_user = {person.pw_name}
default_internal_group = {os.popen(f"id -gn {me}").read().strip()}
mail_location = maildir:{maildir}
auth_mechanisms = plain login
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
"""
    )
    more = (_tls(vouched, secure) if vouched is not None else "") + (
        _oauth(folder, introspection, mechanisms) if introspection else ""
    )
    more += _submission(submitting, relay) if relay else ""
    config.write_text(config.read_text() + more)
    server = subprocess.Popen(["dovecot", "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _await(port, server, folder / "log")
        yield Dovecot(port, maildir, secure, submitting)
    finally:
        server.terminate()
        server.wait(10)


def _await(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError((server.stderr.read() if server.stderr else b"").decode() + log.read_text())
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"dovecot does not answer: {log.read_text() if log.exists() else ''}")
