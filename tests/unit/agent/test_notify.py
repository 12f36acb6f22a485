"""Being told that decisions wait: only how many, only if wanted, never in the quiet hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from agent.editing import Editing
from agent.kernel.egress import Scanner
from agent.kernel.errors import EgressHit
from agent.runtime.config import Config, Memory, Notify
from agent.runtime.mailbox import save_mailbox
from agent.runtime.notify import desktop_command, is_quiet, notify
from agent.runtime.runner import Runner
from agent.views import FacadeError
from negotiators.adapter import ClearedNotice
from negotiators.channels.email.settings import Login, MailSettings, Server, Tls
from negotiators.channels.email.smtpout import NotSent, OutcomeUnknown
from negotiators.clock import SimClock
from negotiators.dialogue import MessageId
from tests.requirements import requirement
from tests.support.gating import Bench, bench
from tests.support.house import Company, living, phone_need, seller

NOON = datetime.fromisoformat("2026-11-22T12:00+01:00")


def config(how: str, quiet: str = "22:00-07:00", language: str = "en") -> Config:
    return Config(language=language, notify=Notify(how=how, quiet=quiet), memory=Memory(embedder="ngram"))  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path):
    made = bench(tmp_path)
    yield made
    made.ledger.close()


def recorded(desk: Bench) -> list[tuple[str, str]]:
    return [(event.type, event.payload.get("state", "")) for event in desk.ledger.events()]


def mailbox(home: Path) -> None:
    server = Server("mail.example", 465, Tls.TLS)
    save_mailbox(home, MailSettings("me@mail.example", server, server, "me", "INBOX", True, Login.PASSWORD, ""))


def refused(command: Sequence[str]) -> object:
    raise AssertionError(f"nothing should be told: {command}")


@requirement("attention:notified-with-counts-only")
@pytest.mark.parametrize(
    ("how", "waiting", "now", "done"),
    [("", 2, NOON, "off"), ("off", 2, NOON, "off"), ("desktop", 0, NOON, "nothing"),
     ("desktop", 2, NOON.replace(hour=23), "quiet"), ("desktop", 2, NOON.replace(hour=6), "quiet")],
)  # fmt: skip
def test_nothing_is_told_unless_it_is_wanted_and_time(
    desk: Bench, tmp_path: Path, how: str, waiting: int, now: datetime, done: str
) -> None:
    assert notify(desk.gate, config(how), tmp_path, waiting, now, run=refused) == done


@requirement("attention:notified-with-counts-only")
@pytest.mark.parametrize(
    ("language", "said"), [("en", "2 decisions wait for you."), ("de", "2 Entscheidungen warten auf dich.")]
)
def test_the_desktop_is_told_how_many(
    desk: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    told: list[list[str]] = []
    wanted = config("desktop", language=language)
    assert notify(desk.gate, wanted, tmp_path, 2, NOON, run=lambda command: told.append(list(command))) == "told"
    assert told == [["/usr/bin/notify-send", "--app-name=Gegenbot", "Gegenbot", said]]


@requirement("attention:notified-with-counts-only")
def test_a_mail_to_oneself_holds_the_count_and_nothing_else(desk: Bench, tmp_path: Path) -> None:
    mailbox(tmp_path)
    sent: list[tuple[str, bytes]] = []
    assert notify(desk.gate, config("mail"), tmp_path, 1, NOON, mail=lambda to, raw: sent.append((to, raw))) == "told"
    ((to, raw),) = sent
    mail = message_from_bytes(raw)
    assert to == mail["To"] == mail["From"] == "me@mail.example"
    assert (mail["Subject"], mail.get_payload().strip()) == ("1 decision waits for you.",) * 2


def test_without_a_mailbox_or_a_desktop_it_fails_quietly(
    desk: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert notify(desk.gate, config("mail"), tmp_path, 1, NOON) == "failed"
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert notify(desk.gate, config("desktop"), tmp_path, 1, NOON) == "failed"
    assert desktop_command("x", "darwin")[0] == "osascript"


@requirement("stop:nothing-is-handed-out")
def test_after_a_stop_not_even_a_notice_leaves(desk: Bench, tmp_path: Path) -> None:
    (tmp_path / "STOP").touch()
    assert notify(desk.gate, config("mail"), tmp_path, 2, NOON, run=refused) == "stopped"


@requirement("durable:recorded-before-sent")
@pytest.mark.parametrize(
    ("fault", "done", "state"),
    [(None, "told", "delivered"), (OutcomeUnknown(), "unknown", "unknown"), (NotSent("x"), "failed", "failed"),
     (OSError("x"), "failed", "failed")],
)  # fmt: skip
def test_a_notice_is_recorded_before_it_leaves_and_given_once(
    desk: Bench, tmp_path: Path, fault: Exception | None, done: str, state: str
) -> None:
    mailbox(tmp_path)
    before: list[tuple[str, str]] = []

    def mail(to: str, raw: bytes) -> None:
        before.extend(recorded(desk))
        assert desk.ledger.events()[-1].payload["notice"] in str(message_from_bytes(raw)["Message-ID"])
        if fault is not None:
            raise fault

    assert notify(desk.gate, config("mail"), tmp_path, 2, NOON, mail=mail) == done
    assert before == [("NoticeIntended", "")]
    assert recorded(desk) == [("NoticeIntended", ""), ("NoticeGiven", state)]


@requirement("disclosure:egress-scan")
def test_only_the_gate_makes_a_notice_and_it_scans_it(tmp_path: Path) -> None:
    with pytest.raises(PermissionError):
        ClearedNotice(None, MessageId("m"), "2 decisions wait")
    desk = bench(tmp_path, Scanner.of([("f-name", "pd:Name", "Mira Sommerfeldt")]))
    with pytest.raises(EgressHit):
        desk.gate.clear_notice("Mira Sommerfeldt: 2 decisions wait", "mail", "decisions wait")
    assert recorded(desk) == []
    desk.ledger.close()


@pytest.mark.parametrize(
    ("category", "value", "done"), [("pd:City", "Wait", "told"), ("pd:Name", "Mira Decisions", "failed")]
)
def test_a_fact_that_is_a_word_of_the_notice_never_breaks_a_tick(
    tmp_path: Path, category: str, value: str, done: str
) -> None:
    desk = bench(tmp_path, Scanner.of([("f-1", category, value)]))
    mailbox(tmp_path)
    assert notify(desk.gate, config("mail"), tmp_path, 2, NOON, mail=lambda to, raw: None) == done
    desk.ledger.close()


@pytest.mark.parametrize(("how", "code"), [("mail", "no_mailbox"), ("desktop", "no_desktop")])
def test_a_way_that_does_not_work_here_is_refused_when_it_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, code: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    (tmp_path / "h").mkdir(mode=0o700)
    with pytest.raises(FacadeError) as refused_way:
        Editing(tmp_path / "h").set_setting("notify.how", how)
    assert refused_way.value.code == code
    Editing(tmp_path / "h").set_setting("notify.how", "off")


def test_quiet_hours_may_lie_within_a_day_or_over_midnight() -> None:
    assert is_quiet(config("desktop", "12:00-13:00"), NOON)
    assert not is_quiet(config("desktop", "13:00-12:00"), NOON)
    assert not is_quiet(config("desktop", ""), NOON)


async def test_the_runner_tells_at_the_digests_hour_and_not_when_asked_to_look(tmp_path: Path, monkeypatch) -> None:
    from agent.deciding import Deciding
    from agent.runtime import runner as module

    told: list[int] = []
    monkeypatch.setattr(module, "notify", lambda gate, config, home, waiting, now: told.append(waiting))
    clock = SimClock(datetime.fromisoformat("2026-11-22T07:30+00:00"))
    async with living(tmp_path / "h", [Company("acme", seller("16.00", "12.00"))], clock=clock) as house:
        house.state_need(phone_need())
        for _ in range(4):
            await Runner(house).tick()
        Deciding(house.home.root).look_now()
        await Runner(house).tick()
        assert told == []
        clock.set(datetime.fromisoformat("2026-11-22T17:00+00:00"))
        await Runner(house).tick()
        await Runner(house).tick()
    assert told == [1]
