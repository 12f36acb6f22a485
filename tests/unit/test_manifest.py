from __future__ import annotations

import sys
from pathlib import Path

import pytest

from negotiators.manifest import (
    FILE,
    BadManifest,
    FilesChanged,
    Manifest,
    check_files,
    find,
    installed,
    read_manifest,
    write_hash,
)
from tests.support.outside import outside


def changed(manifest: Manifest, old: str, new: str) -> Path:
    path = manifest.folder / FILE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return manifest.folder


def test_a_manifest_is_read_without_its_code(tmp_path: Path) -> None:
    manifest = outside("sampleshop", tmp_path)
    (manifest.folder / "sampleshop.py").write_text("raise RuntimeError('imported')")
    assert read_manifest(manifest.folder).secrets == ("api_token",)
    assert "sampleshop" not in sys.modules


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1", "format = 2", "format"),
        ('name = "sampleshop"', 'name = "Sample Shop"', "name"),
        ('entry = "sampleshop:Shop"', 'entry = "os; import sys"', "entry"),
        ('acts = ["ask",', 'acts = ["pay",', "pay"),
        ("typed_terms = true", 'typed_terms = "yes"', "typed_terms"),
        ('pace = "synchronous"', 'pace = "fast"', "pace"),
        ('hosts = ["endpoint"]', 'hosts = ["*"]', "hosts"),
        ('hosts = ["endpoint"]', 'hosts = ["https://a.example"]', "hosts"),
        ('secrets = ["api_token"]', 'secrets = ["../vault"]', "secrets"),
        ('fields = ["postcode"]', 'fields = ["postcode", "postcode"]', "fields"),
        ("[needs]", "[needs]\nnetwork = true", "needs.network"),
    ],
)
def test_what_a_manifest_may_not_say_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadManifest, match=said):
        read_manifest(changed(outside("sampleshop", tmp_path), old, new))


def test_adapters_are_found_with_the_broken_one_as_its_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(outside("thief", tmp_path), "format = 1", "format = 9")
    outside("sampleshop", tmp_path)
    (tmp_path / "no-adapter").mkdir()
    found = find([tmp_path, tmp_path / "missing"])
    assert [type(one) for one in found] == [Manifest, BadManifest]
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [one.name for one in installed() if isinstance(one, Manifest)] == ["sampleshop"]


def test_hosts_are_exact_and_the_endpoint_is_the_one_asked_for(tmp_path: Path) -> None:
    manifest = outside("sampleshop", tmp_path)
    assert manifest.allows("shop.example", "shop.example")
    assert not manifest.allows("evil.shop.example", "shop.example")
    named = read_manifest(changed(manifest, '["endpoint"]', '["api.shop.example"]'))
    assert named.allows("api.shop.example", "x.example") and not named.allows("x.example", "x.example")


def test_compiled_files_are_passed_over_and_everything_else_counts(tmp_path: Path) -> None:
    manifest = outside("sampleshop", tmp_path)
    (manifest.folder / "__pycache__").mkdir()
    (manifest.folder / "__pycache__" / "sampleshop.cpython-311.pyc").write_bytes(b"anything")
    check_files(manifest, manifest.pin)
    (manifest.folder / "sampleshop.pyc").write_bytes(b"anything")
    with pytest.raises(FilesChanged):
        check_files(manifest)
    assert write_hash(manifest.folder).pin != manifest.pin
