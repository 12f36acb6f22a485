"""Mail that came in and was sorted, and what it means for the tables. Part of the union in `events`."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

MAILS = """
CREATE TABLE mails(
  id TEXT PRIMARY KEY, came TEXT NOT NULL, company TEXT NOT NULL, domain TEXT NOT NULL, kind TEXT NOT NULL,
  reason TEXT NOT NULL, repeats TEXT NOT NULL, day TEXT, rise TEXT, need TEXT NOT NULL, total TEXT NOT NULL,
  worth TEXT NOT NULL, body TEXT, state TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX mails_state ON mails(state);
CREATE TABLE mail_places(
  folder TEXT NOT NULL, validity INTEGER NOT NULL, uid INTEGER NOT NULL, mail TEXT NOT NULL,
  PRIMARY KEY(folder, validity, uid));
"""

MAILS_BY_SENDER = """
DROP TABLE mails;
CREATE TABLE mails(
  id TEXT PRIMARY KEY, came TEXT NOT NULL, sender TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL,
  repeats TEXT NOT NULL, day TEXT, rise TEXT, need TEXT NOT NULL, total TEXT NOT NULL, worth TEXT NOT NULL, body TEXT,
  state TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX mails_state ON mails(state);
"""

WAITS_FOR_ROOM = "waits_for_room"
"""The reason of a line that found no room today and comes first tomorrow."""


@dataclass(frozen=True, slots=True)
class MailSorted:
    """One mail of the sorted folder, found as `uid` while the folder was numbered `validity`, and what became of it.

    `kind` is the notice's kind, `offer` or `asked_for` for a line that waits to be told; else `reason` says why it is
    held back, and is empty for what is none of ours to sort (a talk's own mails). `sender` is a tag; address, subject
    and the word groups that tell it from other mails lie in the body; the text is not kept. Formats before 9 named the
    sender by `domain` and `company`.
    """

    mail: str
    folder: str
    validity: int
    uid: int
    came: str
    kind: str
    reason: str
    repeats: str
    day: str | None
    rise: str | None
    need: str
    total: str
    worth: str
    sender: str = ""
    body: str | None = None
    company: str = ""
    domain: str = ""


def project_mail(conn: sqlite3.Connection, at: str, event: MailSorted) -> None:
    """A mail is known once; found again under another number it has one place more."""
    state = "waiting" if event.kind and not event.reason else "held" if event.reason else "passed"
    conn.execute(
        "INSERT OR IGNORE INTO mails VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (event.mail, event.came, event.sender or event.domain, event.kind, event.reason, event.repeats, event.day,
         event.rise, event.need, event.total, event.worth, event.body, state, at),
    )  # fmt: skip
    place = (event.folder, event.validity, event.uid, event.mail)
    conn.execute("INSERT OR IGNORE INTO mail_places VALUES(?,?,?,?)", place)


def project_forgotten(conn: sqlite3.Connection, sender: str) -> None:
    """Mail of a sender who was forgotten, or of `all`, is neither told nor counted any more."""
    conn.execute("UPDATE mails SET state='passed' WHERE ? IN (sender,'all')", (sender,))


def project_told(conn: sqlite3.Connection, notes: list[dict[str, Any]], held_back: list[dict[str, Any]]) -> None:
    """What a digest told or counted is not told or counted again; what only lacked room goes on waiting."""
    told = [ref for note in notes for ref in note["refs"] if ref.startswith("mail:")]
    counted = [one["ref"] for one in held_back if one["ref"].startswith("mail:") and one["reason"] != WAITS_FOR_ROOM]
    for state, refs in (("told", told), ("counted", counted)):
        names = [(state, ref.removeprefix("mail:")) for ref in refs]
        conn.executemany("UPDATE mails SET state=? WHERE id=?", names)
