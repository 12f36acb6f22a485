"""The sentences we write to companies, German and English. Warm, short, honest that a bot writes."""

from __future__ import annotations

from enum import StrEnum

from agent.language.results import Language


class Phrase(StrEnum):
    """One slot of a message."""

    INTRODUCTION = "introduction"
    GREETING = "greeting"
    CLOSING = "closing"
    FAREWELL = "farewell"
    SIGNATURE = "signature"
    ASK = "ask"
    WISHES = "wishes"
    MISSING = "missing"
    ALL_IN = "all_in"
    PROPOSE = "propose"
    COUNTER = "counter"
    LAST_CALL = "last_call"
    CITED = "cited"
    PROFFER = "proffer"
    PROFFER_TAKEN = "proffer_taken"
    PROFFER_DECLINED = "proffer_declined"
    ACCEPT = "accept"
    COMMIT = "commit"
    COMMIT_CONFIRM = "commit_confirm"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    WITHDRAW_DATA = "withdraw_data"
    INQUIRE = "inquire"
    INFORM = "inform"
    LEAVE = "leave"


PHRASES: dict[Language, dict[Phrase, str]] = {
    "en": {
        Phrase.INTRODUCTION: (
            "Good day,\n\nI am Gegenbot, a software assistant. I write on behalf of a private customer "
            "who would like to hear from you about: {deal}."
        ),
        Phrase.GREETING: "Thank you for your message.",
        Phrase.CLOSING: "Thank you for taking the time. I look forward to your reply.",
        Phrase.FAREWELL: "Thank you for the friendly exchange, and all the best.",
        Phrase.SIGNATURE: "Kind regards\nGegenbot, an automated assistant acting for a customer",
        Phrase.ASK: "Would you please make an offer for this ({deal})?",
        Phrase.WISHES: "This is what would suit best:",
        Phrase.MISSING: "To understand your offer completely, these points are still open:",
        Phrase.ALL_IN: (
            "Please name all prices including VAT and every one-off fee, with term, notice period and validity. "
            "This is an enquiry and binds neither side."
        ),
        Phrase.PROPOSE: "This would be a good solution from our side:",
        Phrase.COUNTER: "Your offer is a good start. Could we meet on these terms?",
        Phrase.LAST_CALL: "This is our last proposal. Please answer with your best and final offer.",
        Phrase.CITED: "You yourself asked {price} for the same on {day} ({url}).",
        Phrase.PROFFER: "For personal data I propose the agreement {name} (IEEE 7012, MyTerms).",
        Phrase.PROFFER_TAKEN: "For personal data I accept the agreement {name} (IEEE 7012, MyTerms).",
        Phrase.PROFFER_DECLINED: "For personal data I cannot accept the agreement {name} (IEEE 7012, MyTerms).",
        Phrase.ACCEPT: "That sounds good. I would gladly put exactly these terms forward:",
        Phrase.COMMIT: "The person I act for has said yes. I accept your offer bindingly, on exactly these terms:",
        Phrase.COMMIT_CONFIRM: "Please confirm the contract with these terms. Anything that differs is not agreed.",
        Phrase.REJECT: "Thank you for the offer. On these terms we cannot come together yet; a better one is welcome.",
        Phrase.WITHDRAW: "I take back what I last put forward. Please do not act on it.",
        Phrase.WITHDRAW_DATA: (
            "The leave to use what I told you about the person I act for has ended. Please delete it, do not use it "
            "any more, and confirm this."
        ),
        Phrase.INQUIRE: "May I ask about one point: {field}?",
        Phrase.INFORM: "You asked about {field}: {value}.",
        Phrase.LEAVE: "We will not continue this conversation for now.",
    },
    "de": {
        Phrase.INTRODUCTION: (
            "Guten Tag,\n\nich bin Gegenbot, ein Software-Assistent, und schreibe im Auftrag einer Privatperson, "
            "die sich für Folgendes interessiert: {deal}."
        ),
        Phrase.GREETING: "Vielen Dank für Ihre Nachricht.",
        Phrase.CLOSING: "Danke, dass Sie sich die Zeit nehmen. Ich freue mich auf Ihre Antwort.",
        Phrase.FAREWELL: "Vielen Dank für den freundlichen Austausch und alles Gute.",
        Phrase.SIGNATURE: "Freundliche Grüße\nGegenbot, ein automatischer Assistent im Auftrag eines Kunden",
        Phrase.ASK: "Würden Sie uns hierfür ({deal}) bitte ein Angebot machen?",
        Phrase.WISHES: "So würde es am besten passen:",
        Phrase.MISSING: "Um Ihr Angebot ganz zu verstehen, sind diese Punkte noch offen:",
        Phrase.ALL_IN: (
            "Bitte nennen Sie alle Preise inklusive Mehrwertsteuer und aller einmaligen Kosten, mit Laufzeit, "
            "Kündigungsfrist und Gültigkeit. Diese Anfrage ist unverbindlich."
        ),
        Phrase.PROPOSE: "Das wäre aus unserer Sicht eine gute Lösung:",
        Phrase.COUNTER: "Ihr Angebot ist ein guter Anfang. Könnten wir uns auf diese Bedingungen einigen?",
        Phrase.LAST_CALL: "Das ist unser letzter Vorschlag. Bitte antworten Sie mit Ihrem besten und letzten Angebot.",
        Phrase.CITED: "Am {day} haben Sie dasselbe selbst für {price} angeboten ({url}).",
        Phrase.PROFFER: "Für persönliche Daten schlage ich die Vereinbarung {name} (IEEE 7012, MyTerms) vor.",
        Phrase.PROFFER_TAKEN: "Für persönliche Daten nehme ich die Vereinbarung {name} (IEEE 7012, MyTerms) an.",
        Phrase.PROFFER_DECLINED: (
            "Für persönliche Daten kann ich die Vereinbarung {name} (IEEE 7012, MyTerms) nicht annehmen."
        ),
        Phrase.ACCEPT: "Das klingt gut. Genau diese Bedingungen würde ich gerne vorlegen:",
        Phrase.COMMIT: (
            "Die Person, für die ich handle, hat zugestimmt. Ich nehme Ihr Angebot verbindlich an, "
            "zu genau diesen Bedingungen:"
        ),
        Phrase.COMMIT_CONFIRM: (
            "Bitte bestätigen Sie den Vertrag mit diesen Bedingungen. Was davon abweicht, ist nicht vereinbart."
        ),
        Phrase.REJECT: (
            "Vielen Dank für das Angebot. Zu diesen Bedingungen kommen wir noch nicht zusammen; "
            "ein besseres ist willkommen."
        ),
        Phrase.WITHDRAW: "Ich nehme meinen letzten Vorschlag zurück. Bitte handeln Sie nicht danach.",
        Phrase.WITHDRAW_DATA: (
            "Die Erlaubnis, das über die Person Gesagte zu nutzen, für die ich handle, ist beendet. Bitte löschen Sie "
            "es, nutzen Sie es nicht weiter und bestätigen Sie das."
        ),
        Phrase.INQUIRE: "Darf ich zu einem Punkt nachfragen: {field}?",
        Phrase.INFORM: "Sie fragten nach {field}: {value}.",
        Phrase.LEAVE: "Wir führen dieses Gespräch vorerst nicht weiter.",
    },
}

NON_BINDING: dict[Language, str] = {
    "en": "This is subject to confirmation by the person I act for.",
    "de": "Dies gilt vorbehaltlich der Bestätigung durch die Person, für die ich handle.",
}
"""Stands in every proposal and acceptance that is not a commitment."""

REFUSAL: dict[Language, str] = {
    "en": "I am not able to share that. Please make your offer without it, or say which part of the offer needs it.",
    "de": (
        "Dazu kann ich keine Auskunft geben. Bitte machen Sie Ihr Angebot ohne diese Angabe, "
        "oder sagen Sie, welcher Teil des Angebots sie braucht."
    ),
}
"""The one answer to every question that is not answered: the same whether a value exists or not."""

MONTH_NAMES: dict[Language, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
    ),
}  # fmt: skip
