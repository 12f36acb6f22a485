"""The trusted core: ledger, mandate, gate, disclosure. Everything that leaves or binds goes through here."""
