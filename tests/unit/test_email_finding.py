"""A mailbox's servers from its address: presets, autoconfig files, SRV records; and what is kept of it."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from agent.mailbox import Proposal, allow_sending, find_mailbox, forget_mailbox, keep_mailbox, mailbox
from agent.runtime.mailbox import load_mailbox, login_secret, save_mailbox
from agent.runtime.secrets import stored_secret
from agent.views import FacadeError
from negotiators.adapter import Unreachable
from negotiators.channels.email.errors import BadAddress
from negotiators.channels.email.finding import Found, find, preset, read_autoconfig, server_of
from negotiators.channels.email.oauth import Tokens
from negotiators.channels.email.settings import Login, MailSettings, Server, Tls, domain_of
from negotiators.wire import AddressRules
from tests.support.imapd import PASSWORD, USER, imapd

AUTOCONFIG = b"""<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="example.org">
<displayName>Example Mail</displayName>
<incomingServer type="pop3"><hostname>pop.example.org</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
<incomingServer type="imap"><hostname>plain.example.org</hostname><port>143</port><socketType>plain</socketType></incomingServer>
<incomingServer type="imap"><hostname>imap.example.org</hostname><port>993</port><socketType>SSL</socketType>
<username>%EMAILLOCALPART%</username></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.example.org</hostname><port>587</port><socketType>STARTTLS</socketType></outgoingServer>
</emailProvider></clientConfig>"""


class Memory(KeyringBackend):
    """A keyring that lives as long as its test."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Memory:
    made = Memory()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(made, name))
    return made


@pytest.mark.parametrize(
    ("address", "name", "host"),
    [
        ("m@gmx.de", "GMX", "imap.gmx.net"), ("m@web.de", "WEB.DE", "imap.web.de"),
        ("m@t-online.de", "T-Online", "secureimap.t-online.de"), ("m@posteo.de", "Posteo", "posteo.de"),
        ("m@mailbox.org", "mailbox.org", "imap.mailbox.org"), ("m@gmail.com", "Gmail", "imap.gmail.com"),
        ("m@outlook.com", "Outlook", "outlook.office365.com"),
    ],
)  # fmt: skip
def test_the_shipped_providers_are_known_with_tls_and_their_hurdle(address: str, name: str, host: str) -> None:
    found = preset(address)
    assert found is not None and found.name == name
    assert found.settings.imap.host == host and found.settings.imap.tls is Tls.TLS
    assert found.settings.smtp.tls is not Tls.NONE and found.hint and found.help.startswith("https://")
    assert not found.settings.sending


def test_outlook_wants_tokens_and_says_where() -> None:
    found = preset("m@hotmail.com")
    assert found is not None and found.settings.login is Login.OAUTH
    assert found.oauth is not None and found.oauth.device.startswith("https://login.microsoftonline.com/")


def test_an_autoconfig_file_gives_the_first_servers_with_tls() -> None:
    found = read_autoconfig(AUTOCONFIG, "mira@example.org")
    assert found is not None
    assert found.settings.imap == Server("imap.example.org", 993, Tls.TLS)
    assert found.settings.smtp == Server("smtp.example.org", 587, Tls.STARTTLS)
    assert (found.settings.user, found.name) == ("mira", "Example Mail")


@pytest.mark.parametrize(
    "xml",
    [b"", b"<a", b"<clientConfig/>", AUTOCONFIG.replace(b"<port>587</port>", b"<port>x</port>"),
     b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><clientConfig>&e;</clientConfig>'],
    ids=["empty", "broken", "nothing", "no-port", "entity"],
)  # fmt: skip
def test_a_useless_autoconfig_file_gives_nothing(xml: bytes) -> None:
    assert read_autoconfig(xml, "mira@example.org") is None


async def nowhere(host: str, port: int) -> list[str]:
    """A resolver that knows no host."""
    raise OSError(host)


def test_srv_records_are_taken_by_priority_and_weight_and_a_dot_means_none() -> None:
    records = {
        "_imaps._tcp.invalid.invalid": [
            (10, 5, 993, "b.example."),
            (5, 1, 993, "a1.example."),
            (5, 9, 993, "a.example."),
        ],
        "_submissions._tcp.invalid.invalid": [(0, 0, 0, ".")],
        "_submission._tcp.invalid.invalid": [(0, 0, 587, "smtp.example.")],
    }
    found = asyncio.run(
        find("m@invalid.invalid", AddressRules(), srv=lambda name: records.get(name, []), resolver=nowhere)
    )
    assert found.source == "srv"
    assert found.settings.imap == Server("a.example", 993, Tls.TLS)
    assert found.settings.smtp == Server("smtp.example", 587, Tls.STARTTLS)


def test_a_domain_without_servers_says_what_to_do() -> None:
    with pytest.raises(Unreachable, match="--imap"):
        asyncio.run(find("m@invalid.invalid", AddressRules(), srv=lambda name: [], resolver=nowhere))


@pytest.mark.parametrize("address", ["", "mira", "a@b", "a b@example.org", "x@example.org\r\nBcc: y@z.de", "<a@b.de>"])
def test_only_a_plain_address_is_one(address: str) -> None:
    with pytest.raises(BadAddress):
        domain_of(address)


@pytest.mark.parametrize("text", ["imap.example.org", "imap.example.org:143", ":993", "x:993:y"])
def test_a_typed_server_needs_a_port_with_tls(text: str) -> None:
    with pytest.raises(BadAddress):
        server_of(text, ports={993: Tls.TLS})


def test_settings_survive_being_written_and_are_the_owners_only(tmp_path: Path) -> None:
    made = MailSettings(
        'odd"\\name@example.org',
        Server("i.example", 993),
        Server("s.example", 587, Tls.STARTTLS),
        "ü\n",
        "Ord ner",
        True,
    )
    save_mailbox(tmp_path, made)
    assert load_mailbox(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "email.toml").stat().st_mode) == 0o600


def proposal(port: int) -> Proposal:
    settings = MailSettings(USER, Server("127.0.0.1", port, Tls.NONE), Server("127.0.0.1", 9, Tls.NONE), USER)
    return Proposal(USER, "", "", "password", "preset", "", "app_password", "", Found(settings, "preset"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    (root / "config.toml").write_text("[negotiation]\nallow_loopback = true\n")
    return root


def test_only_a_mailbox_that_works_is_kept_with_its_password_in_the_keyring(home: Path, keys: Memory) -> None:
    with imapd() as server:
        server.deliver(b"Subject: x\r\n\r\n")
        with pytest.raises(FacadeError) as refused:
            keep_mailbox(home, proposal(server.port), "wrong")
        assert (refused.value.code, refused.value.params["hint"]) == ("mail_login_refused", "app_password")
        assert mailbox(home) == {} and not keys.kept
        assert keep_mailbox(home, proposal(server.port), PASSWORD) == 1
        assert not [line for line in server.commands if "FETCH" in line]
    assert mailbox(home)["sending"] == "no" and PASSWORD not in (home / "email.toml").read_text()
    assert stored_secret("email", USER) == PASSWORD
    forget_mailbox(home)
    assert mailbox(home) == {} and not keys.kept


def test_sending_is_turned_on_only_where_the_outgoing_server_answers(home: Path, keys: Memory) -> None:
    with imapd() as server:
        keep_mailbox(home, proposal(server.port), PASSWORD)
    with pytest.raises(FacadeError, match="mail_unreachable"):
        allow_sending(home, True)
    assert mailbox(home)["sending"] == "no"


def test_without_a_mailbox_there_is_nothing_to_allow(home: Path) -> None:
    with pytest.raises(FacadeError, match="no_mailbox"):
        allow_sending(home, True)


def test_servers_the_person_types_are_taken_as_typed(home: Path) -> None:
    found = find_mailbox(home, "m@example.org", imap="imap.example.org:993", smtp="smtp.example.org:465")
    assert (found.imap, found.smtp, found.source) == ("imap.example.org:993", "smtp.example.org:465", "person")


def test_a_kept_leave_is_renewed_when_the_mailbox_is_opened_and_a_new_token_replaces_it(
    home: Path, keys: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = MailSettings(
        "m@outlook.com", Server("i.example", 993), Server("s.example", 465), "m", login=Login.OAUTH, client_id="app"
    )
    keys.set_password("gegenbot-secret", "email/m@outlook.com", "r-1")
    asked: list[tuple[str, str]] = []

    async def renewed(oauth: object, client_id: str, renewal: str, rules: object) -> Tokens:
        asked.append((client_id, renewal))
        return Tokens("a-2", "r-2")

    monkeypatch.setattr("negotiators.channels.email.oauth.renewed", renewed)
    assert login_secret(made, AddressRules()) == "a-2"
    assert login_secret(made, AddressRules()) == "a-2"
    assert asked == [("app", "r-1"), ("app", "r-2")]
