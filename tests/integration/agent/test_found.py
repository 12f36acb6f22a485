"""`read --keep`: stored once, weighed against needs and contracts, told in the next digest."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from agent.deciding import Deciding
from agent.digest.attention import make_digest
from agent.reading import Reading
from agent.runtime import found as found_module
from agent.runtime.found import keep_offers
from agent.runtime.wiring import House
from memory.store import Contract, ContractId, PriceStep
from negotiators.clock import SimClock
from tests.integration.agent.test_by_hand import open_home
from tests.requirements import requirement
from tests.support.house import START, phone_need


def mail(text: str, *, sender: str = "angebote@funkturm.example", subject: str = "Handytarif", ident: str = "1") -> str:
    return (
        f"From: Funkturm <{sender}>\nTo: mira@example.org\nSubject: {subject}\nDate: Sun, 22 Nov 2026 07:00:00 +0100\n"
        f"Message-ID: <{ident}@x>\nList-Unsubscribe: <https://funkturm.example/u>\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    )


GOOD = "Unser Handytarif: 25 GB für 12,99 EUR im Monat. Mindestlaufzeit 1 Monat. Kündigungsfrist 1 Monat. Gültig bis 31.12.2026."
DEAR = "Unser Mobilfunktarif: 40 GB für 45,00 EUR im Monat. Mindestlaufzeit 1 Monat. Kündigungsfrist 1 Monat."
SHOES = "Rote Schuhe, Größe 42, nur 59,90 EUR."


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    clock = SimClock(START)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setattr("agent.runtime.wiring.build", lambda root, **_: open_home(root, clock))
    return home


def keep(root: Path, *paths: Path) -> dict[str, int]:
    *records, counts = keep_offers(root, paths)
    assert all({"path", "offers", "class", "problems"} <= record.keys() for record in records)
    return dict(counts)


def house(root: Path) -> House:
    return open_home(root, SimClock(START + timedelta(hours=1)))


def pay_today(root: Path, monthly: str) -> None:
    made = house(root)
    made.person.store.add(
        Contract(
            ContractId("c-1"),
            "mobile_plan",
            "Alt",
            "EUR",
            (PriceStep(0, __import__("decimal").Decimal(monthly)),),
            label="Alt",
        )
    )
    made.shut()


def digest_of(root: Path) -> tuple[list[str], dict[str, int]]:
    made = house(root)
    now = made.clock.now()
    shown = make_digest(made.ledger, now, now.date(), made.new_id, decisions=3, notes=4)
    made.ledger.append(now, [shown])
    made.shut()
    reasons: dict[str, int] = {}
    for entry in shown.held_back:
        reasons[entry["reason"]] = reasons.get(entry["reason"], 0) + 1
    return [note["code"] for note in shown.notes], reasons


def test_an_offer_that_saves_is_told_once_and_every_other_one_is_counted_with_its_reason(
    root: Path, tmp_path: Path
) -> None:
    pay_today(root, "29.99")
    for number, text in enumerate((GOOD, DEAR, SHOES)):
        (tmp_path / f"{number}.eml").write_text(mail(text, ident=str(number)))
    counts = keep(root, *sorted(tmp_path.glob("*.eml")))
    assert counts == {"kept": 3, "known": 0, "saves": 1, "fits": 0, "held_back": 2}
    notes, held = digest_of(root)
    assert notes == ["found_saves"] and held == {"dearer_than_today": 1, "not_wanted": 1}
    assert digest_of(root) == ([], {})


def test_the_same_mail_is_stored_once(root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text(mail(GOOD))
    box = tmp_path / "box"
    box.write_text(
        "From x Sun Nov 22 07:00:00 2026\n" + mail(GOOD) + "\nFrom x Sun Nov 22 07:00:00 2026\n" + mail(GOOD)
    )
    assert keep(root, tmp_path / "a.eml", box) == {"kept": 1, "known": 2, "saves": 0, "fits": 0, "held_back": 1}
    assert keep(root, box)["kept"] == 0
    made = house(root)
    assert len(made.ledger.rows("SELECT 1 FROM found_sources")) == 1
    assert made.ledger.row("SELECT 1 FROM events WHERE payload LIKE '%12,99%' OR payload LIKE '%a.eml%'") is None
    made.shut()


def test_an_open_need_is_fitted_or_not(root: Path, tmp_path: Path) -> None:
    made = house(root)
    made.state_need(phone_need())
    made.shut()
    (tmp_path / "a.eml").write_text(mail(GOOD))
    (tmp_path / "b.eml").write_text(mail(DEAR, ident="2"))
    counts = keep(root, tmp_path / "a.eml", tmp_path / "b.eml")
    assert (counts["fits"], counts["held_back"]) == (1, 1)
    notes, held = digest_of(root)
    assert notes == ["found_fits"] and held == {"breaks_wish": 1}


def test_the_same_offer_at_another_price_is_one_offer_with_two_sources_and_is_said(root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text(mail(GOOD))
    page = tmp_path / "b.html"
    page.write_text(
        "<html><head><title>Handytarif</title><link rel='canonical' href='https://www.funkturm.example/tarif'></head>"
        f"<body><p>{GOOD.replace('12,99', '10,99')}</p></body></html>"
    )
    keep(root, tmp_path / "a.eml", page)
    made = house(root)
    assert len(made.ledger.rows("SELECT 1 FROM found_offers")) == 1
    sources = made.ledger.rows("SELECT price, kind, body FROM found_sources ORDER BY price")
    assert [(row["price"], row["kind"]) for row in sources] == [("10.99", "file"), ("12.99", "mail")]
    proofs = [json.loads(made.ledger.body(row["body"]) or "{}") for row in sources]
    assert all(any(quote[1].startswith(("10,99", "12,99")) for quote in proof["evidence"]) for proof in proofs)
    note = made.ledger.row("SELECT params FROM incidents WHERE code='price_differs'")
    assert {k: v for k, v in json.loads(note["params"]).items() if k != "provider"} == {
        "low": "10.99 EUR",
        "high": "12.99 EUR",
    }
    made.shut()


def test_what_has_run_out_is_held_back(root: Path, tmp_path: Path) -> None:
    pay_today(root, "29.99")
    (tmp_path / "a.eml").write_text(mail(GOOD.replace("31.12.2026", "20.11.2026")))
    keep(root, tmp_path / "a.eml")
    assert digest_of(root) == ([], {"expired": 1})


def test_unreadable_files_leave_a_record_and_the_rest_is_kept(root: Path, tmp_path: Path) -> None:
    (tmp_path / "0.eml").write_bytes(b"\xff\xfe" * 400)
    (tmp_path / "1.eml").write_text(mail(GOOD))
    records = list(keep_offers(root, [tmp_path / "0.eml", tmp_path / "missing.eml", tmp_path / "1.eml"]))
    assert records[-1]["kept"] == 1 and len(records) == 4
    assert records[1]["problems"] == ["unreadable:FileNotFoundError"]


def test_every_verdict_has_words() -> None:
    from tui.wording.catalogue import load

    reasons = {"spam", "expired", "not_wanted", *found_module._ORDER} - {"saves", "fits"}
    for language in ("en", "de"):
        assert {f"held.{reason}" for reason in reasons} <= load(language).keys()


@requirement("forget:sorted-mail")
def test_what_was_kept_of_a_senders_offers_goes_with_the_sender(root: Path, tmp_path: Path) -> None:
    pay_today(root, "29.99")
    (tmp_path / "a.eml").write_text(mail(GOOD, sender="angebote@news.funkturm.example"))
    keep(root, tmp_path / "a.eml")
    digest_of(root)

    def kept(words: str) -> bool:
        return any(words.encode() in path.read_bytes() for path in root.rglob("*") if path.is_file())

    assert kept("funkturm.example") and kept("a.eml")
    assert Deciding(root).forget("mail:funkturm.example")
    assert not kept("funkturm") and not kept("a.eml")
    reads = Reading(root)
    assert reads.digest().notes == () and [view.reason.code for _, view in reads.incidents()] == []
    assert reads.ledger_check().verified
    reads.close()
