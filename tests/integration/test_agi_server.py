"""The FastAGI server among strangers: bounded in size and time, and no peer harms another's call."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ivr import server as server_module
from ivr.leg import HungUp, Leg
from ivr.server import AgiServer
from tests.fake_agi import Caller, calling, connected

SOUND = "/sounds/hallo"


class Handler:
    """Plays one sound and notes what came of it."""

    def __init__(self) -> None:
        self.ended: asyncio.Queue[str] = asyncio.Queue()

    async def handle(self, leg: Leg) -> None:
        try:
            played = await leg.play(SOUND, "129")
        except HungUp as gone:
            self.ended.put_nowait(f"hung up after {gone.played_seconds}")
            raise
        self.ended.put_nowait(f"{played.key or 'nothing'} after {played.seconds}")

    async def outcome(self) -> str:
        return await asyncio.wait_for(self.ended.get(), 5)


async def break_down(_leg: Leg) -> None:
    raise RuntimeError("a defect")


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEADER_SECONDS", 0.2)


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
async def server(handler: Handler) -> AsyncIterator[AgiServer]:
    server = AgiServer({"announcement": handler.handle, "broken": break_down})
    yield server
    await server.stop()


@pytest.fixture
async def port(server: AgiServer) -> int:
    return await server.start("127.0.0.1", 0)


async def cut_off(caller: Caller) -> bool:
    """Whether the server closes without a word."""
    return await caller.command() == ""


async def test_a_call_goes_to_the_handler_of_its_path(port: int, handler: Handler) -> None:
    async with calling(port) as caller:
        assert await caller.command() == f'STREAM FILE {SOUND} "129"'
        caller.played(2.5, "1")
        assert await handler.outcome() == "1 after 2.5"
        assert await cut_off(caller)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"agi_network: yes\nagi_netw",
        b"\x00\xff\xfe" * 1000,
        b"\n" * 3,
        b"agi_network_script: announcement",
        b"x" * 10_000_000,
        b"agi_arg_1: " + b"y" * 10_000_000,
        b"agi_network_script: nowhere\n\n",
        b"agi_network_script: ../announcement\n\n",
        b"GET /announcement HTTP/1.1\r\nHost: x\r\n\r\n",
        b"no colon\n\n",
    ],
    ids=lambda said: f"{said[:20]!r} of {len(said)}",
)
async def test_a_stranger_is_cut_off_while_a_call_goes_on(port: int, handler: Handler, said: bytes) -> None:
    async with calling(port) as call, connected(port) as stranger:
        await call.command()
        stranger.send(said)
        assert await cut_off(stranger)
        call.played(20.0)
        assert await handler.outcome() == "nothing after 20.0"


async def test_peers_that_connect_and_close_at_once_harm_nothing(port: int, handler: Handler) -> None:
    async with calling(port) as call:
        await call.command()
        for _ in range(20):
            async with connected(port):
                pass
            async with connected(port) as stranger:
                stranger.send(b"agi_network: yes\n")
                stranger.writer.write_eof()
        call.played(20.0)
        assert await handler.outcome() == "nothing after 20.0"


async def test_a_call_that_never_ends_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "CALL_SECONDS", 0.2)
    async with calling(port) as caller:
        assert await caller.command()
        assert await cut_off(caller)


async def test_a_handler_that_breaks_down_ends_only_its_own_call(port: int, handler: Handler) -> None:
    async with calling(port) as call:
        await call.command()
        async with calling(port, path="broken") as broken:
            assert await cut_off(broken)
        call.played(20.0)
        assert await handler.outcome() == "nothing after 20.0"


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (b"200 result=0 endpos=160000\n", "nothing after 20.0"),
        (b"200 result=50 endpos=8000\n", "2 after 1.0"),
        (b"200 result=-1 endpos=40000\n", "hung up after 5.0"),
        (b"HANGUP\n200 result=-1 endpos=40000\n", "hung up after 5.0"),
        (b"HANGUP\nHANGUP\n200 result=0 endpos=160000\n", "nothing after 20.0"),
        (b"100 result=0 Trying...\n200 result=0 endpos=8000\n", "nothing after 1.0"),
        (b"200 result=0\n", "nothing after 0.0"),
        (b"200 result=999999999999 endpos=8000\n", "nothing after 1.0"),
        (b"511 Command Not Permitted on a dead channel or intercept routine\n", "hung up after 0.0"),
        (b"510 Invalid or unknown command\n", "hung up after 0.0"),
        (b"520-Invalid command syntax.  Proper usage follows:\nUsage\n", "hung up after 0.0"),
        (b"\n", "hung up after 0.0"),
        (b"\xff\xfe\x00rubbish\n", "hung up after 0.0"),
        (b"200 " + b"x" * 8000 + b"\n", "hung up after 0.0"),
        (b"y" * 100_000, "hung up after 0.0"),
    ],
    ids=lambda value: repr(value[:40]),
)
async def test_whatever_is_answered_a_sound_was_played_or_the_person_is_gone(
    port: int, handler: Handler, answers: bytes, outcome: str
) -> None:
    async with calling(port) as caller:
        await caller.command()
        caller.send(answers)
        assert await handler.outcome() == outcome
        assert await cut_off(caller)


async def test_a_connection_lost_in_mid_sound_is_a_hangup(port: int, handler: Handler) -> None:
    async with calling(port) as caller:
        await caller.command()
        caller.send(b"HANGUP\n")
    assert await handler.outcome() == "hung up after 0.0"


async def test_an_answer_in_pieces_is_read_whole(port: int, handler: Handler) -> None:
    async with calling(port) as caller:
        await caller.command()
        for byte in b"200 result=57 endpos=12000\n":
            caller.send(bytes([byte]))
            await asyncio.sleep(0)
        assert await handler.outcome() == "9 after 1.5"


async def test_beyond_the_limit_of_calls_nobody_is_taken(
    port: int, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MOST_CALLS", 1)
    async with calling(port) as call:
        await call.command()
        async with calling(port) as another:
            assert await cut_off(another)
        call.played(20.0)
        assert await handler.outcome() == "nothing after 20.0"


@pytest.mark.parametrize("sound", ["/a b", '/a" "1', "/a\nEXEC System(id)", "/ř", "/a|b", "/a&b", "${X}"])
async def test_what_is_not_plain_never_becomes_a_command(port: int, server: AgiServer, sound: str) -> None:
    refused: asyncio.Queue[str] = asyncio.Queue()

    async def play(leg: Leg) -> None:
        for attempt in (
            leg.play(sound),
            leg.play("/a", sound),
            leg.set_variable("A", sound),
            leg.set_variable(sound, "a"),
        ):
            with pytest.raises(ValueError, match="may not go into an AGI command"):
                await attempt
            refused.put_nowait(sound)

    server.add_route("nasty", play)
    async with calling(port, path="nasty") as caller:
        assert await cut_off(caller)
    assert refused.qsize() == 4


async def test_a_stop_lets_calls_end_within_its_time_and_takes_no_others(
    server: AgiServer, port: int, handler: Handler
) -> None:
    async with calling(port) as caller:
        await caller.command()
        stopping = asyncio.create_task(server.stop(drain_seconds=5))
        await asyncio.sleep(0)
        with pytest.raises(ConnectionError):
            async with connected(port):
                pass
        caller.played(20.0)
        assert await handler.outcome() == "nothing after 20.0"
        await asyncio.wait_for(stopping, 5)
