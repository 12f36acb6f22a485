"""The guard's plain functions: addresses, JSON, inflation, event streams."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from negotiators.wire import (
    AddressRefused,
    AddressRules,
    Limits,
    NotStrictJson,
    PeerTooSlow,
    RedirectRefused,
    TooLarge,
    bounded,
    checked_events,
    inflate,
    pinned,
    redirected,
    strict_json,
    target_of,
)

OPEN, LOOP = AddressRules(), AddressRules(allow_loopback=True)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "scheme"),
        ("ftp://example.com/", "scheme"),
        ("//example.com/", "scheme"),
        ("https://me:secret@example.com/", "userinfo"),
        ("https://example.com@evil.example/", "userinfo"),
        ("https://example.com:22/", "port"),
        ("https://example.com:99999/", "bad_url"),
        ("https://exa mple.com/", "bad_url"),
        ("https://example.com\\@evil/", "bad_url"),
        ("https://example.com/\r\nHost: x", "bad_url"),
        ("https://[::1/", "bad_url"),
        ("https:///path", "bad_host"),
        ("https://0x7f.1/", "bad_host"),
        ("https://2130706433/", "bad_host"),
        ("https://127.1/", "bad_host"),
        ("https://intranet/", "private_name"),
        ("https://metadata.google.internal/", "private_name"),
        ("https://exa_mple..com/", "bad_host"),
    ],
)
def test_an_address_with_a_second_reading_is_refused(url: str, code: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        target_of(url, OPEN)
    assert caught.value.code == code


def test_hosts_are_compared_in_one_spelling() -> None:
    assert target_of("https://BÜCHER.example./x", OPEN).origin == "https://xn--bcher-kva.example"
    assert target_of("https://①②⑦.⓪.⓪.①/", OPEN).host == "127.0.0.1"
    assert target_of("https://[0:0:0:0:0:0:0:1]:8443/", OPEN).origin == "https://[::1]:8443"
    assert target_of("https://example.com:443/", OPEN) == target_of("https://example.com/", OPEN)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "172.16.0.1", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "ff02::1", "192.0.2.1", "192.0.0.192", "2001:db8::1", "5f00::1",
    ],
)  # fmt: skip
def test_only_public_addresses_are_connected(address: str) -> None:
    target = target_of("https://example.com/", OPEN)
    with pytest.raises(AddressRefused):
        pinned(target, [address], OPEN)
    with pytest.raises(AddressRefused):
        pinned(target, ["93.184.216.34", address], OPEN)


def test_public_addresses_are_pinned_ipv4_first() -> None:
    target = target_of("https://example.com/", OPEN)
    assert [str(one) for one in pinned(target, ["2606:4700::1111", "93.184.216.34"], OPEN)] == [
        "93.184.216.34",
        "2606:4700::1111",
    ]


def test_loopback_is_open_only_where_allowed_and_http_only_there() -> None:
    with pytest.raises(AddressRefused):
        target_of("http://127.0.0.1:8000/", OPEN)
    here = target_of("http://localhost:8000/", LOOP)
    assert [str(one) for one in pinned(here, ["::1", "127.0.0.1"], LOOP)] == ["127.0.0.1", "::1"]
    with pytest.raises(AddressRefused):  # a public name that answers with loopback and something else
        pinned(here, ["127.0.0.1", "10.0.0.1"], LOOP)
    with pytest.raises(AddressRefused):
        pinned(target_of("http://example.com:80/", AddressRules(True, frozenset({80}))), ["93.184.216.34"], LOOP)


def test_redirects_are_checked_again() -> None:
    assert redirected("https://a.example/x", "/y", carries_body=True, rules=OPEN) == "https://a.example/y"
    assert redirected("https://a.example/x", "https://b.example/", carries_body=False, rules=OPEN)
    with pytest.raises(RedirectRefused):
        redirected("https://a.example/x", "https://b.example/", carries_body=True, rules=OPEN)
    with pytest.raises(AddressRefused):
        redirected("https://a.example/x", "http://a.example/", carries_body=False, rules=OPEN)


def test_numbers_are_exact() -> None:
    assert strict_json(b'{"a": 1.10, "b": 9007199254740993, "c": [true, null, "x"]}') == {
        "a": Decimal("1.10"),
        "b": 9007199254740993,
        "c": [True, None, "x"],
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"NaN", "json_constant"),
        (b"[-Infinity]", "json_constant"),
        (b"1e400", "json_number_range"),
        (b"-1e-400", "json_number_range"),
        (b"[" + b"9" * 200 + b"]", "json_long_number"),
        (b'{"a":1,"a":1}', "json_duplicate_key"),
        (b'{"a":{"b":1,"\\u0062":2}}', "json_duplicate_key"),
        (b"[" * 65 + b"]" * 65, "json_too_deep"),
        (b'{"a":' * 100_000, "json_too_deep"),
        (b"[" + b"1," * 200_000 + b"1]", "json_too_many_items"),
        (b'"\\ud800"', "json_surrogate"),
        (b'{"\\udfff": 1}', "json_surrogate"),
        (b"\xef\xbb\xbf{}", "not_strict_json"),
        (b'{"a":1}\x00', "not_strict_json"),
        (b'"\xff"', "not_strict_json"),
        (b"{'a':1}", "not_strict_json"),
        (b"", "not_strict_json"),
        (b'"' + b'\\"' * 400_000, "not_strict_json"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_json_with_two_readings_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(NotStrictJson) as caught:
        strict_json(body)
    assert caught.value.code == code


def test_brackets_and_commas_in_strings_do_not_count() -> None:
    text = "[{," * 50_000 + '\\"'
    assert strict_json(b'["' + text.encode() + b'"]') == ["[{," * 50_000 + '"']
    assert strict_json(b"[" * 64 + b"]" * 64)


def test_inflation_is_bounded() -> None:
    limits = Limits()
    assert inflate(zlib.compress(b"x" * 1000), "deflate", limits) == b"x" * 1000
    for encoding, body in (
        ("deflate", zlib.compress(b" " * (8 << 20))),
        ("br", b"x"),
        ("gzip", b"x"),
        ("deflate", zlib.compress(b"abc")[:-3]),
    ):
        with pytest.raises(TooLarge):
            inflate(body, encoding, limits)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_body_is_cut_by_size_and_by_rate() -> None:
    times = iter(float(second) for second in range(0, 100, 10))
    with pytest.raises(TooLarge):
        await bounded(chunks(b"x" * 600, b"x" * 600), Limits(raw=1000), lambda: 0.0)
    with pytest.raises(PeerTooSlow):
        await bounded(chunks(b"x", b"x", b"x"), Limits(), lambda: next(times))
    assert await bounded(chunks(b"a", b"b"), Limits(), lambda: 0.0) == b"ab"


async def test_events_are_checked_one_by_one() -> None:
    stream = chunks(b": hello\n\nda", b'ta: {"a":', b"1}\n\nevent: x\r\ndata: [1,\r\ndata: 2]\r\n\r\n")
    assert [event async for event in checked_events(stream, Limits())] == [
        b": hello\n\n",
        b'data: {"a":1}\n\n',
        b"event: x\r\ndata: [1,\r\ndata: 2]\r\n\r\n",
    ]
    for bad in (b'data: {"a":1,"a":2}\n\n', b"data: NaN", b"data: " + b"x" * 2000):
        with pytest.raises((NotStrictJson, TooLarge)):
            _ = [event async for event in checked_events(chunks(bad), Limits(raw=1000))]
