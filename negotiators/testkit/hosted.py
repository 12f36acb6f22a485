"""The contract for third-party adapters: they run as they will with the person, in a process of their own.

class TestAcme(HostedContract):
    folder = Path(__file__).parent / "acme"
    secrets = {"api_token": "a token of the mock company"}
    def company(self): return serve(mock_company.answers())
"""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import ClassVar

from negotiators.adapter import Adapter
from negotiators.host.adapter import HostedAdapter
from negotiators.manifest import read_manifest
from negotiators.testkit.contract import AdapterContract
from negotiators.testkit.stage import Stage
from negotiators.wire import AddressRules, Limits


class HostedContract(AdapterContract):
    """Say where the adapter's folder lies and how to serve its company."""

    folder: ClassVar[Path]
    secrets: ClassVar[Mapping[str, str]] = {}
    patience = 2.0
    longest = 300.0
    _home: Path | None = None

    def adapter(self, patience: float) -> Adapter:
        assert self._home is not None
        return HostedAdapter(
            read_manifest(self.folder),
            home=self._home,
            pin=None,
            rules=AddressRules(allow_loopback=True),
            limits=Limits(total=patience),
            secrets=self._secret,
        )

    async def _secret(self, adapter: str, name: str) -> str | None:
        return self.secrets.get(name)

    def hidden(self) -> Mapping[str, str]:
        return {value: f"<{name}>" for name, value in self.secrets.items()}

    def forget(self) -> None:
        assert self._home is not None
        self._home = self._home / "anew"

    def _play(self, check: Callable[[Stage], Awaitable[None]]) -> None:
        with tempfile.TemporaryDirectory(prefix="gegenbot-contract-") as home:
            self._home = Path(home)
            super()._play(check)
