"""The adapter author's side: a new package, its contract check with a quality card, recordings, the list of adapters.

An author's own tests are run here, in this process: they are the author's code on the author's machine. The adapter
itself runs under the host, as it will with the person.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.kernel.errors import AgentError
from agent.runtime.config import load_config
from agent.runtime.paths import Home
from negotiators import manifest as manifests
from negotiators.registry import BUILT_IN

if TYPE_CHECKING:
    from negotiators.testkit import AdapterContract

CARD = "quality-card.json"
FIXTURES = "fixtures"
CONTRACT = "test_contract.py"
_NAME = re.compile(r"[a-z][a-z0-9-]{1,31}")


class AdapterWork(AgentError):
    """What cannot be done with an adapter: `adapter_name`, `adapter_exists`, `adapter_no_contract`, `adapter_bad`;
    with a quote: `no_quote`, `bad_amount`."""


def new_adapter(name: str, where: Path) -> Path:
    """Make `where/NAME-adapter`: the adapter with its manifest, a working mock company and the contract test."""
    if not _NAME.fullmatch(name):
        raise AdapterWork("adapter_name", name=name[:40])
    root = where / f"{name}-adapter"
    if root.exists():
        raise AdapterWork("adapter_exists", path=str(root))
    module = name.replace("-", "_")
    words = {"@NAME@": name, "@MODULE@": module, "@CLASS@": "".join(part.title() for part in name.split("-"))}
    places = {
        f"{module}/{manifests.FILE}": "gegenbot-adapter.toml.txt",
        f"{module}/{module}.py": "adapter.py.txt",
        "mock_company.py": "mock_company.py.txt",
        CONTRACT: "test_contract.py.txt",
    }
    template = resources.files("negotiators.testkit") / "template"
    for place, source in places.items():
        text = (template / source).read_text("utf-8")
        for mark, word in words.items():
            text = text.replace(mark, word)
        target = root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    manifests.write_hash(root / module)
    return root


@contextmanager
def _contract(root: Path) -> Iterator[AdapterContract]:
    """The contract of an author's folder, imported as pytest would import it."""
    from negotiators.testkit import AdapterContract

    path = root / CONTRACT
    if not path.is_file():
        raise AdapterWork("adapter_no_contract", path=str(path))
    before = set(sys.modules)
    sys.path.insert(0, str(root))
    try:
        spec = importlib.util.spec_from_file_location("gegenbot_adapter_contract", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        mine = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, AdapterContract)]
        own = [one for one in mine if one.__module__ == module.__name__]
        if not own:
            raise AdapterWork("adapter_no_contract", path=str(path))
        yield own[0]()
    except (ImportError, SyntaxError) as err:
        raise AdapterWork("adapter_bad", path=str(path), why=str(err)[:200]) from err
    finally:
        sys.path.remove(str(root))
        for name in set(sys.modules) - before:
            if getattr(sys.modules[name], "__file__", None) and str(root) in str(sys.modules[name].__file__):
                del sys.modules[name]


def check_adapter(root: Path) -> Mapping[str, Any]:
    """Run the contract and write the quality card beside it. The manifest's hash is brought up to date first."""
    from negotiators.testkit import examine

    manifest = _own_manifest(root)
    with _contract(root) as contract:
        findings = examine(contract)
    card = {
        "adapter": manifest.name, "version": manifest.version, "sha256": manifest.sha256, "pin": manifest.pin,
        "checked_at": datetime.now(UTC).isoformat(timespec="seconds"), "green": all(one.kept for one in findings),
        "acts": sorted(manifest.capabilities.acts), "hosts": list(manifest.hosts), "secrets": list(manifest.secrets),
        "fields": list(manifest.fields),
        "checks": [{"check": one.check, "kept": one.kept, "why": one.why} for one in findings],
    }  # fmt: skip
    (root / CARD).write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    return card


def _own_manifest(root: Path) -> manifests.Manifest:
    found = sorted(root.glob(f"*/{manifests.FILE}"))
    if not found:
        raise AdapterWork("adapter_bad", path=str(root), why=f"no {manifests.FILE} in a folder of it")
    try:
        return manifests.write_hash(found[0].parent)
    except manifests.ManifestError as err:
        raise AdapterWork("adapter_bad", path=str(found[0]), why=str(err)) from err


def record_adapter(root: Path) -> Path:
    """One talk with the contract's company as a redacted fixture. Returns its path."""
    _own_manifest(root)
    with _contract(root) as contract:
        text = asyncio.run(_recorded(contract))
    folder = root / FIXTURES
    folder.mkdir(exist_ok=True)
    path = folder / "talk.jsonl"
    path.write_text(text, "utf-8")
    return path


async def _recorded(contract: AdapterContract) -> str:
    """Ask, then leave, with the tap listening."""
    import tempfile

    from negotiators.adapter import Unsupported
    from negotiators.dialogue import Ask, Leave
    from negotiators.testkit.recording import lines_of
    from negotiators.testkit.stage import staged

    with tempfile.TemporaryDirectory(prefix="gegenbot-record-") as home:
        if hasattr(contract, "_home"):
            contract._home = Path(home)
        stage = staged(
            lambda: contract.adapter(10.0), contract.company(), contract.known_categories()[contract.category],
            contract.order, contract.settings,
        )  # fmt: skip
        async with stage as ready:
            async with ready.session() as session:
                await ready.say(session, Ask())
                with suppress(Unsupported):
                    await ready.say(session, Leave("no_agreement"))
            return lines_of(ready.tap.heard, ready.tap.url.removeprefix("http://"), contract.hidden())


def list_adapters(root: Path) -> tuple[Mapping[str, str], ...]:
    """Every channel: origin, what it speaks and carries (no acts where each company's card says), and its health."""
    home = Home(root)
    config = load_config(home.config)
    counts = _talk_counts(home)
    rows: list[dict[str, str]] = []
    for info in BUILT_IN:
        acts = ", ".join(sorted(info.acts))
        rows.append(_row(info.name, "built_in", ", ".join(info.speaks), acts, "ready", counts))
    for name, setting in sorted(config.adapters.items()):
        rows.append(_outside_row(name, Path(setting.folder).expanduser(), setting.sha256, counts))
    known = {row["name"] for row in rows}
    for found in manifests.installed():
        if isinstance(found, manifests.Manifest) and found.name not in known:
            acts = ", ".join(sorted(found.capabilities.acts))
            rows.append(_row(found.name, "installed", found.protocol, acts, "not_allowed", counts))
    return tuple(rows)


def _row(name: str, origin: str, speaks: str, acts: str, health: str, counts: Mapping[str, str]) -> dict[str, str]:
    return {"name": name, "origin": origin, "speaks": speaks, "acts": acts, "health": health,
            "talks": counts.get(name, "0/0")}  # fmt: skip


def _outside_row(name: str, folder: Path, pin: str, counts: Mapping[str, str]) -> dict[str, str]:
    try:
        manifest = manifests.read_manifest(folder)
        manifests.check_files(manifest, pin)
    except manifests.ManifestError as err:
        return _row(name, str(folder), "", "", err.code, counts)
    acts = ", ".join(sorted(manifest.capabilities.acts))
    return _row(name, str(folder), manifest.protocol, acts, "ready", counts)


def shadow(root: Path, provider: str, figure: str) -> Mapping[str, Any]:
    """A company's newest quote beside a figure the person sees elsewhere (`"23.80"` or `"23.80 EUR"`)."""
    from agent.kernel.chain import FILE
    from agent.kernel.codec import move_from
    from agent.kernel.ledger import Ledger
    from agent.market.shadow import explain
    from negotiators.categories import load_categories
    from negotiators.dialogue import Propose
    from negotiators.money import Money, MoneyError

    home = Home(root)
    if not (home.root / FILE).exists():
        raise AdapterWork("no_quote", name=provider[:60])
    ledger = Ledger(home.root)
    try:
        rows = ledger.rows(
            "SELECT t.moves, n.category, p.name FROM turns t JOIN negotiations n ON n.id=t.negotiation "
            "JOIN providers p ON p.id=n.provider WHERE t.party='them' AND (p.id=? OR lower(p.name)=lower(?)) "
            "ORDER BY t.seq DESC",
            (provider, provider),
        )
    finally:
        ledger.close()
    for row in rows:
        moves = [move_from(move) for move in json.loads(row["moves"])]
        offers = [move.offer for move in moves if isinstance(move, Propose)]
        if not offers:
            continue
        category = load_categories(home.categories)[row["category"]]
        amount, _, currency = figure.partition(" ")
        try:
            seen = Money.of(amount.replace(",", "."), currency or category.currency)
        except MoneyError as err:
            raise AdapterWork("bad_amount", value=figure[:40], why=str(err)) from err
        found = explain(offers[-1].terms, category, seen)
        if found is not None:
            return {
                "company": row["name"], "quote": str(found.ours), "figure": str(found.theirs),
                "difference": str(found.difference),
                "explained": not found.difference.amount or bool(found.steps),
                "steps": [{"code": step.code, "value": step.value} for step in found.steps],
            }  # fmt: skip
    raise AdapterWork("no_quote", name=provider[:60])


def price_history(root: Path, company: str) -> tuple[Mapping[str, str], ...]:
    """Every price seen of one fixed-price company, or of all, the latest first."""
    from agent.kernel.chain import FILE
    from agent.kernel.ledger import Ledger

    if not (root / FILE).exists():
        return ()
    ledger = Ledger(root)
    try:
        rows = ledger.rows(
            "SELECT s.at, p.name, s.category, s.total, s.currency FROM prices s JOIN providers p ON p.id=s.provider "
            "WHERE ?='' OR p.id=? OR lower(p.name)=lower(?) ORDER BY s.rowid DESC",
            (company, company, company),
        )
    finally:
        ledger.close()
    return tuple(
        {"at": row["at"], "name": row["name"], "category": row["category"], "total": row["total"],
         "currency": row["currency"]}
        for row in rows
    )  # fmt: skip


def _talk_counts(home: Home) -> dict[str, str]:
    """`answered/opened` talks of each channel."""
    from agent.kernel.chain import FILE
    from agent.kernel.ledger import Ledger

    if not (home.root / FILE).exists():
        return {}
    ledger = Ledger(home.root)
    try:
        rows = ledger.rows(
            "SELECT e.channel, COUNT(*) AS opened, SUM(n.state<>'failed') AS answered FROM negotiations n "
            "JOIN endpoints e ON e.url=n.endpoint GROUP BY e.channel"
        )
        return {row["channel"]: f"{row['answered']}/{row['opened']}" for row in rows}
    finally:
        ledger.close()
