"""Channels of this house by name: built in, or a third-party adapter that the configuration names with its pin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from agent.kernel.ledger import Ledger
from agent.runtime.config import Config
from agent.runtime.secrets import SIGNING, stored_secret
from negotiators import registry
from negotiators.adapter import Adapter, AdapterError, Pace
from negotiators.categories import Category
from negotiators.clock import Clock
from negotiators.wire import AddressRules, Limits

FOLDER = "adapters"
"""Below the data folder: what running adapters need, emptied by forgetting."""


class AdapterMissing(AdapterError):
    """No channel of this name: not built in, not configured, or its manifest cannot be read."""

    code = "adapter_missing"


def adapters_of(
    config: Config, home: Path, categories: Mapping[str, Category], ledger: Ledger, clock: Clock
) -> Callable[[str], Adapter]:
    """Makes each adapter on first use. The result raises `AdapterMissing`. `ledger` holds what the person carried."""
    made: dict[str, Adapter] = {}
    rules = AddressRules(allow_loopback=config.negotiation.allow_loopback)
    limits = Limits(total=config.negotiation.patience_seconds)

    def adapter(channel: str) -> Adapter:
        if channel not in made:
            if channel in config.adapters:
                made[channel] = _outside(config, channel, home, categories)
            elif channel == "byhand":
                made[channel] = _by_hand(ledger)
            elif channel == "email":
                made[channel] = _email(home, ledger, categories, clock, rules)
            else:
                made[channel] = _built_in(channel)(
                    rules=rules, limits=limits, categories=dict(categories), **_given(channel, clock)
                )
        return made[channel]

    return adapter


def _given(channel: str, clock: Clock) -> Mapping[str, object]:
    """What single channels are made with besides: the clock, and the language room's reader of pages."""
    if channel == "web":
        from agent.language.pages import page_prices

        return {"clock": clock, "reader": page_prices}
    if channel == "ucp":
        return {"clock": clock, "tokens": _shop_key, "signing": _signing_key}
    if channel == "acp":
        return {"clock": clock, "tokens": _acp_key}
    if channel == "mcp":
        return {"clock": clock, "signing": _signing_key}
    return {"clock": clock} if channel in ("mcptool", "feed") else {}


def _by_hand(ledger: Ledger) -> Adapter:
    from agent.runtime.tray import LedgerTray
    from negotiators.channels.byhand import ByHandAdapter

    return ByHandAdapter(LedgerTray(ledger))


def _email(
    home: Path, ledger: Ledger, categories: Mapping[str, Category], clock: Clock, rules: AddressRules
) -> Adapter:
    from agent.runtime.mailbox import mailbox_of
    from negotiators.channels.email.adapter import EmailAdapter

    return EmailAdapter(mailbox_of(home, ledger, categories, clock, rules))


def _built_in(channel: str) -> Callable[..., Adapter]:
    try:
        return registry.load(channel)
    except registry.UnknownChannel as err:
        raise AdapterMissing(str(err)) from err


def declared_pace(config: Config, channel: str) -> Pace | None:
    """How fast a configured third-party adapter says it answers; `None` for any other channel, and one unreadable."""
    from negotiators.manifest import ManifestError, read_manifest

    setting = config.adapters.get(channel)
    if setting is None:
        return None
    try:
        return read_manifest(Path(setting.folder).expanduser()).capabilities.pace
    except ManifestError:
        return None


def _outside(config: Config, name: str, home: Path, categories: Mapping[str, Category]) -> Adapter:
    """A third-party adapter under the host, with the pin the person wrote down."""
    from negotiators.host.adapter import HostedAdapter
    from negotiators.manifest import ManifestError, read_manifest

    setting = config.adapters[name]
    try:
        manifest = read_manifest(Path(setting.folder).expanduser())
    except ManifestError as err:
        raise AdapterMissing(str(err)) from err
    if manifest.name != name:
        raise AdapterMissing(f"`{manifest.folder}` is the adapter `{manifest.name}`, not `{name}`")
    return HostedAdapter(
        manifest,
        home=home / FOLDER / name,
        pin=setting.sha256,
        rules=AddressRules(allow_loopback=config.negotiation.allow_loopback),
        limits=Limits(total=config.negotiation.patience_seconds),
        secrets=_secret,
        categories=categories,
    )


async def _shop_key(host: str) -> str | None:
    """The key a shop gave the person for its interface (`gegenbot adapters secret ucp HOST`)."""
    return await asyncio.to_thread(stored_secret, "ucp", host)


async def _acp_key(host: str) -> str | None:
    """The same of a shop that speaks ACP (`gegenbot adapters secret acp HOST`)."""
    return await asyncio.to_thread(stored_secret, "acp", host)


async def _signing_key() -> str | None:
    """The key requests to shops are signed with (`gegenbot adapters profile`)."""
    return await asyncio.to_thread(stored_secret, *SIGNING)


async def _secret(adapter: str, name: str) -> str | None:
    return await asyncio.to_thread(stored_secret, adapter, name)
