"""What the person changes from the screen or a command, on a real folder."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from agent.editing import Editing, data_categories
from agent.entering import add_need, read_back
from agent.kernel.ledger import Ledger
from agent.needs.need import mandate_from
from agent.reading import Reading
from agent.runtime.config import load_config
from agent.views import FacadeError
from memory.preferences import Preference
from memory.store import Store

PHONE = "phone plan, 20 GB or more, at most 20 EUR a month"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir(mode=0o700)
    config = f'[memory]\nembedder = "ngram"\n[vault]\nkey_sources = ["file"]\nkey_file = "{tmp_path / "vault.key"}"\n'
    (tmp_path / "home" / "config.toml").write_text(config)
    (tmp_path / "home" / "config.toml").chmod(0o600)
    return tmp_path / "home"


@pytest.fixture
def editing(home: Path) -> Editing:
    return Editing(home)


def mandates(home: Path) -> list[dict[str, str]]:
    ledger = Ledger(home)
    try:
        return [json.loads(row["mandate"]) for row in ledger.rows("SELECT mandate FROM needs ORDER BY rowid")]
    finally:
        ledger.close()


def test_reading_back_keeps_nothing(home: Path) -> None:
    made = read_back(home, text=PHONE)
    assert made["category"] == "mobile_plan"
    assert not (home / "ledger.sqlite3").exists()


def test_a_form_is_a_need_like_a_sentence(home: Path) -> None:
    table = {
        "category": "mobile_plan",
        "issues": {"data_gb": {"min": "20", "hard": True}, "price_monthly": {"max": "20"}},
    }
    assert read_back(home, table=table)["wishes"] == {
        "data_gb": {"min": "20", "hard": "true"}, "price_monthly": {"max": "20 EUR", "hard": "false"},
    }  # fmt: skip


def test_a_limit_in_the_sentence_limits_what_may_be_signed(home: Path) -> None:
    made = read_back(home, text=PHONE + ", at most 12 months, 250 EUR in total")
    assert made["mandate"]["max_term_months"] == "12"  # type: ignore[index]
    assert Decimal(made["mandate"]["max_total"]) == 250  # type: ignore[index]


def test_stating_a_need_asks_for_no_key_and_makes_none(home: Path) -> None:
    add_need(home, text=PHONE)
    assert not list(home.parent.glob("vault.key"))


def test_a_limit_holds_for_the_running_need_and_for_the_next_one(home: Path, editing: Editing) -> None:
    add_need(home, text=PHONE)
    editing.set_limits("mobile_plan", max_total="240", max_term_months="12", autonomy="act")
    add_need(home, text=PHONE)
    for texts in mandates(home):
        mandate = mandate_from(texts)
        assert (str(mandate.max_total), mandate.max_term_months, mandate.autonomy) == ("240.00 EUR", 12, "act")
    reads = Reading(home)
    set_here = next(row for row in reads.limits() if row["category"] == "mobile_plan")
    untouched = next(row for row in reads.limits() if row["category"] == "gym")
    assert (set_here["max_total"], set_here["autonomy"]) == ("240", "act")
    assert (untouched["max_total"], untouched["autonomy"]) == ("", "propose")
    reads.close()


def test_the_stricter_of_a_need_and_the_standing_limit_holds(home: Path, editing: Editing) -> None:
    editing.set_limits("mobile_plan", max_total="500", max_term_months="24", autonomy="propose")
    add_need(home, text=PHONE + ", at most 12 months, 250 EUR in total")
    (texts,) = mandates(home)
    mandate = mandate_from(texts)
    assert (str(mandate.max_total), mandate.max_term_months) == ("250.00 EUR", 12)


def test_acting_alone_needs_an_amount(editing: Editing) -> None:
    with pytest.raises(FacadeError) as refused:
        editing.set_limits("gym", max_total=None, max_term_months=None, autonomy="act")
    assert refused.value.code == "limit_needed"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("19,99", "19.99"), ("19.99", "19.99"), ("1.234,50 €", "1234.50"), ("20", "20"), ("1,500", "1500")],
)
def test_amounts_are_read_as_people_write_them(home: Path, editing: Editing, typed: str, kept: str) -> None:
    editing.add_contract("mobile_plan", "Funkturm", typed, end="31.1.2027", notice="1")
    reads = Reading(home)
    (row,) = reads.contracts()
    assert row["monthly"].startswith(kept + " EUR")
    assert row["end"] == "2027-01-31"
    reads.close()


@pytest.mark.parametrize("typed", ["", "free", "-3", "0", "nan", "1e400000"])
def test_what_is_no_amount_is_said_so(editing: Editing, typed: str) -> None:
    with pytest.raises(FacadeError) as refused:
        editing.add_contract("mobile_plan", "Funkturm", typed)
    assert refused.value.code == "bad_amount"


def test_a_company_is_let_in_trusted_and_blocked(home: Path, editing: Editing) -> None:
    name = editing.add_provider("funk.example", categories=["mobile_plan"], trust="allowed")
    editing.set_trust(name, "blocked")
    reads = Reading(home)
    (row,) = reads.providers()
    assert (row["name"], row["address"], row["trust"]) == ("funk.example", "https://funk.example", "blocked")
    assert row["categories"] == "mobile_plan"
    reads.close()


@pytest.mark.parametrize("address", ["", "ftp://funk.example", "https://", "http://a:x"])
def test_what_is_no_address_is_said_so(editing: Editing, address: str) -> None:
    with pytest.raises(FacadeError) as refused:
        editing.add_provider(address, trust="allowed")
    assert refused.value.code == "bad_address"


def test_the_ladder_shows_what_each_rung_tells(editing: Editing) -> None:
    fact = editing.add_fact(next(row["id"] for row in data_categories() if row["de"] == "Postleitzahl"), "10435")
    told = [row["told"] for row in editing.ladder(fact)]
    assert told == ["", "known", "1xxxx", "10xxx", "10435", "10435"]


def known() -> set[str]:
    return {row["id"] for row in data_categories()}


def test_what_is_never_told_is_no_fact_to_keep(editing: Editing) -> None:
    assert "gb:Budget" not in known()
    with pytest.raises(FacadeError):
        editing.add_fact("gb:Budget", "900 EUR")


def test_a_corrected_wish_replaces_the_old_one(home: Path, editing: Editing) -> None:
    old = editing.add_wish("at most 20 euros a month", "mobile_plan")
    new = editing.correct_wish(old["id"], "at most 15 euros a month")
    with Store(home) as store:
        closed, fresh = store.get(Preference, old["id"]), store.get(Preference, new["id"])
    assert closed.valid_until is not None
    assert fresh.supersedes == old["id"]
    assert [(term.issue, term.value, term.unit) for term in fresh.terms] == [("price_monthly", "15", "EUR")]
    made = add_need(home, text="phone plan, 20 GB or more")
    assert made["wishes"]["price_monthly"]["max"] == "15 EUR"  # type: ignore[index]


def test_a_setting_keeps_the_rest_of_the_file(home: Path, editing: Editing) -> None:
    path = home / "config.toml"
    path.write_text("# mine\n" + path.read_text() + "[digest]\nnotes = 2   # few\n")
    editing.set_setting("digest.hours", "7, 18:30")
    editing.set_setting("digest.notes", "3")
    editing.set_setting("notify.quiet", "22-6:30")
    editing.set_setting("language", "de")
    config = load_config(path)
    assert [f"{one:%H:%M}" for one in config.digest.hours] == ["07:00", "18:30"]
    assert (config.digest.notes, config.notify.quiet, config.language) == (3, "22:00-06:30", "de")
    assert path.read_text().startswith("# mine\n")
    assert "notes = 3   # few" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert editing.settings()["digest.hours"] == "07:00, 18:30"


@pytest.mark.parametrize(
    ("key", "value"),
    [("digest.hours", "25:00"), ("digest.decisions", "many"), ("notify.quiet", "at night"), ("language", 'en"\nx="'),
     ("zone", "Atlantis")],
)  # fmt: skip
def test_a_wrong_setting_changes_nothing(home: Path, editing: Editing, key: str, value: str) -> None:
    before = (home / "config.toml").read_text()
    with pytest.raises(FacadeError) as refused:
        editing.set_setting(key, value)
    assert refused.value.code == "bad_setting"
    assert (home / "config.toml").read_text() == before
    assert not (home / "config.new").exists()


def test_a_fact_without_its_kind_is_asked_for_in_words(editing: Editing) -> None:
    with pytest.raises(FacadeError) as refused:
        editing.add_fact("", "10435")
    assert refused.value.code == "data_missing"


@pytest.mark.parametrize(
    ("typed", "door"),
    [
        ("Umzug Falke", "byhand"),
        ("Telekom", "byhand"),
        ("Dr. Müller & Söhne", "byhand"),
        ("offers@company.example", "email"),
        ("company.example", "a2a"),
        ("company.example/bot", "a2a"),
        ("localhost:8080", "a2a"),
        ("127.0.0.1:9000", "a2a"),
    ],
)
def test_what_is_typed_for_a_company_says_how_it_is_reached(tmp_path: Path, typed: str, door: str) -> None:
    assert Editing(tmp_path).door_of(typed) == door


@pytest.mark.parametrize("typed", ["https://", "ftp://company.example", "https://Umzug Falke", "a@b"])
def test_what_is_no_company_is_refused_at_once(tmp_path: Path, typed: str) -> None:
    with pytest.raises(FacadeError) as refused:
        Editing(tmp_path).door_of(typed)
    assert refused.value.code == "bad_address"


def test_a_company_without_a_bot_is_let_in_by_its_name_or_by_saying_so(tmp_path: Path) -> None:
    edits = Editing(tmp_path)
    edits.add_provider("Umzug Falke", categories=("removal",), trust="allowed")
    edits.add_provider("https://chat.example/help", name="Chatty", categories=("gym",), trust="allowed", by_hand=True)
    ledger = Ledger(tmp_path)
    rows = ledger.rows(
        "SELECT p.name, e.channel, e.url FROM endpoints e JOIN providers p ON p.id=e.provider ORDER BY 1"
    )
    ledger.close()
    assert [tuple(row) for row in rows] == [
        ("Chatty", "byhand", "https://chat.example/help"), ("Umzug Falke", "byhand", "Umzug Falke"),
    ]  # fmt: skip
