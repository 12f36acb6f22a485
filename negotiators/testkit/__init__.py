"""The contract every adapter keeps, as tests an author inherits.

    class TestAcme(AdapterContract):
        category = "mobile_plan"
        def adapter(self, patience): return AcmeAdapter(patience)
        def company(self): return acme_mock()

`company()` is an async context manager that serves a well-behaved company on 127.0.0.1 and yields its address; the
kit puts a tap between the two and makes the weather. `examine` runs the same checks outside pytest and gives the
findings of a quality card. A leaf: only tests and `gegenbot adapters check` import it.
"""

from negotiators.testkit.contract import AdapterContract, Finding, examine
from negotiators.testkit.wiretap import Answered, Asked, Exchanged, Weather, Wiretap, tapped

__all__ = [
    "AdapterContract",
    "Answered",
    "Asked",
    "Exchanged",
    "Finding",
    "Weather",
    "Wiretap",
    "examine",
    "tapped",
]
