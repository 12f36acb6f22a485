"""What a company's message does: accept, refuse, end, confirm, press, ask. German and English phrases, negation aware.

Everything found is a claim in text. A confirmation read here never binds us and never proves that they are bound.
"""

from __future__ import annotations

import re

from agent.language.questions import read_questions
from agent.language.results import ReadIntent, Signal
from agent.language.segments import Segment, clauses, own_words, sentences, verbal_negation
from negotiators.categories import Category
from negotiators.text import Span, UntrustedText

_W, _X = r"(?<![^\W\d_])", r"(?![^\W\d_])"

_PHRASES: dict[Signal, str] = {
    Signal.CONFIRM:
        r"(?:we|i)(?: hereby| herewith| gladly| can)? confirm (?:your|the|this|that|our) (?:\w+ )?(?:order|booking|"
        r"contract|agreement|reservation|purchase|acceptance|deal|terms|subscription)|(?:your|the) (?:order|booking|"
        r"reservation|contract|agreement|subscription) (?:is|has been|was) (?:\w+ )?(?:confirmed|accepted|concluded|"
        r"placed|signed)|(?:order|booking|contract|reservation) confirm(?:ed|ation)|contract (?:is )?concluded|"
    r"(?:wir|ich) bestätigen? (?:hiermit |Ihnen |gerne? |verbindlich )*(?:Ihre[nrms]?|den|die|das|"
        r"unsere[nrms]?) \w+|(?:Ihr|Ihre|der|die) (?:Auftrag|Bestellung|Buchung|Vertrag|Reservierung) (?:ist|wurde|"
        r"wird) (?:\w+ )?(?:bestätigt|angenommen|geschlossen|abgeschlossen|zustande gekommen)|Auftragsbestätigung|"
        r"Buchungsbestätigung|Vertragsbestätigung|hiermit verbindlich",
    Signal.ACCEPT:
        r"(?:we|i)(?:['’]ll| will| can| do| gladly| happily| are happy to| am happy to|"
        r" would be happy to)*\s+(?:accept|agree|take it|take that)|(?:that|this|it)(?:['’]s| is| sounds| works|"
        r" would be) (?:a deal|agreed|acceptable|accepted|fine with us|fine by us|good for us)|(?:your|"
        r"the) (?:offer|proposal|counter\w*|terms|price) (?:is|are|has been) (?:accepted|acceptable|agreed)|"
        r"(?:you have|you['’]ve got|it['’]s|we have|we['’]ve got) a deal|agreed|accepted|deal[!.]|works for us|"
    r"(?:wir|ich) (?:nehmen|nehme|akzeptieren|akzeptiere|stimmen|stimme|sind|bin) (?:\w+ ){0,5}?(?:an|zu|"
        r"einverstanden|akzeptieren|(?:Ihr|Ihren|das|den) (?:Angebot|Vorschlag|Preis|Gebot))|wir akzeptieren|"
        r"einverstanden|abgemacht|angenommen|das passt (?:für uns|so)|so machen wir(?:['’]s| es| das)|"
        r"geht in Ordnung|(?:Ihrem|dem) (?:Vorschlag|Angebot) stimmen wir zu|zugesagt|nehmen wir (?:gern\w* )?an",
    Signal.REFUSE:
        r"(?:we|i)(?:['’]re| are| am)? (?:afraid |sorry,? )?(?:must|have to|need to)? ?(?:decline|reject|refuse|"
        r"turn (?:it|that|this) down)|(?:cannot|can ?not|can['’]t|won['’]t|are unable to|are not able to|"
        r"not able to|not possible to|will not|couldn['’]t|could not) (?:accept|agree|do|offer|match|go|meet|lower|"
        r"reduce|take|grant)|(?:is|that['’]s|it['’]s) (?:too low|not possible|not acceptable|"
        r"out of (?:the )?question|not feasible|unacceptable)|unfortunately,? (?:we|that|this|i|no)|(?:offer|"
        r"proposal) (?:is |has been )?(?:rejected|declined|refused)|no deal|below our|"
    r"(?:ab)?lehnen (?:wir|Sie|das|Ihr)|(?:wir|ich) (?:müssen|muss|lehnen|lehne) (?:\w+ ){0,5}?(?:ablehnen|"
        r"absagen|ab)|(?:können|kann|möchten|werden) (?:wir|ich) (?:\w+ ){0,5}?(?:nicht (?:annehmen|akzeptieren|"
        r"anbieten|zustimmen|machen|mitgehen|gewähren|darstellen|weiter)|kein\w* \w+ (?:machen|anbieten))|(?:wir|"
        r"ich) (?:können|kann) (?:\w+ ){0,6}?(?:nicht|kein\w*)|leider (?:nicht|nein|können|kann|ist|müssen|zu)|"
        r"(?:ist|das ist) (?:uns )?(?:zu (?:niedrig|wenig)|nicht (?:möglich|machbar|annehmbar|akzeptabel))|"
        r"nicht möglich|abgelehnt|geht (?:leider )?nicht|kommt nicht in ?frage",
    Signal.END:
        r"end (?:this|the|our) (?:conversation|negotiation|talk|chat|discussion)s?|(?:conversation|negotiation|talk|"
        r"chat)s? (?:is|are|has been|have) (?:over|closed|ended|finished|terminated)|we (?:will |have to |"
        r"must )?(?:stop|end|close|leave it) here|withdraw(?:ing)? (?:our|the|from)|no longer (?:available|"
        r"interested|willing|valid)|goodbye|good bye|no further (?:offers|negotiation|discussion)s?|"
        r"not going to continue|walk(?:ing)? away|this is where we part|we are out|"
    r"beenden (?:wir|das|die|hiermit)|(?:Gespräch|Verhandlung|Chat|Unterhaltung) (?:ist|sind|wird|wurde|"
        r"werden) (?:\w+ )?(?:beendet|geschlossen|abgebrochen)|ziehen (?:wir )?(?:unser|"
        r"das) Angebot (?:\w+ )?zurück|ziehen wir uns zurück|auf Wiedersehen|auf Wiederhören|"
        r"nicht mehr (?:verfügbar|interessiert|gültig)|keine weiteren (?:Angebote|Verhandlungen)|"
        r"brechen (?:wir )?\w* ?(?:\w+ )?ab|damit ist (?:das|die) \w+ (?:für uns )?beendet",
    Signal.FINAL:
        r"(?:final|last|best and final|very best|best possible|rock[- ]bottom|lowest possible) (?:offer|price|word|"
        r"proposal)|take it or leave it|(?:our|my) (?:final|last|absolute|bottom)|(?:cannot|can['’]t|won['’]t|"
        r"not able to) go (?:any )?(?:lower|further|below)|fixed price|prices? (?:is|are) fixed|not negotiable|"
        r"non-negotiable|no room|as low as (?:we|i) can|"
    r"letzte[sr]? (?:Angebot|Preis|Wort|Vorschlag)|unser bestes Angebot|(?:weiter|tiefer|niedriger|"
        r"mehr) (?:können|kann|geht|gehen) (?:wir |ich |es )?(?:\w+ )?nicht|äußerst\w+ (?:Preis|Angebot)|"
        r"Schmerzgrenze|nicht verhandelbar|Festpreis|kein Spielraum|keinen Spielraum|Fixpreis|mein letztes|"
        r"unser letztes|Endpreis",
    Signal.PRESSURE:
        r"(?:only|just) (?:for )?(?:the next )?(?:\d{1,4}|one|two|three|five|ten|fifteen|twenty|thirty|"
        r"a few) (?:more )?(?:minutes?|hours?|seconds?|left|remaining|places?|rooms?|spots?|units?)|(?:\d{1,4}|ten|"
        r"five|"
        r"few) (?:minutes?|hours?|seconds?) (?:left|remaining|only)|today only|only today|only valid today|"
        r"ends (?:today|tonight|in \d{1,4})|expires (?:today|tonight|soon|in (?:\d{1,4}|ten|five|a few) (?:minutes?|"
        r"hours?))|last chance|act (?:now|fast|quickly)|hurry|limited time|while stocks? lasts?|right now or|"
        r"now or never|decide (?:now|immediately|today|quickly)|must (?:decide|answer|reply|accept) (?:now|"
        r"immediately|today|within)|immediate(?:ly)? (?:decision|answer|reply)|before it['’]s (?:too late|gone)|"
        r"offer (?:disappears|is gone)|selling fast|almost (?:gone|sold out)|other customers? (?:is|are) (?:waiting|"
        r"interested|looking)|someone else is|urgent(?:ly)?|final minutes|don['’]t miss|"
    r"nur (?:noch )?(?:heute|bis Mitternacht|jetzt|wenige|kurze Zeit|für kurze Zeit|\d{1,4} (?:Minuten?|Stunden?|"
        r"Plätze|Stück|Zimmer)|(?:zehn|fünf|fünfzehn|zwanzig|dreißig|eine|zwei|drei) (?:Minuten?|Stunden?))|"
        r"noch (?:zehn|fünf|\d{1,4}) (?:Minuten|Stunden|Sekunden)|(?:in|innerhalb von|binnen) (?:zehn|fünf|"
        r"\d{1,4}) Minuten|"
        r"letzte Chance|jetzt oder nie|schnell (?:sein|zugreifen|entscheiden)|sofort (?:entscheiden|zusagen|"
        r"zuschlagen|zugreifen|abschließen)|entscheiden Sie sich (?:jetzt|sofort|heute|schnell)|"
        r"heute noch (?:entscheiden|zusagen|abschließen|unterschreiben)|solange (?:der )?Vorrat reicht|beeilen|"
        r"zeitlich begrenzt|Angebot (?:endet|verfällt|läuft) (?:heute|in Kürze|bald|gleich)|verfällt (?:heute|in)|"
        r"dringend|andere (?:Kunden|Interessenten) (?:warten|sind|haben)|(?:fast|bald) (?:weg|ausverkauft|"
        r"vergriffen)|bevor es zu spät|greifen Sie (?:jetzt )?(?:schnell )?zu|nicht verpassen",
    Signal.WORKING:
        r"(?:we|i)(?:['’]ll| will) (?:get back|come back|check|reply|be in touch|look into|respond)|(?:checking|"
        r"working on|processing|looking into) (?:it|that|this|your)|please (?:wait|be patient|hold on|stand by)|"
        r"one moment|bear with (?:us|me)|will (?:take|need) (?:a few|some|\d{1,4}) (?:minutes|hours|days)|(?:need|"
        r"give us) (?:some|a little|a bit more|more) time|"
    r"(?:wir|ich) (?:melden|melde) (?:uns|mich)|(?:wir|ich) (?:prüfen|prüfe|klären|kläre)|"
        r"einen (?:kleinen )?Moment|bitte (?:warten|um (?:etwas )?Geduld|gedulden)|in Bearbeitung|wird (?:derzeit |"
        r"gerade )?(?:geprüft|bearbeitet)|benötigen (?:noch )?(?:etwas|mehr) Zeit|melden uns (?:in Kürze|bald|"
        r"wieder)",
}  # fmt: skip
_PATTERNS = {signal: re.compile(rf"{_W}(?:{body})", re.IGNORECASE) for signal, body in _PHRASES.items()}
_HYPOTHETICAL = re.compile(
    rf"{_W}(?:if you|if we|once you|when you|should you|as soon as|would you|do you|can you|could you|will you|"
    rf"please|to confirm|in order to|after you|before (?:we|you)|"
    rf"wenn Sie|falls Sie|sobald|sollten Sie|könnten Sie|würden Sie|möchten Sie|nehmen Sie|bitte|bevor|"
    rf"damit Sie|sofern){_X}",
    re.IGNORECASE,
)
_NEGATABLE = {Signal.ACCEPT, Signal.CONFIRM, Signal.END}
_CLAIMED_BY_US = {Signal.ACCEPT, Signal.CONFIRM}


def _clause_at(sentence: Segment, start: int) -> Segment:
    for clause in clauses(sentence):
        local = clause.start - sentence.start
        if local <= start < local + len(clause.text):
            return clause
    return sentence


def _says(sentence: Segment, signal: Signal) -> Span | None:
    for match in _PATTERNS[signal].finditer(sentence.text):
        clause = _clause_at(sentence, match.start())
        if signal in _NEGATABLE and (
            verbal_negation(clause.text) and not (signal is Signal.END and "no longer" in match.group().lower())
        ):
            continue
        if signal in _CLAIMED_BY_US and (sentence.is_question or _HYPOTHETICAL.search(sentence.text[: match.start()])):
            continue
        return sentence.span(match.start(), match.end())
    return None


def read_intent(text: UntrustedText, category: Category | None = None) -> ReadIntent:
    """Signals and data questions of a message. With `category`, its own parameters are matched first."""
    own = own_words(text.reveal())
    signals: dict[Signal, Span] = {}
    for sentence in sentences(own):
        for signal in Signal:
            if signal in signals:
                continue
            span = _says(sentence, signal)
            if span is not None:
                signals[signal] = span
    if Signal.CONFIRM in signals:
        signals.pop(Signal.ACCEPT, None)
    return ReadIntent(tuple(signals.items()), read_questions(own, category))
