"""A whole person as one TOML file: facts, preferences, rules, contracts, decisions, circumstances (docs/persona.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from memory.codec import Json, RecordError, dump, load
from memory.errors import EntryInvalidError, EntryNotFoundError, PersonaError, UnknownTermError, nearest
from memory.facts import Fact, category
from memory.preferences import Preference
from memory.rules import PrivacyRule, RuleProblem, parse_rule
from memory.store import Circumstance, Contract, Entry, PastDecision, Store
from memory.vault import Vault

FORMAT = 1
_SECTIONS = ("facts", "preferences", "rules", "contracts", "decisions", "circumstances")


@dataclass(frozen=True, slots=True)
class Person:
    """Who the file is about, for display: `language` "en" or "de", `zone` an IANA time zone."""

    name: str = ""
    language: str = "en"
    zone: str = "Europe/Berlin"
    about: str = ""


@dataclass(frozen=True, slots=True)
class FactWithValue:
    """A fact as it stands in the file, value in the clear; its repr hides the value."""

    fact: Fact
    value: str
    said: str = ""
    """The person's own words for telling less than the value."""

    def __repr__(self) -> str:
        return f"FactWithValue({self.fact!r}, value=<hidden>)"


@dataclass(frozen=True, slots=True)
class Persona:
    """Everything a persona file holds."""

    person: Person
    facts: tuple[FactWithValue, ...] = ()
    preferences: tuple[Preference, ...] = ()
    rules: tuple[PrivacyRule, ...] = ()
    contracts: tuple[Contract, ...] = ()
    decisions: tuple[PastDecision, ...] = ()
    circumstances: tuple[Circumstance, ...] = ()

    def load_into(self, store: Store, vault: Vault) -> None:
        """Adds everything, or replaces what has the same id; all or nothing."""
        with store.transaction():
            for entry in self.facts:
                vault.put(entry.fact, entry.value, entry.said)
            others: tuple[Preference | PrivacyRule | Contract | PastDecision | Circumstance, ...]
            others = (*self.preferences, *self.rules, *self.contracts, *self.decisions, *self.circumstances)
            for other in others:
                _put(store, other)


def demo_persona(language: str = "en") -> Persona:
    """Mira, who moves house in three weeks, in the language of who watches; everything about her is made up."""
    table = _shipped("mira.toml")
    if language == "de":
        for section, words in _shipped("mira.de.toml").items():
            for row in table[section] if section != "person" else ():
                row.update(words.get(row["id"], {}))
            if section == "person":
                table[section].update(words)
    return _persona(table, "mira.toml")


def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads(files("memory.personas").joinpath(name).read_text(encoding="utf-8"))


def import_persona(path: Path) -> Persona:
    """Reads a persona file; raises `PersonaError` naming file, key and the nearest known key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise PersonaError(str(path), "file", f"cannot be read ({err})") from err
    return read_persona(text, str(path))


def read_persona(text: str, name: str) -> Persona:
    """Reads a persona from text; `name` is what errors call it. Raises `PersonaError`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise PersonaError(name, "file", f"is not TOML: {err}") from err
    return _persona(table, name)


def _persona(table: dict[str, Any], name: str) -> Persona:
    if table.pop("format", None) != FORMAT:
        raise PersonaError(name, "format", f"must be {FORMAT}")
    for key in table:
        if key not in (*_SECTIONS, "person"):
            raise PersonaError(name, key, "no such section", nearest_key=nearest(key, (*_SECTIONS, "person")))
    try:
        persona = Persona(
            load(Person, table.get("person", {}), "person"),
            tuple(_read_fact(row, where) for row, where in _rows(table, "facts")),
            tuple(load(Preference, row, where) for row, where in _rows(table, "preferences")),
            tuple(rule for row, where in _rows(table, "rules") for rule in _read_rule(row, where)),
            tuple(load(Contract, row, where) for row, where in _rows(table, "contracts")),
            tuple(load(PastDecision, row, where) for row, where in _rows(table, "decisions")),
            tuple(load(Circumstance, row, where) for row, where in _rows(table, "circumstances")),
        )
        _check(persona)
    except RecordError as err:
        raise PersonaError(name, err.key, err.what, nearest_key=err.nearest_key) from err
    return persona


def _rows(table: Mapping[str, Json], section: str) -> Iterable[tuple[Json, str]]:
    rows = table.get(section, [])
    if not isinstance(rows, list):
        raise RecordError(section, f"write [[{section}]] for each entry")
    return ((row, f"{section}[{at}]") for at, row in enumerate(rows))


def _read_fact(row: Json, where: str) -> FactWithValue:
    if not isinstance(row, Mapping):
        raise RecordError(where, "a table was expected")
    value = row.get("value")
    if not isinstance(value, str) or not value:
        raise RecordError(f"{where}.value", "a text that is not empty was expected")
    said = row.get("said", "")
    if not isinstance(said, str):
        raise RecordError(f"{where}.said", "a text was expected")
    rest = {key: item for key, item in row.items() if key not in ("value", "said")}
    return FactWithValue(load(Fact, rest, where), value, said)


def _read_rule(row: Json, where: str) -> Iterable[PrivacyRule]:
    """A rule in full, or only `id`, `text` (and `number`): then the sentence itself is read."""
    if not isinstance(row, Mapping) or not set(row) <= {"id", "text", "number"}:
        return (load(PrivacyRule, row, where),)
    for key in ("id", "text"):
        if not isinstance(row.get(key), str):
            raise RecordError(f"{where}.{key}", "is missing")
    read = parse_rule(row["text"], row["id"])
    if isinstance(read, RuleProblem):
        raise RecordError(f"{where}.text", f"the sentence could not be read as a rule ({read.kind}): {read.fragment}")
    number = row.get("number")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise RecordError(f"{where}.number", "int was expected")
    return tuple(replace(rule, number=number) for rule in read)


def _check(persona: Persona) -> None:
    named: dict[str, list[str]] = {
        "facts": [entry.fact.category for entry in persona.facts],
        "rules": [rule.category for rule in persona.rules],
    }
    for section, terms in named.items():
        for at, term in enumerate(terms):
            try:
                category(term)
            except UnknownTermError as err:
                place = f"{section}[{at}].category"
                raise RecordError(place, f"`{err.term}` is not a data category", nearest_key=err.nearest_term) from err
    for section in _SECTIONS:
        ids = [_id_of(entry) for entry in getattr(persona, section)]
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice is not None:
            raise RecordError(f"{section}.id", f"`{twice}` stands there twice")


def _id_of(entry: FactWithValue | Entry) -> str:
    return entry.fact.id if isinstance(entry, FactWithValue) else entry.id


def _put(store: Store, entry: Preference | PrivacyRule | Contract | PastDecision | Circumstance) -> None:
    try:
        store.replace(entry)
    except EntryNotFoundError:
        store.add(entry)


def persona_of(store: Store, vault: Vault | None, person: Person) -> Persona:
    """Everything the store holds, values included: the counterpart of `Persona.load_into`.

    Facts without a value are left out, all of them where there is no vault. Raises `VaultDamagedError`.
    """
    entries = vault.scan_view().entries if vault is not None else ()
    values = {entry.fact_id: (entry.value, entry.said) for entry in entries}
    return Persona(
        person,
        tuple(FactWithValue(fact, *values[fact.id]) for fact in store.entries(Fact) if fact.id in values),
        store.entries(Preference),
        store.entries(PrivacyRule),
        store.entries(Contract),
        store.entries(PastDecision),
        store.entries(Circumstance),
    )


def export_persona(persona: Persona) -> str:
    """The persona as TOML; reading it again gives the same persona. It holds values in the clear: keep it safe."""
    lines = [f"format = {FORMAT}", "", "[person]"]
    lines += [f"{key} = {_toml(value)}" for key, value in dump(persona.person).items()]
    for section in _SECTIONS:
        for entry in getattr(persona, section):
            whole = isinstance(entry, FactWithValue)
            record = {**dump(entry.fact), "value": entry.value, "said": entry.said or None} if whole else dump(entry)
            lines += ["", f"[[{section}]]"]
            lines += [f"{key} = {_toml(value)}" for key, value in record.items() if value is not None]
    return "\n".join(lines) + "\n"


def _toml(value: Json) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return '"' + "".join(_escaped(letter) for letter in value) + '"'
        case list():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case dict():
            inner = (f"{key} = {_toml(item)}" for key, item in value.items() if item is not None)
            return "{ " + ", ".join(inner) + " }" if value else "{}"
    raise EntryInvalidError(f"cannot write a {type(value).__name__} as TOML")


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() and not 0xD800 <= ord(letter) <= 0xDFFF else f"\\U{ord(letter):08X}"
