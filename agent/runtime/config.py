"""`config.toml`: strict, every field documented in `config.example.toml`. Secrets are never in it."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from agent.kernel.errors import ConfigInvalid
from agent.zone import DEFAULT as DEFAULT_ZONE
from memory.rules.myterms import DEFAULT, ROSTER


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Digest(_Strict):
    """When the digest is made and how much it may ask of the person."""

    hours: tuple[time, ...] = (time(18, 0),)
    decisions: Annotated[int, Field(ge=1, le=9)] = 3
    notes: Annotated[int, Field(ge=0, le=9)] = 4

    @field_validator("hours", mode="before")
    @classmethod
    def _hours(cls, value: object) -> object:
        if not isinstance(value, list) or not 1 <= len(value) <= 3:
            raise ValueError("one to three times of day")
        return tuple(time.fromisoformat(entry) if isinstance(entry, str) else entry for entry in value)


class Notify(_Strict):
    """Whether the digest's hour is told by the desktop or by a mail to oneself: `""` means not asked yet, so off.
    `quiet` is a span of the day in which nothing is told (`"22:00-07:00"`), or empty. `interrupts` are sentences about
    mail that is told at once instead of at the digest's hour."""

    how: Literal["", "off", "desktop", "mail"] = ""
    quiet: str = "22:00-07:00"
    interrupts: tuple[str, ...] = ()

    @field_validator("interrupts", mode="before")
    @classmethod
    def _sentences(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("quiet")
    @classmethod
    def _quiet(cls, value: str) -> str:
        parts = value.split("-") if value else []
        if parts and (len(parts) != 2 or not all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", one) for one in parts)):
            raise ValueError("a span such as 22:00-07:00, or empty")
        return value


class Privacy(_Strict):
    """The agreement on data (IEEE 7012, MyTerms) that is proffered to companies' bots, none where empty, and further
    ones that will do when a company offers one instead."""

    agreement: str = DEFAULT
    also: tuple[str, ...] = ()

    @field_validator("also", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _known(self) -> Privacy:
        unknown = [one for one in (self.agreement, *self.also) if one and one not in ROSTER]
        if unknown:
            raise ValueError(f"`{unknown[0]}` is not on the roster: {', '.join(ROSTER)}")
        return self


class Negotiation(_Strict):
    """How talks are held."""

    rounds: Annotated[int, Field(ge=2, le=200)] = 12
    patience_seconds: Annotated[float, Field(gt=0, le=120)] = 20.0
    poll_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    window_hours: Annotated[int, Field(ge=1, le=720)] = 24
    slow_window_hours: Annotated[int, Field(ge=1, le=1440)] = 120
    retender_days: Annotated[int, Field(ge=0, le=365)] = 0
    watch_hours: Annotated[int, Field(ge=0, le=720)] = 24
    allow_loopback: bool = False


class Language(_Strict):
    """Optional language model and remote embedder: any OpenAI-compatible endpoint. Empty means: not used."""

    model: str = ""
    base_url: str = ""
    tokens_per_day: Annotated[int, Field(ge=0)] = 200_000
    calls_per_day: Annotated[int, Field(ge=0)] = 500
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 30.0


class Memory(_Strict):
    """Which embedder recall uses: `auto` takes `minilm` when its weights are there, else `ngram`."""

    embedder: Literal["auto", "minilm", "ngram", "remote"] = "auto"
    weights: str = ""
    remote_model: str = ""
    remote_url: str = ""


class Vault(_Strict):
    """Where the vault's key comes from, in order of trial."""

    key_sources: tuple[Literal["keyring", "file", "systemd", "passphrase"], ...] = (
        "keyring", "systemd", "passphrase", "file",
    )  # fmt: skip
    key_file: str = ""

    @field_validator("key_sources", mode="before")
    @classmethod
    def _tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class Outside(_Strict):
    """A third-party adapter the person lets in: its folder, and the sha256 of its manifest as it was then."""

    folder: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Config(_Strict):
    """All of `config.toml`."""

    language: Literal["en", "de"] = "en"
    zone: str = DEFAULT_ZONE
    digest: Digest = Digest()
    notify: Notify = Notify()
    privacy: Privacy = Privacy()
    negotiation: Negotiation = Negotiation()
    model: Language = Language()
    memory: Memory = Memory()
    vault: Vault = Vault()
    keys: dict[str, str] = {}
    adapters: dict[str, Outside] = {}

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as err:
            raise ValueError("not a time zone such as Europe/Berlin") from err
        return value


def load_config(path: Path) -> Config:
    """Read the file; a missing one means the defaults. Raises `ConfigInvalid` naming file, key and a near match."""
    if not path.exists():
        return Config()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as err:
        raise ConfigInvalid("not_toml", where=str(path), why=str(err)) from err
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigInvalid("unreadable", where=str(path), why=str(err)) from err
    try:
        return Config.model_validate(table)
    except ValidationError as err:
        first = err.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            near = get_close_matches(str(first["loc"][-1]), _known(first["loc"][:-1]), 1, 0.5)
            raise ConfigInvalid("unknown_key", where=str(path), key=key, nearest=near[0] if near else "") from err
        raise ConfigInvalid("bad_value", where=str(path), key=key, why=first["msg"]) from err


def _known(location: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Config
    for part in location:
        annotation = model.model_fields[str(part)].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
