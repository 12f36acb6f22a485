"""Names of the calendar: months, weekdays and holidays, German and English."""

from __future__ import annotations

from datetime import date, timedelta

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january januar jänner jan", "february februar feber feb", "march märz maerz mar mär mrz", "april apr",
            "may mai", "june juni jun juno", "july juli jul julei", "august aug", "september sep sept",
            "october oktober oct okt", "november nov", "december dezember dec dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "monday montag mon mo", "tuesday dienstag tues tue di", "wednesday mittwoch weds wed mi",
            "thursday donnerstag thurs thur thu do", "friday freitag fri fr", "saturday samstag sonnabend sat sa",
            "sunday sonntag sun so",
        )
    )
    for name in names.split()
}  # fmt: skip
SHORT_WEEKDAYS = frozenset(["mo", "di", "mi", "do", "fr", "sa", "so", "mon", "sat", "sun", "wed"])
"""Abbreviations that are also words; they count only beside a date."""


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (anonymous Gregorian algorithm)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


_FIXED: dict[str, tuple[int, int]] = {
    "heiligabend": (12, 24), "heiliger abend": (12, 24), "weihnachtsabend": (12, 24), "christmas eve": (12, 24),
    "xmas eve": (12, 24), "weihnachten": (12, 25),
    "erster weihnachtstag": (12, 25), "erster weihnachtsfeiertag": (12, 25), "christmas day": (12, 25),
    "christmas": (12, 25), "xmas": (12, 25),
    "zweiter weihnachtstag": (12, 26), "zweiter weihnachtsfeiertag": (12, 26), "boxing day": (12, 26),
    "silvester": (12, 31), "new year's eve": (12, 31), "new years eve": (12, 31), "neujahr": (1, 1),
    "neujahrstag": (1, 1), "new year's day": (1, 1), "new years day": (1, 1), "heilige drei könige": (1, 6),
    "dreikönigstag": (1, 6), "valentinstag": (2, 14),
    "valentine's day": (2, 14), "valentines day": (2, 14), "tag der arbeit": (5, 1), "maifeiertag": (5, 1),
    "may day": (5, 1), "johannistag": (6, 24), "sankt johannis": (6, 24),
    "mariä himmelfahrt": (8, 15), "tag der deutschen einheit": (10, 3), "reformationstag": (10, 31),
    "halloween": (10, 31),
    "allerheiligen": (11, 1), "all saints day": (11, 1), "allerseelen": (11, 2), "martinstag": (11, 11),
    "sankt martin": (11, 11), "nikolaustag": (12, 6), "nikolaus": (12, 6),
    "independence day": (7, 4), "frauentag": (3, 8), "internationaler frauentag": (3, 8), "women's day": (3, 8),
    "kindertag": (6, 1), "st patrick's day": (3, 17), "saint patrick's day": (3, 17), "st. patrick's day": (3, 17),
    "walpurgisnacht": (4, 30), "frühlingsanfang": (3, 20), "sommeranfang": (6, 21), "herbstanfang": (9, 22),
    "winteranfang": (12, 21),
    "groundhog day": (2, 2), "earth day": (4, 22), "april fools": (4, 1), "april fool's day": (4, 1),
    "veterans day": (11, 11), "guy fawkes day": (11, 5), "cinco de mayo": (5, 5), "juneteenth": (6, 19),
    "weltfrauentag": (3, 8), "augustfeiertag": (8, 1), "nationalfeiertag": (10, 26), "mariä empfängnis": (12, 8),
    "weltkindertag": (9, 20), "sankt nikolaus": (12, 6), "barbaratag": (12, 4),
}  # fmt: skip
_BY_EASTER: dict[str, int] = {
    "weiberfastnacht": -52, "rosenmontag": -48, "faschingsdienstag": -47, "fastnachtsdienstag": -47,
    "fastnacht": -47, "mardi gras": -47, "aschermittwoch": -46, "ash wednesday": -46, "palmsonntag": -7,
    "palm sunday": -7,
    "gründonnerstag": -3, "maundy thursday": -3, "karfreitag": -2, "good friday": -2, "karsamstag": -1,
    "ostersamstag": -1, "ostersonntag": 0, "ostern": 0,
    "easter sunday": 0, "easter": 0, "easter day": 0, "ostermontag": 1, "easter monday": 1, "weißer sonntag": 7,
    "christi himmelfahrt": 39, "himmelfahrt": 39, "vatertag": 39,
    "ascension day": 39, "pfingsten": 49, "pfingstsonntag": 49, "pentecost": 49, "whit sunday": 49,
    "pfingstmontag": 50, "whit monday": 50, "fronleichnam": 60, "corpus christi": 60,
}  # fmt: skip
_NTH_WEEKDAY: dict[str, tuple[int, int, int]] = {
    "muttertag": (5, 6, 2), "mother's day": (5, 6, 2), "mothers day": (5, 6, 2), "father's day": (6, 6, 3),
    "fathers day": (6, 6, 3),
    "thanksgiving": (11, 3, 4), "thanksgiving day": (11, 3, 4), "erntedankfest": (10, 6, 1), "erntedank": (10, 6, 1),
    "labor day": (9, 0, 1), "labour day": (9, 0, 1), "columbus day": (10, 0, 2),
    "martin luther king day": (1, 0, 3), "mlk day": (1, 0, 3), "presidents day": (2, 0, 3), "president's day": (2, 0,
    3), "memorial day": (5, 0, -1),
}  # fmt: skip
_ADVENT = {"erster advent": 3, "1. advent": 3, "zweiter advent": 2, "2. advent": 2, "dritter advent": 1,
"3. advent": 1, "vierter advent": 0, "4. advent": 0,
           "ersten advent": 3, "zweiten advent": 2, "dritten advent": 1, "vierten advent": 0, "totensonntag": 4,
           "volkstrauertag": 5, "buß- und bettag": 4, "buß und bettag": 4}  # fmt: skip

HOLIDAYS: tuple[str, ...] = tuple(
    sorted({*_FIXED, *_BY_EASTER, *_NTH_WEEKDAY, *_ADVENT, "black friday", "cyber monday"}, key=len, reverse=True)
)


def nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    """The `number`-th `weekday` (Monday 0) of a month; -1 is the last."""
    if number < 0:
        first_next = date(year + month // 12, month % 12 + 1, 1)
        last = first_next - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def holiday(name: str, year: int) -> date | None:
    """The day of a holiday of `HOLIDAYS` in a year, or `None` for an unknown name."""
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _BY_EASTER:
        return easter(year) + timedelta(days=_BY_EASTER[name])
    if name in _NTH_WEEKDAY:
        month, weekday, number = _NTH_WEEKDAY[name]
        return nth_weekday(year, month, weekday, number)
    if name in _ADVENT:
        last = date(year, 12, 24)
        sunday = last - timedelta(days=(last.weekday() - 6) % 7) - timedelta(weeks=_ADVENT[name])
        return sunday - timedelta(days=4) if name.startswith("buß") else sunday
    if name in {"black friday", "cyber monday"}:
        thanks = nth_weekday(year, 11, 3, 4)
        return thanks + timedelta(days=1 if name == "black friday" else 4)
    return None
