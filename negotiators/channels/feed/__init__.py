"""The feed channel: price lists as CSV or JSON Lines, with a mapping of columns the person's file states."""

from negotiators.channels.feed.adapter import FeedAdapter

__all__ = ["FeedAdapter"]
