"""The words for personal data: W3C DPV 2.3 terms (`pd:`, `dpv:`) and our own (`gb:`).

The `pd:` and `dpv:` identifiers name single terms of the Data Privacy Vocabulary. This software or document includes
material copied from or derived from the Data Privacy Vocabulary (DPV), https://w3id.org/dpv. Copyright (c) World Wide
Web Consortium. https://www.w3.org/copyright/software-license-2023/

Changes against DPV: only terms a buyer meets are kept, a parent that is left out is replaced by the nearest one kept,
labels are ours, and some edges are added where a person would be surprised otherwise (a salary is an income, an
employer is read off an employment history, a password is a credential). Terms DPV lacks have the prefix `gb:`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from memory.errors import UnknownTermError, nearest

CategoryId = NewType("CategoryId", str)


class Shape(StrEnum):
    """How a value of a category is written, and therefore how it can be made coarser (`memory.facts.coarsen`)."""

    TEXT = "text"  # free words: exact, the person's own words for less, or nothing
    NAME = "name"  # "Mira Sommerfeldt"; less exactly: the given name
    ADDRESS = "address"  # "Street 12, 10435 Berlin"
    POSTCODE = "postcode"
    CITY = "city"
    BIRTH_DATE = "birth_date"  # ISO date
    DATE = "date"  # ISO date
    NUMBER = "number"  # decimal number with an optional unit; `band` is the width of a band


@dataclass(frozen=True, slots=True)
class DataCategory:
    """A kind of personal data.

    `id` is `prefix:Term`; `parents` are broader categories (a rule about a parent covers this one); `never` marks what
    no rule can release; `special` marks GDPR Art. 9 data, which needs a rule that names the recipient;
    `band` is the width of one band in the value's own unit (shape NUMBER only).
    """

    id: CategoryId
    parents: tuple[CategoryId, ...]
    en: str
    de: str
    shape: Shape = Shape.TEXT
    band: int = 0
    never: bool = False
    special: bool = False


# id | parents | English | German | shape[:band]. A line per term keeps the table readable as a table.
_TABLE = """
dpv:SpecialCategoryPersonalData | | sensitive data (GDPR Art. 9) | besonders geschützte Angaben (Art. 9 DSGVO)
gb:NeverTold | | what is never told | was nie gesagt wird
gb:Budget | gb:NeverTold | my budget | mein Budget
gb:ReservationPrice | gb:NeverTold | my limit | meine Schmerzgrenze
gb:Weights | gb:NeverTold | how much each point matters to me | wie wichtig mir welcher Punkt ist
gb:Alternatives | gb:NeverTold | the alternatives I hold | meine Alternativen
gb:RivalOffers | gb:NeverTold | other companies' offers | Angebote anderer Firmen
gb:Mandate | gb:NeverTold | what my bot may sign | was mein Bot unterschreiben darf
gb:Rules | gb:NeverTold | my privacy rules | meine Datenschutzregeln
gb:Credentials | gb:NeverTold | passwords and keys | Passwörter und Schlüssel
pd:Authenticating | gb:Credentials | login data | Anmeldedaten
pd:Password | pd:Authenticating | password | Passwort
pd:PINCode | pd:Authenticating | PIN | PIN
pd:SecretText | pd:Authenticating | security question or one-time code | Sicherheitsfrage oder Einmalcode

pd:Identifying | | who I am | wer ich bin
pd:Name | pd:Identifying | name | Name | name
pd:OfficialID | pd:Identifying | ID document number | Ausweisnummer
pd:Passport | pd:OfficialID | passport | Reisepass
pd:Username | pd:Identifying | user name | Benutzername
pd:Picture | pd:Identifying | photo of me | Foto von mir
pd:Biometric | pd:Identifying dpv:SpecialCategoryPersonalData | biometric data | biometrische Daten
pd:VehicleLicense | pd:Identifying | licence plate or driving licence | Kennzeichen oder Führerschein

pd:Contact | | contact details | Kontaktdaten
pd:EmailAddress | pd:Contact | e-mail address | E-Mail-Adresse
pd:TelephoneNumber | pd:Contact | phone number | Telefonnummer
pd:Location | | where I am | Aufenthalt
pd:CurrentLocation | pd:Location | where I am right now | aktueller Standort
pd:PhysicalAddress | pd:Contact pd:Location | address | Adresse | address
gb:NewAddress | pd:PhysicalAddress | new address | neue Adresse | address
gb:DeliveryAddress | pd:PhysicalAddress | delivery address | Lieferadresse | address
pd:Street | pd:PhysicalAddress | street | Straße
pd:HouseNumber | pd:PhysicalAddress | house number | Hausnummer
pd:PostalCode | pd:PhysicalAddress | postal code | Postleitzahl | postcode
pd:City | pd:PhysicalAddress | city | Stadt | city
pd:Region | pd:PhysicalAddress | region | Region
pd:Country | pd:Location | country | Land
pd:WorkLocation | pd:Location pd:Professional | place of work | Arbeitsort
pd:TravelHistory | pd:Location | past journeys | frühere Reisen
pd:BirthPlace | pd:Location | place of birth | Geburtsort
pd:IPAddress | pd:Tracking | IP address | IP-Adresse
pd:Tracking | | traces of my devices | Gerätespuren

pd:PhysicalCharacteristic | | bodily features | körperliche Merkmale
pd:Age | pd:PhysicalCharacteristic | age | Alter | number:10
pd:BirthDate | pd:Age | birth date | Geburtsdatum | birth_date
pd:Gender | pd:PhysicalCharacteristic | gender | Geschlecht
pd:Height | pd:PhysicalCharacteristic | height | Körpergröße | number:10
pd:Weight | pd:PhysicalCharacteristic pd:MedicalHealth | body weight | Körpergewicht | number:10
pd:Nationality | | nationality | Staatsangehörigkeit
pd:Citizenship | pd:Nationality | citizenship | Staatsbürgerschaft
pd:Language | | languages | Sprachen

pd:Financial | | money matters | Finanzen
gb:Savings | pd:Financial | savings | Ersparnisse | number:10000
pd:Transactional | pd:Financial | payments and purchases | Zahlungen und Käufe
pd:Income | pd:Transactional | income | Einkommen | number:1000
pd:Salary | pd:Income pd:Professional | salary | Gehalt | number:1000
pd:IncomeBracket | pd:Income | income bracket | Einkommensklasse
pd:Tax | pd:Transactional | taxes | Steuern
pd:CreditScore | pd:Financial | credit score | Bonität | number:50
pd:LoanRecord | pd:Transactional | loans and debts | Kredite und Schulden
pd:FinancialAccount | pd:Financial | financial accounts | Konten
pd:BankAccount | pd:FinancialAccount | bank account | Bankverbindung
pd:PaymentCardNumber | pd:FinancialAccount | card number | Kartennummer
pd:PaymentCardExpiry | pd:FinancialAccount | card expiry | Ablaufdatum der Karte
pd:Ownership | pd:Financial | what I own | Besitz
pd:HouseOwned | pd:Ownership | house owned | Wohneigentum
pd:CarOwned | pd:Ownership | car | Auto
pd:PersonalPossession | pd:Ownership | belongings | Sachen
pd:Insurance | pd:Financial | insurance I have | Versicherungen
gb:ClaimsHistory | pd:Insurance | past claims | Vorschäden
gb:DrivingRecord | pd:Insurance | driving record | Fahrhistorie
gb:PolicyNumber | pd:Insurance | policy number | Versicherungsnummer
gb:SumInsured | pd:Insurance pd:Ownership | value of my belongings | Wert des Hausrats | number:10000
pd:PurchasesAndSpendingHabit | pd:Transactional | spending habits | Konsumverhalten
gb:CurrentContract | pd:Transactional | my present contract | mein heutiger Vertrag
gb:CurrentProvider | gb:CurrentContract | my present provider | mein heutiger Anbieter
gb:CurrentPrice | gb:CurrentContract | what I pay today | was ich heute zahle | number:10
gb:ContractEnd | gb:CurrentContract | end of my contract | Ende meines Vertrags | date
gb:CustomerNumber | gb:CurrentContract | customer number | Kundennummer

pd:Professional | | work | Arbeit
pd:EmploymentHistory | pd:Professional | employment | Beschäftigung
pd:CurrentEmployment | pd:EmploymentHistory | employer | Arbeitgeber
pd:Job | pd:Professional | occupation | Beruf
pd:Education | pd:Professional | education | Ausbildung
gb:Calendar | | appointments | Termine
gb:WorkMatters | pd:Professional | my employer's business | Interna meiner Arbeit

pd:Family | | family | Familie
pd:MaritalStatus | pd:Family | marital status | Familienstand
pd:Relationship | pd:Family | partner and relations | Beziehungen
pd:Offspring | pd:Family | children | Kinder
gb:Dependents | pd:Family | dependants | Unterhaltsberechtigte | number:2
pd:Parent | pd:Family | parents | Eltern
pd:SocialNetwork | | friends and acquaintances | Freunde und Bekannte
pd:SocialMedia | | social media | soziale Netzwerke
pd:EmailContent | | messages I write and get | meine Nachrichten
pd:TVViewingBehaviour | | media I follow | genutzte Medien
pd:Criminal | | criminal record | Vorstrafen
gb:LegalDispute | | lawsuits | Rechtsstreitigkeiten

pd:MedicalHealth | dpv:SpecialCategoryPersonalData | health | Gesundheit
pd:HealthRecord | pd:MedicalHealth | medical record | Krankenakte
pd:MentalHealth | pd:MedicalHealth | mental health | seelische Gesundheit
pd:Disability | pd:MedicalHealth | disability | Behinderung
pd:Prescription | pd:MedicalHealth | medication | Medikamente
pd:FamilyHealthHistory | pd:MedicalHealth | illnesses in the family | Krankheiten in der Familie
gb:Smoking | pd:MedicalHealth | smoking | Rauchen
gb:Diet | pd:MedicalHealth pd:Religion | diet and allergies | Ernährung und Allergien
pd:Religion | dpv:SpecialCategoryPersonalData | religion | Religion
pd:PoliticalOpinion | dpv:SpecialCategoryPersonalData | political opinion | politische Meinung
pd:EthnicOrigin | dpv:SpecialCategoryPersonalData | ethnic origin | ethnische Herkunft
pd:SexualPreference | dpv:SpecialCategoryPersonalData | sexual orientation | sexuelle Orientierung
pd:TradeUnionMembership | dpv:SpecialCategoryPersonalData | trade union membership | Gewerkschaftszugehörigkeit

pd:Household | | household | Haushalt
gb:HouseholdSize | pd:Household | people in the household | Personen im Haushalt | number:2
gb:Pet | pd:Household | pets | Haustiere
gb:HomeSecurity | pd:Household | alarms, keys, when nobody is home | Alarmanlage, Schlüssel, Abwesenheit
gb:Dwelling | pd:Household | dwelling | Wohnung
gb:FloorArea | gb:Dwelling | floor area | Wohnfläche | number:20
gb:Rooms | gb:Dwelling | rooms | Zimmer | number:2
gb:Floor | gb:Dwelling | floor | Stockwerk | number:3
gb:Lift | gb:Dwelling | lift | Aufzug
gb:Heating | gb:Dwelling | heating | Heizung
gb:Tenancy | gb:Dwelling | renting or owning | Miete oder Eigentum
gb:Access | gb:Dwelling | parking and access | Zufahrt und Halteverbot
gb:BulkyItem | pd:PersonalPossession | heavy or bulky pieces | schwere oder sperrige Stücke
gb:GoodsVolume | pd:PersonalPossession | volume to be moved | Umzugsvolumen | number:10

pd:ServiceConsumptionBehaviour | | what I use | Nutzung
gb:EnergyUse | pd:ServiceConsumptionBehaviour | energy use | Energieverbrauch | number:500
gb:ElectricityUse | gb:EnergyUse | electricity use a year | Stromverbrauch im Jahr | number:500
gb:GasUse | gb:EnergyUse | gas use a year | Gasverbrauch im Jahr | number:5000
gb:MeterNumber | pd:Household | meter number | Zählernummer
gb:MobileDataUse | pd:ServiceConsumptionBehaviour | mobile data a month | Datenverbrauch im Monat | number:10
gb:InternetUse | pd:ServiceConsumptionBehaviour | internet use | Internetnutzung
pd:VehicleUsage | pd:ServiceConsumptionBehaviour | mileage | Fahrleistung | number:5000
pd:Intention | | plans | Pläne
gb:HousingWish | pd:Intention | the home I look for | gesuchte Wohnung
gb:CoverageWish | pd:Intention | the cover I look for | gewünschter Schutz
gb:MovingDate | pd:Intention | moving date | Umzugstermin | date
gb:TravelDates | pd:Intention | travel dates | Reisedaten | date
gb:Guests | pd:Intention | number of guests | Zahl der Gäste | number:2
gb:BookingReference | pd:Transactional | booking reference | Buchungsnummer
pd:Preference | | likes and dislikes | Vorlieben
"""

_SPECIAL_ROOT = CategoryId("dpv:SpecialCategoryPersonalData")
_NEVER_ROOT = CategoryId("gb:NeverTold")


def _read_table() -> dict[CategoryId, DataCategory]:
    rows = [[cell.strip() for cell in line.split("|")] for line in _TABLE.splitlines() if line.strip()]
    parents_of = {CategoryId(row[0]): tuple(CategoryId(p) for p in row[1].split()) for row in rows}

    def under(start: CategoryId, root: CategoryId) -> bool:
        return start == root or any(under(parent, root) for parent in parents_of[start])

    categories = {}
    for row in rows:
        shape, _, band = (row[4] if len(row) > 4 else "text").partition(":")
        term = CategoryId(row[0])
        categories[term] = DataCategory(
            term, parents_of[term], row[2], row[3], Shape(shape), int(band or 0),
            never=under(term, _NEVER_ROOT), special=under(term, _SPECIAL_ROOT),
        )  # fmt: skip
    return categories


CATEGORIES: dict[CategoryId, DataCategory] = _read_table()

NEVER_CLASSES: frozenset[CategoryId] = frozenset(c.id for c in CATEGORIES.values() if c.never)
"""Categories that no rule can release. A question for one gets a constant answer."""


def category(term: str) -> DataCategory:
    """The category with this identifier; raises `UnknownTermError` naming the nearest one."""
    found = CATEGORIES.get(CategoryId(term))
    if found is None:
        raise UnknownTermError(term, nearest_term=nearest(term, CATEGORIES))
    return found


def ancestors(term: CategoryId) -> frozenset[CategoryId]:
    """The category itself and everything broader; raises `UnknownTermError`."""
    found = {term}
    for parent in category(term).parents:
        found |= ancestors(parent)
    return frozenset(found)


def covers(broad: CategoryId, narrow: CategoryId) -> bool:
    """Whether `narrow` lies in the subtree of `broad` (a category covers itself); raises `UnknownTermError`."""
    category(broad)
    return broad in ancestors(narrow)


class Purpose(StrEnum):
    """What a datum is wanted for: the DPV purposes a buyer meets (see the notice at the top of this module)."""

    REQUESTED_SERVICE = "dpv:RequestedServiceProvision"
    DELIVERY = "dpv:DeliveryOfGoods"
    ENTER_CONTRACT = "dpv:EstablishContractualAgreement"
    FULFIL_CONTRACT = "dpv:FulfilmentOfContractualObligation"
    REGISTRATION = "dpv:ServiceRegistration"
    ACCOUNT = "dpv:AccountManagement"
    PAYMENT = "dpv:PaymentManagement"
    IDENTITY = "dpv:IdentityVerification"
    AGE_CHECK = "dpv:AgeVerification"
    SOLVENCY = "dpv:CustomerSolvencyMonitoring"
    CUSTOMER_CARE = "dpv:CustomerCare"
    COMMUNICATION = "dpv:CommunicationManagement"
    CLAIMS = "dpv:CustomerClaimsManagement"
    LEGAL = "dpv:LegalCompliance"
    FRAUD = "dpv:FraudPreventionAndDetection"
    PERSONALISATION = "dpv:Personalisation"
    RECOMMENDATION = "dpv:ProvidePersonalisedRecommendations"
    MARKETING = "dpv:Marketing"
    DIRECT_MARKETING = "dpv:DirectMarketing"
    ADVERTISING = "dpv:Advertising"
    TARGETED_ADVERTISING = "dpv:TargetedAdvertising"
    ANALYTICS = "dpv:ServiceUsageAnalytics"
    RESEARCH = "dpv:ResearchAndDevelopment"
    SELL_DATA = "dpv:SellDataToThirdParties"
    LANGUAGE_MODEL = (
        "gb:LanguageModelProcessing"  # our own: a configured model or embedding endpoint is a recipient too
    )


_PURPOSE_PARENTS: dict[Purpose, Purpose] = {
    Purpose.DELIVERY: Purpose.REQUESTED_SERVICE,
    Purpose.DIRECT_MARKETING: Purpose.MARKETING,
    Purpose.ADVERTISING: Purpose.MARKETING,
    Purpose.TARGETED_ADVERTISING: Purpose.ADVERTISING,
    Purpose.RECOMMENDATION: Purpose.PERSONALISATION,
}


def purpose_covers(broad: Purpose, narrow: Purpose) -> bool:
    """Whether a rule for `broad` also speaks of `narrow` (marketing covers advertising)."""
    at: Purpose | None = narrow
    while at is not None:
        if at is broad:
            return True
        at = _PURPOSE_PARENTS.get(at)
    return False
