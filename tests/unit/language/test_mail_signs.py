"""What tells a talk on a list from mass mail: who passed a message on, and to whom it went."""

from __future__ import annotations

import pytest

from agent.language.mailclass import classify_mail
from agent.language.mailfile import parse_mail
from agent.language.mailsigns import SIGNS
from agent.language.mailview import MailSigns
from tests.support.mails import todays_mails


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
        ("feed_item", {"From": "rss@reader.example"}, {"From": "Feedback <feedback@shop.example>"}),
        ("role_sender", {"From": "Kundenservice <a@shop.example>"}, {"From": "Ann <ann@shop.example>"}),
        ("numbered_hop", {"Received": "from x (HELO 192.0.2.1) by us"}, {"Received": "from mx.shop.example by us"}),
        ("unverified_hop", {"Received": "from unknown (192.0.2.1) by us"}, {"Received": "from mx.shop.example by us"}),
        ("forged_hop", {"Received": "from a (b [192.0.2.1] (may be forged)) by us"}, {"Received": "from a (b) by us"}),
        ("bare_outlook", {"X_Mailer": "Microsoft Outlook, Build 10.0.2616"}, {"X_Mailer": "Microsoft Outlook 16.0"}),
        ("bare_outlook", {"X_Mailer": "Microsoft Outlook Express 6.00"},
         {"X_Mailer": "Microsoft Outlook Express 6.00", "X_MimeOLE": "Produced by Microsoft MimeOLE"}),
        ("id_made_by_receiver", {"Message_ID": "<1@us.example>", "Received": "from x by us.example"},
         {"Message_ID": "<1@shop.example>", "Received": "from x by us.example"}),
        ("odd_id", {"Message_ID": "<1@PC>"}, {"Message_ID": "<1@shop.example>"}),
        ("odd_id", {"Message_ID": "<00$1@shop.example>"},
         {"Message_ID": "<00$1@shop.example>", "X_Mailer": "Microsoft Outlook 16.0"}),
        ("answers_elsewhere", {"From": "a@x.example", "Reply_To": "b@y.example"},
         {"From": "a@mail.x.example", "Reply_To": "b@x.example"}),
        ("failed_authentication", {"Authentication_Results": "us; spf=fail; dkim=none; dmarc=fail"},
         {"Authentication_Results": "us; spf=fail; dkim=pass header.d=x; dmarc=pass"}),
        ("failed_authentication", {"Authentication_Results": "us; dmarc=fail"},
         {"Authentication_Results": "us; dmarc=fail", "List_Id": "<talk.list.example>"}),
        ("todays_person", {"From": "ann@x.example", "To": "me@y.example", "Authentication_Results": "us; dkim=pass"},
         {"From": "ann@x.example", "To": "me@y.example", "Authentication_Results": "us; dkim=none; spf=none"}),
        ("todays_person", {"From": "ann@x.example", "To": "me@y.example", "Authentication_Results": "us; dkim=pass"},
         {"From": "news@x.example", "To": "me@y.example", "Authentication_Results": "us; dkim=pass"}),
        ("to_nobody", {"From": "a@gmail.com", "To": "undisclosed-recipients:;"}, {"From": "a@gmail.com", "To": "b@x.example"}),
        ("cheap_sender", {"From": "a@win.top"}, {"From": "a@win.example"}),
        ("trade_mail", {"Subject": "Ihre Rechnung 4711"}, {"Subject": "Ihre Rechnung", "List_Unsubscribe": "<mailto:a@b>"}),
        ("modern_bulk", {"Feedback_ID": "1:a", "List_Unsubscribe": "<mailto:a@b>"}, {"Feedback_ID": "1:a"}),
    ],
)  # fmt: skip
def test_signs_of_the_way_a_mail_took(name: str, with_it: dict[str, str], without: dict[str, str]) -> None:
    assert SIGNS[name](signs(**with_it)) and not SIGNS[name](signs(**without))


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("Bitte bestätigen Sie Ihre Daten: https://login.other.example/x", 1),
        ("Please verify your account: https://login.other.example/x", 1),
        ("Please verify your account: https://www.shop.example/x", 0),
        ("Your account of last year: https://login.other.example/x", 0),
    ],
)
def test_a_demand_to_confirm_an_account_elsewhere_is_a_trap(body: str, shown: int) -> None:
    assert SIGNS["trap_talk"](signs(body, From="Shop <service@shop.example>")) == shown


@pytest.mark.parametrize("held_out", [False, True])
def test_mails_of_today_are_told_apart(held_out: bool) -> None:
    wrong = [
        (mail.label, mail.subject)
        for mail in todays_mails()
        if mail.held_out is held_out and classify_mail(parse_mail(mail.raw)) != mail.label
    ]
    assert not wrong


def test_a_question_to_an_old_list_of_developers_is_no_newsletter() -> None:
    mail = signs(
        "Hi all,\n\ndoes anyone know why open() fails in /usr/lib here?\n\nThanks, Ann\n",
        From="Ann <ann@home.example>", To="talk@list.example", Sender="owner-talk@list.example",
        Precedence="bulk", User_Agent="Mozilla/5.0", Subject="open fails", Date="Mon, 2 Nov 2026 10:00:00 +0000",
    )  # fmt: skip
    assert classify_mail(mail.mail) == "personal_or_list"
