"""Runs third-party adapters: each session in a process of its own that has no network, no files of the person and no
secrets but its named ones. It yields requests; this side makes them, to the manifest's hosts only.

`adapter.HostedAdapter(manifest, home=..., pin=...)` is an `Adapter` like any built-in one. What this protects against
and what not stands in `docs/adapter-host.md`. Nothing is imported here: the child must not pay for this side.
"""
