"""Mail as readable text: parts, charsets and quoting repaired; nothing that is in a mail can make this fail."""

from __future__ import annotations

import base64
import codecs
import email
import email.errors
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.header import decode_header
from email.message import Message

from agent.language.htmltext import MAX_HTML, parse_html, readable_text, tidy

MAX_RAW = 100_000_000
MAX_PART = 12_000_000
"""Bytes of one part as it is written; the standard library needs ten times as many to take a mail apart. A larger part
keeps its headers: it is announced with its size, and the parts behind it are read."""

MAX_PARTS = 200
MAX_TEXT = 400_000
"""Characters of readable text kept of one mail; the cut is announced as `text_cut`."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not shown: its type, cleaned name, size and, within limits, its bytes."""

    content_type: str
    name: str
    size: int
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail: decoded headers by lower-case name, the readable text, the HTML it was made of, and what went wrong."""

    headers: dict[str, tuple[str, ...]]
    text: str
    html: str
    plain: str
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        return next(iter(self.headers.get(name, ())), "")


def decode_bytes(raw: bytes, charset: str | None) -> tuple[str, bool]:
    """Text of `raw`, and whether the declared charset was right. Never fails: without one UTF-8, else cp1252."""
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return raw.decode("utf-16", "replace"), True
    cleaned = (charset or "").strip("\"' ").lower()
    candidates = [cleaned] if cleaned and cleaned not in {"us-ascii", "ascii", "unknown-8bit", "default"} else []
    for candidate in [*candidates, "utf-8"]:
        try:
            return raw.decode(candidate), not candidates or candidate == candidates[0]
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace"), not candidates


def decode_words(value: str) -> str:
    """A header value with its encoded words decoded, on one line."""
    try:
        pieces = decode_header(value)
    except (ValueError, email.errors.HeaderParseError, LookupError, AssertionError):
        pieces = [(value, None)]
    texts = [decode_bytes(piece, charset)[0] if isinstance(piece, bytes) else str(piece) for piece, charset in pieces]
    return re.sub(r"\s+", " ", "".join(texts)).strip()[:4000]


_LEFT_OUT = b"left out by the reader of mails, bytes: "
_TEXT_PART = re.compile(rb"^content-type:\s*text/", re.IGNORECASE | re.MULTILINE)
_NO_TEXT = re.compile(rb"^content-(?:type:\s*(?!text/|multipart/|message/)|disposition:\s*attachment)", re.I | re.M)


def _lean(raw: bytes) -> bytes:
    """A mail without the bodies of its oversized parts. Parts are what lies between lines that begin with `--`."""
    if len(raw) <= MAX_PART:
        return raw
    pieces, at = [], 0
    while at < len(raw):
        end = raw.find(b"\n--", at + 1)
        end = len(raw) if end < 0 else end
        pieces.append(raw[at:end] if end - at <= MAX_PART else _shortened(raw, at, end))
        at = end
    return b"".join(pieces)


def _shortened(raw: bytes, start: int, end: int) -> bytes:
    head = raw[start : min(end, start + 20_000)]
    gap = re.search(rb"\r?\n\r?\n", head)
    if gap is None or _NO_TEXT.search(head, 0, gap.start()) is None:
        return raw[start : start + MAX_PART]
    size = b"%d" % (end - start - gap.end())
    kept = head[: gap.start()].replace(b"base64", b"8bit").replace(b"BASE64", b"8bit")
    return kept + gap.group() + _LEFT_OUT + size


def _headers(message: Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, value in list(message.raw_items())[:500]:
        text = value if isinstance(value, str) else str(value)
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        found.setdefault(name.lower(), []).append(decode_words(text))
    return {name: tuple(values) for name, values in found.items()}


def _walk(message: Message, problems: set[str]) -> Iterator[Message]:
    stack: list[tuple[Message, int]] = [(message, 0)]
    count = 0
    while stack:
        part, depth = stack.pop()
        count += 1
        if count > MAX_PARTS or depth > 20:
            problems.add("too_many_parts")
            return
        payload = part.get_payload() if part.is_multipart() else None
        if isinstance(payload, list):
            stack.extend((child, depth + 1) for child in reversed(payload) if isinstance(child, Message))
        else:
            yield part


def _content(part: Message, problems: set[str]) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, UnicodeError, TypeError):
        problems.add("undecodable_part")
        return b""
    if not isinstance(payload, bytes):
        return b""
    if any(isinstance(defect, email.errors.InvalidBase64LengthDefect) for defect in part.defects):
        problems.add("cut_part")
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", payload)
        return base64.b64decode(letters[: len(letters) - len(letters) % 4])
    return payload


def _safe(call: Callable[[], object], default: str) -> str:
    """A header property the standard library may stumble over."""
    try:
        value = call()
    except (ValueError, LookupError, AttributeError, AssertionError, UnicodeError, TypeError, IndexError):
        return default
    return value if isinstance(value, str) else default


def _charset(part: Message) -> str | None:
    return _safe(part.get_content_charset, "") or None


@dataclass(slots=True)
class _Bodies:
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    problems: set[str] = field(default_factory=set)


def _take(bodies: _Bodies, part: Message, keep: int) -> None:
    kind = _safe(part.get_content_type, "application/octet-stream")
    name = _safe(part.get_filename, "")
    attached = _safe(part.get_content_disposition, "") == "attachment" or (bool(name) and not kind.startswith("text/"))
    content = _content(part, bodies.problems)
    if content.startswith(_LEFT_OUT) and content[len(_LEFT_OUT) :].strip().isdigit():
        label = re.sub(r"[^\w. -]+", "_", decode_words(name))[:100]
        bodies.attachments.append(Attachment(kind, label, int(content[len(_LEFT_OUT) :])))
        return
    if attached or not kind.startswith("text/"):
        label = re.sub(r"[^\w. -]+", "_", decode_words(name))[:100]
        kept = content if len(content) <= keep and kind == "application/pdf" else b""
        bodies.attachments.append(Attachment(kind, label, len(content), kept))
        return
    text, right = decode_bytes(content[: MAX_HTML * 2], _charset(part))
    if not right:
        bodies.problems.add("wrong_charset")
    looks_html = kind == "text/html" or re.match(r"\s*(?:<!doctype html|<html)", text[:200], re.IGNORECASE) is not None
    (bodies.html if looks_html else bodies.plain).append(text)


def parse_mail(raw: bytes, *, keep_attachment: int = 8_000_000) -> ParsedMail:
    """Parses one mail of any quality. The readable text is the plain part, or the HTML part's text when the plain one
    is missing or only a stub. PDF attachments up to `keep_attachment` bytes are kept."""
    bodies = _Bodies()
    if len(raw) > MAX_RAW:
        bodies.problems.add("mail_cut")
        raw = raw[:MAX_RAW]
    try:
        message: Message = email.message_from_bytes(_lean(raw).lstrip(b"\r\n"), policy=email.policy.compat32)
        for part in _walk(message, bodies.problems):
            _take(bodies, part, keep_attachment)
        headers = _headers(message)
    except (
        ValueError,
        LookupError,
        AttributeError,
        AssertionError,
        RecursionError,
        TypeError,
        IndexError,
        UnicodeError,
    ):
        text, _ = decode_bytes(raw[:MAX_TEXT], None)
        return ParsedMail({}, tidy(text), "", text, (), ("malformed_mail",))
    plain, html = "\n".join(bodies.plain), "\n".join(bodies.html)
    return _assembled(headers, plain, html, bodies)


def _assembled(headers: dict[str, tuple[str, ...]], plain: str, html: str, bodies: _Bodies) -> ParsedMail:
    text = tidy(plain)
    if html and len(text) < 200:
        tree = parse_html(html)
        shown = readable_text(tree) if tree is not None else tidy(re.sub(r"<[^>]{0,500}>", " ", html))
        text = shown if len(shown) > len(text) else text
    if len(text) > MAX_TEXT:
        bodies.problems.add("text_cut")
        text = text[:MAX_TEXT]
    if not headers:
        bodies.problems.add("no_headers")
    text = text.encode("utf-8", "replace").decode("utf-8")
    return ParsedMail(headers, text, html, plain, tuple(bodies.attachments), tuple(sorted(bodies.problems)))
