"""What can go wrong with a mailbox.

AdapterError
|- Unreachable
|- Refused
|  |- LoginRefused     the server does not take name and password; `hint` names what the provider asks for
|  `- NoMailbox        none is set up
`- BadAddress          not an address
"""

from __future__ import annotations

from negotiators.adapter import AdapterError, Refused


class BadAddress(AdapterError):
    code = "bad_mail_address"


class LoginRefused(Refused):
    """`hint` is a code of the provider's own hurdle (`imap_off`, `app_password`, `oauth_only`), or empty."""

    code = "login_refused"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class NoMailbox(Refused):
    """None is set up: the company was not asked, and nothing is said of it."""

    code = "adapter_no_mailbox"

    def __init__(self) -> None:
        super().__init__("no mailbox is set up")
