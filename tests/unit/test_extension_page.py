"""The specification page is true: its examples are read without a problem, its issues are the shipped ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

from negotiators.categories import shipped
from negotiators.channels.a2a.card import read_card
from negotiators.channels.payload import ACTS, EXTENSION_URI, PayloadContext, read_payload
from negotiators.dialogue import (
    Accept,
    Ask,
    Confirm,
    Inform,
    Inquire,
    IssueKind,
    Leave,
    MessageId,
    Party,
    Propose,
    ProviderId,
    Reject,
    Withdraw,
)
from negotiators.wire import AddressRules

PAGE = (Path(__file__).parents[2] / "docs" / "a2a-extension.md").read_text("utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def context(payload: dict[str, object], sender: Party = Party.THEM) -> PayloadContext:
    return PayloadContext(
        shipped()[str(payload.get("category", "mobile_plan"))], ProviderId("x"), MessageId("m"), sender
    )


def test_every_example_of_the_talk_reads_without_a_problem() -> None:
    payloads = [example for example in EXAMPLES if example.get("type") == EXTENSION_URI]
    readings = [read_payload(payload, context(payload)) for payload in payloads]
    assert [reading.problems for reading in readings] == [()] * len(payloads)
    assert [[type(move) for move in reading.moves] for reading in readings] == [
        [Propose, Inquire],
        [Propose, Inform],
        [Propose],
        [Accept],
        [Confirm],
        [Reject],
        [Leave],
        [Withdraw],
        [Withdraw, Inform],
        [Inform],
    ]
    assert {str(payload["act"]) for payload in payloads} <= set(ACTS)


def test_the_card_of_the_page_is_a_card() -> None:
    card = next(example for example in EXAMPLES if "supportedInterfaces" in example)
    url = "https://bot.simsalabim.example/.well-known/agent-card.json"
    endpoint = read_card(card, url, AddressRules(), frozenset())
    assert endpoint.capabilities.commits and endpoint.categories == ("mobile_plan",)


def test_the_message_of_the_page_is_an_a2a_message() -> None:
    from a2a.types.a2a_pb2 import Message
    from google.protobuf.json_format import MessageToDict, ParseDict

    message = next(example for example in EXAMPLES if "messageId" in example)
    assert MessageToDict(ParseDict(message, Message())) == message
    (data,) = (part["data"] for part in message["parts"] if "data" in part)
    (ask,) = read_payload(data, context(data, Party.US)).moves
    assert isinstance(ask, Ask) and list(ask.terms) == ["data_gb"]


def test_the_issues_of_the_page_are_the_shipped_ones() -> None:
    written = dict(re.findall(r"^\| `(\w+)` \| (.*\*\*`.*) \|$", PAGE, re.MULTILINE))
    expected = {}
    for category in shipped().values():
        phrases = []
        for issue in category.issues:
            name = f"**`{issue.name}`**" if issue.mandatory else f"`{issue.name}`"
            shown = f"{name} {issue.kind.value}"
            if issue.kind is IssueKind.CHOICE:
                shown += f" ({', '.join(issue.choices)})"
            phrases.append(shown)
        expected[category.id] = phrases
    assert {
        name: re.sub(r" \((per \w+|GB|Mbit/s)\)", "", text).replace(", **`", "\n**`").replace(", `", "\n`").split("\n")
        for name, text in written.items()
    } == expected
