"""The AMI link: panoramisk's Manager, hardened. One link for all trunks of one Asterisk.

panoramisk sends unanswered actions again after a reconnect (an Originate too: somebody would be rung twice), lets
futures of lost actions wait for ever and joins values with CR/LF into further headers; each has its guard here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import structlog
from panoramisk import Manager
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from dialer.trunk import Port
from dialer.wire import Wire
from store.errors import AsteriskError, AsteriskUnsure
from store.tasks import Tasks

log = structlog.get_logger(__name__)

ACTION_SECONDS = 10.0
RECONNECT_SECONDS = 1

Event = Mapping[str, Any]


class AmiSettings(BaseModel):
    """Where and as whom we reach Asterisk's manager interface."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Port = 5038
    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")] = "hlasatel"
    secret: SecretStr


class NeverAgain:
    """panoramisk asks "is this action one to forget?" when a link is lost: yes, every one."""

    def __contains__(self, action: object) -> bool:
        return True


class _Manager(Manager):  # type: ignore[misc]
    """Tells of a refused login, and stays closed once closed."""

    closing = False

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        return None if self.closing else super().connect(*args, **kwargs)

    def login(self, future: "asyncio.Future[Any]") -> bool:
        accepted: bool = super().login(future)
        if not accepted:
            self.config["on_refused"](str(future.result().message))
        return accepted


class AmiLink:
    """Sends actions and hands out events; comes back by itself when the connection is lost."""

    def __init__(self, settings: AmiSettings) -> None:
        self.settings = settings
        self._up = asyncio.Event()
        self._started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._manager: _Manager | None = None
        self._listeners: list[Callable[[Event], None]] = []
        self._greeters: list[Callable[[], Awaitable[None]]] = []
        self._tasks = Tasks()
        self._unanswered: set[asyncio.Future[Any]] = set()

    @property
    def up(self) -> bool:
        return self._up.is_set()

    async def wait_up(self) -> None:
        await self._up.wait()

    def listen(self, listener: Callable[[Event], None]) -> None:
        """``listener`` gets every event; it must not block and must not raise."""
        self._listeners.append(listener)

    def greet(self, greeter: Callable[[], Awaitable[None]]) -> None:
        """``greeter`` runs whenever the link has come up, before ``wait_up`` returns."""
        self._greeters.append(greeter)

    async def start(self, deadline_seconds: float = 15.0) -> None:
        """Connect and log in.

        Raises AsteriskError when nobody answers in time or the login is refused.
        """
        manager = self._manager = self._make_manager()
        manager.connect()
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._started
        except AsteriskError:
            await self.close()
            raise
        except TimeoutError:
            await self.close()
            raise AsteriskError(
                f"no Asterisk manager interface answers at {self.settings.host}:{self.settings.port}",
                mend="see that Asterisk runs and that asterisk.ami_host and ami_port are right; try: hlasatel doctor",
            ) from None

    async def close(self) -> None:
        if self._manager is not None:
            self._manager.closing = True
            self._manager.close()
        self._go_down()
        await self._tasks.cancel()

    async def action(
        self, name: str, fields: Mapping[str, str | list[str]], seconds: float = ACTION_SECONDS, *, greets: bool = False
    ) -> Event:
        """Send one action and wait for its response. ``greets``: it comes from a greeter, before the link is up.

        Raises AsteriskError when the link is down (nothing was sent) or Asterisk says no, AsteriskUnsure when the
        link is lost or ``seconds`` pass without a response.
        """
        if not self.up and not greets:
            raise AsteriskError("the AMI link is down", mend="it reconnects by itself; see: hlasatel doctor")
        return (await self._send(name, fields, seconds, as_list=False))[0]

    async def listing(self, name: str, seconds: float = ACTION_SECONDS) -> list[Event]:
        """Send an action that answers with a list of events; gives the events. Raises as ``action``."""
        return (await self._send(name, {}, seconds, as_list=None))[1:-1]

    async def _send(
        self, name: str, fields: Mapping[str, str | list[str]], seconds: float, *, as_list: bool | None
    ) -> list[Event]:
        """``as_list`` None: the response tells whether a list follows, for it may be a refusal."""
        for key, value in fields.items():
            refuse_line_breaks(key, value)
        if self._manager is None or not self._manager.authenticated:
            raise AsteriskError("the AMI link is down", mend="it reconnects by itself; see: hlasatel doctor")
        future = self._manager.send_action({"Action": name, **fields}, as_list=as_list)
        self._unanswered.add(future)
        try:
            # Shielded, because panoramisk lets a cancelled action swallow all that comes for it later. No wait_for:
            # in Python 3.11 it swallows a cancellation that comes together with the answer.
            async with asyncio.timeout(seconds):
                answer = await asyncio.shield(future)
        except ConnectionError:
            raise AsteriskUnsure(f"the AMI link was lost before an answer to {name}") from None
        except TimeoutError:
            raise AsteriskUnsure(f"no answer to {name} within {seconds:g} s", mend="is Asterisk stuck?") from None
        finally:
            self._unanswered.discard(future)
        responses: list[Event] = answer if isinstance(answer, list) else [answer]
        if responses[0].get("response") == "Error":
            raise AsteriskError(f"Asterisk refused {name}: {responses[0].get('message', '')}")
        return responses

    def _make_manager(self) -> _Manager:
        manager = _Manager(
            host=self.settings.host,
            port=self.settings.port,
            username=self.settings.user,
            secret=self.settings.secret.get_secret_value(),
            reconnect_timeout=RECONNECT_SECONDS,
            forgetable_actions=NeverAgain(),
            loop=asyncio.get_running_loop(),
            protocol_factory=Wire,
            on_disconnect=self._on_disconnect,
            on_refused=self._on_refused,
        )
        manager.register_event("*", self._on_event)
        return manager

    def _on_refused(self, message: str) -> None:
        log.error("ami login refused", user=self.settings.user, message=message)
        if not self._started.done():
            self._started.set_exception(
                AsteriskError(
                    f"Asterisk refused the login of AMI user “{self.settings.user}”: {message}",
                    mend="make asterisk.ami_user and ami_secret the same as in Asterisk's manager.conf",
                )
            )

    def _on_event(self, _manager: Manager, event: Event) -> None:
        if event.get("event") == "FullyBooted":
            self._tasks.start(self._come_up(), "ami link comes up")
        for listener in self._listeners:
            listener(event)

    async def _come_up(self) -> None:
        assert self._manager is not None
        connection = self._manager.protocol
        try:
            for greeter in self._greeters:
                await greeter()
        except AsteriskError as error:
            if not connection.closed:
                self._give_up(connection, error)
        if connection.closed:
            return
        self._up.set()
        if not self._started.done():
            self._started.set_result(None)
        log.info("ami link up", host=self.settings.host, port=self.settings.port)

    def _give_up(self, connection: Any, error: AsteriskError) -> None:
        """Without its greeters the link must not be used; a new connection tries again."""
        log.error("ami link cannot be used", error=str(error))
        if not self._started.done():
            self._started.set_exception(error)
        connection.connection_lost(error)

    def _on_disconnect(self, _manager: Manager, _error: Exception | None) -> None:
        self._go_down()
        log.warning("ami link lost", host=self.settings.host, port=self.settings.port)

    def _go_down(self) -> None:
        self._up.clear()
        for future in self._unanswered:
            if not future.done():
                future.set_exception(ConnectionResetError())


def refuse_line_breaks(key: str, value: str | list[str]) -> None:
    """Raises AsteriskError where a value would become further AMI headers."""
    for text in [key, *([value] if isinstance(value, str) else value)]:
        if "\r" in text or "\n" in text or "\0" in text:
            raise AsteriskError(f"a line break in AMI header {key!r}", mend="this is a defect; please report it")
