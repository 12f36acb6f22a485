"""What tells a talk on a list from mass mail: who passed a message on, and to whom it went."""

from __future__ import annotations

import pytest

from agent.language.mailclass import classify_mail
from agent.language.mailfile import parse_mail
from agent.language.mailsigns import SIGNS, MailSigns


def signs(body: str = "text", **headers: str) -> MailSigns:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return MailSigns(parse_mail(("\r\n".join(lines) + f"\r\n\r\n{body}\r\n").encode()))


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({"To": "talk@list.example", "Sender": "owner-talk@list.example"}, True),
        ({"To": "Talk <Talk@list.example>", "Return_Path": "<talk-bounces@list.example>"}, True),
        ({"Cc": "talk@list.example", "X_Loop": "talk@list.example"}, True),
        ({"To": "me@home.example", "Sender": "bounces-me-home@shop.example"}, False),
        ({"To": "talk@list.example", "Sender": "owner-news@list.example"}, False),
        ({"To": "me@home.example", "Precedence": "bulk"}, False),
    ],
)
def test_a_list_is_known_by_the_address_that_took_and_passed_a_mail(headers: dict[str, str], shown: bool) -> None:
    assert bool(SIGNS["discussion"](signs(**headers))) is shown


@pytest.mark.parametrize(
    ("name", "with_it", "without"),
    [
        ("many_recipients", {"To": ", ".join(f"p{n}@x.example" for n in range(5))}, {"To": "p@x.example"}),
        ("no_recipient", {"To": "undisclosed-recipients:;"}, {"Cc": "p@x.example"}),
        ("route_agrees", {"From": "a@shop.example", "Received": "from mx.shop.example by us"}, {"From": "a@shop.example"}),
        ("return_per_mail", {"Return_Path": "<b-20221.77-me=home@shop.example>"}, {"Return_Path": "<b@shop.example>"}),
    ],
)  # fmt: skip
def test_signs_of_the_way_a_mail_took(name: str, with_it: dict[str, str], without: dict[str, str]) -> None:
    assert SIGNS[name](signs(**with_it)) and not SIGNS[name](signs(**without))


def test_a_question_to_an_old_list_of_developers_is_no_newsletter() -> None:
    mail = signs(
        "Hi all,\n\ndoes anyone know why open() fails in /usr/lib here?\n\nThanks, Ann\n",
        From="Ann <ann@home.example>", To="talk@list.example", Sender="owner-talk@list.example",
        Precedence="bulk", User_Agent="Mozilla/5.0", Subject="open fails", Date="Mon, 2 Nov 2026 10:00:00 +0000",
    )  # fmt: skip
    assert classify_mail(mail.mail) == "personal_or_list"
