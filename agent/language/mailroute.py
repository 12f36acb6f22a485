"""Signs of who sent a mail, which way it took and how its subject and links are dressed.

What mail standards ask of names and hops (a hop is called by a host's name, a Message-ID is made where the mail is) and
what senders of masses do instead. `mailsigns` adds them to its own; `mailclass` weighs them.
"""

from __future__ import annotations

import re
from email.utils import parseaddr

from agent.language.mailview import FREE_MAIL, MailSigns, Sign, registered_domain

_ROLE = re.compile(
    r"news|letter|editor|update|alert|offers?\b|angebot|subscri|\blist|no-?reply|donotreply|do-not-reply|service|support|"
    r"notif|\binfo|member|announce|weather|wetter|daily|mailer|admin|customer|kunden|feedback|\bshop\b"
)
_CHEAP_ENDING = re.compile(
    r"\.(?:biz|info|us|ws|tv|cc|to|cn|kr|ru|tw|tk|ml|xyz|top|click|icu|buzz|online|site|vip|loan|win|bid|work|rest)$"
)
_OLD_OUTLOOK = re.compile(r"microsoft outlook(?: express|,? (?:imo|cws|build)| [89]\.)")
_UNVERIFIED = re.compile(r"from unknown|\(unknown|unverified|\bhelo \w+\)")
_NUMBERED_HOP = re.compile(r"helo[ =]+\[?\d+\.\d+\.\d+\.\d+|from \[?\d+\.\d+\.\d+\.\d+\]? ")
_MONEY_SUBJECT = (
    r"[$%€]|\bfree\b|\bcash\b|\bsaved?\b|\bsaving|\bonly\b|\bmortgage|\brates?\b|\bdebt|guarant|gratis|kostenlos"
)
_URGENT = (
    r"\b(?:today|heute)\b.{0,30}(?:!|only|call|order|noch)|\bexpires?\b|last chance|letzte chance|\bhurry|immediately|"
    r"don't wait|läuft ab\b|unverzüglich|sofort handeln"
)
_NO_RISK = (
    r"no (?:cost|fee|credit check|experience|risk|purchase|questions asked)|fully licensed|100 ?%|money[- ]back|"
    r"ohne (?:schufa|risiko|vorkenntnisse)|geld[- ]zurück"
)
_REMOVAL_ADDRESS = re.compile(r"mailto:[^\"'>\s]{0,200}(?:remove|unsub|optout|subject=|abmeld)")
_HIDDEN_NOTES = re.compile(r"\w<!--[^>]{0,40}-->\w|<!--\s{0,9}\w{6,60}\s{0,9}-->")


def _id_made_by_receiver(signs: MailSigns) -> bool:
    """The sender gave the mail no Message-ID: a server on the way made one."""
    host = re.escape(signs.mail.header("message-id").strip("<> ").rpartition("@")[2].lower())
    return bool(host) and re.search(rf"\bby {host}", signs.received_hosts) is not None


def _odd_id(signs: MailSigns) -> bool:
    """A Message-ID without a host, or one of Outlook's making on a mail that Outlook did not write."""
    made, _, host = signs.mail.header("message-id").strip("<> ").rpartition("@")
    return "." not in host or ("$" in made and "outlook" not in signs.mail.header("x-mailer").lower())


def _answers_elsewhere(signs: MailSigns) -> bool:
    to = parseaddr(signs.mail.header("reply-to"))[1].lower()
    return bool(to) and registered_domain(to.rpartition("@")[2]) != signs.domain


def _role(signs: MailSigns) -> bool:
    """The sender is an office, not a person: `newsletter@`, `Kundenservice`."""
    shown = f"{signs.sender.partition('@')[0]} {parseaddr(signs.mail.header('from'))[0]}"
    return _ROLE.search(shown.lower()) is not None


def _failed(signs: MailSigns) -> bool:
    """The receiving server could not confirm the sender, and no list stood between them that would explain it."""
    verdict = signs.mail.header("authentication-results").lower()
    alone = not signs.has("list-post", "list-id", "arc-seal")
    return alone and re.search(r"\bdmarc=fail|\bspf=(?:soft)?fail\b(?!.{0,400}\bdkim=pass)", verdict) is not None


_TRAP = (
    r"(?:verify|confirm|validate|update) your (?:account|identity|password|billing|payment|details|wallet)|"
    r"your (?:account|mailbox|card|access) (?:has been|is|was|will be) (?:\w+ )?(?:suspended|locked|limited|blocked|closed|"
    r"deactivated|restricted)|unusual (?:sign-?in|activity)|(?:pay|paying) (?:a|the) (?:small )?(?:customs|delivery|"
    r"redelivery) fee|seed phrase|"
    r"konto (?:wurde|ist|wird) (?:\w+ ){0,3}?(?:gesperrt|eingeschränkt|deaktiviert|stillgelegt)|"
    r"(?:bestätigen|verifizieren|aktualisieren) sie (?:\w+ ){0,3}?(?:konto|daten|identität|passwort|zahlungsdaten|"
    r"kontodaten|angaben)|zustellgebühr|zollgebühr|photo-?tan|umgehend (?:bestätigen|verifizieren)|"
    r"(?:konten|kontodaten|zahlungsdaten) (?:zu )?(?:bestätigen|verifizieren)"
)


_TRADE = (
    r"bestell(?:ung|nummer|bestätigung)|auftrags(?:nummer|bestätigung)|buchungs(?:nummer|bestätigung)|rechnung|"
    r"(?:kunden|vertrags|sendungs|vorgangs)nummer|ihre (?:anfrage|kündigung|buchung|reservierung)|order (?:number|confirm|no\b|#)|"
    r"your (?:order|booking|reservation|invoice|ticket|e-ticket|policy|request)|booking (?:number|confirm)|invoice|\bticket\b|"
    r"cancelled your"
)


def _trade(signs: MailSigns) -> bool:
    """A company's answer or paper to one customer: it names an order, an invoice or a request, and offers no way off a list."""
    if (
        signs.has("list-unsubscribe")
        or _failed(signs)
        or _CHEAP_ENDING.search(signs.domain)
        or (signs.link_hosts and signs.own_links < 0.5)
    ):
        return False
    return re.search(_TRADE, f"{signs.subject.lower()}\n{signs.text[:1500]}") is not None


def _person(signs: MailSigns) -> bool:
    """Today's mail from one person to named people or to a list, its sender known to the receiving server."""
    verdict = signs.mail.header("authentication-results").lower()
    if (
        re.search(r"\b(?:dkim|spf|dmarc)=pass", verdict) is None
        or _failed(signs)
        or _role(signs)
        or not signs.recipients
    ):
        return False
    return signs.has("list-post", "mailing-list") or not signs.has("list-unsubscribe")


_MASS_TRACES = ("feedback-id", "x-mailgun-sid", "x-sg-eid")
_BULK_MAILER = re.compile(
    r"listmanager|lyris|majordomo|sparklist|topica|exacttarget|mailman|ezmlm|messagemedia|e-?dialog|cheetah|"
    r"digital impact|listserv|kana|unica|responsys|mailchimp|sendgrid|cleverreach|inxmail|optivo|emarsys|rapidmail|"
    r"newsletter2go|brevo|sendinblue|episerver|mailjet|amazonses", re.I)  # fmt: skip


def _modern_bulk(signs: MailSigns) -> bool:
    """Traces of today's senders of masses. Some carry orders too: they count beside a way off the list alone."""
    if signs.has("list-unsubscribe-post", "x-csa-complaints") or _BULK_MAILER.search(signs.mail.header("x-mailer")):
        return True
    return signs.has(*_MASS_TRACES) and (
        signs.has("list-unsubscribe") or signs.says(r"unsubscribe|abmelden|abbestellen")
    )


def _trap(signs: MailSigns) -> int:
    """Asks to confirm an account or to pay a fee behind a link that is not the sender's, or from a free mailbox."""
    elsewhere = bool(signs.link_hosts) and signs.own_links < 0.5
    return signs.count(_TRAP, 2) if elsewhere or signs.has("x-mailer") or not signs.link_hosts else 0


ROUTE_SIGNS: dict[str, Sign] = {
    "feed_item": lambda s: (
        re.match(r"rss|feeds?\b", s.sender.partition("@")[0]) is not None or re.match(r"url: ?http", s.text) is not None
    ),
    "role_sender": _role,
    "money_subject": lambda s: re.search(_MONEY_SUBJECT, s.subject.lower()) is not None,
    "loud_subject": lambda s: "!" in s.subject,
    "you_subject": lambda s: re.search(r"\byou(?:r|'re)?\b", s.subject.lower()) is not None,
    "no_risk_talk": lambda s: s.says(_NO_RISK),
    "urgent_talk": lambda s: s.says(_URGENT),
    "cheap_hosts": lambda s: any(_CHEAP_ENDING.search(host) for host in s.link_hosts),
    "removal_address": lambda s: _REMOVAL_ADDRESS.search(s.markup) is not None,
    "red_type": lambda s: re.search(r"color\s{0,3}[=:]\s{0,3}[\"']?(?:#?ff0000|red)\b", s.markup) is not None,
    "hidden_notes": lambda s: _HIDDEN_NOTES.search(s.markup) is not None,
    "numbered_hop": lambda s: _NUMBERED_HOP.search(s.received_hosts) is not None,
    "forged_hop": lambda s: "may be forged" in s.received_hosts,
    "unverified_hop": lambda s: _UNVERIFIED.search(s.received_hosts) is not None,
    "bare_outlook": lambda s: (
        _OLD_OUTLOOK.match(s.mail.header("x-mailer").lower()) is not None and not s.has("x-mimeole")
    ),
    "id_made_by_receiver": _id_made_by_receiver,
    "odd_id": _odd_id,
    "answers_elsewhere": _answers_elsewhere,
    "modern_bulk": _modern_bulk,
    "cheap_sender": lambda s: _CHEAP_ENDING.search(s.domain) is not None,
    "to_nobody": lambda s: not s.recipients and FREE_MAIL.search(s.sender.rpartition("@")[2]) is not None,
    "trade_mail": _trade,
    "todays_person": _person,
    "failed_authentication": _failed,
    "trap_talk": _trap,
}
