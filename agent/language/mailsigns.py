"""Signs by which newsletters, personal or list mail and spam differ: how a mail is built and sent, and how it talks.

Three kinds: what list software and mail programs leave in headers, whether the sender's names agree with each other
(From, links, Message-ID), and the phrases of mass mail in English and German. `mailclass` weighs them.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parseaddr, parsedate_to_datetime

from agent.language.mailroute import ROUTE_SIGNS
from agent.language.mailview import FREE_MAIL, MailSigns, Sign, registered_domain

_MONEY_TALK = (
    r"make money|\bcash\b|\$\d{1,3}(?:,\d{3})+|million|income|earn(?:ing)? \$|financial freedom|home[- ]based|"
    r"schnell reich|sofortkredit|kredit ohne schufa|nebenverdienst|von zu hause (?:aus )?verdienen|work (?:at|"
    r"from) home|mortgage|refinanc|\bdebts?\b|"
    r"credit (?:card|report|repair)|\bloans?\b|lowest rates?|interest rates?|investment opportunit|"
    r"\bstocks? alert|business opportunit|multi-?level|\bmlm\b|get rich"
)
_GOODS_TALK = (
    r"viagra|\bherbal|weight loss|lose weight|\bpills?\b|\bdiet\b|enlarge|\bpenis|\bsex(?:ual|y)?\b|\bxxx\b|"
    r"porn|\badults? (?:only|site)|\bnude|webcam|\bsingles\b|\btoners?\b|"
    r"cartridges|\bhgh\b|hormone|university diploma|\bdiplomas?\b|casino|gambl|life insurance|extended warrant|"
    r"cable descrambl|anti-?aging|\bbaldness|satellite tv|prescription"
)
_PUSH_TALK = (
    r"100% (?:free|guarantee|satisf)|risk[- ]free|risikofrei|garantiert|nur heute|sie haben gewonnen|"
    r"jetzt zuschlagen|herzlichen glückwunsch|no obligation|act now|call now|order now|limited time|"
    r"absolutely free|totally free|amazing|incredible|guarante|toll[- ]free|"
    r"once in a lifetime|don'?t (?:miss|delete)|why pay|special promotion|dear (?:friend|sir|homeowner|customer|"
    r"fellow)|free (?:quote|information|consultation|trial|gift|report)|"
    r"\bclick here\b|!!+|as seen on|congratulations|\bwinner\b|urgent|strictly confidential|next of kin|"
    r"bulk e?-?mail|mailing lists? of|million e-?mail"
)
_NOT_SPAM_TALK = (
    r"not spam|not unsolicited|cannot be considered spam|bill s\.?1618|section 301|to be removed|"
    r"removed? from (?:our|this|the|future)|remove in the subject|"
    r"remove me|\"remove\"|type remove|reply with|opt[- ]?out|opt-in list|\bopted\b|wish to be removed|"
    r"further mailings|future mailings|no longer wish to receive"
)
_ISSUE_TALK = (
    r"newsletter|\bissue (?:#|no|\d)|\bedition\b|editor|\bpublish(?:er|ed|ing)\b|weekly|\bdaily\b|headlines|"
    r"top stories|in this issue|today's|subscriber|\barchives?\b|"
    r"forward (?:this|it) to a friend|to (?:change|update|manage|modify) your|your (?:subscription|profile|"
    r"account|preferences)|privacy (?:policy|statement)|\ball rights reserved|"
    r"copyright|advertis|im browser (?:ansehen|anzeigen)|online ansehen|ausgabe|impressum|datenschutz|"
    r"profil ändern|kundenservice|\bfaq\b|customer service|terms of (?:use|service)|update your"
)
_SUBSCRIBED = (
    r"you (?:are|were|have|'ve|re) (?:\w+ ){0,3}?(?:subscribed|receiving|received|registered|signed up)|"
    r"because you|to unsubscribe|unsubscribe (?:from|at|by|here|:)|"
    r"sent to (?:you|\S+@\S+)|newsletter ab(?:melden|bestellen)|abmelden|sie erhalten diese|(?:nicht mehr|"
    r"keine weiteren) (?:newsletter|e-?mails)|this (?:e-?mail|message|newsletter) (?:was|is|has been) sent"
)
_REPLY_LINES = r"(?m)^>|\bwrote:|\bschrieb[^\n]{0,40}:|\bwrites:|\bsaid:"


def _id_agrees(signs: MailSigns) -> bool:
    identifier = signs.mail.header("message-id").strip("<> ").rpartition("@")[2]
    return bool(signs.domain) and registered_domain(identifier) == signs.domain


def _odd_subject(signs: MailSigns) -> bool:
    return (
        re.search(
            r"\s{4,}\S+\s*$|^adv\b|[$]{2}|!{2,}|\[?\d{4,}\]?$|^\s*$|\.\.\.\s*$|\bfree\b|^re\s?:.*%",
            signs.subject.lower(),
        )
        is not None
    )


def _discussion(signs: MailSigns) -> bool:
    marked = signs.has("list-post", "x-beenthere", "mailing-list", "x-list", "x-mailman-version", "x-ecartis-version")
    return marked or "list" in signs.mail.header("precedence").lower() or _passed_on(signs)


def _passed_on(signs: MailSigns) -> bool:
    """A list's own address both received the mail and sent it on: `talk@` and `owner-talk@`, `talk-bounces@`."""
    senders = " ".join(signs.mail.header(name) for name in ("sender", "return-path", "errors-to", "x-loop")).lower()
    named = (address.partition("@")[0] for address in signs.recipients[:20])
    return any(
        len(name) > 2
        and re.search(
            rf"owner-{re.escape(name)}|{re.escape(name)}(?:-(?:owner|admin|bounces?|request|errors)|@)", senders
        )
        for name in named
    )


def _foreign_share(signs: MailSigns) -> int:
    """Letters beyond ASCII: of a language with a few of them, or of another script (or a wrong charset)."""
    shown = signs.mail.text[:8000]
    share = sum(ord(char) > 127 for char in shown) / max(1, len(shown))
    return (share > 0.01) + (share > 0.1)


_CODE = r"(?m)^(?:diff |\+\+\+|@@|\$ |# |%)|\w\(\)|\w\.(?:c|py|h|pl|cf)\b|/usr/|/etc/|\b0x[0-9a-f]+"
"""Patches, prompts, calls, files: what technical lists talk in."""


_LETTER_TALK = (
    r"next of kin|transfer (?:of|the|this) (?:fund|sum|money)|federal (?:ministry|republic|government)|"
    r"foreign (?:partner|account)|beneficiary|late (?:father|husband|president|general)|"
    r"your (?:full )?(?:assistance|bank account|private telephone)|confidential|(?:million|"
    r"thousand) (?:united states|us) dollars|us\$\s?\d|deposit(?:ed)? (?:the|in|with)|"
    r"business (?:proposal|relationship|transaction)|mutual benefit|god bless|inherit|security company|"
    r"urgent(?:ly)? (?:reply|response)|utmost"
)


def _when(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _wrong_clock(signs: MailSigns) -> bool:
    """The sender's date is missing, unreadable, or half a day away from the receiving server's."""
    sent = _when(signs.mail.header("date"))
    arrived = _when(next(iter(signs.mail.headers.get("received", ("",)))).rpartition(";")[2].strip())
    if sent is None:
        return True
    if arrived is None or (sent.tzinfo is None) != (arrived.tzinfo is None):
        return False
    return abs((sent - arrived).total_seconds()) > 43_200


def _upper_share(signs: MailSigns) -> int:
    letters = [char for char in signs.mail.text[:8000] if char.isalpha()]
    share = sum(char.isupper() for char in letters) / max(1, len(letters))
    return (share > 0.12) + (share > 0.3)


_TALKING = (
    r"\bi(?:'m|'ve|'d|'ll| think| guess| was| have| don't| am)\b|\bimho\b|\bbtw\b|\bmy \w+|\bcheers\b|\bthanks,|"
    r"\bhi (?:all|folks|everyone)|\bdoes anyone|\banybody\b|\bfwiw\b"
)


def _you_density(signs: MailSigns) -> int:
    return min(4, signs.count(r"\byou(?:r|rs|'ll|'re)?\b", 60) * 1000 // max(600, len(signs.text)) // 4)


def _anchors(signs: MailSigns) -> int:
    texts = re.findall(r"<a\s[^>]{3,800}>([^<]{18,200})</a>", signs.mail.html[:400_000], re.I)
    return min(4, len(texts) // 3)


_BIG_TYPE = re.compile(r"size\s*=\s*[\"']?(?:\+[2-9]|[5-7])|<center|<marquee|blink", re.IGNORECASE)


def _names_itself(signs: MailSigns) -> bool:
    """The sender's domain appears in the display name or subject."""
    brand = signs.domain.split(".")[0]
    shown = (parseaddr(signs.mail.header("from"))[0] + " " + signs.subject).lower().replace(" ", "")
    return len(brand) > 2 and brand in shown


SIGNS: dict[str, Sign] = {
    "you_density": _you_density,
    "anchors": _anchors,
    "rules": lambda s: s.count(r"(?m)^\W{0,3}(?:[-=_*~#+]\s?){8,}\W*$", 4),
    "issue_subject": lambda s: (
        re.search(
            r"news|update|alert|digest|weekly|daily|issue|vol|report|\d{1,2}[/.-]\d{1,2}|(?:jan|feb|mar|apr|may|june?|"
            r"july?|aug|sep|oct|nov|dec)\w*\.? \d|20\d\d|edition|:",
            s.subject.lower(),
        )
        is not None
    ),
    "brand": _names_itself,
    "brand_body": lambda s: (
        min(3, s.text.count(s.domain.split(".")[0]) // 2) if len(s.domain) > 5 and not FREE_MAIL.search(s.domain) else 0
    ),
    "letter_talk": lambda s: s.count(_LETTER_TALK, 3),
    "wrong_clock": _wrong_clock,
    "upper": _upper_share,
    "few_hosts": lambda s: 0 < len({registered_domain(h) for h in s.link_hosts}) <= 2 and len(s.link_hosts) < 12,
    "exclaims": lambda s: min(4, s.text.count("!") * 1000 // max(500, len(s.text)) // 2),
    "dollars": lambda s: s.count(r"\$", 4),
    "phone": lambda s: s.says(r"\b1-?8\d\d-|call (?:us )?(?:toll|now|today|\(?\d{3})|\(?\d{3}\)?[ -.]\d{3}-\d{4}"),
    "bare_from": lambda s: not parseaddr(s.mail.header("from"))[0],
    "no_mailer": lambda s: not s.has("x-mailer", "user-agent"),
    "table": lambda s: min(3, s.mail.html.lower().count("<table") // 4),
    "images": lambda s: min(3, s.mail.html.lower().count("<img") // 5),
    "fonts": lambda s: min(3, s.mail.html.lower().count("<font") * 800 // max(400, len(s.text)) // 4),
    "big_type": lambda s: _BIG_TYPE.search(s.mail.html[:60_000]) is not None,
    "cc": lambda s: s.has("cc"),
    "reply": lambda s: (
        s.has("in-reply-to", "references") or s.subject.lower().startswith(("re:", "aw:", "fwd:", "wg:"))
    ),
    "reply_header": lambda s: s.has("in-reply-to", "references"),
    "quotes": lambda s: s.count(_REPLY_LINES, 3),
    "discussion": _discussion,
    "subject_tag": lambda s: re.match(r"(?:re:\s*)?\[[\w .-]{2,30}\]", s.subject.lower()) is not None,
    "bounce_sender": lambda s: (
        re.search(
            r"bounce|owner-|-owner|return|errors",
            s.mail.header("return-path").lower() + s.mail.header("sender").lower(),
        )
        is not None
    ),
    "unsubscribe_header": lambda s: s.has("list-unsubscribe"),
    "bulk": lambda s: "bulk" in s.mail.header("precedence").lower(),
    "user_agent": lambda s: (
        re.search(
            r"mutt|pine|evolution|thunderbird|mozilla|kmail|gnus|exmh|sylpheed|apple mail|entourage|eudora|vm \d|"
            r"squirrel|horde|imp/",
            (s.mail.header("user-agent") + s.mail.header("x-mailer")).lower(),
        )
        is not None
    ),
    "html_only": lambda s: s.has_html and not s.mail.plain.strip(),
    "plain": lambda s: not s.has_html,
    "own_links": lambda s: s.own_links > 0.3,
    "some_own_links": lambda s: s.own_links > 0,
    "many_links": lambda s: len(s.link_hosts) > 15,
    "number_links": lambda s: any(re.fullmatch(r"[\d.]+", host) for host in s.link_hosts),
    "id_agrees": _id_agrees,
    "free_mail": lambda s: FREE_MAIL.search(s.sender.rpartition("@")[2]) is not None,
    "digits_in_name": lambda s: re.search(r"\d{2,}", s.sender.partition("@")[0]) is not None,
    "odd_subject": _odd_subject,
    "priority": lambda s: s.mail.header("x-priority").strip()[:1] in {"1", "2"} or s.has("x-msmail-priority"),
    "money_talk": lambda s: s.count(_MONEY_TALK, 4),
    "goods_talk": lambda s: s.count(_GOODS_TALK, 4),
    "push_talk": lambda s: s.count(_PUSH_TALK, 5),
    "removal_talk": lambda s: s.count(_NOT_SPAM_TALK, 2),
    "issue_talk": lambda s: s.count(_ISSUE_TALK, 6),
    "subscribed": lambda s: s.count(_SUBSCRIBED, 2),
    "long": lambda s: len(s.text) > 4000,
    "short": lambda s: len(s.text) < 600,
    "no_link": lambda s: not s.link_hosts,
    "code": lambda s: s.count(_CODE, 3),
    "route_agrees": lambda s: len(s.domain) > 3 and s.domain in s.received_hosts,
    "no_recipient": lambda s: not s.recipients,
    "many_recipients": lambda s: len(s.recipients) > 4,
    "foreign_letters": _foreign_share,
    "return_per_mail": lambda s: (
        re.search(r"\d{4,}|=", parseaddr(s.mail.header("return-path"))[1].partition("@")[0]) is not None
    ),
    "announcement": lambda s: s.has("list-unsubscribe") and not _discussion(s) and not s.has("list-id", "in-reply-to"),
    **ROUTE_SIGNS,
}
"""Every sign by name: whether, or how often, it shows."""
