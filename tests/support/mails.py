"""Mails as they come today: our own short texts under the headers that mail programs, shops and mass senders really write.

`tests/fixtures/mails/today.txt` holds the texts. A mail begins with `== HALF CLASS ROUTE`, then its own headers, then its
body. Neither the signs nor their weights were changed for the half `held`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXTS = Path(__file__).parents[1] / "fixtures/mails/today.txt"
_US = "by mx.privat.example (Postfix) with ESMTPS id 4XvKQ1; Sun, 22 Nov 2026 10:00:04 +0100 (CET)"
_CONFIRMED = "mx.privat.example; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={domain}; dmarc=pass"
_SIGNED = "v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1; h=from:subject:date:to; bh=47DEQ; b=dzdVyOf"

_DIRECT = {
    "Authentication-Results": _CONFIRMED, "DKIM-Signature": _SIGNED, "Date": "Sun, 22 Nov 2026 10:00:01 +0100",
    "To": "Anna Muster <anna@privat.example>", "MIME-Version": "1.0",
}  # fmt: skip
_WEBMAIL = {
    **_DIRECT, "Return-Path": "<{address}>", "Received": f"from mail-ed1-f41.{{domain}} (mail-ed1-f41.{{domain}} [192.0.2.41]) {_US}",
    "Message-ID": "<CAF7k2p=J8w9XyQ@mail.{domain}>",
}  # fmt: skip
_MASS = {
    **_DIRECT, "List-Unsubscribe": "<https://{host}/u/1>, <mailto:u-1@{host}>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "Received": f"from mta41.sender.example (mta41.sender.example [192.0.2.9]) {_US}",
}  # fmt: skip
_OWN = {
    **_DIRECT, "Return-Path": "<{address}>", "Received": f"from mail.{{domain}} (mail.{{domain}} [192.0.2.77]) {_US}",
    "Message-ID": "<20261122100001.8812@{domain}>",
}  # fmt: skip
_ANSWER = {"In-Reply-To": "<q1@privat.example>", "References": "<q0@privat.example> <q1@privat.example>"}
_HIJACKED = {
    "Return-Path": "<{address}>", "Date": "Sun, 22 Nov 2026 10:00:01 +0000", "To": "anna@privat.example",
    "Authentication-Results": "mx.privat.example; dkim=none; spf=none smtp.mailfrom={domain}; dmarc=none",
    "Received": f"from WIN-8S2K1 (unknown [203.0.113.66]) {_US}", "Message-ID": "<4XvKQ1.8812@mx.privat.example>",
}  # fmt: skip

ROUTES: dict[str, dict[str, str]] = {
    "esp-a": {
        **_MASS, "Return-Path": "<bounce-mc.us12_22301.881-anna=privat.example@mail41.sender.example>",
        "Feedback-ID": "22301:22301.881:us12:mc", "X-Mailer": "Mailchimp Mailer - **CID8812**",
        "Message-ID": "<8812.22301@mail41.sender.example>", "Reply-To": "{address}",
    },
    "esp-b": {
        **_MASS, "Return-Path": "<b-40-8812@{host}>", "X-CSA-Complaints": "csa-complaints@eco.example",
        "Precedence": "bulk", "X-Mailer": "CleverReach 5.0", "Message-ID": "<cr.8812.40@{host}>",
    },
    "esp-c": {
        **_MASS, "Return-Path": "<bounces+991-4f2a-anna=privat.example@em991.{domain}>", "X-SG-EID": "u001.Qk9PS0lORw==",
        "Message-ID": "<geo-8f2kQ@geopod-ismtpd-3>", "Content-Transfer-Encoding": "8bit",
    },
    "esp-d": {
        **_DIRECT, "Return-Path": "<bounce_8812@bounce.{domain}>", "List-Unsubscribe": "<mailto:unsubscribe-8812@{host}>",
        "Received": f"from smtp3.{{host}} (smtp3.{{host}} [192.0.2.30]) {_US}",
        "Message-ID": "<1479.8812.JavaMail.mailer@{host}>", "X-Report-Abuse": "abuse@{domain}",
    },
    "webmail": {**_WEBMAIL},
    "iphone": {**_WEBMAIL, "X-Mailer": "iPhone Mail (23B85)", "Message-ID": "<7F1E0C2A-11D2@{domain}>"},
    "thunderbird": {
        **_OWN, **_ANSWER, "User-Agent": "Mozilla Thunderbird", "Content-Language": "de-DE",
        "Received": f"from [192.168.1.20] (p5b0c1a2b.dip0.isp.example [203.0.113.5]) {_US}",
    },
    "outlook": {
        **_OWN, **_ANSWER, "X-Mailer": "Microsoft Outlook 16.0", "Thread-Index": "AdxZ1Q==",
        "Message-ID": "<000401dc59a1$7f1e0c20$7d5a2460$@{domain}>", "Content-Language": "de",
    },
    "university": {
        **_OWN, "X-MS-Exchange-Organization-AuthAs": "Internal", "Thread-Topic": "Seminar",
        "Message-ID": "<0f1c88a2d1e94@mbx3.{domain}>", "Accept-Language": "de-DE, en-US",
    },
    "ticket": {
        **_OWN, **_ANSWER, "Auto-Submitted": "auto-generated", "X-Mailer": "OTRS Mail Service (6.0)", "Precedence": "bulk",
    },
    "ticket-b": {
        **_OWN, **_ANSWER, "X-Mailer": "Zendesk Mailer", "Feedback-ID": "8812:zd", "Message-ID": "<K1X2_sprut@zendesk.example>",
        "X-Auto-Response-Suppress": "All",
    },
    "shop-system": {**_OWN, "X-Mailer": "PHPMailer 6.9.1 (https://github.example/PHPMailer)", "X-Priority": "3"},
    "shop-system-b": {**_OWN, "Auto-Submitted": "auto-generated", "Message-ID": "<re.771204.8812@swift.generated>"},
    "ses": {
        **_DIRECT, "Return-Path": "<0107019a8812-000000@eu-central-1.amazonses.example>", "Feedback-ID": "::1.eu-central-1.h2w:AmazonSES",
        "X-SES-Outgoing": "2026.11.22-192.0.2.14", "Message-ID": "<0107019a8812-000000@eu-central-1.amazonses.example>",
        "Received": f"from b224-14.smtp-out.amazonses.example (b224-14.smtp-out.amazonses.example [192.0.2.14]) {_US}",
    },
    "ses-b": {
        **_DIRECT, "Return-Path": "<pm_bounces@pm-bounces.{domain}>", "X-PM-Message-Id": "8812-22", "Feedback-ID": "s8812-_:s8812:a77:postmark",
        "Received": f"from mta42a.pm.example (mta42a.pm.example [192.0.2.42]) {_US}", "Message-ID": "<8812-22@mtasv.pm.example>",
    },
    "mailman": {
        **_DIRECT, "Return-Path": "<offene-daten-bounces@lists.okverein.example>", "To": "offene-daten@lists.okverein.example",
        "List-Id": "Offene Daten <offene-daten.lists.okverein.example>", "List-Post": "<mailto:offene-daten@lists.okverein.example>",
        "List-Unsubscribe": "<mailto:offene-daten-leave@lists.okverein.example>", "Precedence": "list",
        "Sender": "offene-daten <offene-daten-bounces@lists.okverein.example>", "X-Mailman-Version": "3.3.9",
        "Authentication-Results": "mx.privat.example; dkim=fail header.d={domain}; spf=pass; dmarc=fail", "User-Agent": "K-9 Mail",
        "ARC-Seal": "i=1; a=rsa-sha256; d=lists.okverein.example; cv=none; b=Zm9v",
        "Received": f"from lists.okverein.example (lists.okverein.example [192.0.2.55]) {_US}", "Message-ID": "<9d1f@{domain}>",
    },
    "groups": {
        **_DIRECT, **_ANSWER, "Return-Path": "<bounce+16102+8812@groups.example>", "To": "heatpump-owners@groups.example",
        "List-Id": "<heatpump-owners.groups.example>", "List-Unsubscribe": "<https://groups.example/unsub/1>", "Precedence": "Bulk",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Mailing-List": "list heatpump-owners@groups.example",
        "Sender": "heatpump-owners@groups.example", "Message-ID": "<CAF9@mail.{domain}>",
        "Received": f"from mail02.groups.example (mail02.groups.example [192.0.2.60]) {_US}",
    },
    "botnet": _HIJACKED,
    "botnet-b": {**_HIJACKED, "X-Mailer": "Microsoft Outlook Express 6.00.2900.5512", "Message-ID": "<000d01dc$8812@WINPC>"},
    "failed": {
        **_HIJACKED, "Authentication-Results": "mx.privat.example; dkim=none; spf=fail smtp.mailfrom={domain}; dmarc=fail",
        "Received": f"from host77.cheap-vps.example (host77.cheap-vps.example [203.0.113.77]) {_US}",
    },
    "failed-b": {
        **_DIRECT, "Return-Path": "<www-data@cheap-vps.example>", "Reply-To": "no-reply@mailbox-upgrade.example",
        "Authentication-Results": "mx.privat.example; dkim=fail header.d={domain}; spf=softfail; dmarc=fail",
        "Received": f"from vps12 (vps12.cheap-vps.example [203.0.113.12]) {_US}", "Message-ID": "<1@vps12>", "X-PHP-Originating-Script": "33:m.php",
    },
    "freemail": {**_WEBMAIL, "Reply-To": "answer.desk@proton-mail.example", "To": "undisclosed-recipients:;"},
    "freemail-b": {**_WEBMAIL, "To": "undisclosed-recipients:;", "Bcc": "anna@privat.example"},
    "bulk-spam": {
        **_DIRECT, "Return-Path": "<b8812@{domain}>", "List-Unsubscribe": "<http://{domain}/u?8812>", "To": "anna@privat.example",
        "Received": f"from {{domain}} ({{domain}} [203.0.113.90]) {_US}", "Message-ID": "<8812.1@{domain}>",
    },
    "bulk-spam-b": {
        **_DIRECT, "Return-Path": "<bounce-8812@{host}>", "Received": f"from {{host}} (unknown [203.0.113.91]) {_US}",
        "List-Unsubscribe": "<mailto:off@{host}>", "Message-ID": "<{host}.8812@{host}>", "Reply-To": "bonus@win-reply.example",
    },
}  # fmt: skip


@dataclass(frozen=True)
class TodaysMail:
    """One mail of the set: the half it is in, its class as a person sees it, and its bytes."""

    held_out: bool
    label: str
    subject: str
    raw: bytes


def _one(block: str) -> TodaysMail:
    first, *rest = block.splitlines()
    half, label, route = first.split()[:3]
    own = dict(line.split(": ", 1) for line in rest[:2])
    address = own["From"].rpartition("<")[2].rstrip(">")
    host = address.partition("@")[2]
    places = {"address": address, "host": host, "domain": ".".join(host.split(".")[-2:])}
    headers = {name: value.format(**places) for name, value in ROUTES[route].items()} | own
    body = "\n".join(rest[2:])
    headers["Content-Type"] = f"text/{'html' if body.startswith('<html') else 'plain'}; charset=utf-8"
    head = "\r\n".join(f"{name}: {value}" for name, value in headers.items())
    return TodaysMail(half == "held", label, own["Subject"], f"{head}\r\n\r\n{body}\r\n".encode())


def todays_mails() -> Iterator[TodaysMail]:
    """The whole set, in order."""
    for block in TEXTS.read_text("utf-8").split("== ")[1:]:
        yield _one(block.rstrip("\n"))
