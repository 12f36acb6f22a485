"""The feed channel: price lists as CSV, JSON Lines, RSS or Atom, with a mapping of columns the person's file states."""

from negotiators.channels.feed.adapter import FeedAdapter

__all__ = ["FeedAdapter"]
