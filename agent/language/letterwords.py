"""What formal letters say, German and English: one text per kind, in paragraphs.

A paragraph is left out when a field it names is unknown; of alternatives the first whose fields are known is taken.
The law named is the EU's General Data Protection Regulation (articles 7, 12, 15, 17, 21); for contracts the letters
rest on the contract and on "the rights the law gives me", because which law applies is not ours to decide.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.language.results import Language


@dataclass(frozen=True, slots=True)
class LetterWords:
    """One kind of letter. `reference` follows the subject when a number is known."""

    subject: str
    reference: str
    paragraphs: tuple[str | tuple[str, ...], ...]


SALUTATION: dict[Language, str] = {"de": "Sehr geehrte Damen und Herren,", "en": "Dear Sir or Madam,"}
CLOSING: dict[Language, str] = {"de": "Mit freundlichen Grüßen", "en": "Yours faithfully"}
ENCLOSURES: dict[Language, str] = {"de": "Anlagen", "en": "Enclosures"}

_NUMBER_DE, _NUMBER_EN = "Kunden- oder Vertragsnummer {number}", "customer or contract number {number}"

_GERMAN = {
    "cancellation": LetterWords(
        "Kündigung: {contract}", _NUMBER_DE,
        (
            ("hiermit kündige ich den oben genannten Vertrag fristgerecht zum {by}, hilfsweise zum nächstmöglichen "
             "Termin.",
             "hiermit kündige ich den oben genannten Vertrag fristgerecht zum nächstmöglichen Termin."),
            "Bitte bestätigen Sie mir den Eingang dieser Kündigung und den Tag, an dem der Vertrag endet, in Textform.",
            "Eine Einzugsermächtigung oder ein SEPA-Lastschriftmandat widerrufe ich zum Vertragsende. Von Anrufen und "
            "Angeboten zur Rückgewinnung bitte ich abzusehen.",
        ),
    ),
    "objection": LetterWords(
        "Widerspruch gegen die Vertragsänderung: {contract}", _NUMBER_DE,
        (
            ("Ihrer am {by} angekündigten Änderung des oben genannten Vertrags widerspreche ich.",
             "Ihrer angekündigten Änderung des oben genannten Vertrags widerspreche ich."),
            "Der Widerspruch betrifft:\n{points}",
            "Ich habe dieser Änderung nicht zugestimmt und bitte Sie, den Vertrag zu den bisherigen Bedingungen "
            "fortzuführen. Nennen Sie mir andernfalls bitte die vertragliche oder gesetzliche Grundlage der Änderung.",
            "Beträge, die über das bisher Vereinbarte hinausgehen, zahle ich nur unter Vorbehalt. Rechte, die mir das "
            "Gesetz wegen der Änderung gibt, insbesondere ein Sonderkündigungsrecht, behalte ich mir vor.",
            "Bitte antworten Sie mir innerhalb von 14 Tagen in Textform.",
        ),
    ),
    "data_request": LetterWords(
        "Auskunft nach Artikel 15 DSGVO", _NUMBER_DE,
        (
            "bitte geben Sie mir nach Artikel 15 DSGVO Auskunft über die Daten, die Sie zu meiner Person verarbeiten, "
            "und senden Sie mir eine Kopie dieser Daten (Artikel 15 Absatz 3).",
            "Ich bitte insbesondere um die Zwecke, die Empfänger oder Empfängerkategorien, die Speicherdauer, die "
            "Herkunft der Daten und darum, ob eine automatisierte Entscheidungsfindung einschließlich Profiling "
            "stattfindet, mit Angaben zu deren Logik und Tragweite.",
            "Meine Anfrage betrifft besonders:\n{points}",
            "Nach Artikel 12 Absatz 3 DSGVO erwarte ich Ihre Antwort innerhalb eines Monats. Sollten Sie Zweifel an "
            "meiner Identität haben, teilen Sie mir bitte mit, welche Angabe genügt; eine Ausweiskopie sende ich nur, "
            "wenn sie nötig ist.",
        ),
    ),
    "erasure": LetterWords(
        "Löschung nach Artikel 17 DSGVO", _NUMBER_DE,
        (
            "bitte löschen Sie nach Artikel 17 DSGVO die Daten, die Sie zu meiner Person verarbeiten, sobald keine "
            "gesetzliche Pflicht zur Aufbewahrung mehr entgegensteht.",
            "Es geht um:\n{points}",
            "Soweit Sie Daten an andere weitergegeben haben, bitte ich Sie, diese nach Artikel 19 DSGVO zu "
            "unterrichten. Eine erteilte Einwilligung widerrufe ich.",
            "Bitte bestätigen Sie mir die Löschung innerhalb eines Monats (Artikel 12 Absatz 3 DSGVO), oder nennen Sie "
            "mir zu jeder Angabe den Grund und die Dauer der weiteren Speicherung.",
        ),
    ),
    "withdraw_consent": LetterWords(
        "Widerruf meiner Einwilligung nach Artikel 7 Absatz 3 DSGVO", _NUMBER_DE,
        (
            "hiermit widerrufe ich mit Wirkung für die Zukunft meine Einwilligung in die Verarbeitung meiner Daten.",
            "Der Widerruf betrifft:\n{points}",
            "Bitte verarbeiten Sie diese Daten nicht weiter, löschen Sie sie nach Artikel 17 Absatz 1 Buchstabe b DSGVO "
            "und unterrichten Sie die Empfänger, denen Sie sie weitergegeben haben.",
            "Bitte bestätigen Sie mir dies innerhalb eines Monats in Textform.",
        ),
    ),
    "object_marketing": LetterWords(
        "Widerspruch gegen Werbung nach Artikel 21 DSGVO", _NUMBER_DE,
        (
            "ich widerspreche nach Artikel 21 Absatz 2 DSGVO der Verarbeitung meiner Daten für Direktwerbung und das "
            "damit verbundene Profiling, auf jedem Weg (Post, Telefon, E-Mail, Nachrichten).",
            "Bitte nehmen Sie mich in Ihre Werbesperrliste auf und bestätigen Sie mir dies innerhalb eines Monats.",
        ),
    ),
}  # fmt: skip

_ENGLISH = {
    "cancellation": LetterWords(
        "Notice of cancellation: {contract}", _NUMBER_EN,
        (
            ("I hereby cancel the contract named above with effect from {by}, or failing that from the next possible "
             "date.",
             "I hereby cancel the contract named above with effect from the next possible date."),
            "Please confirm in writing that you have received this notice and the day on which the contract ends.",
            "Any direct debit authority I have given ends with the contract. Please refrain from calls and offers to "
            "win me back.",
        ),
    ),
    "objection": LetterWords(
        "Objection to the change of contract: {contract}", _NUMBER_EN,
        (
            ("I object to the change of the contract named above that you announced on {by}.",
             "I object to the change of the contract named above that you announced."),
            "My objection concerns:\n{points}",
            "I have not agreed to this change and ask you to continue the contract on its present terms. Otherwise "
            "please name the contractual or legal basis of the change.",
            "I pay amounts beyond what was agreed so far only without prejudice to my rights. I reserve the rights the law gives me "
            "because of the change, in particular a special right to cancel.",
            "Please reply in writing within 14 days.",
        ),
    ),
    "data_request": LetterWords(
        "Access request under Article 15 GDPR", _NUMBER_EN,
        (
            "Under Article 15 GDPR, please tell me which personal data about me you process, and send me a copy of "
            "them (Article 15(3)).",
            "In particular I ask for the purposes, the recipients or categories of recipient, the storage period, the "
            "source of the data, and whether automated decision-making including profiling takes place, with "
            "meaningful information about its logic and consequences.",
            "My request concerns especially:\n{points}",
            "Under Article 12(3) GDPR I expect your answer within one month. Should you doubt my identity, please say "
            "which detail will do; I send a copy of an identity document only where it is necessary.",
        ),
    ),
    "erasure": LetterWords(
        "Erasure under Article 17 GDPR", _NUMBER_EN,
        (
            "Under Article 17 GDPR, please erase the personal data about me that you process, as soon as no legal "
            "duty to keep them stands against it.",
            "This concerns:\n{points}",
            "Where you have passed data on, please inform the recipients as Article 19 GDPR requires. I withdraw any "
            "consent I have given.",
            "Please confirm the erasure within one month (Article 12(3) GDPR), or name for each item the reason and "
            "the period for which it is kept.",
        ),
    ),
    "withdraw_consent": LetterWords(
        "Withdrawal of my consent under Article 7(3) GDPR", _NUMBER_EN,
        (
            "I hereby withdraw my consent to the processing of my personal data, with effect for the future.",
            "The withdrawal concerns:\n{points}",
            "Please stop processing these data, erase them under Article 17(1)(b) GDPR, and inform the recipients to "
            "whom you passed them on.",
            "Please confirm this in writing within one month.",
        ),
    ),
    "object_marketing": LetterWords(
        "Objection to direct marketing under Article 21 GDPR", _NUMBER_EN,
        (
            "Under Article 21(2) GDPR I object to the processing of my personal data for direct marketing and the "
            "profiling that goes with it, by any means (post, telephone, e-mail, messages).",
            "Please put me on your suppression list and confirm this within one month.",
        ),
    ),
}  # fmt: skip

WORDS: dict[Language, dict[str, LetterWords]] = {"de": _GERMAN, "en": _ENGLISH}
