"""Telling that decisions wait: how many, never what. Off until the person says how; silent in the quiet hours."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from agent.kernel.errors import AgentError, ConfigInvalid, EgressHit, Halted
from agent.kernel.gate import Gate
from agent.language.waiting import waiting_notice
from agent.runtime.config import Config
from agent.runtime.paths import Home
from negotiators.adapter import AdapterError, ClearedNotice, DeliveryState
from negotiators.wire.errors import WireError

log = logging.getLogger("gegenbot.notify")

PATIENCE = 10.0
"""Seconds the desktop gets to take a notice."""

Run = Callable[[Sequence[str]], object]


class SendsMail(Protocol):
    """How a mail leaves: to one address, whole or not at all."""

    def __call__(self, to: str, message: bytes) -> None: ...


def is_quiet(config: Config, now: datetime) -> bool:
    """Whether `now` lies in the person's quiet hours, which may go over midnight."""
    if not config.notify.quiet:
        return False
    start, end = (time.fromisoformat(part) for part in config.notify.quiet.split("-"))
    clock = now.astimezone(ZoneInfo(config.zone)).time()
    return start <= clock < end if start < end else clock >= start or clock < end


def notify(gate: Gate, config: Config, home: Path, waiting: int, now: datetime, *,
           run: Run | None = None, mail: SendsMail | None = None) -> str:  # fmt: skip
    """Tell how many decisions wait, through the gate. Returns what was done: `off`, `nothing`, `quiet`, `stopped`,
    `told`, `unknown` or `failed`; a notice that could not be given is logged and never repeated."""
    how = config.notify.how
    if how in ("", "off"):
        return "off"
    if waiting < 1:
        return "nothing"
    if is_quiet(config, now):
        return "quiet"
    try:
        frame = waiting_notice(0, config.language)
        notice = gate.clear_notice(waiting_notice(waiting, config.language), how, frame)
        state = gate.give(notice, lambda cleared: _given(cleared, config, home, now, run or _run, mail))
    except Halted:
        return "stopped"
    except EgressHit:
        log.exception("a notice would have told something of the person")
        return "failed"
    return {DeliveryState.DELIVERED: "told", DeliveryState.UNKNOWN: "unknown"}.get(state, "failed")


def _given(notice: ClearedNotice, config: Config, home: Path, now: datetime, run: Run,
           mail: SendsMail | None) -> DeliveryState:  # fmt: skip
    try:
        if config.notify.how == "desktop":
            run(desktop_command(notice.text))
            return DeliveryState.DELIVERED
        return _by_mail(home, notice, now, mail)
    except (OSError, RuntimeError, subprocess.SubprocessError, AgentError, AdapterError, WireError):
        log.exception("a notice could not be given")
        return DeliveryState.FAILED


def can_tell(home: Path, how: str) -> None:
    """Whether a notice could be given this way. Raises `ConfigInvalid` (`no_mailbox`, `no_desktop`)."""
    from agent.runtime.mailbox import load_mailbox

    if how == "mail" and load_mailbox(home) is None:
        raise ConfigInvalid("no_mailbox")
    if how == "desktop":
        try:
            desktop_command("")
        except RuntimeError as err:
            raise ConfigInvalid("no_desktop") from err


def desktop_command(text: str, platform: str = sys.platform) -> list[str]:
    """The desktop's own way to show a notice. Raises `RuntimeError` where there is none."""
    if platform == "darwin":
        return ["osascript", "-e", f'display notification "{text}" with title "Gegenbot"']
    found = shutil.which("notify-send")
    if found is None:
        raise RuntimeError("`notify-send` is not installed; choose a mail instead, or install libnotify")
    return [found, "--app-name=Gegenbot", "Gegenbot", text]


def _run(command: Sequence[str]) -> None:
    subprocess.run(list(command), check=True, capture_output=True, timeout=PATIENCE)


def _by_mail(home: Path, notice: ClearedNotice, now: datetime, mail: SendsMail | None) -> DeliveryState:
    """From the person's own mailbox to itself; nothing but the count stands in it."""
    from agent.runtime.mailbox import load_mailbox, login_secret
    from negotiators.channels.email.smtpout import NotSent, OutcomeUnknown, SmtpOut
    from negotiators.wire import AddressRules

    settings = load_mailbox(home)
    if settings is None:
        raise RuntimeError("no mailbox was set up; `gegenbot email` does it")
    message = EmailMessage(policy=SMTP)
    message["From"] = message["To"] = settings.address
    message["Subject"], message["Date"] = notice.text, now
    message["Message-ID"] = f"<{notice.message_id}@{settings.address.rpartition('@')[2]}>"
    message.set_content(notice.text)

    def send(to: str, raw: bytes) -> None:
        from agent.runtime.config import load_config

        rules = AddressRules(allow_loopback=load_config(Home(home).config).negotiation.allow_loopback)
        SmtpOut(settings, rules).send(login_secret(settings, rules) or "", to, raw)

    try:
        (mail or send)(settings.address, message.as_bytes())
    except OutcomeUnknown:
        return DeliveryState.UNKNOWN
    except NotSent:
        log.exception("a notice could not be given")
        return DeliveryState.FAILED
    return DeliveryState.DELIVERED
