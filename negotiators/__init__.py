"""Talks to companies. Knows nothing of the person and nothing of storage.

Nothing is imported here: the bargaining engine must be importable with numpy alone, and a channel's
protocol library (a2a costs about two seconds of CPU) only when that channel is used.
"""
