"""The story the screens are drawn from: Mira moves house. Fixed, so that snapshots do not move."""

from __future__ import annotations

from agent.views import (
    ComparedView,
    DigestView,
    DisclosureView,
    DraftView,
    HeldBackView,
    IncidentView,
    ItemView,
    JobView,
    LearnedView,
    LegView,
    NoteView,
    ProviderView,
    QuestionView,
    Reason,
    Saving,
    ScorePartView,
    StatusView,
    TalkView,
    TermView,
    Theirs,
    TurnView,
    WhyView,
)

MADE_AT = "2026-11-22T06:30:00+00:00"
HOSTILE = "Hello [bold red]dear[/] customer [@click=app.quit]click[/] \x1b[2J\x1b]0;owned\x07\u202egnp.exe \x9b31m now!"


def term(issue: str, en: str, de: str, kind: str, value: str, unit: str = "", standing: str = "typed") -> TermView:
    return TermView(issue, {"en": en, "de": de}, kind, value, unit, standing)


def price(value: str, standing: str = "typed") -> TermView:
    return term("price", "price", "Preis", "money", value, "EUR", standing)


REMOVAL_LEG = LegView(
    need="need-removal",
    negotiation="neg-removal-berliner",
    category="removal",
    category_label={"en": "Removal firm", "de": "Umzug"},
    provider="Berliner Umzug",
    provider_id="prov-berliner",
    provider_score=78,
    role="main",
    terms=(
        price("640.00"),
        term("day", "day", "Tag", "date", "2026-12-12"),
        term("packing", "packing", "Einpacken", "choice", "kitchen"),
        term("liability", "cover for damage", "Haftung", "money", "15000.00", "EUR"),
        term("free_cancel", "free cancellation until", "kostenlos stornierbar bis", "duration", "P2D"),
    ),
    total="640.00",
    currency="EUR",
    year1="640.00",
    year2=None,
    saving=None,
    terms_hash="1f" * 32,
    valid_until="2026-11-26T17:00:00+00:00",
    state="held",
    certainty="firm",
    data=(
        {"category": "pd:PostalCode", "granularity": "region", "until": "2026-12-22T00:00:00+00:00", "stage": "quote"},
        {"category": "gb:Floor", "granularity": "band", "until": "2026-12-22T00:00:00+00:00", "stage": "quote"},
        {
            "category": "pd:PhysicalAddress",
            "granularity": "exact",
            "until": "2027-01-12T00:00:00+00:00",
            "stage": "commit",
        },
    ),
    cancel_until="2026-12-10T22:59:00+00:00",
)

COVER_LEG = LegView(
    need="need-contents",
    negotiation="neg-contents-nordlicht",
    category="contents_insurance",
    category_label={"en": "Contents insurance", "de": "Hausratversicherung"},
    provider="Nordlicht Versicherung",
    provider_id="prov-nordlicht",
    provider_score=71,
    role="main",
    terms=(
        term("price_monthly", "price per month", "Preis pro Monat", "money", "6.90", "EUR/month"),
        term("sum_insured", "sum insured", "Versicherungssumme", "money", "45000.00", "EUR"),
        term("term", "minimum term", "Mindestlaufzeit", "duration", "P1M"),
        term("glass", "glass cover", "Glasbruch", "flag", "true"),
    ),
    total="82.80",
    currency="EUR",
    year1="82.80",
    year2="82.80",
    saving=Saving("37.20", "37.20", "Contents cover Altstadt"),
    terms_hash="2e" * 32,
    valid_until="2026-11-30T22:59:00+00:00",
    state="held",
    certainty="firm",
    data=({"category": "gb:FlatSize", "granularity": "band", "until": "2026-12-22T00:00:00+00:00", "stage": "quote"},),
)

HOTEL_LEG = LegView(
    need="need-hotel",
    negotiation="neg-hotel-anker",
    category="hotel_night",
    category_label={"en": "Hotel night", "de": "Hotelnacht"},
    provider="Hotel Anker",
    provider_id="prov-anker",
    provider_score=83,
    role="fallback",
    terms=(
        term("price_night", "price per night", "Preis pro Nacht", "money", "89.00", "EUR/night"),
        term("check_in", "arrival", "Anreise", "date", "2026-12-12"),
        term("breakfast", "breakfast", "Frühstück", "flag", "true"),
    ),
    total="89.00",
    currency="EUR",
    year1="89.00",
    year2=None,
    saving=None,
    terms_hash="3d" * 32,
    valid_until="2026-11-28T17:00:00+00:00",
    state="held",
    certainty="firm",
    cancel_until="2026-12-11T17:00:00+00:00",
    fallback_for="need-removal",
)

POWER_LEG = LegView(
    need="need-power",
    negotiation="neg-power-lichtwerk",
    category="electricity",
    category_label={"en": "Electricity", "de": "Strom"},
    provider="Lichtwerk",
    provider_id="prov-lichtwerk",
    provider_score=81,
    role="main",
    terms=(
        term("unit_price", "price per kWh", "Preis pro kWh", "money", "0.2849", "EUR/kWh"),
        term("base_price", "base price per month", "Grundpreis pro Monat", "money", "9.90", "EUR/month"),
        term("term", "minimum term", "Mindestlaufzeit", "duration", "P12M"),
        term("green", "green power", "Ökostrom", "flag", "true"),
        term("bonus", "bonus", "Bonus", "money", "60.00", "EUR", "claimed"),
    ),
    total="688.48",
    currency="EUR",
    year1="688.48",
    year2="731.20",
    saving=Saving("171.00", "38.00", "Stadtstrom Basis"),
    terms_hash="4c" * 32,
    valid_until="2026-11-30T22:59:00+00:00",
    state="held",
    certainty="claimed",
    data=({"category": "gb:EnergyUse", "granularity": "band", "until": "2026-12-22T00:00:00+00:00", "stage": "quote"},),
)

NET_LEG = LegView(
    need="need-internet",
    negotiation="neg-net-kabelnest",
    category="internet",
    category_label={"en": "Internet", "de": "Internet"},
    provider="Kabelnest",
    provider_id="prov-kabelnest",
    provider_score=64,
    role="main",
    terms=(
        term("price_monthly", "price per month", "Preis pro Monat", "money", "27.50", "EUR/month"),
        term("down_mbit", "download speed", "Download", "number", "250", "Mbit/s"),
        term("term", "minimum term", "Mindestlaufzeit", "duration", "P1M"),
    ),
    total="330.00",
    currency="EUR",
    year1="330.00",
    year2="330.00",
    saving=Saving("89.88", "89.88", "DSL 50"),
    terms_hash="5b" * 32,
    valid_until=None,
    state="held",
    certainty="firm",
)

PHONE_LEG = LegView(
    need="need-phone",
    negotiation="neg-phone-funkfrei",
    category="mobile_plan",
    category_label={"en": "Mobile plan", "de": "Mobilfunktarif"},
    provider="Funkfrei",
    provider_id="prov-funkfrei",
    provider_score=None,
    role="main",
    terms=(
        term("price_monthly", "price per month", "Preis pro Monat", "money", "11.50", "EUR/month"),
        term("data_gb", "data volume", "Datenvolumen", "number", "30", "GB"),
        term("term", "minimum term", "Mindestlaufzeit", "duration", "P1M"),
        term("roaming", "roaming", "Roaming", "choice", "eu"),
    ),
    total="138.00",
    currency="EUR",
    year1="138.00",
    year2="138.00",
    saving=Saving("101.88", "101.88", "Funkfrei 10 GB"),
    terms_hash="6a" * 32,
    valid_until="2026-12-05T22:59:00+00:00",
    state="held",
    certainty="firm",
)

MOVE = ItemView(
    id="item-move",
    number=1,
    title={
        "en": "The move on 12 December: crew, contents cover, hotel in reserve",
        "de": "Der Umzug am 12. Dezember: Firma, Hausrat, Hotel in Reserve",
    },
    category="bundle",
    provider="Berliner Umzug",
    legs=(REMOVAL_LEG, COVER_LEG, HOTEL_LEG),
    total="722.80",
    currency="EUR",
    saving=Saving("164.00", None, "booking each alone"),
    because=(
        Reason("cheapest_all_in", {}, ("offer:removal-4",)),
        Reason("compared", {"count": "9", "agreed": "4"}),
        Reason("preference", {"words": "Saturday only"}, ("pref:2",)),
        Reason("inside_mandate", {}),
    ),
    deadline="2026-11-24T17:00:00+00:00",
    claimed_deadline="2026-11-22T06:40:00+00:00",
    undo_until="2026-12-10T22:59:00+00:00",
    state="waiting",
    approval_hash="9c41d07be2f5a8" + "0" * 50,
)

FLAT = ItemView(
    id="item-flat",
    number=2,
    title={"en": "The new flat: electricity and internet", "de": "Die neue Wohnung: Strom und Internet"},
    category="bundle",
    provider="Lichtwerk",
    legs=(POWER_LEG, NET_LEG),
    total="1018.48",
    currency="EUR",
    saving=Saving("260.88", "127.88", "Stadtstrom Basis, DSL 50"),
    because=(
        Reason("saves_against", {"amount": "260.88 EUR", "contract": "Stadtstrom Basis"}),
        Reason("meets_hard", {"issue": "green"}, ("pref:1",)),
        Reason("provider_score", {"score": "81"}),
    ),
    deadline="2026-11-30T17:00:00+00:00",
    claimed_deadline=None,
    undo_until="2026-12-14T22:59:00+00:00",
    state="waiting",
    approval_hash="77b0aa13" + "1" * 56,
    over_limit=(Reason("over_total", {"total": "1018.48 EUR", "limit": "1000.00 EUR"}),),
)

PHONE = ItemView(
    id="item-phone",
    number=3,
    title={"en": "Your phone: stay, at a new price", "de": "Dein Handy: bleiben, zum neuen Preis"},
    category="mobile_plan",
    provider="Funkfrei",
    legs=(PHONE_LEG,),
    total="138.00",
    currency="EUR",
    saving=Saving("101.88", "101.88", "Funkfrei 10 GB"),
    because=(Reason("best_value", {"utility": "0.84"}), Reason("preference", {"words": "no 24-month terms"})),
    deadline="2026-12-05T17:00:00+00:00",
    claimed_deadline=None,
    undo_until="2026-12-19T22:59:00+00:00",
    state="waiting",
    approval_hash="0be5c3d9" + "2" * 56,
)

DIGEST = DigestView(
    made_at=MADE_AT,
    items=(MOVE, FLAT, PHONE),
    notes=(
        NoteView(
            "note-1",
            Reason("question_refused", {"data_category": "pd:Income", "rule": "rule:3", "provider": "Möbelwagen24"}),
            "2026-11-22T06:12:00+00:00",
        ),
        NoteView(
            "note-2",
            Reason("price_text_differs", {"typed": "19.90 EUR", "written": "17.90 EUR", "provider": "Telestern"}),
            "2026-11-22T06:14:00+00:00",
        ),
    ),
    quiet=(Reason("contracts_watched", {"count": "4"}), Reason("talks_running", {"count": "2"})),
    held_back=HeldBackView(
        total=11,
        by_reason={"below_other_offer": 6, "incomplete": 3, "claimed_only": 1, "no_agreement": 1},
        sample=(
            {
                "id": "held-1",
                "provider": "Möbelwagen24",
                "category": "removal",
                "total": "655.00",
                "currency": "EUR",
                "reason": "below_other_offer",
            },
            {
                "id": "held-2",
                "provider": "Telestern",
                "category": "mobile_plan",
                "total": "214.80",
                "currency": "EUR",
                "reason": "claimed_only",
            },
            {
                "id": "held-3",
                "provider": "Hausrat Eins",
                "category": "contents_insurance",
                "total": "",
                "currency": "EUR",
                "reason": "incomplete",
            },
        ),
    ),
    running=2,
    embedder="minilm",
    stopped=False,
    next_look="2026-11-22T17:00:00+00:00",
)

EMPTY = DigestView(
    made_at=MADE_AT,
    items=(),
    notes=(),
    quiet=(Reason("contracts_watched", {"count": "14"}),),
    held_back=HeldBackView(total=0, by_reason={}),
    running=2,
    embedder="minilm",
    stopped=False,
    next_look="2026-11-22T17:00:00+00:00",
)

WHY_MOVE = WhyView(
    item=MOVE,
    because=MOVE.because,
    preferences=(
        {
            "id": "pref:2",
            "words": "Saturday only, I cannot take a day off",
            "similarity": "0.81",
            "how": "vector",
            "issue": "day",
        },
        {
            "id": "pref:5",
            "words": "somebody else packs the kitchen",
            "similarity": "0.74",
            "how": "text",
            "issue": "packing",
        },
    ),
    rules=(
        {
            "id": "rule:1",
            "text": "removal firms may know postal region, floor and size of the flat",
            "similarity": "0.88",
            "data_category": "gb:Floor",
            "provider": "Berliner Umzug",
            "decision": "band",
        },
        {
            "id": "rule:3",
            "text": "nobody learns what I earn",
            "similarity": "0.79",
            "data_category": "pd:Income",
            "provider": "Berliner Umzug",
            "decision": "forbidden",
        },
        {
            "id": "",
            "text": "",
            "similarity": "1.00",
            "data_category": "gb:Budget",
            "provider": "Berliner Umzug",
            "decision": "never_class",
        },
    ),
    compared=(
        ComparedView("Berliner Umzug", "held", 7, "640.00", "EUR", "0.83", None),
        ComparedView("Möbelwagen24", "held", 9, "655.00", "EUR", "0.79", Reason("below_other_offer", {})),
        ComparedView("Rollwerk", "waiting_them", 3, "610.00", "EUR", None, Reason("incomplete", {"missing": "day"})),
        ComparedView("Kiezumzug", "failed", 0, None, "EUR", None, Reason("unreachable", {})),
        ComparedView("Spedition Adler", "declined", 10, "980.00", "EUR", "0.31", Reason("no_agreement", {})),
    ),
    share_of_best="88",
)

TALK = TalkView(
    negotiation="neg-removal-berliner",
    provider="Berliner Umzug",
    category="removal",
    state="held",
    rounds=4,
    protocol="a2a-1.0+bargaining",
    turns=(
        TurnView(
            1,
            "2026-11-22T06:10:00+00:00",
            "us",
            "ask",
            (),
            None,
            "EUR",
            "I am a bot acting for a customer who moves on 12 December. What do you offer?",
            None,
            "m-1",
            Reason("opening", {}),
        ),
        TurnView(
            1,
            "2026-11-22T06:10:02+00:00",
            "them",
            "propose",
            (price("820.00"),),
            "820.00",
            "EUR",
            None,
            Theirs("We can do this for 820 EUR. Only ten minutes, others have booked!"),
            "m-2",
            Reason("pressure_ignored", {}),
        ),
        TurnView(
            2,
            "2026-11-22T06:10:05+00:00",
            "us",
            "propose",
            (price("560.00"), term("day", "day", "Tag", "date", "2026-12-12")),
            "560.00",
            "EUR",
            "560 EUR, Saturday 12 December, subject to confirmation by the person I act for.",
            None,
            "m-3",
            Reason("opening", {}),
        ),
        TurnView(
            2,
            "2026-11-22T06:10:06+00:00",
            "them",
            "inquire",
            (),
            None,
            "EUR",
            None,
            Theirs("What is your monthly income?"),
            "m-4",
            Reason("question_refused", {"data_category": "pd:Income", "rule": "rule:3"}),
        ),
        TurnView(
            3,
            "2026-11-22T06:10:09+00:00",
            "us",
            "propose",
            (price("610.00"),),
            "610.00",
            "EUR",
            None,
            None,
            "m-5",
            Reason("concession", {"from": "560.00 EUR", "to": "610.00 EUR"}),
        ),
        TurnView(
            3,
            "2026-11-22T06:10:11+00:00",
            "them",
            "propose",
            (price("640.00"), term("packing", "packing", "Einpacken", "choice", "kitchen")),
            "640.00",
            "EUR",
            None,
            Theirs(HOSTILE),
            "m-6",
            None,
        ),
        TurnView(
            4,
            "2026-11-22T06:10:14+00:00",
            "us",
            "accept",
            (price("640.00"),),
            "640.00",
            "EUR",
            "Agreed, subject to confirmation by the person I act for.",
            None,
            "m-7",
            Reason("accept_good_enough", {}),
        ),
    ),
)

TALKS = (
    TALK,
    TalkView("neg-removal-moebelwagen", "Möbelwagen24", "removal", "held", 9, "a2a-1.0", ()),
    TalkView(
        "neg-contents-nordlicht", "Nordlicht Versicherung", "contents_insurance", "held", 6, "a2a-1.0+bargaining", ()
    ),
    TalkView("neg-hotel-anker", "Hotel Anker", "hotel_night", "held", 4, "a2a-0.3", ()),
    TalkView("neg-power-lichtwerk", "Lichtwerk", "electricity", "held", 8, "a2a-1.0+bargaining", ()),
    TalkView("neg-phone-telestern", "Telestern", "mobile_plan", "waiting_them", 5, "a2a-1.0 text", ()),
    TalkView("neg-kiez", "Kiezumzug", "removal", "failed", 0, "", ()),
)

HAND_TALK = TalkView(
    "neg-hand-funkturm", "Funkturm", "mobile_plan", "waiting_them", 1, "by hand",
    (TurnView(1, "2026-11-22T06:10:00+00:00", "us", "ask", (), None, "EUR",
              "Good day, I am Gegenbot, a software assistant. Would you please make an offer?", None, "m-h1",
              Reason("rule_call_for_proposals", {})),),
)  # fmt: skip

DRAFTS = (
    DraftView(
        "neg-hand-funkturm", "Funkturm", "mobile_plan", "https://funkturm.example/chat", "2026-11-22T06:10:00+00:00",
        ("ask",), ("m-h1",),
        "Good day,\n\nI am Gegenbot, a software assistant. Would you please make an offer?\n\nKind regards",
    ),
)  # fmt: skip

DISCLOSURES = (
    DisclosureView(
        "2026-11-22T06:10:05+00:00",
        "Berliner Umzug",
        "pd:PostalCode",
        {"en": "postal code", "de": "Postleitzahl"},
        "region",
        True,
        "dpv:RequestedServiceProvision",
        "quote",
        "rule:1",
        "removal firms may know postal region, floor and size of the flat",
        "0.88",
        "2026-12-22T00:00:00+00:00",
        None,
        "neg-removal-berliner",
    ),
    DisclosureView(
        "2026-11-22T06:10:05+00:00",
        "Berliner Umzug",
        "gb:Floor",
        {"en": "floor", "de": "Stockwerk"},
        "band",
        True,
        "dpv:RequestedServiceProvision",
        "quote",
        "rule:1",
        "removal firms may know postal region, floor and size of the flat",
        "0.88",
        "2026-12-22T00:00:00+00:00",
        None,
        "neg-removal-berliner",
    ),
    DisclosureView(
        "2026-11-22T06:10:06+00:00",
        "Möbelwagen24",
        "pd:Income",
        {"en": "income", "de": "Einkommen"},
        "exact",
        False,
        "dpv:CustomerSolvencyMonitoring",
        "quote",
        "rule:3",
        "nobody learns what I earn",
        "0.79",
        None,
        None,
        "neg-removal-moebelwagen",
    ),
    DisclosureView(
        "2026-11-22T06:10:09+00:00",
        "Telestern",
        "pd:BirthDate",
        {"en": "date of birth", "de": "Geburtsdatum"},
        "exact",
        False,
        "dpv:Marketing",
        "quote",
        None,
        "",
        None,
        None,
        None,
        "neg-phone-telestern",
    ),
    DisclosureView(
        "2026-11-22T06:10:15+00:00",
        "Lichtwerk",
        "gb:EnergyUse",
        {"en": "yearly electricity use", "de": "Stromverbrauch im Jahr"},
        "band",
        True,
        "dpv:RequestedServiceProvision",
        "quote",
        "rule:2",
        "power and internet firms may know region and use",
        "0.83",
        "2026-12-22T00:00:00+00:00",
        "2026-11-22T06:40:00+00:00",
        "neg-power-lichtwerk",
    ),
)

JOBS = (
    JobView("job-1", "digest", "", "2026-11-22T17:00:00+00:00", "2026-11-22T06:30:00+00:00", "done"),
    JobView("job-2", "window_end", "need-phone", "2026-11-22T09:00:00+00:00", None, None),
    JobView("job-3", "approval_expiry", "item-move", "2026-11-24T17:00:00+00:00", None, None),
    JobView("job-4", "retender", "need-power", "2027-10-01T06:00:00+00:00", None, None),
)

STATUS = StatusView(
    runner="alive",
    runner_pid=4711,
    stopped=False,
    vault="open",
    embedder="minilm",
    needs=6,
    talks=2,
    waiting=3,
    jobs=JOBS,
    next_look="2026-11-22T17:00:00+00:00",
    ledger_events=214,
)


def incident(second: int, code: str, provider: str | None = None, **params: str) -> IncidentView:
    return IncidentView(f"2026-11-22T06:10:{second:02d}+00:00", Reason(code, params), provider)


INCIDENTS = (
    incident(0, "arena_note"),
    incident(1, "talk_opened", "Berliner Umzug", category="removal"),
    incident(1, "talk_opened", "Möbelwagen24", category="removal"),
    incident(1, "provider_unreachable", "Kiezumzug"),
    incident(2, "offer_received", "Berliner Umzug", total="820.00 EUR"),
    incident(2, "pressure_ignored", "Berliner Umzug"),
    incident(3, "question_refused", "Möbelwagen24", data_category="pd:Income", rule="rule:3"),
    incident(
        4, "question_answered", "Berliner Umzug", data_category="pd:PostalCode", granularity="region", rule="rule:1"
    ),
    incident(5, "round_done", None, round="3", rounds="10", talks="14"),
    incident(6, "price_text_differs", "Telestern", typed="19.90 EUR", written="17.90 EUR"),
    incident(7, "provider_malformed", "Blitznetz"),
    incident(8, "late_answer", "Hausrat Eins", hours="5"),
    incident(9, "agreement_held", "Berliner Umzug", total="640.00 EUR"),
    incident(10, "left_no_zone", "Spedition Adler"),
    incident(11, "window_closed"),
)

RULES = (
    {
        "id": "rule:1",
        "number": "1",
        "text": "removal firms may know postal region, floor and size of the flat",
        "effect": "permit",
    },
    {"id": "rule:2", "number": "2", "text": "power and internet firms may know region and use", "effect": "permit"},
    {"id": "rule:3", "number": "3", "text": "nobody learns what I earn", "effect": "deny"},
)
PREFERENCES = (
    {"id": "pref:1", "words": "green electricity only", "category": "electricity", "hard": "yes", "source": "said"},
    {
        "id": "pref:2",
        "words": "Saturday only, I cannot take a day off",
        "category": "",
        "hard": "no",
        "source": "decided",
    },
)
CONTRACTS = (
    {
        "id": "power-today",
        "category": "electricity",
        "provider": "Stadtstrom",
        "monthly": "71.62 EUR (month 0)",
        "start": "2024-02-01",
        "end": "2026-12-31",
        "notice": "P1M",
    },
    {
        "id": "phone-today",
        "category": "mobile_plan",
        "provider": "Funkfrei",
        "monthly": "19.99 EUR (month 0)",
        "start": "2024-12-21",
        "end": "2026-12-20",
        "notice": "P1M",
    },
)
FACTS = (
    {"id": "f-name", "category": "pd:Name", "label": "", "subject": "person", "source": "said"},
    {"id": "f-code", "category": "pd:PostalCode", "label": "the new flat", "subject": "household", "source": "said"},
)
NEEDS = (
    {
        "id": "move-1-removal",
        "category": "removal",
        "state": "open",
        "window_ends": "2026-11-22T16:30:00+00:00",
        "bundle": "move",
        "words": "a removal firm for 12 December, third floor, a piano",
    },
    {
        "id": "phone-1",
        "category": "mobile_plan",
        "state": "open",
        "window_ends": "2026-11-22T16:30:00+00:00",
        "bundle": "",
        "words": "phone plan, 20 GB or more, at most 20 EUR a month",
    },
)
PROVIDERS = (
    {
        "id": "prov-berliner",
        "name": "Berliner Umzug",
        "trust": "trusted",
        "channel": "a2a",
        "categories": "removal",
        "address": "https://berliner-umzug.example",
        "protocol": "A2A 1.0",
    },
    {
        "id": "prov-kiez",
        "name": "Kiezumzug",
        "trust": "allowed",
        "channel": "a2a",
        "categories": "removal",
        "address": "https://kiez.example",
        "protocol": "",
    },
)
PROVIDER = ProviderView(
    "prov-berliner", "Berliner Umzug", "allowed", 81,
    (
        ScorePartView("price", 92, 30, 2, 1), ScorePartView("promises", None, 0, 0, 0),
        ScorePartView("effort", 60, 10, 2, 2), ScorePartView("privacy", 75, 15, 2, 1),
        ScorePartView("stability", 100, 15, 2, 0),
    ),
    -5, 2, 1,
)  # fmt: skip

LIMITS = (
    {"category": "electricity", "autonomy": "propose", "max_total": "", "currency": "EUR", "max_term_months": ""},
    {"category": "gym", "autonomy": "tell", "max_total": "", "currency": "EUR", "max_term_months": "12"},
    {"category": "mobile_plan", "autonomy": "act", "max_total": "240", "currency": "EUR", "max_term_months": "12"},
)
SETTINGS = {
    "language": "en", "zone": "Europe/Berlin", "digest.hours": "07:30, 18:00", "digest.decisions": "3",
    "digest.notes": "4", "notify.how": "off", "notify.quiet": "22:00-07:00", "negotiation.window_hours": "24",
    "negotiation.allow_loopback": "no",
}  # fmt: skip
READ: tuple[dict[str, object], ...] = (
    {
        "path": "/home/mira/Downloads/funkturm.eml", "class": "marketing", "problems": [],
        "offers": [
            {"title": "Allnet 30 GB \x1b[31m[bold]nur heute[/]", "price": "14.99", "currency": "EUR",
             "valid_until": "2026-11-30", "category": "mobile_plan"},
            {"title": "", "price": "9.5", "currency": None, "valid_until": None, "category": None},
        ],
    },
    {"path": "/home/mira/Downloads/lease.pdf", "class": None, "problems": [], "offers": []},
)  # fmt: skip

SAVINGS = tuple(
    {"at": f"2026-{month:02}-10T08:00:00+00:00", "category": "gym", "provider": "Studio", "year1": saved,
     "currency": "EUR"}
    for month, saved in ((2, "120.00"), (5, "40.50"), (6, ""), (9, "171.00"))
)  # fmt: skip
PRICES = tuple(
    {"at": f"2026-11-2{day}T08:00:00+00:00", "category": "mobile_plan", "provider": f"Firm {day}", "total": total}
    for day, total in enumerate(("240.00", "228.00", "239.00", "180.00"))
)


PHONE_LABEL = {"en": "Mobile plan", "de": "Mobilfunktarif"}
_GB = (term("data_gb", "data volume", "Datenvolumen", "number", "50", "GB"),
       term("data_gb", "data volume", "Datenvolumen", "number", "5", "GB"))  # fmt: skip
_TERM = (term("term", "minimum term", "Mindestlaufzeit", "duration", "P24M"),
         term("term", "minimum term", "Mindestlaufzeit", "duration", "P1M"))  # fmt: skip
QUESTIONS = (
    QuestionView("mobile_plan", PHONE_LABEL, 1, 15, "never", (_TERM[0], _GB[1])),
    QuestionView("mobile_plan", PHONE_LABEL, 2, 15, "pair", (_GB[0], _TERM[0]), (_GB[1], _TERM[1])),
    QuestionView("mobile_plan", PHONE_LABEL, 14, 15, "release", (), (), "pd:PostalCode", "region"),
    QuestionView("mobile_plan", PHONE_LABEL, 15, 15, "autonomy", ()),
)
LEARNED = (
    LearnedView("learned-1", "mobile_plan", PHONE_LABEL, "data_gb", _GB[0].label, 41, None, "weighs", "", 12),
    LearnedView("limit-1", "mobile_plan", PHONE_LABEL, "term", _TERM[0].label, None, _TERM[1], "<=", "", 1),
)
