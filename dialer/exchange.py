"""What all dispatchers of one service share, and how they record the outcomes of calls."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field

from announcements.decision import OutcomeRules
from announcements.outcome import Ending, end_attempts
from announcements.retry import RetryPolicy
from announcements.scripts import Scripts
from announcements.windows import WindowSettings
from dialer.calls import CallsInFlight
from dialer.health import TrunkHealth
from dialer.link import AmiLink
from dialer.metrics import Metrics
from store.batch import Batch
from store.database import Store
from store.errors import StoreError

log = structlog.get_logger(__name__)

STORE_RETRY_SECONDS = 1.0


class DialerSettings(BaseModel):
    """The ``[dialer]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Part of the message that a person has to hear for the delivery to count as delivered.
    heard_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    # Tell answering machines from people (AMD) before speaking.
    detect_machine: bool = True
    # How often an idle dispatcher looks for due deliveries.
    poll_seconds: Annotated[float, Field(gt=0, le=1)] = 0.2
    # A crisis that finds no free line takes those of normal calls that are still ringing.
    give_up_ringing: bool = True
    retries: RetryPolicy = RetryPolicy()
    windows: WindowSettings = WindowSettings()


@dataclass(frozen=True)
class Sounds:
    """Sound names (paths without suffix) that a call plays: the town's greeting as it is now, and messages by key."""

    greeting: Callable[[], Path]
    message: Callable[[str], Path]


@dataclass(frozen=True)
class Exchange:
    store: Store
    link: AmiLink
    calls: CallsInFlight
    health: TrunkHealth
    sounds: Sounds
    settings: DialerSettings
    rules: OutcomeRules
    agi_url: str
    clock: Callable[[], datetime]
    scripts: Scripts = field(default_factory=Scripts)
    metrics: Metrics = field(default_factory=Metrics)
    _endings: Batch[tuple[str, Ending], None] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_endings", Batch(self._write))

    async def record(self, attempt_id: str, ending: Ending) -> None:
        """Record an outcome, however long the database is away: it is never lost while we live."""
        while True:
            try:
                await self._endings.put((attempt_id, ending))
            except StoreError as error:
                log.error("cannot record an outcome yet", attempt=attempt_id, error=str(error))
                await asyncio.sleep(STORE_RETRY_SECONDS)
            else:
                log.info("call ended", attempt=attempt_id, disposition=ending.disposition, cause=ending.cause)
                return

    async def _write(self, endings: Sequence[tuple[str, Ending]]) -> Sequence[None]:
        async with self.store.writing() as session:
            await end_attempts(session, dict(endings), self.rules)
        return [None] * len(endings)
