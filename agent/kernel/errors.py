"""Errors of the agent.

AgentError                      code, params: what `tui/errors.py` words for people
|- LedgerError
|  |- LedgerBroken              the hash chain does not hold
|  |- LedgerUnwritable          read-only or full disk: nothing is sent that is not recorded
|  `- LedgerTooNew              written by a newer version
|- GateRefused                  a message that may not leave (exit code 5)
|  |- MandateExceeded
|  |- NotApproved
|  |- EgressHit
|  `- Halted                    the person said stop
|- NeedInvalid                  a need or mandate that cannot be read (exit code 2)
|- ConfigInvalid                (exit code 2)
|- RunnerAlive                  another runner holds the lock (exit code 2)
`- DecisionRefused              an approval or decision that does not fit what is on the table
"""

from __future__ import annotations


class AgentError(Exception):
    """Carries a stable `code` and string `params`; the sentence is made in `tui`."""

    code = "agent_error"

    def __init__(self, code: str | None = None, **params: str) -> None:
        self.code = code or type(self).code
        self.params = params
        super().__init__(f"{self.code}: " + ", ".join(f"{key}={value}" for key, value in params.items()))


class LedgerError(AgentError):
    code = "ledger_error"


class LedgerBroken(LedgerError):
    code = "ledger_broken"


class LedgerUnwritable(LedgerError):
    code = "ledger_unwritable"


class LedgerUnsafe(LedgerError):
    """The file is a link, somebody else's, or open to others."""

    code = "ledger_unsafe"


class LedgerConflict(LedgerError):
    code = "ledger_conflict"


class LedgerTooNew(LedgerError):
    code = "ledger_too_new"


class GateRefused(AgentError):
    code = "gate_refused"


class MandateExceeded(GateRefused):
    code = "mandate_exceeded"


class NotApproved(GateRefused):
    code = "not_approved"


class EgressHit(GateRefused):
    code = "egress_hit"


class Halted(GateRefused):
    code = "halted"


class NeedInvalid(AgentError):
    code = "need_invalid"


class ConfigInvalid(AgentError):
    code = "config_invalid"


class RunnerAlive(AgentError):
    code = "runner_alive"


class DecisionRefused(AgentError):
    code = "decision_refused"
