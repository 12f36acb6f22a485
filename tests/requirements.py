"""What each promise (docs: DESIGN, section 1) asks for, as data. A test names the requirement it guards with
`@requirement("mandate:missing-amount")`; `tests/unit/test_requirements.py` checks both directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

PROMISES = (
    "mandate", "approval", "secret", "disclosure", "untrusted", "order", "durable", "stop", "attention", "why",
    "forget", "local", "honest",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that has to hold. `elsewhere` names tests of other rooms: `path::function`."""

    id: str
    text: str
    source: str = "DESIGN 1"
    elsewhere: tuple[str, ...] = ()

    @property
    def promise(self) -> str:
        return self.id.partition(":")[0]


Test = TypeVar("Test", bound=Callable[..., object])


def requirement(*ids: str) -> Callable[[Test], Test]:
    """Says which requirements a test guards. Read from the source by `test_requirements`; changes nothing."""

    def keep(test: Test) -> Test:
        return test

    return keep


REQUIREMENTS: tuple[Requirement, ...] = (
    # -- mandate
    Requirement("mandate:missing-amount", "A deal without an amount or a mandatory term is refused, whoever approves it."),
    Requirement("mandate:missing-term", "A deal that does not say how long it binds is refused where the mandate limits it."),
    Requirement("mandate:a-currency-is-the-amounts-own", "An amount of a price list is in the currency beside it, or unread where the mapping says another.", "issue 4"),
    Requirement("mandate:a-named-tool-only-looks", "A tool over MCP that says it changes something is never called, whoever named it.", "issue 4"),
    Requirement("mandate:above-limit", "A deal whose all-in total exceeds the limit is refused."),
    Requirement("mandate:other-currency", "Any amount in another currency puts a deal outside."),
    Requirement("mandate:fee-added-later", "A fee that comes up after the price counts, also when only the confirmation names it."),
    Requirement("mandate:unread-amount", "An offer with an amount nobody can place or read is never taken.", "issue 3"),
    Requirement(
        "mandate:unread-amount-on-every-channel",
        "Over shops, pages, price lists and catalogues an amount of unknown name makes an offer incomplete.", "issue 4",
    ),
    Requirement("mandate:unread-amount-is-shown", "The card of such an offer names what is not understood; no mandate signs it.", "issue 4"),
    Requirement("mandate:longer-term", "A longer minimum term than allowed is outside."),
    Requirement("mandate:other-provider", "A provider the person did not name is outside."),
    Requirement("mandate:expired", "After its expiry a mandate gives no leave."),
    Requirement("mandate:one-deal-per-need", "A need is signed once: its signing lock is a constraint of the table."),
    Requirement("mandate:no-deals-left", "`deals = 0` gives no leave."),
    Requirement("mandate:split-orders", "Part of an order, or a second one beside it, has no lock and does not leave."),
    Requirement("mandate:act-inside-limits", "Where the mandate says `act`, a deal inside every limit may be signed."),
    Requirement("mandate:random-proposals", "Of 10,000 random and mutated proposals none outside the mandate passes."),
    Requirement("mandate:one-cap-over-all-cards", "A bundle's cap bounds the sum of all cards of its needs."),
    Requirement("mandate:only-the-gate-clears", "Only the gate constructs what a channel may send.", "DESIGN 4"),
    Requirement("mandate:reservation-value", "Nothing below the reservation value is proposed, accepted or held.", "DESIGN 4"),
    Requirement("mandate:one-acceptance-per-agreement", "However often a company improves or takes back what we accepted, a talk stays within its rounds.", "issue 6"),
    Requirement("mandate:no-cost-nobody-named", "An optional cost that no offer of the company named is not offered to it.", "issue 6"),
    Requirement("mandate:bad-need-is-refused", "A need that is not in order is refused before anything is said.", "DESIGN 9"),
    Requirement("mandate:adapters-send-only-what-was-cleared", "An adapter that sends more than the cleared move fails the contract kit.", "issue 4"),
    Requirement("mandate:shops-are-never-paid", "A shop's checkout is never completed and nothing is paid there.", "issue 4"),
    # -- approval
    Requirement("approval:a-counter-reaches-the-company", "What the person asks for instead is said once, and the answer is the next card.", "DESIGN 2"),
    Requirement("approval:explicit-leave", "Without the mandate's leave or an approval nothing binds."),
    Requirement("approval:bound-to-terms", "An approval is of one hash of exact terms; any changed term is another."),
    Requirement("approval:expires", "An approval or a card that ran out is announced and carries nothing out."),
    Requirement("approval:second-yes-above-limit", "Above the limit the approval must say so.", "DESIGN 9"),
    Requirement("approval:confirmation-compared", "A confirmation that differs is shown, never accepted.", "DESIGN 3.8"),
    Requirement("approval:mail-is-sent-with-leave-only", "No mail is sent before the person turned sending on.", "issue 4"),
    Requirement("approval:leave-to-send-ends-at-once", "Leave to send mail that is taken back holds for talks under way.", "issue 4"),
    Requirement("approval:refused-deal-is-said", "A deal the company turns down is said and not tried again.", "DESIGN 3.8"),
    Requirement("approval:a-shop-deal-is-closed-by-the-person", "Nothing is committed over a channel that closes no deals.", "issue 4"),
    # -- secret
    Requirement("secret:acp-hears-no-reasons", "A shop over ACP hears goods, codes and a delivery: no intent trace, budget, rival price, buyer or address.", "issue 4"),
    Requirement("secret:only-a-company-s-own-price-is-cited", "A price cited as an argument is public and the company's own.", "issue 4"),
    Requirement("secret:same-bytes-until-the-budget-binds", "Two budgets send the same bytes until one of them binds."),
    Requirement("secret:budget-number-never-leaves", "No number of budget or rivals leaves outside the terms we propose."),
    Requirement("secret:limit-is-a-clip", "A limit changes a proposal only where it would be broken.", "DESIGN 4"),
    # -- disclosure
    Requirement("disclosure:default-deny", "A question without a rule is refused, and the refusal is on the ledger."),
    Requirement("disclosure:never-classes", "Budget, rivals, rules and the like get a constant answer at every stage.", "DESIGN 4"),
    Requirement("disclosure:lowest-rung", "The lowest rung that is enough is told."),
    Requirement("disclosure:drafts-bind-nothing", "A sentence read as a rule binds nothing before the person's yes.", "issue 3"),
    Requirement("disclosure:switched-off-lets-nothing-out", "A rule switched off, or made to ask, lets nothing out.", "issue 3"),
    Requirement("disclosure:each-fact-decided", "Each fact a question means is decided by itself.", "issue 3"),
    Requirement("disclosure:cumulative", "What a provider has counts over all its endpoints and talks.", "DESIGN 3.2"),
    Requirement("disclosure:errors-deny", "An error or a locked vault tells nothing."),
    Requirement("disclosure:egress-scan", "Vault values are seen in every decoded view of outgoing bytes.", "issue 3"),
    Requirement("disclosure:shards-across-restart", "Halves told before and after a restart are seen together.", "issue 3"),
    Requirement("disclosure:fuzzed-attacks", "No mutated attack gets what no rule lets out.", "issue 3"),
    Requirement("disclosure:no-false-alarms", "Ordinary messages of every category raise no alarm.", "issue 3"),
    Requirement("disclosure:shops-learn-a-place-only-when-told", "A shop learns a destination only from an answer the policy gave.", "issue 4"),
    Requirement("disclosure:grants-expire", "A grant ends at its time, on the ledger."),
    Requirement("disclosure:losers-grants-end", "What losing bidders were told ends with the deal.", "DESIGN 3.9"),
    Requirement("disclosure:receipt-fields", "A receipt has the fields of ISO/IEC TS 27560 and never the value.", "issue 3"),
    Requirement("disclosure:withdrawal-honoured", "What the person took back is not told again, and the company is told.", "issue 3"),
    Requirement("disclosure:price-must-bind", "A price for a datum counts only in a binding offer's typed field.", "issue 3"),
    Requirement("disclosure:agreement-is-proffered", "A roster agreement on data is proffered once, on the ledger before it is sent, and nothing else can stand there.", "issue 3"),
    Requirement("disclosure:agreement-meets-a-rule", "Where a rule asks for an agreement, nothing is told unless one is in force that holds as much.", "issue 3"),
    Requirement("disclosure:agreement-counts-only-as-proffered", "A company's word on an agreement counts for exactly what was proffered.", "issue 3"),
    Requirement("disclosure:agreement-ends", "A company that takes its agreement back ends what was told under it.", "issue 3"),
    Requirement("disclosure:receipt-before-sending", "The receipt of a release is recorded before its answer is sent.", "issue 3"),
    Requirement(
        "disclosure:forbid-beats-permit", "A matching prohibition beats every permission.",
        elsewhere=("tests/unit/memory/test_rules.py::test_forbid_beats_permit_whatever_the_order",),
    ),
    # -- untrusted
    Requirement("untrusted:typed-channels-are-deaf-to-text", "On typed channels no text changes any decision or byte."),
    Requirement("untrusted:adapters-return-hostile-text-wrapped", "An adapter that lets a company's words out as plain strings fails the contract kit.", "issue 4"),
    Requirement("untrusted:shop-totals-must-add-up", "A shop's figures that do not add up, or are for other goods, make no offer.", "issue 4"),
    Requirement("untrusted:feeds-load-nothing", "A feed with a document type of its own is refused: nothing is expanded or loaded.", "issue 4"),
    Requirement("untrusted:text-outside-spans-decides-nothing", "Text around the values read decides and ranks nothing."),
    Requirement("untrusted:claimed-terms-never-bind", "Terms read from text are never committed to."),
    Requirement("untrusted:claimed-deal-is-handed-over", "The yes to claimed terms sends nothing: the person closes the deal.", "issue 4"),
    Requirement(
        "untrusted:values-carry-their-span", "A value read from text names the characters it came from.",
        elsewhere=("tests/unit/language/test_offers.py::test_every_value_has_its_span_as_evidence_and_is_only_claimed",),
    ),
    Requirement(
        "untrusted:no-escape-byte-reaches-the-terminal", "Provider text passes the one sanitiser.",
        elsewhere=("tests/tui/test_terminal.py::test_hostile_text_leaves_no_escape_byte_of_its_own",),
    ),
    Requirement("untrusted:no-widget-takes-raw-text", "No widget takes a company's words but through the sanitiser.", "issue 3"),
    Requirement("untrusted:approvals-show-our-terms", "An approval shows our rendering of typed terms and nothing else.", "issue 3"),
    Requirement("untrusted:adapters-get-nothing", "A third-party adapter gets its named secrets and fields, and nothing else.", "issue 3"),
    Requirement("untrusted:adapters-are-bounded", "An adapter that takes too much memory, CPU or disk is ended, alone or with others, on every system.", "issue 3"),
    Requirement("untrusted:adapter-files-are-pinned", "An adapter of which one byte changed is not run.", "issue 3"),
    Requirement("untrusted:agreement-from-fields-only", "An agreement on data is read from a machine field, never from a sentence.", "issue 3"),
    Requirement("untrusted:identity-is-pinned", "A company that answers as another is told nothing until the person agrees.", "issue 3"),
    Requirement("untrusted:card-signatures-are-verified", "A card's signature counts only where it holds, by a key of the card's own origin; one that does not, or is lost, is asked about.", "issue 3"),
    Requirement("untrusted:look-alikes-are-asked-about", "A company that looks like another one is asked about before anything is said.", "issue 3"),
    Requirement("untrusted:forged-consent-is-void", "Consent an adapter or a company claims binds nobody.", "issue 3"),
    # -- order
    Requirement("order:best-and-final-at-once", "Rivals are asked for their best and final offer at one barrier, and hear no other bid of ours after it.", "issue 6"),
    Requirement("order:channels-meet-in-one-market", "Offers of every channel are compared in one market.", "issue 4"),
    Requirement("order:doors-of-one-company", "Of a company's doors with the same offer the most direct one is chosen, whatever came first.", "issue 5"),
    Requirement("order:arrival-and-delay", "The winner, and every message, is the same under any order and delay of arrival."),
    Requirement("order:a-slow-company-holds-nobody-up", "A company that lets others wait goes on by itself, on the record: no other talk, need or card waits for it or changes.", "issue 3"),
    # -- durable
    Requirement("durable:nothing-lost", "After `kill -9` every recorded message leaves and every answer is recorded."),
    Requirement("durable:one-id-per-move", "No move is ever sent under a second id."),
    Requirement("durable:brought-once", "What the person brought is taken in once; what they carried is not laid out again.", "issue 4"),
    Requirement("durable:mail-sorted-once", "A mail is sorted once over kills, restarts, copies and new numbers.", "issue 5"),
    Requirement("durable:one-mail-per-move", "A mail is sent once over restarts; its answer is waited for.", "issue 4"),
    Requirement("durable:one-talk-over-doors", "A talk that goes on at another door keeps its words, numbers and ids.", "issue 4"),
    Requirement("durable:no-double-commit", "No commitment is doubled."),
    Requirement("durable:ledger-survives", "After any kill the ledger verifies and replays."),
    Requirement("durable:all-or-nothing", "A batch of events is recorded whole or not at all.", "DESIGN 5"),
    Requirement("durable:recorded-before-sent", "What cannot be recorded is not sent.", "DESIGN 5"),
    Requirement("durable:full-disk-loses-nothing", "A full disk is one error; what was recorded stays.", "issue 2"),
    Requirement("durable:slow-commit-keeps-its-lock", "A commitment of unknown outcome keeps its lock and its id.", "DESIGN 3"),
    Requirement("durable:one-id-per-message", "A company that reuses message ids harms only itself."),
    Requirement("durable:second-runner", "One runner per folder.", "DESIGN 5"),
    Requirement("durable:earlier-formats", "A folder of every earlier format opens, reads the same and goes on.", "issue 7"),
    Requirement("durable:index-lost-nothing-lost", "A kill while indexing or a torn index loses nothing: it is made anew from SQLite.", "issue 5"),
    # -- stop
    Requirement("stop:gate-checks-the-file", "While HOME/STOP lies there nothing is cleared, probed or sent."),
    Requirement("stop:under-a-second", "With 50 conversations under way everything outgoing ends in under a second."),
    Requirement("stop:full-disk", "Stop works on a disk without a free byte and without a record."),
    Requirement("stop:nothing-is-handed-out", "While stopped, no cleared word is handed out for carrying by hand.", "issue 4"),
    Requirement("stop:resume-goes-on", "After resume talks go on under their old ids.", "DESIGN 5"),
    # -- attention
    Requirement("attention:bundles-are-few-cards", "What can be signed together is one card; what was only claimed stands for itself."),
    Requirement("attention:no-fallback-alone", "A fallback is put up only beside what it stands in for."),
    Requirement("attention:bundles-are-stated-in-a-sentence", "One sentence, or one file, states several needs as one bundle."),
    Requirement("attention:budget-kept", "A digest never asks for more decisions or notes than the person allows."),
    Requirement("attention:held-back-counted", "Every talk, item and note that is not shown is counted with a reason."),
    Requirement("attention:digest-without-a-screen", "The digest appears at its hour although no screen is open.", "issue 2"),
    Requirement("attention:notified-with-counts-only", "A notice says how many, if wanted, outside the quiet hours.", "issue 7"),
    Requirement("attention:one-offer-at-many-doors", "The same offer at several doors of a company is one card, and one door bargains.", "issue 5"),
    Requirement("attention:doors-that-differ-are-found", "The same thing at two prices at two doors of a company is noted with both as proof.", "issue 5"),
    Requirement("attention:own-name-changes-nothing", "Mass mail that only calls the person otherwise is one mass mail; what somebody wrote to them is none.", "issue 5"),
    Requirement("attention:missed-digest-is-made-up-once", "Missed digests are made up for by one.", "DESIGN 5"),
    Requirement("attention:slow-companies-keep-nothing-waiting", "Talks stand back between two rounds for a digest or a decision.", "DESIGN 5"),
    Requirement("attention:nothing-vanishes", "What became of a card that was shown is told once in a later digest.", "issue 5"),
    Requirement("attention:must-see-never-lost", "Price rises, deadlines, recalls, outages and invoices of own companies are all shown.", "issue 5"),
    Requirement("attention:stream-budget", "No day of a stream shows more than the budget, and every message is accounted for.", "issue 5"),
    Requirement("attention:service-mail-reaches-the-digest", "Service mail of the sorted folder is told in a digest, each once, and inside the budget.", "issue 5"),
    Requirement("attention:interrupts-by-rule-only", "Nothing is told before the digest's hour but what a rule of the person names, once.", "issue 5"),
    Requirement("attention:should-have-shown-teaches", "What should have been shown is shown the next time.", "issue 5"),
    Requirement("attention:score-decides-between-equals", "Of two equal offers that of the provider with the better record wins.", "issue 5"),
    Requirement("attention:one-odd-decision-flips-nothing", "One decision against all others turns no learned weight over.", "issue 5"),
    # -- why
    Requirement("why:head-is-signed", "A chain made anew without the vault's key is told from the signed one.", "issue 3"),
    Requirement("why:kept-head-finds-a-cut", "A head kept outside the folder finds a record that was cut, put back or exchanged.", "issue 3"),
    Requirement("why:replay-is-equal", "Every recorded decision comes out the same from its own record."),
    Requirement("why:tampering-is-found", "One flipped byte in any column of the chain, the bodies or the tables beside them is found."),
    Requirement("why:score-by-hand", "A provider's score is a sum of counted events that can be done again by hand.", "issue 5"),
    Requirement("why:every-talk-accounted-for", "No talk goes without a card, a state or a reason."),
    # -- forget
    Requirement("forget:sorted-mail", "What is kept of sorted mail can be erased; its text is never kept.", "issue 5"),
    Requirement("forget:no-byte-left", "No byte of what was forgotten is left in any file of the folder, in any coding."),
    Requirement("forget:chain-still-verifies", "The chain verifies after forgetting."),
    Requirement("forget:replay-shows-erased", "Replay counts what was erased as erased."),
    Requirement("forget:preference-stops-deciding", "A forgotten preference decides nothing any more."),
    Requirement("forget:resumed-after-a-kill", "Forgetting that was cut off is finished at the next start.", "DESIGN 5"),
    Requirement("forget:locked-vault-keeps-the-request", "With a locked vault the request is kept and said.", "DESIGN 5"),
    Requirement("forget:receipts-cannot-be-guessed", "A receipt's digest is salted, and the salt can be erased.", "issue 3"),
    Requirement("forget:index-is-made-elsewhere", "The index is written by a process that never held a key, a word or a fact.", "issue 3"),
    Requirement("forget:adapters-keep-nothing", "What third-party adapters kept goes with what is forgotten.", "issue 3"),
    Requirement("forget:answers-are-not-in-the-chain", "What anybody was told lies in a body, never in the chain.", "DESIGN 5"),
    Requirement("forget:taken-back-stays-taken-back", "What the person took back is not learned again from the same decisions.", "issue 5"),
    Requirement("forget:sellers-are-met-anew", "What talks with a seller taught is erased with their records and decides nothing any more.", "issue 6"),
    Requirement("forget:retracted-influences-nothing", "A retracted preference takes part in no later decision of an open need.", "issue 5"),
    # -- local
    Requirement(
        "local:no-socket-unless-configured", "Nothing but configured providers is contacted.",
        elsewhere=("tests/unit/test_wire.py::test_only_public_addresses_are_connected",),
    ),
    Requirement("local:a-shop-s-key-goes-to-that-shop-only", "A key a shop gave the person is sent to its host only.", "issue 4"),
    Requirement("local:private-mail-is-not-read", "Only mail of our talks is fetched; nothing is marked, moved or deleted.", "issue 4"),
    Requirement("local:no-socket-in-tests-and-demo", "The whole test run and the demo open no socket beyond loopback.", "issue 3"),
    Requirement("local:loopback-needs-leave", "A loopback address is spoken to only where the person allows it."),
    # -- honest
    Requirement("honest:every-door-is-told-who-writes", "The first new words at a door of a company say that a bot writes.", "issue 4"),
    Requirement("honest:unknown-is-null", "A saving that is not known is null, never 0."),
    Requirement("honest:year-one-and-two", "Savings are stated for year 1 and year 2 against today's contract."),
    Requirement(
        "honest:says-it-is-a-bot", "The first message says that a bot writes.",
        elsewhere=("tests/unit/language/test_wording.py::test_every_message_says_that_a_bot_writes",),
    ),
)  # fmt: skip
