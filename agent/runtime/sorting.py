"""A file or mailbox of messages sorted for the person of a data folder: `gegenbot sort`. Writes nothing."""

from __future__ import annotations

import json
import mailbox
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.digest.stream import DayDigest, Message, Shown, Stream, Wanted
from agent.kernel.errors import ConfigInvalid, NeedInvalid
from agent.kernel.ledger import Ledger
from agent.language.addressed import addressed_as, is_personal, names_of
from agent.language.mailfile import MAX_RAW, parse_mail
from agent.market.needs_book import NeedsBook
from agent.needs.contracts import Contract as Baseline
from agent.needs.contracts import cost_today, read_contract
from agent.runtime.config import load_config
from agent.runtime.paths import Home
from agent.zone import Days
from memory.store import Contract, PastDecision, Store, Verdict
from negotiators.categories import Category, load_categories

MISSED = "message:"
"""How the reference of a "you should have shown this" about a message begins: company and reason follow."""


def messages_of(paths: Sequence[Path], own: str = "") -> Iterator[Message]:
    """Messages of JSON Lines files (`{"id", "at", "channel", "sender", "subject", "text"}`), mails and mailboxes.

    `own` is the person's mail address, where it is known. Raises `NeedInvalid` naming file and line.
    """
    for path in paths:
        if path.suffix in (".jsonl", ".json"):
            yield from _listed(path)
        elif path.suffix == ".eml":
            yield _mail(path.read_bytes()[:MAX_RAW], str(path), own)
        else:
            box = mailbox.mbox(path, create=False)
            try:
                yield from (_mail(box.get_bytes(key)[:MAX_RAW], f"{path}#{key}", own) for key in box.iterkeys())
            finally:
                box.close()


def _listed(path: Path) -> Iterator[Message]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                at = datetime.fromisoformat(row["at"])
                yield Message(
                    str(row["id"]), at if at.tzinfo else at.replace(tzinfo=UTC), str(row.get("channel", "mail")),
                    str(row["sender"]), str(row.get("subject", "")), str(row.get("text", "")),
                )  # fmt: skip
            except (ValueError, TypeError, KeyError) as err:
                raise NeedInvalid("bad_line", where=str(path), line=str(number), key=str(err)[:60]) from err


def _mail(raw: bytes, name: str, own: str) -> Message:
    mail = parse_mail(raw)
    try:
        at = parsedate_to_datetime(mail.header("date"))
    except ValueError:
        at = datetime.fromtimestamp(0, UTC)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Message(
        name, at, "mail", mail.header("from"), mail.header("subject"), mail.text, addressed_as(mail, own),
        is_personal(mail, own),
    )  # fmt: skip


def stream_of(root: Path, now: datetime) -> Stream:
    """The sorter for this folder: its open needs, what is paid today, and the companies the person deals with."""
    home = Home(root).make()
    config, categories = load_config(home.config), load_categories(home.categories)
    today = Days(ZoneInfo(config.zone)).of(now)
    ledger = Ledger(home.root)
    try:
        with Store(home.root) as store:
            made = sorter(ledger, store, categories, today, names_of(own_address(root)))
        return replace(made, decisions=config.digest.decisions, notes=config.digest.notes)
    finally:
        ledger.close()


def sorter(
    ledger: Ledger,
    store: Store,
    categories: Mapping[str, Category],
    today: date,
    names: frozenset[str] = frozenset(),
) -> Stream:
    """A fresh sorter from what is true of the person on a day; `names` are their own, as far as they are known."""
    kept = store.entries(Contract)
    contracts: dict[str, Baseline] = {one.id: read_contract(one, categories, today) for one in kept}
    book = NeedsBook(ledger, categories, lambda: contracts, Days())
    wanted = []
    for need in book.open_needs():
        contract = book.contract(need)
        wanted.append(Wanted(book.valuation(need), cost_today(contract, today) if contract is not None else None))
    partners = {one.provider for one in kept} | {row["name"] for row in _dealt_with(ledger)}
    missed = frozenset(pair for one in store.entries(PastDecision) for pair in missed_of(one))
    return Stream(wanted, partners, names, missed)


def own_address(root: Path) -> str:
    """The address of the person's mailbox, if one was set up; a broken file is told where the mailbox is read."""
    from agent.runtime.mailbox import load_mailbox

    try:
        settings = load_mailbox(root)
    except ConfigInvalid:
        return ""
    return settings.address if settings is not None else ""


def _dealt_with(ledger: Ledger) -> Sequence[Any]:
    """Companies the person trusts or has an agreement with; being let in to make offers is not enough."""
    return ledger.rows(
        "SELECT name FROM providers WHERE trust='trusted' OR id IN "
        "(SELECT provider FROM negotiations WHERE state='agreed')"
    )


def missed_of(decision: PastDecision) -> Iterable[tuple[str, str]]:
    """The company and the reason where the person wants to be shown what was held back."""
    for ref in decision.refs if decision.verdict is Verdict.SHOULD_HAVE_SHOWN else ():
        if ref.startswith(MISSED):
            company, _, reason = ref.removeprefix(MISSED).partition(":")
            yield company, reason


def sort(root: Path, paths: Sequence[Path]) -> Iterator[Mapping[str, Any]]:
    """One row per day: what it would show, and what it holds back by reason with the ids."""
    messages = sorted(messages_of(paths, own_address(root)), key=lambda one: (one.at, one.id))
    if not messages:
        return
    stream = stream_of(root, messages[-1].at)
    first, last = messages[0].at.date(), messages[-1].at.date()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        came = [one for one in messages if one.at.date() == day]
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        yield _row(day.isoformat(), stream.day(came, end))


def _row(day: str, digest: DayDigest) -> Mapping[str, Any]:
    return {
        "day": day, "decisions": [_shown(one) for one in digest.decisions], "notes": [_shown(o) for o in digest.notes],
        "held_back": dict(digest.by_reason), "held": [{"id": name, "reason": reason} for name, reason in digest.held],
    }  # fmt: skip


def _shown(one: Shown) -> Mapping[str, Any]:
    return {
        "kind": one.kind, "company": one.company, "sources": list(one.sources), "need": one.need, "total": one.total,
        "day": one.day.isoformat() if one.day else "",
    }  # fmt: skip
