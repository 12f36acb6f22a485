"""The rules a new person starts with: bands while asking for quotes, contract data for the chosen provider only.

Everything not named here is denied. Each rule carries its own sentence in both languages so that a first-run screen can
show what was agreed to; the person may change or delete every one of them.
"""

from __future__ import annotations

from memory.facts import CategoryId, Granularity, Purpose, Stage
from memory.rules.model import Effect, PrivacyRule, RecipientKind, RecipientSelector, RuleId

_SERVICE = frozenset({Purpose.REQUESTED_SERVICE, Purpose.ENTER_CONTRACT, Purpose.FULFIL_CONTRACT})
_CONTRACT = _SERVICE | {Purpose.REGISTRATION, Purpose.PAYMENT, Purpose.IDENTITY, Purpose.CUSTOMER_CARE, Purpose.CLAIMS}
_TALKING = frozenset({Stage.QUOTE, Stage.OFFER})
_SIGNED = frozenset({Stage.COMMIT, Stage.AFTER})

# slug | category | finest rung | English | German
_WHILE_TALKING = (
    ("dwelling", "gb:Dwelling", "EXACT", "Anyone quoting may know what the flat is like",
     "Wer ein Angebot macht, darf wissen, wie die Wohnung ist"),
    ("use", "pd:ServiceConsumptionBehaviour", "BAND", "Anyone quoting may know roughly how much I use",
     "Wer ein Angebot macht, darf ungefähr wissen, wie viel ich verbrauche"),
    ("household", "gb:HouseholdSize", "BAND", "Anyone quoting may know roughly how many we are",
     "Wer ein Angebot macht, darf ungefähr wissen, wie viele wir sind"),
    ("bulky", "gb:BulkyItem", "EXACT", "Anyone quoting may know of heavy pieces",
     "Wer ein Angebot macht, darf von schweren Stücken wissen"),
    ("volume", "gb:GoodsVolume", "BAND", "Anyone quoting may know roughly how much is to be moved",
     "Wer ein Angebot macht, darf ungefähr wissen, wie viel zu transportieren ist"),
    ("insured", "gb:SumInsured", "BAND", "Anyone quoting may know roughly what my belongings are worth",
     "Wer ein Angebot macht, darf ungefähr wissen, was mein Hausrat wert ist"),
    ("city", "pd:City", "CITY", "Anyone quoting may know my city",
     "Wer ein Angebot macht, darf meine Stadt wissen"),
    ("postcode", "pd:PostalCode", "REGION", "Anyone quoting may know the first two digits of my postcode",
     "Wer ein Angebot macht, darf die ersten zwei Ziffern meiner Postleitzahl wissen"),
    ("plans", "gb:MovingDate", "EXACT", "Anyone quoting may know my moving date",
     "Wer ein Angebot macht, darf meinen Umzugstermin wissen"),
    ("travel", "gb:TravelDates", "EXACT", "Anyone quoting may know my travel dates",
     "Wer ein Angebot macht, darf meine Reisedaten wissen"),
    ("guests", "gb:Guests", "EXACT", "Anyone quoting may know how many guests come",
     "Wer ein Angebot macht, darf die Zahl der Gäste wissen"),
    ("age", "pd:Age", "BAND", "Anyone quoting may know the decade I was born in",
     "Wer ein Angebot macht, darf wissen, in welchem Jahrzehnt ich geboren bin"),
)  # fmt: skip
_AFTER_MY_YES = (
    ("name", "pd:Name", "EXACT", "Only the provider I chose learns my name",
     "Nur der Anbieter, den ich gewählt habe, erfährt meinen Namen"),
    ("address", "pd:PhysicalAddress", "EXACT", "Only the provider I chose learns my address",
     "Nur der Anbieter, den ich gewählt habe, erfährt meine Adresse"),
    ("contact", "pd:Contact", "EXACT", "Only the provider I chose learns how to reach me",
     "Nur der Anbieter, den ich gewählt habe, erfährt, wie ich zu erreichen bin"),
    ("meter", "gb:MeterNumber", "EXACT", "Only the provider I chose learns my meter number",
     "Nur der Anbieter, den ich gewählt habe, erfährt meine Zählernummer"),
)  # fmt: skip
_AFTER_MY_YES_ASK = (
    ("birth", "pd:BirthDate", "Ask me before the provider I chose learns my birth date",
     "Frag mich, bevor der gewählte Anbieter mein Geburtsdatum erfährt"),
    ("bank", "pd:BankAccount", "Ask me before the provider I chose learns my bank account",
     "Frag mich, bevor der gewählte Anbieter meine Bankverbindung erfährt"),
)  # fmt: skip
_NEVER = (
    ("income", "pd:Income", "Never tell anyone my income", "Niemand erfährt mein Einkommen"),
    ("employer", "pd:EmploymentHistory", "Never tell anyone my employer", "Niemand erfährt meinen Arbeitgeber"),
    ("health", "pd:MedicalHealth", "Never tell anyone about my health", "Niemand erfährt etwas über meine Gesundheit"),
    ("religion", "pd:Religion", "Never tell anyone my religion", "Niemand erfährt meine Religion"),
    ("politics", "pd:PoliticalOpinion", "Never tell anyone my politics", "Niemand erfährt meine politische Meinung"),
    ("budget", "gb:NeverTold", "Never tell anyone my budget, my limits or other offers",
     "Niemand erfährt mein Budget, meine Grenzen oder andere Angebote"),
)  # fmt: skip
_MARKETING = (
    "Nobody gets anything of mine for advertising",
    "Niemand bekommt etwas von mir für Werbung",
)
_ROOTS = ("pd:Identifying", "pd:Contact", "pd:Location", "pd:Tracking", "pd:Financial", "pd:Professional",
          "pd:Household", "pd:Family")  # fmt: skip


def default_rules(lang: str = "en") -> tuple[PrivacyRule, ...]:
    """The good default set, worded in English or German (`lang` "de..."). Deny is the default of the engine itself."""
    german = lang.startswith("de")
    chosen, anyone = RecipientSelector(RecipientKind.CHOSEN), RecipientSelector()
    rules = [
        PrivacyRule(
            RuleId(f"default-quote-{slug}"), Effect.PERMIT, CategoryId(term), de if german else en, anyone,
            Granularity[rung], _SERVICE, _TALKING,
        )
        for slug, term, rung, en, de in _WHILE_TALKING
    ]  # fmt: skip
    rules += [
        PrivacyRule(
            RuleId(f"default-commit-{slug}"), Effect.PERMIT, CategoryId(term), de if german else en, chosen,
            Granularity[rung], _CONTRACT, _SIGNED,
        )
        for slug, term, rung, en, de in _AFTER_MY_YES
    ]  # fmt: skip
    rules += [
        PrivacyRule(
            RuleId(f"default-ask-{slug}"), Effect.ASK, CategoryId(term), de if german else en, chosen,
            Granularity.EXACT, _CONTRACT, _SIGNED,
        )
        for slug, term, en, de in _AFTER_MY_YES_ASK
    ]  # fmt: skip
    rules += [
        PrivacyRule(RuleId(f"default-never-{slug}"), Effect.FORBID, CategoryId(term), de if german else en)
        for slug, term, en, de in _NEVER
    ]
    advertising = frozenset({Purpose.MARKETING, Purpose.SELL_DATA})
    rules += [
        PrivacyRule(
            RuleId(f"default-marketing-{root.partition(':')[2].lower()}"), Effect.FORBID, CategoryId(root),
            _MARKETING[german], purposes=advertising,
        )
        for root in _ROOTS
    ]  # fmt: skip
    return tuple(rules)
