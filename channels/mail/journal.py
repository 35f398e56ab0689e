"""What leaves by e-mail, written down right before it does and as soon as the server took it: nobody reports on an
e-mail, so that after a crash only this tells what is still here, what is in doubt, and what is gone.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from announcements.texts import Acceptance, accept_texts, leave_text
from store.database import Store
from store.errors import StoreError

log = structlog.get_logger(__name__)


class Journal:
    """Short transactions for each message, so that a crash leaves one in doubt at most: that on its way just then."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def leaves(self, attempt_id: str, message_id: str) -> None:
        """It is committed when this returns. Raises StoreError: it must not leave."""
        async with self._store.writing() as session:
            await leave_text(session, attempt_id, message_id)

    async def took(self, attempt_id: str, message_id: str) -> None:
        """The server did. The ledger writes that again with the batch, so a database that is away now is borne."""
        try:
            async with self._store.writing() as session:
                await accept_texts(session, {attempt_id: Acceptance(self._clock(), message_id)})
        except StoreError as error:
            log.error("cannot record messages yet", error=str(error))
