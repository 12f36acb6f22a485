"""Tables of the ledger's file: the chain, the bodies, and projections that events imply.

`MIGRATIONS` are applied in order inside one transaction each; `PRAGMA user_version` counts them. A projection
can always be dropped and rebuilt from the events.
"""

from __future__ import annotations

from agent.kernel.effortevents import SPENT
from agent.kernel.foundevents import FOUND
from agent.kernel.mailevents import MAILS, MAILS_BY_SENDER
from agent.kernel.mytermsevents import MYTERMS

CHAIN = """
CREATE TABLE events(
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, type TEXT NOT NULL, payload TEXT NOT NULL,
  body TEXT, body_digest TEXT, prev TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE bodies(id TEXT PRIMARY KEY, salt BLOB NOT NULL, body BLOB NOT NULL);
"""

PROJECTIONS = """
CREATE TABLE needs(
  id TEXT PRIMARY KEY, category TEXT NOT NULL, issues TEXT NOT NULL, mandate TEXT NOT NULL, units TEXT,
  bundle TEXT, leg TEXT NOT NULL, contract TEXT, recalled TEXT NOT NULL, window_ends TEXT NOT NULL,
  body TEXT, state TEXT NOT NULL, stated_at TEXT NOT NULL);
CREATE TABLE bundles(id TEXT PRIMARY KEY, event TEXT NOT NULL, cap TEXT, currency TEXT NOT NULL, needs TEXT NOT NULL);
CREATE TABLE providers(id TEXT PRIMARY KEY, name TEXT NOT NULL, trust TEXT NOT NULL, categories TEXT NOT NULL);
CREATE TABLE endpoints(
  url TEXT PRIMARY KEY, provider TEXT NOT NULL, channel TEXT NOT NULL, origin TEXT, card_hash TEXT, protocol TEXT,
  details TEXT);
CREATE TABLE negotiations(
  id TEXT PRIMARY KEY, need TEXT NOT NULL, provider TEXT NOT NULL, endpoint TEXT NOT NULL, category TEXT NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', params TEXT NOT NULL DEFAULT '{}', rounds INTEGER NOT NULL,
  round INTEGER NOT NULL DEFAULT 0, resume TEXT NOT NULL DEFAULT '', next_poll TEXT,
  held TEXT, opened_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX negotiations_need ON negotiations(need);
CREATE TABLE turns(
  seq INTEGER PRIMARY KEY, negotiation TEXT NOT NULL, round INTEGER NOT NULL, party TEXT NOT NULL, at TEXT NOT NULL,
  message_id TEXT NOT NULL, moves TEXT NOT NULL, total TEXT, status TEXT NOT NULL, problems TEXT NOT NULL,
  reason TEXT, body TEXT);
CREATE INDEX turns_negotiation ON turns(negotiation, seq);
CREATE TABLE outbox(
  message_id TEXT PRIMARY KEY, negotiation TEXT NOT NULL, round INTEGER NOT NULL, act TEXT NOT NULL,
  state TEXT NOT NULL, attempts INTEGER NOT NULL, reference TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX outbox_state ON outbox(state);
CREATE TABLE inbox(negotiation TEXT NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY(negotiation, message_id));
CREATE TABLE choices(
  seq INTEGER PRIMARY KEY, negotiation TEXT NOT NULL, round INTEGER NOT NULL, act TEXT NOT NULL, rule TEXT NOT NULL,
  numbers TEXT NOT NULL, body TEXT);
CREATE TABLE releases(
  id TEXT PRIMARY KEY, negotiation TEXT NOT NULL, provider TEXT NOT NULL, data_category TEXT NOT NULL,
  granularity TEXT NOT NULL, released INTEGER NOT NULL, purpose TEXT NOT NULL, stage TEXT NOT NULL,
  reason TEXT NOT NULL, rules TEXT NOT NULL, similarity TEXT, at TEXT NOT NULL, until TEXT, ended TEXT, fact TEXT);
CREATE TABLE items(
  id TEXT PRIMARY KEY, number INTEGER NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, legs TEXT NOT NULL,
  approval_hash TEXT NOT NULL, because TEXT NOT NULL, deadline TEXT, total TEXT, currency TEXT NOT NULL, saving TEXT,
  over_limit TEXT NOT NULL, state TEXT NOT NULL, made_at TEXT NOT NULL);
CREATE TABLE digests(
  id TEXT PRIMARY KEY, at TEXT NOT NULL, items TEXT NOT NULL, notes TEXT NOT NULL, quiet TEXT NOT NULL,
  held_back TEXT NOT NULL);
CREATE TABLE approvals(
  item TEXT PRIMARY KEY, approval_hash TEXT NOT NULL, over_limit INTEGER NOT NULL, at TEXT NOT NULL,
  expires TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE decisions(seq INTEGER PRIMARY KEY, item TEXT NOT NULL, decision TEXT NOT NULL, reason TEXT NOT NULL,
  changes TEXT NOT NULL, at TEXT NOT NULL, applied INTEGER NOT NULL DEFAULT 0);
CREATE TABLE commitments(
  need TEXT PRIMARY KEY, negotiation TEXT NOT NULL, item TEXT NOT NULL, terms_hash TEXT NOT NULL, state TEXT NOT NULL,
  message_id TEXT, reference TEXT, detail TEXT, at TEXT NOT NULL);
CREATE TABLE incidents(
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, code TEXT NOT NULL, params TEXT NOT NULL, refs TEXT NOT NULL,
  provider TEXT);
CREATE TABLE jobs(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL, next_run TEXT, last_run TEXT, last_result TEXT);
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

LIMITS = "CREATE TABLE limits(category TEXT PRIMARY KEY, limits TEXT NOT NULL, at TEXT NOT NULL);"

BY_HAND = """
CREATE TABLE brought(
  message_id TEXT PRIMARY KEY, negotiation TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX brought_negotiation ON brought(negotiation);
"""

SHOPS = """
CREATE TABLE endpoint_settings(endpoint TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE prices(
  endpoint TEXT NOT NULL, provider TEXT NOT NULL, category TEXT NOT NULL, at TEXT NOT NULL, total TEXT NOT NULL,
  currency TEXT NOT NULL);
CREATE INDEX prices_endpoint ON prices(endpoint, category, at);
"""

MIGRATIONS: tuple[str, ...] = (
    CHAIN + PROJECTIONS, LIMITS, BY_HAND, SHOPS, FOUND, MAILS, SPENT, MYTERMS, MAILS_BY_SENDER,
)  # fmt: skip
