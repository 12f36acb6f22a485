"""A company's card, messages and tasks as JSON, in the shapes of A2A 1.0 and 0.3. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from negotiators.arena.settings import Profile
from negotiators.arena.talk import Answer, Talk
from negotiators.arena.wording import SENTENCES
from negotiators.channels.payload import EXTENSION_URI

Version = Literal["1.0", "0.3"]
HISTORY = 10

_STATES = {
    "1.0": {"working": "TASK_STATE_WORKING", "open": "TASK_STATE_INPUT_REQUIRED", "done": "TASK_STATE_COMPLETED"},
    "0.3": {"working": "working", "open": "input-required", "done": "completed"},
}


def card_of(profile: Profile, url: str, version: Version) -> dict[str, object]:
    """The agent card; a plain company declares no extension."""
    category = profile.catalogue.category
    declared: list[dict[str, object]] = []
    if profile.wire != "plain":
        issues = {category.id: sorted(profile.catalogue.issues)}
        parameters = {"categories": issues, "languages": [profile.spec.language], "currencies": [category.currency]}
        declared.append({"uri": EXTENSION_URI, "required": False, "params": parameters})
    label = category.labels[profile.spec.language]
    card: dict[str, object] = {
        "name": profile.spec.title,
        "description": f"{profile.spec.title}: {label}. A simulated company.",
        "version": "1",
        "capabilities": {"streaming": False, "extensions": declared},
        "defaultInputModes": ["text/plain", "application/json"],
        "defaultOutputModes": ["text/plain", "application/json"],
        "skills": [{"id": category.id, "name": label, "description": label, "tags": [category.id]}],
    }
    if version == "0.3":
        return {**card, "url": url, "preferredTransport": "JSONRPC", "protocolVersion": "0.3.0"}
    binding = "HTTP+JSON" if profile.wire == "rest" else "JSONRPC"
    return {**card, "supportedInterfaces": [{"url": url, "protocolBinding": binding, "protocolVersion": "1.0"}]}


def _parts(answer: Answer, version: Version) -> list[dict[str, object]]:
    text: dict[str, object] = {"text": answer.text}
    data: dict[str, object] = {"data": answer.payload, "mediaType": "application/json"}
    if version == "0.3":
        text, data = {"kind": "text", "text": answer.text}, {"kind": "data", "data": answer.payload}
    return ([text] if answer.text else []) + ([data] if answer.payload is not None else [])


def message_of(answer: Answer, version: Version, task: str = "") -> dict[str, object]:
    """One answer as a direct message, or (with `task`) as a task's status message."""
    message: dict[str, object] = {
        "messageId": answer.message_id,
        "contextId": answer.context,
        "role": "ROLE_AGENT" if version == "1.0" else "agent",
        "parts": _parts(answer, version),
    }
    if version == "0.3":
        message["kind"] = "message"
    if answer.payload is not None:
        message["extensions"] = [EXTENSION_URI]
    return {**message, "taskId": task} if task else message


def task_of(talk: Talk, now: datetime, version: Version, *, artifacts: bool = False) -> dict[str, object]:
    """A talk as a task: open while there is something to say, `working` while an answer is not due yet."""
    task_id = f"t-{talk.context}"
    spoken = [answer for answer in talk.spoken if answer.due is None or answer.due <= now]
    late = len(spoken) < len(talk.spoken)
    over = talk.closed or (talk.contract is not None and talk.slip_due is None and not late)
    state = _STATES[version]["working" if late else "done" if over else "open"]
    status: dict[str, object] = {"state": state}
    task: dict[str, object] = {"id": task_id, "contextId": talk.context, "status": status}
    if version == "0.3":
        task["kind"] = "task"
    if late:
        status["message"] = _working(talk, version, task_id)
        said = spoken
    elif artifacts:
        task["artifacts"] = [
            {"artifactId": answer.message_id, "name": "answer", "parts": _parts(answer, version)}
            for answer in spoken[-HISTORY:]
        ]
        said = []
    else:
        status["message"] = message_of(spoken[-1], version, task_id)
        said = spoken[:-1]
    role = "ROLE_USER" if version == "1.0" else "user"
    kind = {"kind": "message"} if version == "0.3" else {}
    asked = [{"messageId": message_id, "role": role, "parts": [], **kind} for message_id in talk.answers]
    task["history"] = [*asked[-HISTORY:], *(message_of(answer, version, task_id) for answer in said[-HISTORY:])]
    return task


def _working(talk: Talk, version: Version, task_id: str) -> dict[str, object]:
    words = SENTENCES[talk.language]["working"]
    return message_of(Answer(f"{task_id}-w{len(talk.spoken)}", talk.context, words), version, task_id)
