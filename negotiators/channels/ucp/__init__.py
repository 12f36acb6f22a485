"""The UCP channel: shops that speak the Universal Commerce Protocol over REST.

A shop's prices are not countered there. Negotiation is a search over what a customer may choose: codes the person
holds, quantity, items, delivery, consents (all refused unless the person's file allows one). Nothing is ever paid.
"""

from negotiators.channels.ucp.adapter import UcpAdapter

__all__ = ["UcpAdapter"]
