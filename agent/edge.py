"""The facade's edge: errors of the rooms below as its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from agent.kernel.errors import AgentError
from agent.views import FacadeError
from memory.errors import MemoryRoomError, PersonaError, StoreUnavailableError, VaultLockedError


@contextmanager
def facade_errors() -> Iterator[None]:
    """Errors of the rooms below as the facade's own."""
    try:
        yield
    except AgentError as err:
        raise FacadeError(err.code, **err.params) from err
    except VaultLockedError as err:
        raise FacadeError("vault_locked", why=str(err)) from err
    except PersonaError as err:
        raise FacadeError("persona_invalid", why=str(err)) from err
    except StoreUnavailableError as err:
        code = "disk_full" if "full" in str(err) else "home_unreadable"
        raise FacadeError(code, path=str(err), why=str(err)) from err
    except MemoryRoomError as err:
        raise FacadeError("home_unreadable", why=str(err)) from err
