"""The web channel: the price on a shop's page, as its markup states it or as a visitor sees it."""

from negotiators.channels.web.adapter import DELIVERY_CHARGE, PageCharge, PagePrice, PageReader, WebAdapter

__all__ = ["DELIVERY_CHARGE", "PageCharge", "PagePrice", "PageReader", "WebAdapter"]
