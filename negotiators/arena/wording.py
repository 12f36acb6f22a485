"""The sentences of simulated companies, in German and English. What they say is theirs: test input, not ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from negotiators.categories import Category, Issue
from negotiators.dialogue import Terms, TermValue
from negotiators.money import Money, Period

_PER = {
    "de": {"month": "pro Monat", "year": "pro Jahr", "night": "pro Nacht", "unit": "pro kWh", "once": "pauschal"},
    "en": {"month": "per month", "year": "per year", "night": "per night", "unit": "per kWh", "once": "all-in"},
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "de": {
        "offer": "Unser Angebot: {terms}. Gültig bis {until}.",
        "rough": "Ungefähr, solange uns Angaben fehlen: {terms}. Gültig bis {until}.",
        "last": "Das ist unser letztes Wort.",
        "accept": "Einverstanden: {terms}. Wir halten das bis {until} für Sie fest.",
        "confirm": "Vertrag bestätigt unter {reference}: {terms}.",
        "pressure": "Nur noch zehn Minuten! Drei andere Kunden sehen sich das gerade an, danach ist der Preis weg.",
        "ask": "Dafür brauchen wir noch: {fields}.",
        "sorry": "Das können wir nicht annehmen: {reason}.",
        "thanks": "Danke, wir haben das notiert.",
        "bye": "Schade. Auf Wiedersehen.",
        "working": "Wir prüfen das und melden uns.",
        "slip": "Leider müssen wir den Termin um {days} Tage verschieben, auf den {day}.",
    },
    "en": {
        "offer": "Our offer: {terms}. Valid until {until}.",
        "rough": "Roughly, as long as we lack some details: {terms}. Valid until {until}.",
        "last": "This is our final offer.",
        "accept": "Agreed: {terms}. We hold this for you until {until}.",
        "confirm": "Contract confirmed under {reference}: {terms}.",
        "pressure": "Only ten minutes left! Three other customers are looking at this, then the price is gone.",
        "ask": "For that we still need: {fields}.",
        "sorry": "We cannot accept that: {reason}.",
        "thanks": "Thank you, we have noted that.",
        "bye": "What a pity. Goodbye.",
        "working": "We are looking into it and will get back to you.",
        "slip": "Unfortunately we must move the date by {days} days, to {day}.",
    },
}

NOSY: Mapping[str, tuple[tuple[str, str | None, str, str], ...]] = {
    "questions": (
        ("take_home", None, "Was bekommen Sie monatlich netto heraus?", "What do you take home each month?"),
        ("birth_date", "pd:BirthDate", "Wie lautet Ihr Geburtsdatum?", "What is your date of birth?"),
        ("employer", None, "Für wen arbeiten Sie?", "Who do you work for?"),
        ("budget", None, "Wie viel möchten Sie höchstens ausgeben?", "How much would you spend at most?"),
    )
}
"""What nosy companies ask: their field, a data category where they name one, the question in both languages."""


def amount_text(money: Money, language: str) -> str:
    """`12,90 EUR` or `12.90 EUR`, with a thousands sign as the language writes it."""
    whole, _, cents = money.text().partition(".")
    comma, group = (",", ".") if language == "de" else (".", ",")
    grouped = f"{int(whole):,}".replace(",", group)
    return f"{grouped}{comma}{cents} {money.currency}" if cents else f"{grouped} {money.currency}"


def day_text(day: date, language: str) -> str:
    return f"{day:%d.%m.%Y}" if language == "de" else day.isoformat()


def moment_text(moment: datetime, language: str) -> str:
    return f"{day_text(moment.date(), language)}, {moment:%H:%M}" + (" Uhr" if language == "de" else "")


def terms_text(category: Category, terms: Terms, language: str) -> str:
    """The terms in one sentence's worth of phrases, headline price first."""
    headline = category.headline()
    rest = [issue for issue in category.issues if issue.name in terms and issue.name != headline.name]
    ordered = ([headline] if headline.name in terms else []) + rest
    return ", ".join(_phrase(issue, terms[issue.name], language, issue is headline) for issue in ordered)


def _phrase(issue: Issue, value: TermValue, language: str, headline: bool) -> str:
    label = issue.labels[language]
    match value:
        case bool():
            return label if value else f"{label}: {'nein' if language == 'de' else 'no'}"
        case Money():
            amount = amount_text(value, language)
            if headline:
                return f"{amount} {_PER[language][issue.per]}"
            return f"{label} {amount}"
        case Period():
            return f"{label} {_period(value, language)}"
        case Decimal():
            number = format(value.normalize(), "f")
            return f"{number.replace('.', ',') if language == 'de' else number} {issue.unit} {label}"
        case date():
            return f"{label} {day_text(value, language)}"
        case _:
            return f"{label}: {(issue.choice_labels or {}).get(value, {}).get(language, value)}"


def _period(period: Period, language: str) -> str:
    if not period.months and not period.days:
        return "keine" if language == "de" else "none"
    months = f"{period.months} " + (
        ("Monat" if period.months == 1 else "Monate") if language == "de" else _plural(period.months, "month")
    )
    days = f"{period.days} " + (
        ("Tag" if period.days == 1 else "Tage") if language == "de" else _plural(period.days, "day")
    )
    return " ".join(text for text, count in ((months, period.months), (days, period.days)) if count)


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
