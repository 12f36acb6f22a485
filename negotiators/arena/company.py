"""One simulated company in conversation: what it hears, what it answers. Pure but for the clock it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from negotiators.arena.hearing import read_terms, reads_commitment, reads_goodbye, reads_yes
from negotiators.arena.log import CompanyLog, Contract
from negotiators.arena.settings import Profile
from negotiators.arena.tactics import asked_price, at_last, exhausted, next_share
from negotiators.arena.talk import Answer, Heard, Held, Said, Talk
from negotiators.arena.wording import (
    NOSY,
    SENTENCES,
    day_text,
    moment_text,
    terms_text,
)
from negotiators.channels.payload import PayloadContext, payload_of, read_payload, record_of, write_agreement
from negotiators.clock import Clock
from negotiators.dialogue import (
    Accept,
    AgreementWord,
    Ask,
    Commit,
    Confirm,
    Inform,
    Inquire,
    Leave,
    MessageId,
    Move,
    Offer,
    OfferId,
    Party,
    Propose,
    ProviderId,
    Reject,
    Terms,
    Withdraw,
    terms_hash,
)
from negotiators.money import Money

VALIDITY = timedelta(days=14)
ROUGH = Decimal("1.15")
"""A quote without the data it needs lies this much above the exact one."""


class Company:
    """A company of the arena. `hear` is its whole behaviour; equal messages in equal order get equal answers."""

    def __init__(self, profile: Profile, clock: Clock, log: CompanyLog) -> None:
        self.profile = profile
        self.log = log
        self._clock = clock
        self._talks: dict[str, Talk] = {}
        self._words = SENTENCES[profile.spec.language]

    @property
    def plain(self) -> bool:
        """Whether it speaks sentences only."""
        return self.profile.wire == "plain"

    @property
    def talks(self) -> Sequence[Talk]:
        return tuple(self._talks.values())

    def talk(self, context: str) -> Talk | None:
        return self._talks.get(context)

    def new_context(self) -> str:
        return f"{self.profile.name}-c{len(self._talks) + 1}"

    def hear(self, heard: Heard) -> Answer:
        """Answer a message. A message id heard before gets the answer it got, and changes nothing."""
        self.log.messages[heard.message_id] += 1
        fresh = Talk(heard.context, len(self._talks) + 1, self.profile.spec.language)
        talk = self._talks.setdefault(heard.context, fresh)
        if heard.message_id in talk.answers:
            return talk.answers[heard.message_id]
        self.log.texts.append(heard.text)
        moves = self._read_text(heard, talk) if self.plain else self._read(heard, talk)
        self.log.moves += moves
        talk.round += 1
        answer = self._answer(talk, self._respond(talk, moves))
        talk.answers[heard.message_id] = answer
        return answer

    # Reading

    def _read(self, heard: Heard, talk: Talk) -> list[Move]:
        category = self.profile.catalogue.category
        context = PayloadContext(category, ProviderId(self.profile.name), MessageId(heard.message_id), Party.US)
        moves: list[Move] = []
        for value in heard.data:
            reading = read_payload(value, context)
            talk.negotiation = reading.negotiation or talk.negotiation
            if reading.agreement is not None and reading.agreement.status == "proffered":
                talk.proffered = reading.agreement
            moves += reading.moves
        return moves or self._read_text(heard, talk)

    def _read_text(self, heard: Heard, talk: Talk) -> list[Move]:
        """What a company without the extension understands: a goodbye, a yes, an offer, or a request."""
        catalogue = self.profile.catalogue
        if reads_goodbye(heard.text):
            return [Leave()]
        last = talk.held.get(talk.last_offer) if talk.last_offer is not None else None
        named = read_terms(heard.text, catalogue.category, self.profile.spec.language)
        if talk.last_offer is not None and last is not None and reads_yes(heard.text):
            agreed = last.terms.with_(**{name: value for name, value in named.items() if name in last.terms})
            if reads_commitment(heard.text):
                hashed = terms_hash(ProviderId(self.profile.name), catalogue.category.id, agreed)
                return [Commit(talk.last_offer, agreed, hashed)]
            return [Accept(talk.last_offer, agreed)]
        price = named.get(catalogue.headline)
        if last is None or not isinstance(price, Money):
            return [Ask(Terms.of(named))]
        wanted = catalogue.configure(named, talk.configuration)
        terms = catalogue.terms(wanted, price.amount)
        if talk.last_offer is not None and terms == last.terms:
            return [Accept(talk.last_offer, terms)]
        offer_id, until = OfferId(f"said-{talk.round}"), self._clock.now() + VALIDITY
        offer = Offer(offer_id, ProviderId("buyer"), self.profile.spec.category, terms, until)
        return [Propose(offer, talk.last_offer)]

    # Deciding

    def _respond(self, talk: Talk, moves: Sequence[Move]) -> Said:
        said = Said()
        for move in moves:
            if isinstance(move, Inform):
                self._learn(talk, move)
        for move in moves:
            said = self._respond_to(talk, move, said)
        return said

    def _respond_to(self, talk: Talk, move: Move, said: Said) -> Said:
        match move:
            case Ask():
                talk.configuration = self.profile.catalogue.configure(move.terms, talk.configuration)
                return self._offer(talk)
            case Propose():
                return self._counter(talk, move)
            case Accept():
                return self._hold(talk, move)
            case Commit():
                return self._commit(talk, move)
            case Reject():
                return self._offer(talk)
            case Inform():
                return said if said.move is not None else self._offer(talk, again=True)
            case Inquire():
                return self._offer(talk, again=True)
            case Withdraw():
                self.log.withdrawn += 1
                talk.told.clear()
                return Said(sentences=(self._words["thanks"],))
            case Leave():
                talk.closed = True
                return Said(sentences=(self._words["bye"],), ends=True)
            case Confirm():
                return said

    def _learn(self, talk: Talk, move: Inform) -> None:
        if move.value is None:
            talk.refused.add(move.field)
            self.log.refused.append(move.field)
        else:
            talk.told[move.field] = move.value
            self.log.told[move.field] = move.value

    def _missing(self, talk: Talk) -> tuple[str, ...]:
        return tuple(name for name in self.profile.spec.asks if name not in talk.told)

    def _offer(self, talk: Talk, *, again: bool = False) -> Said:
        """The next offer, or the one on the table in its present form."""
        profile = self.profile
        if not talk.configuration:
            talk.configuration = profile.catalogue.configure({}, {})
        if not again or talk.track.offers == 0:
            share = next_share(profile.tactic, talk.track)
            talk.track = replace(talk.track, share=share, offers=talk.track.offers + 1)
        price = asked_price(profile.catalogue, profile.tactic, talk.track.share, talk.configuration)
        missing = self._missing(talk)
        if missing:
            price = profile.catalogue.on_grid(price * ROUGH)
        return self._propose(talk, profile.catalogue.terms(talk.configuration, price), firm=not missing)

    def _propose(self, talk: Talk, terms: Terms, *, firm: bool) -> Said:
        offer_id = OfferId(f"{self.profile.name}-{talk.number}-{len(talk.held) + 1}")
        until = self._clock.now() + VALIDITY
        talk.held[offer_id] = Held(terms, until, firm)
        talk.last_offer = offer_id
        offer = Offer(offer_id, ProviderId(self.profile.name), self.profile.spec.category, terms, until, binding=firm)
        final = exhausted(self.profile.tactic, talk.track)
        sentences = [self._sentence("offer" if firm else "rough", terms, until)]
        sentences += [self._words["pressure"]] if "pressure" in self.profile.manners else []
        sentences += [self._words["last"]] if final and firm else []
        questions = self._questions(talk)
        asked = self._asked(questions)
        move = Propose(offer, talk.counter)
        return Said(move, (*sentences, *asked), questions, final=final)

    def _counter(self, talk: Talk, move: Propose) -> Said:
        """Answer a buyer's offer: yes if it is at least what we would ask next, else our next offer."""
        profile, terms = self.profile, move.offer.terms
        talk.counter = move.offer.id
        talk.configuration = profile.catalogue.configure(terms, talk.configuration)
        price = terms.get(profile.catalogue.headline)
        if not isinstance(price, Money) or price.currency != profile.catalogue.category.currency:
            return self._offer(talk)
        lowest, listed = profile.catalogue.lowest(talk.configuration), profile.catalogue.listed(talk.configuration)
        distance = max(listed - lowest, profile.catalogue.tick)
        talk.track = talk.track.hears((price.amount - lowest) / distance)
        if move.final:
            talk.track = at_last(profile.tactic, talk.track)
        share = next_share(profile.tactic, talk.track)
        wanted = asked_price(profile.catalogue, profile.tactic, share, talk.configuration)
        if price.amount < wanted or self._missing(talk):
            return self._offer(talk)
        agreed = profile.catalogue.terms(talk.configuration, price.amount)
        if agreed == terms:
            return self._agree(talk, move.offer.id, agreed)
        talk.track = replace(talk.track, share=share, offers=talk.track.offers + 1)
        return self._propose(talk, agreed, firm=True)

    def _agree(self, talk: Talk, offer_id: OfferId, terms: Terms) -> Said:
        until = self._clock.now() + VALIDITY
        talk.held[offer_id] = Held(terms, until, True)
        talk.last_offer = offer_id
        return Said(Accept(offer_id, terms), (self._sentence("accept", terms, until),))

    def _hold(self, talk: Talk, move: Accept) -> Said:
        meant = move.offer_id or talk.last_offer or OfferId("")
        problem = self._problem(talk, meant, move.terms)
        if problem:
            return self._refuse(meant, problem)
        held = talk.held[meant]
        return Said(Accept(meant, held.terms), (self._sentence("accept", held.terms, held.until),))

    def _commit(self, talk: Talk, move: Commit) -> Said:
        """Make the contract: once per offer; a repeated commit gets the same confirmation."""
        self.log.commits += 1
        contract = talk.contract
        if contract is None or contract.offer_id != move.offer_id:
            problem = self._problem(talk, move.offer_id, move.terms) or ("already_bound" if contract else "")
            if problem:
                return self._refuse(move.offer_id, problem)
            reference = f"{self.profile.name.upper()}-{talk.number:04d}"
            contract = Contract(move.offer_id, talk.held[move.offer_id].terms, reference, talk.context)
            talk.contract = contract
            self.log.contracts.append(contract)
            slips = self.profile.spec.slips
            talk.slip_due = self._clock.now() + timedelta(days=slips["after_days"]) if slips else None
        elif move.terms != contract.terms:
            return self._refuse(move.offer_id, "terms_differ")
        terms, until = contract.terms, self._clock.now()
        sentence = self._sentence("confirm", terms, until, reference=contract.reference)
        return Said(Confirm(terms, contract.offer_id, contract.reference), (sentence,))

    def _problem(self, talk: Talk, offer_id: OfferId, terms: Terms) -> str:
        held = talk.held.get(offer_id)
        if held is None:
            return "unknown_offer"
        if held.terms != terms:
            return "terms_differ"
        if self._clock.now() > held.until:
            return "expired"
        return "" if held.firm else "data_required"

    def _refuse(self, offer_id: OfferId, reason: str) -> Said:
        return Said(Reject(offer_id), (self._words["sorry"].format(reason=reason),), reason=reason)

    # Speaking

    def _questions(self, talk: Talk) -> tuple[Inquire, ...]:
        category = self.profile.catalogue.category
        needed = {parameter.name: parameter for parameter in category.parameters}
        questions = [
            Inquire(name, needed[name].data_category, "dpv:RequestedServiceProvision", required=True)
            for name in self._missing(talk)
            if name not in talk.refused
        ]
        if "nosy" in self.profile.manners:
            questions += [
                Inquire(name, data, "dpv:CustomerSolvencyMonitoring")
                for name, data, _, _ in NOSY["questions"]
                if name not in talk.refused and name not in talk.told
            ]
        return tuple(questions)

    def _asked(self, questions: Sequence[Inquire]) -> tuple[str, ...]:
        german = self.profile.spec.language == "de"
        nosy = {name: (de if german else en) for name, _, de, en in NOSY["questions"]}
        labels = {
            entry.name: entry.labels["de" if german else "en"] for entry in self.profile.catalogue.category.parameters
        }
        fields = [labels[question.field] for question in questions if question.field in labels]
        asked = (self._words["ask"].format(fields=", ".join(fields)),) if fields else ()
        return asked + tuple(nosy[question.field] for question in questions if question.field in nosy)

    def _sentence(self, name: str, terms: Terms, until: datetime, reference: str = "") -> str:
        language, category = self.profile.spec.language, self.profile.catalogue.category
        shown = self._shown(terms) if name == "offer" else terms
        return self._words[name].format(
            terms=terms_text(category, shown, language), until=moment_text(until, language), reference=reference
        )

    def _shown(self, terms: Terms) -> Terms:
        """The terms as the text names them: an inconsistent company writes a price ten per cent lower."""
        headline = self.profile.catalogue.headline
        price = terms[headline]
        if "inconsistent" not in self.profile.manners or not isinstance(price, Money):
            return terms
        lower = self.profile.catalogue.on_grid(price.amount * Decimal("0.9"))
        return terms.with_(**{headline: Money(lower, price.currency)})

    def _answer(self, talk: Talk, said: Said) -> Answer:
        late = "late" in self.profile.manners and not said.ends
        answer = Answer(
            message_id=f"{self.profile.name}-{talk.number}-m{len(talk.spoken) + 1}",
            context=talk.context,
            text=" ".join(said.sentences),
            payload=None if self.plain or said.move is None else self._payload(talk, said, said.move),
            due=self._clock.now() + self.profile.delay if late else None,
            ends=said.ends,
        )
        talk.spoken.append(answer)
        return answer

    def _payload(self, talk: Talk, said: Said, move: Move) -> dict[str, object]:
        payload = payload_of(
            move,
            category=self.profile.catalogue.category,
            negotiation=talk.negotiation or talk.context,
            round=talk.round,
            reason=said.reason,
            final=said.final,
        )
        if said.questions:
            payload["inquire"] = [
                payload_of(question, category=self.profile.catalogue.category, negotiation="", round=0)["inquire"][0]  # type: ignore[index]
                for question in said.questions
            ]
        if talk.proffered is not None and self.profile.spec.data:
            payload["agreement"] = write_agreement(self._on_data(talk, talk.proffered))
            talk.proffered = None
        return payload

    def _on_data(self, talk: Talk, word: AgreementWord) -> AgreementWord:
        """The answer to a proffered agreement on data, with the record both sides keep."""
        match self.profile.spec.data:
            case "accept":
                return replace(word, status="accepted")
            case "refuse":
                return replace(word, status="refused")
            case other:
                return AgreementWord(other, "alternative", record_of(other, talk.negotiation))

    # Slipping

    def slip(self, talk: Talk, days: int) -> Answer | None:
        """Tell a buyer with a contract that its date must move: withdraw the offer, inform of the new day."""
        contract, category = talk.contract, self.profile.catalogue.category
        dated = (
            next((name for name, value in contract.terms.items() if isinstance(value, date)), None)
            if contract
            else None
        )
        if contract is None or dated is None:
            return None
        before = contract.terms[dated]
        assert isinstance(before, date)
        later = before + timedelta(days=days)
        talk.slip_due = None
        payload = payload_of(
            Withdraw(contract.offer_id),
            category=category,
            negotiation=talk.negotiation or talk.context,
            round=talk.round + 1,
            informs=(Inform(dated, later.isoformat(), "exact"),),
            reason="date_moved",
        )
        text = self._words["slip"].format(days=days, day=day_text(later, self.profile.spec.language))
        answer = Answer(f"{self.profile.name}-{talk.number}-m{len(talk.spoken) + 1}", talk.context, text, payload)
        talk.spoken.append(answer)
        return answer

    def tick(self, talk: Talk) -> None:
        """Do what has come due on the clock."""
        if talk.slip_due is not None and self._clock.now() >= talk.slip_due:
            self.slip(talk, self.profile.spec.slips["by_days"])
