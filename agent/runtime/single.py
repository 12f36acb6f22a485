"""`gegenbot negotiate URL`: one talk with one company, with the same gate, rules and ledger as everything else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.kernel.errors import ConfigInvalid, Halted
from agent.market.desk import MarketRules
from agent.needs.need import Need, read_need_file
from agent.runtime.config import Negotiation, load_config
from agent.runtime.lock import RunnerLock, runner_pid
from agent.runtime.paths import Home
from agent.runtime.wiring import House, build, random_id
from negotiators.categories import load_categories

WAIT_AT_MOST = 120.0
"""Seconds of real time spent on answers that come later."""


async def negotiate_once(
    root: Path, url: str, need_file: Path, *, max_rounds: int | None, allow_loopback: bool
) -> tuple[dict[str, Any], int]:
    """The result object and the exit code: 0 ended regularly, 3 no reply at all, 4 a held agreement waits."""
    home = Home(root).make()
    config = load_config(home.config)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigInvalid("bad_url", url=url[:120])
    need = read_need_file(need_file, load_categories(home.categories), f"need-{random_id()[:8]}")
    allowed = allow_loopback or config.negotiation.allow_loopback
    talks = Negotiation.model_validate({**config.negotiation.model_dump(), "allow_loopback": allowed})
    lock = RunnerLock(home).take() if runner_pid(root) is None else None
    rules = MarketRules(rounds=max_rounds or talks.rounds, poll=timedelta(seconds=1), language=config.language)
    house = build(
        root, config=config.model_copy(update={"negotiation": talks}), rules=rules, holds_lock=lock is not None
    )
    try:
        provider = parts.netloc.casefold()
        only = replace(need, mandate=replace(need.mandate, providers=()))
        house.know_provider(provider, provider, url, [need.category], "allowed")
        kept = house.state_need(replace(only, mandate=need.mandate))
        await _talk(house, kept, provider)
        return _result(house, kept), _exit_code(house, kept)
    finally:
        await house.close()
        if lock is not None:
            lock.release()


async def _talk(house: House, need: Need, provider: str) -> None:
    """Open only this provider's talk and run it to its end."""
    await house.market.open(need, only=provider)
    deadline = asyncio.get_running_loop().time() + WAIT_AT_MOST
    while True:
        try:
            due = await house.market.advance(need)
        except Halted:
            return
        if due is None or asyncio.get_running_loop().time() >= deadline:
            break
        await asyncio.sleep(min(2.0, max(0.2, (due - house.clock.now()).total_seconds())))
    await house.market.hold_live(need)
    await _sign_by_mandate(house, need)


async def _sign_by_mandate(house: House, need: Need) -> None:
    """Make the item; sign it where the mandate says `act` and every limit holds."""
    for done in house.composer.settled(house.clock.now()):
        if done.ref == need.id:
            item = house.composer.item(done, house.clock.now())
            if item is not None:
                house.ledger.append(house.clock.now(), [*house.composer.named(), item])
                if may_sign(need, item.legs, item.over_limit):
                    await house.signing.carry_out(item.item, by_mandate=True)


def may_sign(need: Need, legs: list[dict[str, Any]], over_limit: list[dict[str, Any]]) -> bool:
    """Whether the mandate gives leave to sign without asking."""
    mandate = need.mandate
    firm = all(leg["standing"] == "firm" for leg in legs)
    return mandate.autonomy == "act" and mandate.max_total is not None and firm and not over_limit


def _talk_row(house: House, need: Need) -> Any:
    return house.ledger.row("SELECT * FROM negotiations WHERE need=? ORDER BY opened_at LIMIT 1", (need.id,))


def _exit_code(house: House, need: Need) -> int:
    row = _talk_row(house, need)
    if row is None:
        return 3
    heard = house.ledger.row("SELECT 1 FROM turns WHERE negotiation=? AND party='them'", (row["id"],))
    if row["state"] in ("held", "waiting_person") or row["reason"].startswith("identity_"):
        return 4
    return 0 if heard is not None else 3


def _result(house: House, need: Need) -> dict[str, Any]:
    row = _talk_row(house, need)
    if row is None:
        return {"outcome": {"state": "failed", "terms": None, "total": None, "currency": need.mandate.currency},
                "transcript": [], "refusals": [], "disclosures": []}  # fmt: skip
    held = json.loads(row["held"]) if row["held"] and row["state"] not in ("declined", "failed", "expired") else None
    outcome = {
        "state": row["state"], "reason": row["reason"],
        "terms": {name: entry["value"] for name, entry in held["terms"].items()} if held else None,
        "total": held["total"] if held else None,
        "currency": held["currency"] if held else need.mandate.currency,
        "standing": held["standing"] if held else None,
    }  # fmt: skip
    turns = house.ledger.rows("SELECT * FROM turns WHERE negotiation=? ORDER BY seq", (row["id"],))
    incidents = house.ledger.rows("SELECT * FROM incidents ORDER BY seq")
    return {
        "outcome": outcome,
        "transcript": [entry for turn in turns for entry in _entries(house, turn)],
        "refusals": _releases(house, row["id"], 0),
        "disclosures": _releases(house, row["id"], 1),
        "incidents": [{"code": i["code"], "params": json.loads(i["params"])} for i in incidents],
    }


def _entries(house: House, turn: Any) -> list[dict[str, Any]]:
    """One line for each act of a message; the text stands with the first."""
    body = house.ledger.body(turn["body"])
    ours = turn["party"] == "us"
    text = json.loads(body)["text"] if ours and body else body
    found = []
    for number, move in enumerate(json.loads(turn["moves"]) or [{"act": turn["status"]}]):
        terms = move.get("offer", move).get("terms") or {}
        found.append(
            {
                "round": turn["round"], "from": turn["party"], "act": move["act"],
                "terms": {name: entry["value"] for name, entry in terms.items()} or None,
                "text": text if number == 0 else None, "message_id": turn["message_id"],
            }
        )  # fmt: skip
    return found


def _releases(house: House, negotiation: str, released: int) -> list[dict[str, Any]]:
    rows = house.ledger.rows(
        "SELECT * FROM releases WHERE negotiation=? AND released=? ORDER BY rowid", (negotiation, released)
    )
    return [
        {"data_category": r["data_category"], "granularity": r["granularity"], "purpose": r["purpose"],
         "stage": r["stage"], "rules": json.loads(r["rules"]), "reason": r["reason"], "similarity": r["similarity"],
         "until": r["until"]}
        for r in rows
    ]  # fmt: skip
