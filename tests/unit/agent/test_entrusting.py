"""Keys of adapters and shops: kept in the keyring by one verb, for names that are asked for, and never shown."""

from __future__ import annotations

import json
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner, Result
from keyring.backend import KeyringBackend

from agent.runtime.adapters import _given
from agent.runtime.secrets import SERVICE, stored_secret
from agent.runtime.workshop import new_adapter
from agent.views import FacadeError
from negotiators.clock import SystemClock
from negotiators.manifest import read_manifest
from tui.cli.root import gegenbot
from tui.errors import CODES, Exit


class Kept(KeyringBackend):  # type: ignore[misc]
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    backend = Kept()
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(backend, name))
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    return backend


def say(home: Path, *argv: str, typed: str = "") -> Result:
    return CliRunner().invoke(gegenbot, ["--home", str(home), "adapters", "secret", *argv], input=typed)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    folder = new_adapter("acme-mobil", tmp_path) / "acme_mobil"
    pin = read_manifest(folder).pin
    (root / "config.toml").write_text(f'[adapters.acme-mobil]\nfolder = "{folder}"\nsha256 = "{pin}"\n')
    return root


async def test_a_key_is_kept_for_what_asks_for_it_and_never_shown(home: Path, kept: Kept) -> None:
    done = say(home, "acme-mobil", "api_token", typed="very secret\n")
    assert done.exit_code == 0 and "very secret" not in done.output
    assert kept.held == {(SERVICE, "acme-mobil/api_token"): "very secret"}
    assert say(home, "ucp", "Shop.Example", typed="shop key\n").exit_code == 0
    tokens = _given("ucp", SystemClock())["tokens"]
    assert await tokens("shop.example") == "shop key" and await tokens("other.example") is None  # type: ignore[operator]
    assert say(home, "acp", "Shop.Example", typed="acp key\n").exit_code == 0
    acp = _given("acp", SystemClock())["tokens"]
    assert await acp("shop.example") == "acp key" and await tokens("shop.example") == "shop key"  # type: ignore[operator]
    assert say(home, "acme-mobil", "api_token", "--forget").exit_code == 0
    assert stored_secret("acme-mobil", "api_token") is None


@pytest.mark.parametrize(
    ("argv", "typed", "named"),
    [
        (("acme-mobil", "other"), "x\n", "api_token"), (("nobody", "api_token"), "x\n", "nobody"),
        (("ucp", "not a host"), "x\n", "not a host"), (("acme-mobil", "api_token"), "\n", "empty"),
    ],
)  # fmt: skip
def test_names_nobody_asks_for_and_empty_keys_are_refused(
    home: Path, kept: Kept, argv: tuple[str, ...], typed: str, named: str
) -> None:
    done = say(home, *argv, typed=typed)
    assert isinstance(done.exception, FacadeError) and CODES[done.exception.code] is Exit.USAGE
    assert named in str(done.exception) and kept.held == {}


async def test_a_profile_is_printed_with_the_public_half_of_a_key_that_stays(home: Path, kept: Kept) -> None:
    def profile(*argv: str) -> Result:
        return CliRunner().invoke(gegenbot, ["--home", str(home), "adapters", "profile", *argv])

    first, again = profile(), profile()
    assert first.exit_code == 0 and first.output == again.output
    (public,) = json.loads(first.output)["signing_keys"]
    (pem,) = kept.held.values()
    assert public["alg"] == "ES256" and "d" not in public and pem.splitlines()[1] not in first.output
    signing = _given("ucp", SystemClock())["signing"]
    assert await signing() == pem  # type: ignore[operator]
    assert profile("--forget").exit_code == 0 and kept.held == {}
    assert json.loads(profile().output)["signing_keys"][0]["kid"] != public["kid"]
