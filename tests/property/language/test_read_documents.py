"""Whatever a file holds, reading it gives one valid record, and every quote stands where its offsets say."""

from __future__ import annotations

import base64
import json
import quopri
import re
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agent.language.documents import ReadDocument, Setting, read_bytes
from negotiators.categories import shipped

SETTING = Setting(date(2026, 11, 22), "EUR", shipped())
_CLASSES = {None, "newsletter", "personal_or_list", "spam"}

_lines = st.sampled_from([
    "Kaffeemaschine Überlauf nur 49,99 €", "Allnet-Flat 40 GB 14,99 EUR/Monat, 24 Monate", "gültig bis 30.11.2026", "", "> 9,99 €",
    "Desk lamp $12.50", "Strom: Arbeitspreis 27,5 ct/kWh, Grundpreis 9,90 €/Monat", "\x00", "a\rb 5,00 EUR\r", "\ufeff\u202e19⁹⁹ €",
    "<p>Stuhl <b>79,00&nbsp;€</b></p>", "From here 3 EUR", "--x", "-- ", "\x85\u2028 1 GBP",
])  # fmt: skip
_texts = st.lists(_lines, max_size=8).map("\n".join)
_charsets = st.sampled_from(["utf-8", "iso-8859-1", "x-none", "utf-16", "'", ""])
_kinds = st.sampled_from(["text/plain", "text/html", "image/png", "text/calendar", "application/ms-tnef", "text", ""])


@st.composite
def _parts(draw: st.DrawFn) -> bytes:
    """One part of a mail: right, mislabelled, cut or without an end."""
    body = draw(_texts).encode(draw(st.sampled_from(["utf-8", "cp1252", "utf-16"])), "replace")
    coding = draw(st.sampled_from(["base64", "quoted-printable", "8bit", "x-uuencode", "BASE64 "]))
    coded = {"base64": base64.b64encode, "quoted-printable": quopri.encodestring}.get(coding, bytes)(body)
    coded = coded[: draw(st.integers(0, len(coded)))] if draw(st.booleans()) else coded
    head = f"Content-Type: {draw(_kinds)}; charset={draw(_charsets)}\r\nContent-Transfer-Encoding: {coding}\r\n"
    return head.encode() + b"\r\n" + coded


@st.composite
def _mails(draw: st.DrawFn) -> bytes:
    head = (
        b"From: =?utf-8?q?L=C3?= <a@shop.example>\nSubject: =?x?b?//8=?= 5 EUR\nDate: nie\nMIME-Version: 1.0\n"
        b"Received: ; \nReturn-Path: <>\n"
    )
    parts = draw(st.lists(_parts(), min_size=1, max_size=4))
    if len(parts) == 1:
        whole = head + parts[0]
    else:
        whole = (
            head
            + b"Content-Type: multipart/mixed; boundary=x\n\n"
            + b"".join(b"--x\n" + part + b"\n" for part in parts)
        )
    whole = draw(st.sampled_from([whole, whole.replace(b"\n", b"\r"), whole.replace(b"\r\n", b"\n")]))
    return whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole


def _holds(document: ReadDocument) -> None:
    record = document.record()
    assert json.loads(json.dumps(record, ensure_ascii=False)) == record
    assert record["class"] in _CLASSES and all(isinstance(problem, str) for problem in record["problems"])
    for offer in record["offers"]:
        assert Decimal(offer["price"]) >= 0 and (
            offer["currency"] is None or re.fullmatch("[A-Z]{3}", offer["currency"])
        )
        assert offer["valid_until"] is None or date.fromisoformat(offer["valid_until"])
        for item in offer["evidence"]:
            assert document.text[item["start"] : item["end"]] == item["quote"]


@given(_mails())
def test_any_mail_gives_a_valid_record(raw: bytes) -> None:
    _holds(read_bytes(raw, "x.eml", SETTING))


@given(st.one_of(st.binary(max_size=400), _texts.map(str.encode), _texts.map(lambda text: text.encode("utf-16"))))
def test_any_file_gives_a_valid_record(raw: bytes) -> None:
    _holds(read_bytes(raw, "x", SETTING))
