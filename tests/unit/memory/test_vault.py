import os
import stat

import pytest

import memory.keys as keys
from memory.errors import EntryNotFoundError, VaultDamagedError, VaultLockedError
from memory.facts import CategoryId, Fact, FactId
from memory.keys import KeyFile, KeyringKey, KeyUnavailable, Passphrase, SystemdCredential, ThrowawayKey
from memory.vault import Vault

NAME = Fact(FactId("name"), CategoryId("pd:Name"))


def test_a_value_comes_back_and_never_lies_in_the_clear(store, vault, home):
    vault.put(NAME, "Mira Sommerfeldt")
    assert vault.value(NAME.id) == "Mira Sommerfeldt"
    assert b"Sommerfeldt" not in b"".join(p.read_bytes() for p in home.iterdir())


def test_a_value_can_be_replaced(vault):
    vault.put(NAME, "one")
    vault.put(NAME, "two")
    assert [entry.value for entry in vault.scan_view().entries] == ["two"]


def test_boxes_cannot_be_swapped_between_facts(store, vault):
    other = Fact(FactId("other"), CategoryId("pd:City"))
    vault.put(NAME, "Mira")
    vault.put(other, "Berlin")
    store.blobs.seal(other.id, store.blobs.sealed_one(NAME.id))
    with pytest.raises(VaultDamagedError, match="other"):
        vault.value(other.id)


def test_one_flipped_bit_is_noticed(store, vault):
    vault.put(NAME, "Mira")
    box = bytearray(store.blobs.sealed_one(NAME.id))
    box[-1] ^= 1
    store.blobs.seal(NAME.id, bytes(box))
    with pytest.raises(VaultDamagedError):
        vault.scan_view()


def test_a_missing_value_is_named(store, vault):
    store.add(NAME)
    with pytest.raises(EntryNotFoundError, match="value of fact"):
        vault.value(NAME.id)


def test_the_scan_view_hides_values_in_its_repr_and_tells_of_changes(vault):
    vault.put(NAME, "Mira")
    before = vault.scan_view()
    assert "Mira" not in repr(before)
    vault.put(NAME, "Mira S.")
    assert vault.scan_view().fingerprint != before.fingerprint


def test_another_key_does_not_open_the_vault(store, vault):
    with pytest.raises(VaultLockedError, match="does not open this vault"):
        Vault.open(store, [ThrowawayKey()])
    assert Vault.open(store, [ThrowawayKey(b"k" * 32)])


def test_a_locked_vault_says_what_each_source_answered(store, home, tmp_path):
    sources = [SystemdCredential(None), KeyFile(tmp_path / "none" / "key", home)]
    Vault.open(store, [ThrowawayKey()])
    with pytest.raises(VaultLockedError) as locked:
        Vault.open(store, sources)
    assert [name for name, _ in locked.value.tried] == ["systemd credential", "key file"]


def test_a_key_file_is_made_private_and_refused_when_looser_or_inside(home, tmp_path):
    path = tmp_path / "keys" / "gegenbot.key"
    source = KeyFile(path, home)
    key = source.data_key(create=True)
    assert (len(key), stat.S_IMODE(path.stat().st_mode)) == (32, 0o600)
    assert source.data_key(create=False) == key
    path.chmod(0o640)
    with pytest.raises(KeyUnavailable, match="others can read"):
        source.data_key(create=False)
    home.mkdir(mode=0o700)
    with pytest.raises(KeyUnavailable, match="inside the data folder"):
        KeyFile(home / "key", home).data_key(create=True)
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(KeyUnavailable, match="symbolic link"):
        KeyFile(link, home).data_key(create=False)


def test_a_systemd_credential_is_read(tmp_path):
    (tmp_path / "gegenbot-vault-key").write_text(keys._to_text(b"x" * 32) + "\n")
    assert SystemdCredential(tmp_path).data_key(create=False) == b"x" * 32
    (tmp_path / "gegenbot-vault-key").write_text("short")
    with pytest.raises(KeyUnavailable):
        SystemdCredential(tmp_path).data_key(create=False)


def test_a_passphrase_wraps_a_random_key(tmp_path):
    tmp_path.chmod(0o700)
    key = Passphrase(tmp_path, lambda: "correct horse", cost=2**12).data_key(create=True)
    assert Passphrase(tmp_path, lambda: "correct horse").data_key(create=False) == key
    with pytest.raises(KeyUnavailable, match="wrong passphrase"):
        Passphrase(tmp_path, lambda: "battery staple").data_key(create=False)
    with pytest.raises(KeyUnavailable, match="no terminal"):
        Passphrase(tmp_path, lambda: None).data_key(create=False)
    (tmp_path / "vault-key.json").write_text("{}")
    os.chmod(tmp_path / "vault-key.json", 0o600)
    with pytest.raises(KeyUnavailable, match="cannot be read"):
        Passphrase(tmp_path, lambda: "x").data_key(create=False)


class FakeKeyring:
    """Stands in for the `keyring` module's backend."""

    def __init__(self):
        self.kept = {}

    def get_password(self, service, account):
        return self.kept.get((service, account))

    def set_password(self, service, account, text):
        self.kept[service, account] = text


def test_the_keyring_makes_a_key_once(monkeypatch):
    import keyring

    fake = FakeKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: fake)
    monkeypatch.setattr(keyring, "get_password", fake.get_password)
    monkeypatch.setattr(keyring, "set_password", fake.set_password)
    source = KeyringKey("home-1")
    with pytest.raises(KeyUnavailable, match="no key stored"):
        source.data_key(create=False)
    assert source.data_key(create=True) == source.data_key(create=False)


def test_a_plaintext_keyring_is_refused(monkeypatch):
    import keyring

    class PlaintextKeyring(FakeKeyring):
        pass

    monkeypatch.setattr(keyring, "get_keyring", PlaintextKeyring)
    with pytest.raises(KeyUnavailable, match="plain text"):
        KeyringKey("home-1").data_key(create=True)


def test_a_machine_without_a_keyring_says_so(monkeypatch):
    import keyring
    from keyring.backends.fail import Keyring as NoKeyring

    none = NoKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: none)
    monkeypatch.setattr(keyring, "get_password", none.get_password)
    with pytest.raises(KeyUnavailable, match="no usable keyring"):
        KeyringKey("home-1").data_key(create=False)
