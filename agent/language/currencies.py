"""How currencies are written: codes, signs and names, with the ISO 4217 code each stands for.

A sign that several currencies share maps to all of them; the reader's default currency decides, or nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BYR BZD CAD CDF CHF
CLP CNY COP CRC CUC CUP CVE CZK DEM DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL
MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PTE PYG QAR RON
RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL BTC SEK RMB NIS NTD
"""
CODES = frozenset(_CODES.split())
"""ISO 4217 codes, some historic ones, and the codes people use although ISO does not list them."""

_UNOFFICIAL = {"RMB": "CNY", "NIS": "ILS", "NTD": "TWD"}

DOLLARS = ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "JMD", "BBD", "BSD", "BZD", "FJD", "NAD", "TTD")

_SIGNS: dict[str, tuple[str, ...]] = {
    "€": ("EUR",), "$": DOLLARS, "£": ("GBP", "EGP", "GIP"), "￡": ("GBP",), "₤": ("GBP", "TRY"), "¥": ("JPY", "CNY"),
    "￥": ("JPY", "CNY"), "US$": ("USD",), "U$": ("USD",), "$US": ("USD",), "USD$": ("USD",), "C$": ("CAD",),
    "CA$": ("CAD",), "CAD$": ("CAD",),
    "CAN$": ("CAD",), "AU$": ("AUD",), "A$": ("AUD",), "AUD$": ("AUD",), "NZ$": ("NZD",), "NZD$": ("NZD",),
    "HK$": ("HKD",), "S$": ("SGD",), "SG$": ("SGD",), "NT$": ("TWD",), "NT": ("TWD",), "MX$": ("MXN",),
    "MXN$": ("MXN",), "R$": ("BRL",),
    "RD$": ("DOP",), "J$": ("JMD",), "BZ$": ("BZD",), "TT$": ("TTD",), "Z$": ("ZWL",), "$U": ("UYU",), "$b": ("BOB",),
    "MOP$": ("MOP",), "CUC$": ("CUC",), "G$": ("GYD",), "N$": ("NAD",), "EC$": ("XCD",), "B/.": ("PAB",),
    "S/.": ("PEN",), "S/": ("PEN",),
    "E£": ("EGP",), "R₣": ("RWF",), "₣": ("CHF", "XPF"), "₿": ("BTC",), "₹": ("INR",), "₨": ("INR", "PKR", "LKR"),
    "र": ("INR",),
    "රු": ("LKR",), "ரூ": ("LKR",), "₽": ("RUB",), "₴": ("UAH",), "₺": ("TRY",), "₪": ("ILS",), "₫": ("VND",),
    "₩": ("KRW",), "₱": ("PHP",),
    "฿": ("THB",), "₡": ("CRC",), "₦": ("NGN",), "₭": ("LAK",), "₮": ("MNT",), "₵": ("GHS",), "₲": ("PYG",),
    "₸": ("KZT",),
    "₾": ("GEL",), "₼": ("AZN",), "֏": ("AMD",), "؋": ("AFN",), "៛": ("KHR",), "﷼": ("IRR", "SAR", "YER"),
    "ƒ": ("AWG", "ANG"),
    "元": ("CNY",), "円": ("JPY",), "圓": ("TWD", "HKD"), "원": ("KRW",), "บาท": ("THB",), "ლ": ("GEL",),
    "ლარი": ("GEL",), "VNĐ": ("VND",), "đ": ("VND",),
    "تومان": ("IRR",), "ريال": ("SAR", "IRR", "QAR"), "جنيه": ("EGP",), "دينار": ("KWD", "JOD", "BHD"),
    "دينار أردني": ("JOD",), "درهم": ("AED", "MAD"),
    "نافكا": ("ERN",), "ر.س": ("SAR",), "ر.ي": ("YER",), "ر.ق": ("QAR",), "ر.ع": ("OMR",), "د.إ": ("AED",),
    "د.ك": ("KWD",), "د.ت": ("TND",), "د.ب": ("BHD",),
    ".د.ب": ("BHD",), "د.ج": ("DZD",), "دج": ("DZD",), "د.أ": ("JOD",), "د.ا": ("JOD",), "د.ع": ("IQD",),
    "ع.د": ("IQD",), "د.ل": ("LYD",), "ل.د": ("LYD",),
    "د.م": ("MAD",), "د.": ("KWD", "JOD"), "ج.س.": ("SDG",), "ج.س": ("SDG",), "ج.م": ("EGP",), "ل.ل": ("LBP",),
    "ل.س": ("SYP",),
    "ש״ח": ("ILS",), 'ש"ח': ("ILS",), "so'm": ("UZS",),
}  # fmt: skip
_SHORT: dict[str, tuple[str, ...]] = {
    "Fr.": ("CHF",), "Fr": ("CHF",), "sFr.": ("CHF",), "SFr": ("CHF",), "SFr.": ("CHF",), "kr": ("SEK", "NOK", "DKK", "ISK"),
    "kr.": ("DKK", "SEK", "NOK", "ISK"),
    "Kr": ("SEK", "NOK", "DKK", "ISK"), "Kč": ("CZK",), "zł": ("PLN",), "Zł": ("PLN",), "zl": ("PLN",),
    "Ft": ("HUF",), "lei": ("RON",), "LEI": ("RON",),
    "lev": ("BGN",), "лв": ("BGN",), "лв.": ("BGN",), "руб": ("RUB",), "руб.": ("RUB",), "р.": ("RUB",),
    "р": ("RUB",), "Р": ("RUB",), "грн": ("UAH",), "грн.": ("UAH",),
    "дин": ("RSD",), "Дин": ("RSD",), "дин.": ("RSD",), "ден": ("MKD",), "ДЕН": ("MKD",), "км": ("BAM",),
    "тг": ("KZT",), "TL": ("TRY",), "Rs": ("INR", "PKR", "LKR"), "Rs.": ("INR", "PKR", "LKR"),
    "Rp": ("IDR",), "RM": ("MYR",), "KM": ("BAM",), "KD": ("KWD",), "LD": ("LYD",), "BD": ("BHD",), "KSh": ("KES",),
    "KShs": ("KES",), "Ksh": ("KES",), "TSh": ("TZS",), "USh": ("UGX",),
    "FBu": ("BIF",), "Fdj": ("DJF",), "Nu.": ("BTN",), "Br": ("BYN", "ETB"), "CFA": ("XOF", "XAF"), "MK": ("MWK",),
    "MT": ("MZN",), "Rf": ("MVR",), "Rf.": ("MVR",),
    "VT": ("VUV",), "Lek": ("ALL",), "FRw": ("RWF",), "RF": ("RWF",), "GFr": ("GNF",), "FG": ("GNF",),
    "Ks": ("MMK",), "Rbl": ("BYN",), "kwz": ("AOA",), "Kz": ("AOA",), "Esc": ("CVE", "PTE"),
    "UM": ("MRU",), "stg": ("GBP",), "nis": ("ILS",), "L": ("HNL", "ALL"), "Q": ("GTQ",), "q": ("GTQ",),
    "G": ("HTG",), "P": ("BWP",), "E": ("SZL",), "D": ("GMD",), "K": ("PGK", "ZMW"), "R": ("ZAR",),
}  # fmt: skip
_NAMES: dict[str, tuple[str, ...]] = {
    "euro": ("EUR",), "euros": ("EUR",), "dollar": DOLLARS, "dollars": DOLLARS, "bucks": DOLLARS, "pound": ("GBP",),
    "pounds": ("GBP",),
    "pfund": ("GBP",), "franc": ("CHF", "XOF"), "francs": ("CHF", "XOF"), "franken": ("CHF",), "yen": ("JPY",),
    "yuan": ("CNY",), "renminbi": ("CNY",),
    "rupee": ("INR", "PKR"), "rupees": ("INR", "PKR"), "rupie": ("INR",), "rupien": ("INR",), "rubel": ("RUB",),
    "ruble": ("RUB",), "rubles": ("RUB",), "riel": ("KHR",),
    "lira": ("TRY",), "zloty": ("PLN",), "złoty": ("PLN",), "krone": ("NOK", "DKK"), "kronen": ("NOK", "DKK", "SEK"),
    "krona": ("SEK",), "kronor": ("SEK",),
    "peso": ("MXN", "ARS"), "pesos": ("MXN", "ARS"), "peseta": (), "pesetas": (), "real": ("BRL",),
    "reais": ("BRL",), "won": ("KRW",), "baht": ("THB",),
    "forint": ("HUF",), "rand": ("ZAR",), "dirham": ("AED",), "dirhams": ("AED",), "dinar": (), "shekel": ("ILS",),
    "shekels": ("ILS",), "ringgit": ("MYR",), "bitcoin": ("BTC",), "bitcoins": ("BTC",),
    "satoshi": (), "satoshis": (), "mark": (), "toman": ("IRR",),
}  # fmt: skip
MINOR_NAMES = frozenset({"cent", "cents", "ct", "¢", "pence", "penny", "p", "rappen", "öre", "øre", "kopeken"})
"""Hundredths of a main unit. Which one follows from the default currency, or from the text beside it."""


def iso_of(raw: str, default: str | None = None) -> str | None:
    """The ISO code of a written currency, or `None` when it has several readings and `default` is none of them.

    A bare dollar sign or the word dollar is the default currency if that is a dollar, else US dollars; a bare pound sign is
    sterling.
    """
    text = raw.strip()
    code = text.upper()
    if code in CODES:
        return _UNOFFICIAL.get(code, code)
    stripped = re.sub(r"\s+", "", text)
    options = _SIGNS.get(stripped) or _SHORT.get(text) or _NAMES.get(text.lower())
    if options is None:
        prefix = re.fullmatch(r"([A-Z]{2,3})\s*[$£]", text)
        return iso_of(prefix[1]) if prefix else None
    if default in options:
        return default
    if options is DOLLARS:
        return "USD"
    if stripped in {"£", "￡"}:
        return "GBP"
    return options[0] if len(options) == 1 else None


def is_currency(raw: str) -> bool:
    """Whether `raw` is written like a currency of any country."""
    text = re.sub(r"\s+", "", raw)
    return text.upper() in CODES or text in _SIGNS or text in _SHORT or text.lower() in _NAMES


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _bounded(sign: str) -> str:
    """A sign that is made of letters must not lie inside a word (`NT` in `Rent`)."""
    before = r"(?<![^\W\d_])" if sign[0].isalpha() else ""
    return before + re.escape(sign) + (r"(?![^\W\d_])" if sign[-1].isalpha() else "")


_CODE_WITH_SIGN = rf"(?-i:(?<![A-Za-z])(?:{'|'.join(sorted(CODES))})\s?[$£])"
SIGN_PATTERN = "(?:" + "|".join([_CODE_WITH_SIGN, *map(_bounded, sorted(_SIGNS, key=len, reverse=True))]) + ")"
CODE_PATTERN = rf"(?:{_alternatives(CODES)})"
SHORT_PATTERN = rf"(?:{_alternatives(_SHORT)})"
NAME_PATTERN = rf"(?:{_alternatives(_NAMES)})"
MINOR_PATTERN = rf"(?:{_alternatives(MINOR_NAMES)})"
