"""Knows the person. Knows nothing of companies or of negotiation.

The API, by module (each is importable on its own; only stdlib is loaded until `vault`, `embedding` or `recall` works):

``memory.facts``
    ``CATEGORIES, category(id), covers(broad, narrow), NEVER_CLASSES`` (DPV terms as ``CategoryId("pd:Income")``),
    ``Purpose``, ``Stage``, ``Granularity``, ``Fact``, ``coarsen(category, value, granularity) -> str | None``,
    ``ladder(category)``, ``snap(category, granularity)``.
``memory.rules`` (pure)
    ``decide(ReleaseRequest, rules, already_released, now) -> Permit | Coarsen | Ask | Deny`` (never raises),
    ``PrivacyRule, Recipient, RecipientSelector, Principle, PriceOffered, Consent, Released, DenyReason``,
    ``conflicts(rules)``, ``explain(rule, lang)``, ``default_rules(lang)``, ``parse_rule(sentence)``.
``memory.preferences``
    ``Preference, Term, Op, PreferenceSource, resolve(preferences, at) -> Resolved``, ``cascade``, ``corrected``.
``memory.store``
    ``Store(folder, read_only=False)``: ``add, replace, get(Type, id), entries(Type, category=, at=), preferences(at),
    rules(), correct, retract, remove_rule, search_text, forget(kind, id), scrub, export, restore, transaction(),
    applied_seq, set_applied_seq, revision, blobs``; ``PastDecision, Verdict, Contract, PriceStep, EntryKind``.
``memory.vault``, ``memory.keys``
    ``Vault.open(store, sources)``: ``put(fact, value), value(fact_id), scan_view()``; sources ``KeyringKey, KeyFile,
    SystemdCredential, Passphrase, ThrowawayKey``.
``memory.embedding``, ``memory.minilm``
    ``Embedder`` (``id, dimension, embed(texts)``), ``NGram()``, ``Cached(embedder, store)``;
    ``MiniLm.find(configured=None, checked_in=data_folder)`` raises ``WeightsMissingError``.
``memory.recall``
    ``Recall(store, embedder, holds_runner_lock=False)``: ``complete_need(text, category, at) -> NeedRecall``,
    ``match_question(text) -> QuestionMatch`` (no category = unmatched = ask; several = the strictest decision wins),
    ``search(text, drawers, k)``, ``catch_up(progress, should_stop)``, ``rebuild()``, ``health()``, ``close()``.
``memory.relevance``
    ``rank_offers(needs, offers, embedder, k=, each=)``, ``OfferTexts.rank_over(needs, k, among=)``,
    ``search_entries(query, entries, embedder, k)``, ``SearchableEntries`` for many queries. Pass a ``Cached`` embedder.
``memory.persona``
    ``import_persona(path) -> Persona``, ``demo_persona()``, ``Persona.load_into(store, vault)``,
    ``persona_of(store, vault, person)``, ``export_persona(persona) -> str``; docs/persona.md.
``memory.errors``
    One tree, drawn there.
"""
