"""Files, mailboxes and pages become records; nothing in them can stop the reading."""

from __future__ import annotations

import base64
import json
import sys
from datetime import date
from pathlib import Path

import pytest

from agent.language import pdftext
from agent.language.adverts import read_asking_price
from agent.language.documents import Setting, read_bytes, read_mail, read_paths
from agent.language.mailfile import parse_mail
from agent.language.pdftext import read_pdf
from agent.language.splits import read_split
from agent.language.webpage import read_marked_offers, read_page
from negotiators.categories import shipped

TODAY = date(2026, 11, 22)
SETTING = Setting(TODAY, "EUR", shipped())
MAIL = (
    "From: Laden <news@laden.example>\r\nTo: anna@privat.example\r\nSubject: Angebote\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n"
    "Message-ID: <1@laden.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "Kaffeevollautomat Aroma\r\nnur 399,00 €\r\nGültig bis 30.11.2026.\r\n"
)


def records(*paths: Path) -> list[dict[str, object]]:
    return list(read_paths(paths, today=TODAY))


def test_a_mail_file_gives_one_record_with_evidence_in_its_readable_text(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(MAIL.encode())
    (record,) = records(path)
    assert json.loads(json.dumps(record)) == record
    assert record["path"] == str(path) and record["class"] in {"newsletter", "personal_or_list", "spam"}
    (offer,) = record["offers"]  # type: ignore[misc]
    assert (offer["title"], offer["price"], offer["currency"], offer["valid_until"]) == (
        "Kaffeevollautomat Aroma",
        "399",
        "EUR",
        "2026-11-30",
    )
    text = read_mail(MAIL.encode(), "x", SETTING).text
    assert {item["field"] for item in offer["evidence"]} == {"title", "price", "valid_until"}
    for item in offer["evidence"]:
        assert text[item["start"] : item["end"]] == item["quote"]


def test_a_mailbox_gives_one_numbered_record_per_message(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(
        b"".join(b"From x@y Sun Nov 22 10:00:00 2026\n" + MAIL.replace("\r\n", "\n").encode() + b"\n" for _ in range(3))
    )
    assert [record["path"] for record in records(path)] == [f"{path}#{n}" for n in (1, 2, 3)]


def test_a_maildir_is_read_folder_by_folder_and_a_missing_path_is_a_record(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"1.{folder}").write_bytes(MAIL.encode())
    found = records(tmp_path, tmp_path / "gone")
    assert [Path(str(record["path"])).parent.name for record in found[:2]] == ["cur", "new"]
    assert found[2]["problems"] == ["unreadable:FileNotFoundError"]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00" * 5000, b"\xff\xfe\x00garbage", b"From: x\nSubject: =?utf-8?b?!!!?=\nContent-Type: multipart/mixed; boundary=\"\"\n\n--\n--",
        b"From: x\nTo: y\nContent-Type: text/html; charset=klingon\nContent-Transfer-Encoding: base64\n\n@@@@",
        b"From: x\nTo: y\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 400,
        b"From: x\nTo: y\n\n" + b"<table><tr><td>" * 20_000, b"%PDF-1.7 broken", b"Subject: " + b"=?x?q?a?= " * 5000 + b"\nFrom: y\n\nhello",
        b"<html><script type='application/ld+json'>" + b"[" * 50_000 + b"</script></html>", MAIL.encode()[:150],
    ],
    ids=[str(number) for number in range(11)],
)  # fmt: skip
def test_broken_content_is_a_record_never_an_error(raw: bytes, tmp_path: Path) -> None:
    for name in ("x.eml", "x"):
        document = read_bytes(raw, name, SETTING)
        assert json.dumps(document.record())


def test_a_wrong_charset_is_repaired_and_announced() -> None:
    raw = MAIL.replace("charset=utf-8", "charset=us-ascii").encode("cp1252")
    assert "nur 399,00 €" in parse_mail(raw).text
    wrong = MAIL.replace("charset=utf-8", "charset=utf-8").encode("cp1252")
    assert "wrong_charset" in parse_mail(wrong).problems


def test_a_huge_attachment_costs_neither_the_text_nor_the_rest() -> None:
    blob = b"A" * 12_000_000
    raw = (
        b"From: x@y.example\nTo: z@y.example\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
        b"Lampe Mond kostet 20,00 EUR\n--b\nContent-Type: application/zip; name=a.zip\n\n" + blob + b"\n--b--\n"
    )
    document = read_mail(raw, "x", SETTING)
    assert [str(offer.price) for offer in document.offers] == ["20.00 EUR"]


def test_hidden_text_is_not_read() -> None:
    page = read_page(
        "<html><body><h1>Lampe</h1><p>Preis 20,00 €</p><div style='display:none'>1,00 €</div><script>var p='2 €'</script></body></html>"
    )
    assert "1,00" not in page.text and "2 €" not in page.text
    assert page.main_offer is not None and str(page.main_offer.amount) == "20.00"


def test_markup_is_read_in_every_syntax() -> None:
    ld = '<script type="application/ld+json">{"@type":"Product","name":"L","offers":{"price":"19.90","priceCurrency":"EUR",}}</script>'
    micro = '<div itemscope itemtype="https://schema.org/Offer"><span itemprop="price" content="5.00">5</span><meta itemprop="priceCurrency" content="EUR"></div>'
    rdfa = '<div vocab="https://schema.org/" typeof="Offer"><span property="price">7.50</span><span property="priceCurrency">CHF</span></div>'
    graph = (
        '<meta property="product:price:amount" content="3.00"><meta property="product:price:currency" content="EUR">'
    )
    for html, expected in (
        (ld, ("19.90", "EUR", "jsonld")),
        (micro, ("5.00", "EUR", "microdata")),
        (rdfa, ("7.50", "CHF", "rdfa")),
        (graph, ("3.00", "EUR", "opengraph")),
    ):
        (offer,) = read_marked_offers(f"<html><head></head><body>{html}</body></html>")
        assert (offer.price_text, offer.currency, offer.syntax) == expected


def test_the_visible_price_is_neither_the_old_one_nor_another_article_s() -> None:
    html = """<html><body><nav><span class=price>1,00 €</span></nav><h1>Stuhl Nord</h1><del class=old-price>99,00 €</del>
    <span class=price>79,00 €</span><p>zzgl. Versand 4,95 €</p><div class=recommendations><span class=price>12,00 €</span></div></body></html>"""
    page = read_page(html)
    assert page.main_offer is not None
    assert (page.main_offer.name, str(page.main_offer.amount), page.main_offer.currency) == (
        "Stuhl Nord",
        "79.00",
        "EUR",
    )


@pytest.mark.parametrize(
    "other",
    [
        "<div id=moreBuyingChoices_feature_div><span class=price>75,00 €</span></div>",
        "<li class=swatchAvailable><span class=tooltip><span class=price>75,00 €</span></span></li>",
        "<font class=price><del>99,00 €</del></font>",
        "<div class=availability><button>Lieferbar <span class=price>7,95 €</span></button></div>",
        "<div class=refinements><span class=price>&lt;25 €</span></div>",
    ],
)
def test_the_visible_price_is_the_one_beside_the_button_that_buys(other: str) -> None:
    html = f"""<html><body><h1>Stuhl Nord</h1>{other}<form id=addToCart><div class=price-with-discount><span>79,00 €</span></div>
    </form></body></html>"""
    page = read_page(html)
    assert page.main_offer is not None and str(page.main_offer.amount) == "79.00"


def test_a_bare_pound_sign_is_sterling() -> None:
    page = read_page("<html><body><h1>Chair</h1><h5 class=accordion-header><span>£48.99</span></h5></body></html>")
    assert page.main_offer is not None
    assert (str(page.main_offer.amount), page.main_offer.currency) == ("48.99", "GBP")


@pytest.mark.parametrize(
    ("raw", "prices", "problem"),
    [
        (b"Stuhl 79,00 EUR\rTisch 99,00 EUR\r", ["79", "99"], None),
        ("Stuhl 79,00 EUR".encode("utf-16"), ["79"], None),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(1, 256)) * 4 + b" 9,00 EUR", [], "not_text"),
        (b"From: a@b.example\r\nTo: c@d.example\r\n\r\nStuhl 79,00 EUR\rTisch\x00 99,00 EUR\r", ["79", "99"], None),
        (b"From: a@b.example\r\nTo: c@d.example\r\nContent-Transfer-Encoding: base64\r\n\r\n"
         + base64.b64encode(b"Stuhl 79,00 EUR\nTisch 99,00 EUR\nBett 200,00 EUR und mehr")[:-3], ["79", "99", "200"], "cut_part"),
    ],
)  # fmt: skip
def test_what_old_programs_and_cut_lines_leave_is_read(raw: bytes, prices: list[str], problem: str | None) -> None:
    document = read_bytes(raw, "x", SETTING)
    assert [str(int(offer.price.amount)) for offer in document.offers] == prices
    assert document.problems == ((problem,) if problem else ())


@pytest.mark.parametrize(
    ("body", "category"),
    [
        ("Allnet-Flat 40 GB 14,99 EUR/Monat", "mobile_plan"), ("LTE 50 mit 30 GB für 9,99 € im Monat", "mobile_plan"),
        ("VDSL 250: 250 Mbit/s für 39,99 €/Monat", "internet"), ("Doppelzimmer mit Frühstück 79 € pro Nacht", "hotel_night"),
        ("Cloudspeicher 200 GB für 2,99 € im Monat", None), ("Externe SSD 500 GB nur 49,99 €", None),
    ],
)  # fmt: skip
def test_a_tariff_is_known_by_the_words_of_its_trade(body: str, category: str | None) -> None:
    (offer,) = read_bytes(f"Hallo,\n\n{body}\n".encode(), "x.txt", SETTING).offers
    assert offer.category == category


def test_an_empty_mail_is_none() -> None:
    assert read_bytes(b"", "x.eml", SETTING).mail_class is None


def test_a_pdf_that_is_none_is_a_problem_code() -> None:
    assert read_pdf(b"%PDF-1.4\nnothing").problem == "pdf_unread"
    assert read_pdf(b"x" * 20_000_001).problem == "pdf_too_large"


@pytest.mark.parametrize("script", ["data = bytearray(200_000_000)\nwhile True: pass", "while True: pass"])
def test_a_pdf_that_takes_too_much_is_ended_where_the_kernel_does_not(
    monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(pdftext, "_CHILD", script)
    monkeypatch.setattr(pdftext, "_MEMORY", 100_000_000)
    monkeypatch.setattr(pdftext, "_SECONDS", 1)
    assert read_pdf(b"%PDF-1.4").problem == "pdf_unread"


def test_a_text_pdf_is_read_in_the_child() -> None:
    stream = b"BT /F1 12 Tf 72 700 Td (Lampe Mond 20,00 EUR) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"\nendstream", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]  # fmt: skip
    pdf, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Root 1 0 R /Size 6 >>\nstartxref\n%d\n%%%%EOF" % len(pdf)
    pdf += b"xref\n0 6\n0000000000 65535 f \n" + table + trailer
    document = read_bytes(pdf, "x.pdf", SETTING)
    assert "Lampe Mond" in document.text and [str(offer.price) for offer in document.offers] == ["20.00 EUR"]


def test_a_tariff_mail_becomes_one_offer_with_its_terms() -> None:
    raw = MAIL.replace(
        "Kaffeevollautomat Aroma\r\nnur 399,00 €",
        "Ihr neuer Handytarif: 20 GB für 12,99 € im Monat, 24 Monate Laufzeit.",
    )
    (offer,) = read_mail(raw.encode(), "x", SETTING).offers
    assert offer.category == "mobile_plan" and offer.terms["term"] == "P24M" and str(offer.price) == "12.99 EUR"


@pytest.mark.parametrize(
    ("title", "body", "price"),
    [
        ("Bike", "Originally $400, asking $120 firm.", "120.00 USD"),
        ("Flat", "Rent: $1,940 Deposit $2,600", "1940.00 USD"),
        ("Chair", "It retails for $129 but I'll let it go for $26.", "26.00 USD"),
        ("Fahrrad", "Neupreis 800 €, VB 250 €", "250.00 EUR"),
        ("Lamp", "MSRP $99", None),
    ],
)
def test_the_asking_price_of_an_advert(title: str, body: str, price: str | None) -> None:
    found = read_asking_price(title, body, default_currency="USD")
    assert (str(found.money) if found else None) == price


def test_a_haggle_is_read_to_its_last_proposal() -> None:
    talk = [("A", "i need the hat and both books"), ("B", "i want the hat. you can have the rest"), ("A", "ok deal")]
    assert read_split(talk, {"book": 2, "hat": 1, "ball": 1}, ("A", "B")) == {
        "A": {"book": 2, "hat": 0, "ball": 1},
        "B": {"book": 0, "hat": 1, "ball": 0},
    }
    assert read_split([("A", "all for me"), ("B", "no deal")], {"book": 2, "hat": 1, "ball": 1}, ("A", "B")) is None


def test_reading_loads_no_model_library() -> None:
    import subprocess

    script = (
        "import sys, agent.language.reading, agent.language.wording, agent.language.documents, agent.language.model, agent.language.embedding\n"
        "bad = {'langchain', 'langchain_core', 'langchain_openai', 'openai', 'chromadb', 'dateparser', 'price_parser', 'extruct', 'lxml', 'numpy'} & set(sys.modules)\n"
        "raise SystemExit(f'loaded: {bad}' if bad else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["video/mp4", "application/pdf"])
def test_an_oversized_attachment_is_announced_and_what_follows_is_read(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("agent.language.mailfile.MAX_PART", 4000)
    part = "--b\r\nContent-Type: text/plain\r\n\r\n{}\r\n"
    film = f"--b\r\nContent-Type: {kind}; name=film\r\nContent-Transfer-Encoding: base64\r\n\r\n" + "QUJD\r\n" * 2000
    head = 'From: a@x.example\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    mail = parse_mail((head + part.format("before") + film + part.format("after") + "--b--\r\n").encode())
    assert mail.text.split() == ["before", "after"]
    ((attached,),) = [mail.attachments]
    assert (attached.content_type, attached.name, attached.content) == (kind, "film", b"") and attached.size >= 11_900


def test_an_oversized_text_is_cut_and_a_mail_without_structure_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.language.mailfile.MAX_PART", 4000)
    text = parse_mail(b"From: a@x.example\r\nSubject: s\r\n\r\n" + b"word " * 4000).text
    assert text.startswith("word") and 3000 < len(text) < 5000
    assert parse_mail(b"\n--" * 5000).text is not None
