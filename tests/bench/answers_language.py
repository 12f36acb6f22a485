#!/usr/bin/env python3
"""Answers the reading tasks of the evaluation data from the program's own readers (never from the gold fields).

usage: python tests/bench/answers_language.py TASK DATA_DIR SPLIT > ANSWERS.jsonl
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from agent.language.adverts import read_asking_price
from agent.language.amounts import find_amounts, find_percentages
from agent.language.dateranges import find_ranges
from agent.language.dates import find_days
from agent.language.durations import find_durations
from agent.language.pricetags import read_price_tag
from negotiators.money import plain

Row = dict[str, Any]


def _rows(data: Path, split: str, name: str) -> Iterator[Row]:
    with (data / split / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def price(row: Row) -> Row:
    tag = read_price_tag(row["price_text"], row["currency_hint"])
    return {"id": row["id"], "amount": _number(tag.amount), "currency": tag.raw_currency}


def listing_price(row: Row) -> Row:
    found = read_asking_price(row["title"], row["text"], default_currency="USD")
    return {"id": row["id"], "price": _number(found.money.amount) if found else None}


def terms(row: Row) -> Row:
    text = row["input"]
    found: list[Row] = [
        {"type": "currency", "value": plain(amount.value), "unit": amount.raw_currency} for amount in find_amounts(text)
    ]
    found += [{"type": "percentage", "value": plain(percent.value)} for percent in find_percentages(text)]
    if row["kind"] == "datetime" and row["reference"]:
        today, german = date.fromisoformat(row["reference"][:10]), row["lang"] == "ge"
        found += [{"type": "date", "value": str(day.day)} for day in find_days(text, today, day_first=german)]
        for span in find_ranges(text, today, day_first=german):
            ends = {"start": span.start, "end": span.end}
            found.append({"type": "daterange"} | {key: str(value) for key, value in ends.items() if value})
        found += [{"type": "duration", "value": plain(entry.total_seconds())} for entry in find_durations(text)]
    return {"id": row["id"], "found": found}


def mail(row: Row) -> Row:
    from agent.language.mailclass import classify_mail
    from agent.language.mailfile import parse_mail

    parsed = parse_mail(base64.b64decode(row["raw_b64"]))
    return {"id": row["id"], "label": classify_mail(parsed), "parsed": True}


def markup(row: Row) -> Row:
    from agent.language.webpage import read_marked_offers

    offers = read_marked_offers(row["html"])
    return {"id": row["id"], "offers": [{"price": offer.price_text, "currency": offer.currency} for offer in offers]}


def shop_page(row: Row) -> Row:
    from agent.language.webpage import read_page

    found = read_page(row["html"]).main_offer
    if found is None:
        return {"id": row["id"], "name": None, "price": None, "currency": None}
    return {"id": row["id"], "name": found.name, "price": _number(found.amount), "currency": found.currency}


def deal_casino(row: Row) -> Row:
    from agent.language.splits import read_split

    messages = row["messages"][: row["first_proposal_after"]]
    talk = [(message["speaker"], message["text"]) for message in messages]
    return {"id": row["id"], "split": read_split(talk, row["counts"], ("1", "2"))}


def deal_dond(row: Row) -> Row:
    from agent.language.splits import read_split

    talk = [(message["speaker"], message["text"]) for message in row["messages"]]
    return {"id": row["id"], "split": read_split(talk, row["counts"], ("A", "B"))}


def priority(row: Row) -> Row:
    from agent.language.splits import read_priorities

    talk = [(message["speaker"], message["text"]) for message in row["messages"]]
    return {"id": row["id"], "top": read_priorities(talk, tuple(row["counts"]), ("1", "2"))}


TASKS: dict[str, tuple[str, Callable[[Row], Row]]] = {
    "price": ("price_strings", price),
    "terms": ("terms_in_sentences", terms),
    "listing_price": ("negotiation_listing_price", listing_price),
    "markup": ("markup", markup),
    "shop_page": ("shop_pages", shop_page),
    "mail": ("mail", mail),
    "deal_casino": ("negotiation_casino", deal_casino),
    "deal_dond": ("negotiation_dond", deal_dond),
    "priority": ("negotiation_casino", priority),
}


def answer(task: str, data_dir: str | Path, split: str) -> Iterable[Row]:
    """The answers of one reading task, one per item of the split."""
    name, reader = TASKS[task]
    for row in _rows(Path(data_dir), split, name):
        yield reader(row)


def main(arguments: list[str]) -> int:
    if len(arguments) != 3 or arguments[0] not in TASKS:
        print(__doc__, f"tasks: {', '.join(TASKS)}", sep="\n", file=sys.stderr)
        return 2
    for entry in answer(*arguments):
        print(json.dumps(entry, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
