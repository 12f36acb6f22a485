"""What each event means for the tables that screens and the runner read. Pure SQL, in the event's transaction."""

from __future__ import annotations

import json
import sqlite3

from agent.kernel import effortevents as s
from agent.kernel import events as e
from agent.kernel import foundevents as f
from agent.kernel import handevents as h
from agent.kernel import mailevents as m
from agent.kernel import mytermsevents as t
from agent.kernel import ownevents as o

_Conn = sqlite3.Connection


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def project(conn: _Conn, seq: int, at: str, event: e.Event) -> None:
    """Apply one event. Raises `sqlite3.IntegrityError` where a rule of the house is a constraint (one signing
    lock per need, one message id per inbox)."""
    match event:
        case e.NeedStated() | e.BundleStated() | e.NeedClosed() | e.ProviderKnown() | e.EndpointPinned():
            _needs(conn, at, event)
        case e.LimitsSet():
            _limits(conn, at, event)
        case e.NegotiationOpened() | e.MoveChosen() | e.AgreementHeld() | e.NegotiationMoved():
            _talks(conn, seq, at, event)
        case e.IntentionRecorded() | e.Sent() | e.Received():
            _messages(conn, seq, at, event)
        case h.Carried() | h.Brought():
            _by_hand(conn, at, event)
        case e.Released() | e.Refused() | e.GrantExpired():
            _disclosures(conn, at, event)
        case e.ItemMade() | e.ItemClosed() | e.DigestShown() | e.Approved() | e.Decided() | e.LegChanged():
            _digest(conn, seq, at, event)
        case e.SigningLocked() | e.SigningReleased() | e.Committed() | e.Confirmed() | e.Mismatch():
            _signing(conn, at, event)
        case h.EndpointSet():
            conn.execute("INSERT OR REPLACE INTO endpoint_settings VALUES(?,?)", (event.endpoint, event.body))
        case h.PriceSeen():
            conn.execute(
                "INSERT INTO prices VALUES(?,?,?,?,?,?)",
                (event.endpoint, event.provider, event.category, at, event.total, event.currency),
            )
        case f.OfferFound():
            f.project_found(conn, at, event)
        case s.EffortSpent():
            conn.execute("INSERT INTO spent VALUES(?,?,?,?)", (event.item, event.keys, event.seconds, at))
        case m.MailSorted():
            m.project_mail(conn, at, event)
        case t.MyTermsMoved():
            t.project_myterms(conn, at, event)
        case h.DoorChanged():
            _door_changed(conn, at, event)
        case h.SignedByHand():
            _signed_by_hand(conn, at, event)
        case e.IncidentNoted():
            conn.execute(
                "INSERT INTO incidents VALUES(?,?,?,?,?,?)",
                (seq, at, event.code, _json(event.params), _json(event.refs), event.provider),
            )
        case e.JobRan():
            conn.execute(
                "INSERT INTO jobs VALUES(?,?,?,NULL,?,?) ON CONFLICT(id) DO UPDATE SET last_run=excluded.last_run, "
                "last_result=excluded.last_result",
                (event.job, event.kind, event.ref, at, event.outcome),
            )
        case e.Stopped() | e.Resumed():
            value = "1" if isinstance(event, e.Stopped) else ""
            conn.execute("INSERT OR REPLACE INTO meta VALUES('stopped',?)", (value,))
        case e.Forgotten():
            kind, _, name = event.ref.partition(":")
            if kind in ("pref", "preference"):
                _withdrawn(conn, name)
            elif kind in ("name", "mail"):
                m.project_forgotten(conn, event.ref if kind == "name" else name)
        case e.Retracted():
            for name in (event.preference, *event.derived):
                _withdrawn(conn, name)
        case (
            o.ModelCalled()
            | o.HeadSigned()
            | o.NameMet()
            | o.NoticeIntended()
            | o.NoticeGiven()
            | e.RoundOpened()
            | e.Learned()
            | e.ForgetRequested()
        ):
            pass


def _withdrawn(conn: _Conn, name: str) -> None:
    """A withdrawn preference takes its wishes with it: no later decision of an open need follows from it."""
    for row in conn.execute("SELECT id, issues, recalled FROM needs").fetchall():
        recalled = json.loads(row["recalled"])
        weighed = {used["issue"] for used in recalled if used["id"] == name and used["how"] == "weight"}
        touched = {used["issue"] for used in recalled if used["id"] == name} - weighed
        if touched or weighed:
            issues = {issue: wish for issue, wish in json.loads(row["issues"]).items() if issue not in touched}
            for issue in weighed & issues.keys():  # the wish itself may be the need's own
                issues[issue].pop("weight", None)
            kept = [used for used in recalled if used["issue"] not in touched and used["id"] != name]
            conn.execute("UPDATE needs SET issues=?, recalled=? WHERE id=?", (_json(issues), _json(kept), row["id"]))


def _limits(conn: _Conn, at: str, event: e.LimitsSet) -> None:
    """A limit holds for the category's open needs at once: what the person set replaces what a need had."""
    conn.execute("INSERT OR REPLACE INTO limits VALUES(?,?,?)", (event.category, _json(event.limits), at))
    query = "SELECT id, mandate FROM needs WHERE category=? AND state='open'"
    for row in conn.execute(query, (event.category,)).fetchall():
        mandate = {**json.loads(row["mandate"]), **event.limits}
        conn.execute("UPDATE needs SET mandate=? WHERE id=?", (_json(mandate), row["id"]))


def _needs(
    conn: _Conn, at: str, event: e.NeedStated | e.BundleStated | e.NeedClosed | e.ProviderKnown | e.EndpointPinned
) -> None:
    match event:
        case e.NeedStated():
            conn.execute(
                "INSERT INTO needs VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (event.need, event.category, _json(event.issues), _json(event.mandate), event.units, event.bundle,
                 _json(event.leg), event.contract, _json(event.recalled), event.window_ends, event.body, "open", at),
            )  # fmt: skip
        case e.BundleStated():
            conn.execute(
                "INSERT INTO bundles VALUES(?,?,?,?,?)",
                (event.bundle, event.event, event.cap, event.currency, _json(event.needs)),
            )
        case e.NeedClosed():
            conn.execute("UPDATE needs SET state=? WHERE id=?", (event.state, event.need))
        case e.ProviderKnown():
            conn.execute(
                "INSERT OR REPLACE INTO providers VALUES(?,?,?,?)",
                (event.provider, event.name, event.trust, _json(event.categories)),
            )
            conn.execute(
                "INSERT OR IGNORE INTO endpoints(url,provider,channel) VALUES(?,?,?)",
                (event.endpoint, event.provider, event.channel),
            )
        case e.EndpointPinned():
            conn.execute(
                "UPDATE endpoints SET origin=?, card_hash=?, protocol=?, details=? WHERE url=?",
                (event.origin, event.card_hash, event.protocol, _json(event.details), event.endpoint),
            )


def _talks(
    conn: _Conn, seq: int, at: str, event: e.NegotiationOpened | e.MoveChosen | e.AgreementHeld | e.NegotiationMoved
) -> None:
    match event:
        case e.NegotiationOpened():
            conn.execute(
                "INSERT INTO negotiations(id,need,provider,endpoint,category,state,rounds,opened_at,updated_at) "
                "VALUES(?,?,?,?,?,'open',?,?,?)",
                (event.negotiation, event.need, event.provider, event.endpoint, event.category, event.rounds, at, at),
            )
        case e.MoveChosen():
            conn.execute(
                "INSERT INTO choices VALUES(?,?,?,?,?,?,?)",
                (seq, event.negotiation, event.round, event.act, event.rule, _json(event.numbers), event.body),
            )
        case e.AgreementHeld():
            held = {
                "offer_id": event.offer_id, "hash": event.terms_hash, "terms": event.terms, "total": event.total,
                "currency": event.currency, "utility": event.utility, "standing": event.standing,
                "valid_until": event.valid_until,
            }  # fmt: skip
            conn.execute(
                "UPDATE negotiations SET state='held', held=?, updated_at=? WHERE id=?",
                (_json(held), at, event.negotiation),
            )
        case e.NegotiationMoved():
            conn.execute(
                "UPDATE negotiations SET state=?, reason=?, params=?, next_poll=?, updated_at=? WHERE id=?",
                (event.state, event.reason, _json(event.params), event.next_poll, at, event.negotiation),
            )


def _messages(conn: _Conn, seq: int, at: str, event: e.IntentionRecorded | e.Sent | e.Received) -> None:
    match event:
        case e.IntentionRecorded():
            choice = conn.execute(
                "SELECT rule, numbers FROM choices WHERE negotiation=? AND round=? ORDER BY seq DESC LIMIT 1",
                (event.negotiation, event.round),
            ).fetchone()
            reason = _json([choice[0], json.loads(choice[1])]) if choice else None
            conn.execute(
                "INSERT INTO turns VALUES(?,?,?,'us',?,?,?,?,'intended','[]',?,?)",
                (seq, event.negotiation, event.round, at, event.message_id, _json([event.move, *event.informs]),
                 event.total, reason, event.body),
            )  # fmt: skip
            conn.execute(
                "INSERT INTO outbox VALUES(?,?,?,?,'pending',0,'',?,?)",
                (event.message_id, event.negotiation, event.round, event.act, event.body, at),
            )
        case e.Sent():
            conn.execute(
                "UPDATE outbox SET state=?, reference=? WHERE message_id=?",
                (event.state, event.reference, event.message_id),
            )
            conn.execute(
                "UPDATE turns SET status=? WHERE message_id=? AND negotiation=?",
                (event.state, event.message_id, event.negotiation),
            )
            conn.execute(
                "UPDATE negotiations SET resume=CASE WHEN ?<>'' THEN ? ELSE resume END, state=CASE WHEN state IN "
                "('open','waiting_us','reopened') AND ? IN ('delivered','with_person') THEN 'waiting_them' "
                "ELSE state END, updated_at=? "
                "WHERE id=?",
                (event.resume, event.resume, event.state, at, event.negotiation),
            )
        case e.Received():
            conn.execute("INSERT INTO inbox VALUES(?,?)", (event.negotiation, event.message_id))
            conn.execute(
                "INSERT INTO turns VALUES(?,?,?,'them',?,?,?,?,?,?,NULL,?)",
                (seq, event.negotiation, event.round, at, event.message_id, _json(event.moves), event.total,
                 event.status, _json(event.problems), event.body),
            )  # fmt: skip
            conn.execute(
                "UPDATE negotiations SET round=MAX(round,?), state=CASE WHEN state='waiting_them' AND ?<>'working' "
                "THEN 'waiting_us' ELSE state END, updated_at=? WHERE id=?",
                (event.round, event.status, at, event.negotiation),
            )


def _by_hand(conn: _Conn, at: str, event: h.Carried | h.Brought) -> None:
    match event:
        case h.Carried():
            conn.execute(
                "UPDATE outbox SET state='delivered' WHERE message_id=? AND state='with_person'", (event.message_id,)
            )
            conn.execute(
                "UPDATE turns SET status='delivered' WHERE message_id=? AND party='us' AND status='with_person'",
                (event.message_id,),
            )
        case h.Brought():
            conn.execute("INSERT INTO brought VALUES(?,?,?,?)", (event.message_id, event.negotiation, at, event.body))
    conn.execute("UPDATE negotiations SET updated_at=? WHERE id=?", (at, event.negotiation))


def _disclosures(conn: _Conn, at: str, event: e.Released | e.Refused | e.GrantExpired) -> None:
    match event:
        case e.Released():
            conn.execute(
                "INSERT INTO releases VALUES(?,?,?,?,?,1,?,?,'',?,?,?,?,NULL,?)",
                (event.release, event.negotiation, event.provider, event.data_category, event.granularity,
                 event.purpose, event.stage, _json(event.rules), event.similarity, at, event.until, event.fact),
            )  # fmt: skip
        case e.Refused():
            conn.execute(
                "INSERT INTO releases VALUES(?,?,?,?,'none',0,?,?,?,?,?,?,NULL,NULL,NULL)",
                (event.release, event.negotiation, event.provider, event.data_category, event.purpose, event.stage,
                 event.reason, _json(event.rules), event.similarity, at),
            )  # fmt: skip
        case e.GrantExpired():
            conn.execute("UPDATE releases SET ended=? WHERE id=? AND ended IS NULL", (at, event.release))


def _digest(
    conn: _Conn,
    seq: int,
    at: str,
    event: e.ItemMade | e.ItemClosed | e.DigestShown | e.Approved | e.Decided | e.LegChanged,
) -> None:
    match event:
        case e.ItemMade():
            number = conn.execute("SELECT COUNT(*)+1 FROM items").fetchone()[0]
            conn.execute(
                "INSERT INTO items VALUES(?,?,?,?,?,?,?,?,?,?,?,?,'waiting',?)",
                (event.item, number, event.kind, event.ref, _json(event.legs), event.approval_hash,
                 _json(event.because), event.deadline, event.total, event.currency, _json(event.saving),
                 _json(event.over_limit), at),
            )  # fmt: skip
            for leg in event.legs:
                conn.execute(
                    "UPDATE negotiations SET state='waiting_person' WHERE id=? AND state='held'", (leg["negotiation"],)
                )
        case e.ItemClosed():
            conn.execute("UPDATE items SET state=? WHERE id=?", (event.state, event.item))
            if event.state == "waiting":
                conn.execute("DELETE FROM approvals WHERE item=?", (event.item,))
        case e.DigestShown():
            conn.execute(
                "INSERT INTO digests VALUES(?,?,?,?,?,?)",
                (event.digest, at, _json(event.items), _json(event.notes), _json(event.quiet), _json(event.held_back)),
            )
            m.project_told(conn, event.notes, event.held_back)
        case e.Approved():
            conn.execute(
                "INSERT OR REPLACE INTO approvals VALUES(?,?,?,?,?,0)",
                (event.item, event.approval_hash, int(event.over_limit), at, event.expires),
            )
            conn.execute(
                "UPDATE items SET state='approved' WHERE id=? AND state IN ('waiting','later','countered')",
                (event.item,),
            )
            conn.execute("INSERT INTO decisions VALUES(?,?,'approve','','{}',?,0)", (seq, event.item, at))
        case e.Decided():
            conn.execute(
                "INSERT INTO decisions VALUES(?,?,?,?,?,?,0)",
                (seq, event.item, event.decision, event.reason, _json(event.changes), at),
            )
            states = {"reject": "rejected", "later": "later", "undo": "undone", "counter": "countered"}
            if event.decision in states:
                conn.execute("UPDATE items SET state=? WHERE id=?", (states[event.decision], event.item))
        case e.LegChanged():
            conn.execute(
                "UPDATE commitments SET state=?, detail=? WHERE negotiation=?",
                (event.change, _json(event.params), event.negotiation),
            )


def _signing(
    conn: _Conn, at: str, event: e.SigningLocked | e.SigningReleased | e.Committed | e.Confirmed | e.Mismatch
) -> None:
    match event:
        case e.SigningLocked():
            conn.execute(
                "INSERT INTO commitments VALUES(?,?,?,?,'locked',NULL,NULL,NULL,?)",
                (event.need, event.negotiation, event.item, event.terms_hash, at),
            )
            conn.execute("UPDATE items SET state='committing' WHERE id=?", (event.item,))
            conn.execute("UPDATE negotiations SET state='committing' WHERE id=?", (event.negotiation,))
        case e.SigningReleased():
            conn.execute(
                "DELETE FROM commitments WHERE need=? AND negotiation=? AND state IN ('locked','committing')",
                (event.need, event.negotiation),
            )
        case e.Committed():
            conn.execute(
                "UPDATE commitments SET state='committing', message_id=? WHERE need=?", (event.message_id, event.need)
            )
            conn.execute("UPDATE approvals SET used=1 WHERE item=?", (event.item,))
        case e.Confirmed():
            conn.execute(
                "UPDATE commitments SET state='agreed', reference=?, at=? WHERE need=?",
                (event.reference, at, event.need),
            )
            _settle(conn, event.item, event.negotiation, "agreed")
        case e.Mismatch():
            conn.execute(
                "UPDATE commitments SET state='mismatch', detail=? WHERE need=?",
                (_json(event.differences), event.need),
            )
            _settle(conn, event.item, event.negotiation, "mismatch")


def _door_changed(conn: _Conn, at: str, event: h.DoorChanged) -> None:
    """The talk keeps its turns, numbers and message ids; what was laid out or never left goes out at the new door."""
    waiting = conn.execute(
        "UPDATE outbox SET state='pending' WHERE negotiation=? AND state IN ('pending','with_person')",
        (event.negotiation,),
    ).rowcount
    conn.execute(
        "UPDATE negotiations SET endpoint=?, resume='', next_poll=NULL, state=?, reason='door_changed', updated_at=? "
        "WHERE id=?",
        (event.endpoint, "waiting_them" if waiting else "reopened", at, event.negotiation),
    )


def _signed_by_hand(conn: _Conn, at: str, event: h.SignedByHand) -> None:
    """The deal stands as approved; the lock's constraint still holds: a need is signed once."""
    row = conn.execute("SELECT legs FROM items WHERE id=?", (event.item,)).fetchone()
    for leg in json.loads(row["legs"]):
        conn.execute(
            "INSERT INTO commitments VALUES(?,?,?,?,'agreed',NULL,?,NULL,?)",
            (leg["need"], leg["negotiation"], event.item, leg["terms_hash"], event.reference, at),
        )
        conn.execute("UPDATE negotiations SET state='agreed', updated_at=? WHERE id=?", (at, leg["negotiation"]))
        conn.execute("UPDATE needs SET state='agreed' WHERE id=?", (leg["need"],))
    conn.execute("UPDATE items SET state='agreed' WHERE id=?", (event.item,))


def _settle(conn: _Conn, item: str, negotiation: str, state: str) -> None:
    """Move the talk, and the item once every leg has an answer."""
    conn.execute("UPDATE negotiations SET state=? WHERE id=?", (state, negotiation))
    row = conn.execute("SELECT legs FROM items WHERE id=?", (item,)).fetchone()
    if row is None:
        return
    talks = [leg["negotiation"] for leg in json.loads(row[0])]
    marks = ",".join("?" * len(talks))
    found = conn.execute(f"SELECT state FROM negotiations WHERE id IN ({marks})", talks).fetchall()
    states = {entry[0] for entry in found}
    if "mismatch" in states:
        outcome = "mismatch"
    elif states == {"agreed"}:
        outcome = "agreed"
    elif "agreed" in states and not states & {"committing", "waiting_person", "held"}:
        outcome = "partly"
    else:
        return
    conn.execute("UPDATE items SET state=? WHERE id=?", (outcome, item))
