"""Files and mailboxes into offers: the reader behind `gegenbot read PATH...`.

One record per message or file: `{path, offers, class, problems}`. Whatever a file holds, it gives a record; a file
that cannot be read says so in `problems` and the rest goes on.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from agent.language.htmltext import MAX_HTML
from agent.language.mailclass import classify_mail
from agent.language.mailfile import MAX_RAW, ParsedMail, decode_bytes, parse_mail
from agent.language.mailview import MailSigns, registered_domain
from agent.language.pdftext import read_pdf
from agent.language.textoffers import Field, TextOffer, find_offers
from agent.language.webpage import PageOffer, read_page
from negotiators.categories import Category, shipped
from negotiators.money import NO_CURRENCY, Money, plain
from negotiators.text import Span

MAX_PDFS_PER_MAIL = 3
_HEADER = re.compile(rb"^(?:>?From .+\r?\n)?(?:[!-9;-~]{1,80}:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*){2,}", re.MULTILINE)
_MAIL_FIELDS = re.compile(
    rb"^(?:return-path|received|from|to|subject|date|message-id|mime-version|delivered-to|x-[\w-]+):",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """One message or file: its readable text, offers, mail class (`None` for no mail) and problem codes."""

    path: str
    text: str
    offers: tuple[TextOffer, ...]
    mail_class: str | None
    problems: tuple[str, ...]
    sender: str = ""
    """Whose document it is: the registered domain of a mail's sender or of a page's own address; empty when unknown."""

    def record(self) -> dict[str, Any]:
        """The JSON record of `gegenbot read --json`."""
        return {
            "path": self.path,
            "offers": [_offer_record(offer) for offer in self.offers],
            "class": self.mail_class,
            "problems": list(self.problems),
        }


def _offer_record(offer: TextOffer) -> dict[str, Any]:
    known = offer.price.currency != NO_CURRENCY
    return {
        "title": offer.title,
        "price": plain(offer.price.amount),
        "currency": offer.price.currency if known else None,
        "valid_until": offer.valid_until.isoformat() if offer.valid_until else None,
        "terms": dict(offer.terms),
        "category": offer.category,
        "evidence": [
            {"field": item.name, "quote": item.span.quote, "start": item.span.start, "end": item.span.end}
            for item in offer.evidence
        ],
    }


@dataclass(frozen=True, slots=True)
class Setting:
    """What reading depends on besides the file: the day it is read, the person's currency, the known categories."""

    today: date
    currency: str
    categories: Mapping[str, Category]


def _sent_day(mail: ParsedMail, today: date) -> date:
    try:
        return parsedate_to_datetime(mail.header("date")).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return today


def _marked(text: str, offers: Iterable[PageOffer]) -> tuple[str, tuple[TextOffer, ...]]:
    """Offers out of markup. What is not visible is appended to the readable text, so that evidence has a place."""
    found = []
    for offer in list(offers)[:40]:
        place = text.find(offer.quote) if len(offer.quote) > 2 else -1
        if place < 0:
            line = f"{offer.name or ''}\n{offer.quote} {offer.currency or ''}".strip()
            place = len(text) + 2 + line.rindex(offer.quote)
            text = f"{text}\n\n{line}"
        evidence = [Field("price", Span(place, place + len(offer.quote), offer.quote))]
        if offer.name and offer.name in text:
            start = text.index(offer.name)
            evidence.insert(0, Field("title", Span(start, start + len(offer.name), offer.name)))
        until = re.match(r"\d{4}-\d\d-\d\d", offer.valid_until or "")
        valid = _iso_day(until.group()) if until else None
        money = Money(offer.amount, offer.currency or NO_CURRENCY)
        found.append(TextOffer(offer.name, money, None, {}, valid, tuple(evidence)))
    return text, tuple(found)


def _iso_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_mail(raw: bytes, path: str, setting: Setting) -> ReadDocument:
    """One mail: its own text, its markup if it has any, and the text of attached PDFs."""
    mail = parse_mail(raw)
    text, problems = mail.text, list(mail.problems)
    pdfs = [item for item in mail.attachments if item.content_type == "application/pdf"]
    for item in pdfs[:MAX_PDFS_PER_MAIL]:
        if not item.content:
            problems.append("pdf_too_large")
            continue
        pdf = read_pdf(item.content)
        text = f"{text}\n\n{pdf.text}" if pdf.text else text
        problems += [pdf.problem] if pdf.problem else []
    if len(pdfs) > MAX_PDFS_PER_MAIL:
        problems.append("more_attachments")
    offers: tuple[TextOffer, ...] = ()
    if "schema.org" in mail.html:
        page = read_page(mail.html)
        text, offers = _marked(text, [offer for offer in page.offers if offer.source != "visible"])
    if not offers:
        subject = mail.header("subject") or None
        offers = find_offers(text, setting.categories, today=_sent_day(mail, setting.today),
        currency=setting.currency, subject=subject)  # fmt: skip
    domain = MailSigns(mail).domain
    label = classify_mail(mail) if mail.headers else None
    return ReadDocument(path, text, offers, label, tuple(dict.fromkeys(problems)), domain)


def _read_html(html: str, path: str, setting: Setting) -> ReadDocument:
    page = read_page(html)
    problems = ("page_cut",) if len(html) > MAX_HTML else ()
    if page.offers:
        shown = page.offers
        if page.main_offer is not None and page.main_offer not in shown:
            shown = (page.main_offer, *shown)
        text, offers = _marked(page.text, shown)
        return ReadDocument(path, text, offers, None, problems, _page_domain(html))
    offers = find_offers(
        page.text, setting.categories, today=setting.today, currency=setting.currency, subject=page.title
    )
    return ReadDocument(path, page.text, offers, None, problems, _page_domain(html))


_OWN_ADDRESS = re.compile(
    r"<(?:link|meta)\b[^>]{0,200}?(?:rel=[\"']?canonical|property=[\"']?og:url)[^>]{0,300}?"
    r"(?:href|content)=[\"']?https?://([\w.-]{3,100})",
    re.IGNORECASE,
)


def _page_domain(html: str) -> str:
    found = _OWN_ADDRESS.search(html[:100_000])
    return registered_domain(found[1]) if found else ""


def _looks_like_mail(raw: bytes) -> bool:
    head = raw[:20_000].lstrip(b"\r\n")
    match = _HEADER.match(head)
    return match is not None and len(_MAIL_FIELDS.findall(match.group())) >= 2


_CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})


def _is_binary(raw: bytes) -> bool:
    """Whether more than a few of the first characters are none a text has (UTF-16 with its mark is a text)."""
    head = raw[:4096]
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return False
    return len(head) - len(head.translate(None, _CONTROLS)) > max(8, len(head) // 50)


def read_bytes(raw: bytes, path: str, setting: Setting) -> ReadDocument:
    """One file's content by what it is: PDF, mail, HTML or plain text. Binary content is a problem, not an error."""
    if raw[:1024].lstrip().startswith(b"%PDF"):
        pdf = read_pdf(raw)
        offers = find_offers(pdf.text, setting.categories, today=setting.today, currency=setting.currency)
        return ReadDocument(path, pdf.text, offers, None, (pdf.problem,) if pdf.problem else ())
    if path.lower().endswith(".eml") or _looks_like_mail(raw):
        return read_mail(raw, path, setting)
    if _is_binary(raw):
        return ReadDocument(path, "", (), None, ("not_text",))
    text, _ = decode_bytes(raw[: MAX_HTML * 2], _declared_charset(raw))
    if re.search(r"<(?:!doctype html|html|body|head|div|table|script)\b", text[:5000], re.IGNORECASE):
        return _read_html(text, path, setting)
    text = text[:MAX_HTML].replace("\r\n", "\n").replace("\r", "\n")
    offers = find_offers(text, setting.categories, today=setting.today, currency=setting.currency)
    return ReadDocument(path, text, offers, None, ())


def _declared_charset(raw: bytes) -> str | None:
    found = re.search(rb"<meta[^>]{0,80}charset\s*=\s*[\"']?([\w-]{3,20})", raw[:4096], re.IGNORECASE)
    return found[1].decode("ascii") if found else None


def _mbox_messages(path: Path) -> Iterator[bytes]:
    """The messages of an mbox, one at a time; a message beyond the limit is cut."""
    message, size, blank = bytearray(), 0, True
    with path.open("rb") as box:
        for line in box:
            if line.startswith(b"From ") and blank:
                if message:
                    yield bytes(message)
                message, size, blank = bytearray(), 0, True
                continue
            size, blank = size + len(line), not line.strip()
            if size <= MAX_RAW:
                message += line
    if message:
        yield bytes(message)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for entry in sorted(path.iterdir()):
        if entry.name.startswith(".") and not entry.is_dir():
            continue
        if entry.is_dir() and not entry.is_symlink():
            if entry.name != "tmp":
                yield from _files(entry)
        elif entry.is_file():
            yield entry


def _read_file(path: Path, setting: Setting) -> Iterator[ReadDocument]:
    try:
        with path.open("rb") as file:
            start = file.read(5)
        if start == b"From " and path.suffix.lower() != ".eml":
            for number, raw in enumerate(_mbox_messages(path), start=1):
                yield read_mail(raw, f"{path}#{number}", setting)
            return
        with path.open("rb") as file:
            raw = file.read(MAX_RAW + 1)
    except OSError as err:
        yield ReadDocument(str(path), "", (), None, (f"unreadable:{type(err).__name__}",))
        return
    yield read_bytes(raw, str(path), setting)


def read_documents(paths: Iterable[Path | str], setting: Setting) -> Iterator[ReadDocument]:
    """Every message and file below `paths`, in order; files one by one, so that memory stays bounded."""
    for given in paths:
        for path in _files(Path(given)):
            yield from _read_file(path, setting)


def read_paths(
    paths: Iterable[Path | str],
    *,
    today: date | None = None,
    currency: str = "EUR",
    categories: Mapping[str, Category] | None = None,
) -> Iterator[dict[str, Any]]:
    """The JSON records of `gegenbot read PATH...`: `.eml`, mbox (`PATH#n`), Maildir, HTML, PDF and text files.

    `today` (default: the clock's day in UTC) is what relative dates of undated files count from; a mail's own date
    comes first.
    """
    setting = Setting(today or datetime.now(UTC).date(), currency, categories or shipped())
    for document in read_documents(paths, setting):
        yield document.record()
