"""A stand-in for Asterisk's manager interface, over a real socket. Tests decide how it behaves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

USER, SECRET = "hlasatel", "tajne-heslo"
DEADLINE_SECONDS = 40.0
END = b"\r\n\r\n"


@dataclass(frozen=True)
class Received:
    """One action; of a header that came several times ``headers`` has the last, ``variables`` all of ``Variable``."""

    headers: dict[str, str]
    variables: list[str]

    @property
    def name(self) -> str:
        return self.headers.get("Action", "")


Behaviour = Callable[["Peer", Received], Awaitable[None]]


@dataclass(eq=False)
class Peer:
    """One connection of a client."""

    asterisk: "FakeAsterisk"
    writer: asyncio.StreamWriter
    logged_in: bool = False

    async def answer(self, action: Received, response: str, *lines: str) -> None:
        await self.send(f"Response: {response}", f"ActionID: {action.headers['ActionID']}", *lines)

    async def send(self, *lines: str) -> None:
        self.writer.write("\r\n".join(lines).encode() + END)
        await self.writer.drain()

    def drop(self) -> None:
        self.writer.transport.abort()


@dataclass
class FakeAsterisk:
    """Answers as Asterisk does, unless ``behaviour`` (by action) says otherwise."""

    # Unique ids of the call legs there are, and those of them that nobody has answered.
    legs: set[str] = field(default_factory=set)
    ringing: set[str] = field(default_factory=set)
    # Device states by PJSIP endpoint (one that nobody set answers when it is tried), registrations by name.
    states: dict[str, str] = field(default_factory=dict)
    registrations: dict[str, str] = field(default_factory=dict)
    behaviour: dict[str, Behaviour] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._came = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; a second start takes the same port."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.drop()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def drop(self) -> None:
        """Cut all connections, as a crash does."""
        for peer in self.peers:
            peer.drop()

    def of(self, name: str) -> list[Received]:
        return [action for action in self.received if action.name == name]

    async def got(self, name: str, count: int = 1) -> list[Received]:
        """Wait until so many actions of that name have come, ever."""
        async with asyncio.timeout(DEADLINE_SECONDS), self._came:
            await self._came.wait_for(lambda: len(self.of(name)) >= count)
        return self.of(name)

    async def event(self, name: str, *lines: str) -> None:
        for peer in self.peers:
            if peer.logged_in:
                await peer.send(f"Event: {name}", "Privilege: call,all", *lines)

    async def hang_up(self, leg: str, *, cause: int = 16, up: bool = True, variables: tuple[str, ...] = ()) -> None:
        """The leg's end; ``up``: it had been answered."""
        self.legs.discard(leg)
        chan = [f"ChanVariable: {variable}" for variable in variables]
        await self.event("Hangup", f"Uniqueid: {leg}", f"ChannelState: {6 if up else 5}", f"Cause: {cause}", *chan)

    async def trunk_turns(self, endpoint: str, state: str) -> None:
        """A change that Asterisk itself finds, and tells."""
        self.states[endpoint] = state
        await self.event("ContactStatus", f"EndpointName: {endpoint}")

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        peer = Peer(self, writer)
        self.peers.append(peer)
        try:
            await self._serve(peer, reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.peers.remove(peer)
            self._serving.discard(task)
            writer.close()

    async def _serve(self, peer: Peer, reader: asyncio.StreamReader) -> None:
        peer.writer.write(b"Asterisk Call Manager/9.0.0\r\n")
        while True:
            action = parse((await reader.readuntil(END)).decode())
            async with self._came:
                self.received.append(action)
                self._came.notify_all()
            await self.behaviour.get(action.name, USUAL.get(action.name, unknown))(peer, action)


def parse(block: str) -> Received:
    pairs = [(name, value) for name, mark, value in (line.partition(": ") for line in block.split("\r\n")) if mark]
    return Received(dict(pairs), [value for name, value in pairs if name == "Variable"])


async def login(peer: Peer, action: Received) -> None:
    if (action.headers["Username"], action.headers["Secret"]) != (USER, SECRET):
        await peer.answer(action, "Error", "Message: Authentication failed")
        peer.writer.close()
        return
    peer.logged_in = True
    await peer.answer(action, "Success", "Message: Authentication accepted")
    await peer.send("Event: FullyBooted", "Privilege: system,all", "Uptime: 3600", "Status: Fully Booted")


async def list_legs(peer: Peer, action: Received) -> None:
    await peer.answer(action, "Success", "EventList: start", "Message: Channels will follow")
    mark = f"ActionID: {action.headers['ActionID']}"
    for leg in sorted(peer.asterisk.legs):
        state = 5 if leg in peer.asterisk.ringing else 6
        await peer.send(
            "Event: CoreShowChannel", mark, f"Channel: PJSIP/o2-{leg}", f"Uniqueid: {leg}", f"ChannelState: {state}"
        )
    await peer.send(
        "Event: CoreShowChannelsComplete", mark, "EventList: Complete", f"ListItems: {len(peer.asterisk.legs)}"
    )


async def qualify(peer: Peer, action: Received) -> None:
    endpoint = action.headers["Endpoint"]
    peer.asterisk.states.setdefault(endpoint, "NOT_INUSE")
    await peer.answer(action, "Success", "Message: Endpoint found, will qualify")
    await peer.asterisk.event("ContactStatus", f"EndpointName: {endpoint}")


async def list_states(peer: Peer, action: Received) -> None:
    rows = [(f"Device: PJSIP/{endpoint}", f"State: {state}") for endpoint, state in peer.asterisk.states.items()]
    await send_list(peer, action, "DeviceStateChange", "DeviceStateListComplete", rows)


async def get_contacts(peer: Peer, action: Received) -> None:
    """The one variable that the dialer asks for."""
    endpoint = action.headers["Variable"].removeprefix("PJSIP_DIAL_CONTACTS(").removesuffix(")")
    reachable = peer.asterisk.states.get(endpoint) not in (None, "UNAVAILABLE", "INVALID")
    await peer.answer(action, "Success", f"Value: {f'PJSIP/{endpoint}/sip:192.0.2.1' if reachable else ''}")


async def list_registrations(peer: Peer, action: Received) -> None:
    rows = [(f"ObjectName: {name}", f"Status: {status}") for name, status in peer.asterisk.registrations.items()]
    await send_list(peer, action, "OutboundRegistrationDetail", "OutboundRegistrationDetailComplete", rows)


async def send_list(peer: Peer, action: Received, event: str, last: str, rows: Sequence[tuple[str, ...]]) -> None:
    mark = f"ActionID: {action.headers['ActionID']}"
    await peer.answer(action, "Success", "EventList: start")
    for row in rows:
        await peer.send(f"Event: {event}", mark, *row)
    await peer.send(f"Event: {last}", mark, "EventList: Complete", f"ListItems: {len(rows)}")


async def originate(peer: Peer, action: Received) -> None:
    if leg := action.headers.get("ChannelId"):
        peer.asterisk.legs.add(leg)
    await peer.answer(action, "Success", "Message: Originate successfully queued")


async def pong(peer: Peer, action: Received) -> None:
    await peer.answer(action, "Success", "Ping: Pong")


async def done(peer: Peer, action: Received) -> None:
    await peer.answer(action, "Success", "Message: Done")


async def unknown(peer: Peer, action: Received) -> None:
    await peer.answer(action, "Error", "Message: Invalid/unknown command")


USUAL: dict[str, Behaviour] = {
    "Login": login,
    "CoreShowChannels": list_legs,
    "DeviceStateList": list_states,
    "Getvar": get_contacts,
    "Originate": originate,
    "PJSIPQualify": qualify,
    "PJSIPShowRegistrationsOutbound": list_registrations,
    "Ping": pong,
    "Setvar": done,
}


async def refuse(peer: Peer, action: Received) -> None:
    await peer.answer(action, "Error", "Message: Permission denied")


async def keep_silent(_peer: Peer, _action: Received) -> None:
    """As an Asterisk that is stuck."""


async def break_off(peer: Peer, _action: Received) -> None:
    peer.drop()


@asynccontextmanager
async def fake_asterisk() -> AsyncIterator[FakeAsterisk]:
    fake = FakeAsterisk()
    await fake.start()
    try:
        yield fake
    finally:
        await fake.stop()
