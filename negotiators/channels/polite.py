"""Fetching pages and files as a good guest: what a site's robots.txt forbids is not fetched, and nothing twice in a
row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from negotiators.adapter import AdapterError, Refused
from negotiators.channels.faults import ExchangeFailed, as_adapter_error, of_status, of_wire
from negotiators.clock import Clock
from negotiators.wire import AddressRules, Limits, NotStrictJson, WireError, target_of

if TYPE_CHECKING:
    import httpx

AGENT = "Gegenbot"
ACCEPTED = (
    "text/html, text/csv, application/x-ndjson, application/rss+xml, application/atom+xml, application/json;q=0.9, "
    "application/xml;q=0.9, text/plain;q=0.5"
)
KINDS = frozenset(
    {
        "text/html", "application/xhtml+xml", "text/plain", "text/csv", "application/x-ndjson", "application/jsonl",
        "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml",
        "application/json-lines", "application/octet-stream", "application/json",
    }
)  # fmt: skip
PAUSE = timedelta(minutes=1)
"""A page seen less than this ago, or than the site's own crawl delay, is not fetched again."""

LONGEST_PAUSE = timedelta(hours=1)
ROBOTS_LAST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched document: its bytes, its media type with parameters, where it was found at last."""

    body: bytes
    kind: str
    url: str


class Guest:
    """Fetches for one adapter. Time is the clock's, so that a test decides how long ago something was."""

    def __init__(self, rules: AddressRules, limits: Limits, clock: Clock) -> None:
        self._rules = rules
        self._limits = limits
        self._clock = clock
        self._robots: dict[str, tuple[datetime, RobotFileParser]] = {}
        self._pages: dict[str, tuple[datetime, Page]] = {}

    def _client(self) -> httpx.AsyncClient:
        from negotiators.wire.httpx_edge import guarded_client

        client = guarded_client(self._rules, self._limits, kinds=KINDS)
        client.headers["Accept"] = ACCEPTED
        return client

    async def welcome(self, url: str) -> str:
        """The origin of `url`, where its robots.txt lets us look. Raises an `AdapterError`."""
        origin = self._origin(url)
        robots = await self._rules_of(origin)
        if not robots.can_fetch(AGENT, url):
            raise Refused(f"robots: `{origin}` does not want this page read by programs")
        return origin

    def _origin(self, url: str) -> str:
        try:
            return target_of(url, self._rules).origin
        except WireError as err:
            raise as_adapter_error(err) from err

    async def _rules_of(self, origin: str) -> RobotFileParser:
        now = self._clock.now()
        known = self._robots.get(origin)
        if known is not None and now - known[0] < ROBOTS_LAST:
            return known[1]
        parser = RobotFileParser()
        parser.parse(await self._robot_lines(origin))
        self._robots[origin] = now, parser
        return parser

    async def _robot_lines(self, origin: str) -> list[str]:
        """The lines of robots.txt; a site without one allows everything, one that refuses it nothing (RFC 9309)."""
        async with self._client() as client:
            try:
                response = await client.get(urljoin(origin, "/robots.txt"))
            except NotStrictJson:
                return []
            except WireError as err:
                raise as_adapter_error(err) from err
        if response.is_success:
            return response.content.decode("utf-8", "replace").splitlines()[:5000]
        refusal: AdapterError | None = of_status(response.status_code)
        if refusal is not None:
            raise refusal
        return []

    async def fetch(self, url: str) -> Page:
        """The document at `url`, or the one seen a moment ago. Raises `ExchangeFailed`."""
        now = self._clock.now()
        known = self._pages.get(url)
        if known is not None and now - known[0] < self._pause(url):
            return known[1]
        async with self._client() as client:
            try:
                response = await client.get(url)
            except WireError as err:
                raise of_wire(err) from err
        if not response.is_success:
            refused = response.status_code < 500 and response.status_code != 429
            raise ExchangeFailed(f"http_{response.status_code}", sent=False, refused=refused)
        if not response.content:
            raise ExchangeFailed("empty_answer", sent=True, malformed=True)
        answered = str(response.extensions.get("gegenbot_final_url", url))
        if urlsplit(answered).hostname != urlsplit(url).hostname:
            raise ExchangeFailed("other_host", sent=False, refused=True)
        page = Page(response.content, response.headers.get("content-type", ""), answered)
        self._pages[url] = now, page
        return page

    def _pause(self, url: str) -> timedelta:
        known = self._robots.get(self._origin(url))
        delay = known[1].crawl_delay(AGENT) if known is not None else None
        wanted = timedelta(seconds=float(delay)) if delay is not None else PAUSE
        return min(max(wanted, PAUSE), LONGEST_PAUSE)


def text_of(page: Page) -> str:
    """A document's characters, by the charset its media type names, else UTF-8; never an error."""
    for part in page.kind.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            try:
                return page.body.decode(value.strip(" \"'"), "replace")
            except LookupError:
                break
    return page.body.decode("utf-8-sig", "replace")
