"""The AMI link against a peer on a real socket: refused, lost, stuck, garbled, and never twice the same action."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from dialer import link as link_module
from dialer.link import AmiLink, AmiSettings, Event
from dialer.reconcile import call_legs
from lab.ports import free_ports
from store.errors import AsteriskError, AsteriskUnsure
from tests.fake_ami import (
    SECRET,
    FakeAsterisk,
    Peer,
    Received,
    break_off,
    fake_asterisk,
    keep_silent,
    list_legs,
    refuse,
)

ID = "0123456789abcdef" * 2
CALL = {"ActionID": ID, "ChannelId": ID, "Async": "true"}


@pytest.fixture(autouse=True)
def quick_reconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "RECONNECT_SECONDS", 0)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as asterisk:
        yield asterisk


def made(port: int, secret: str = SECRET) -> AmiLink:
    return AmiLink(AmiSettings(port=port, secret=SecretStr(secret)))


@pytest.fixture
async def link(fake: FakeAsterisk) -> AsyncIterator[AmiLink]:
    ami = made(fake.port)
    await ami.start()
    yield ami
    await ami.close()


async def down(link: AmiLink) -> None:
    async with asyncio.timeout(5):
        while link.up:
            await asyncio.sleep(0)


async def up(link: AmiLink) -> None:
    await asyncio.wait_for(link.wait_up(), 5)


async def test_a_wrong_secret_is_refused_with_the_mend(fake: FakeAsterisk) -> None:
    ami = made(fake.port, "wrong")
    with pytest.raises(AsteriskError, match=r"Authentication failed.*ami_secret"):
        await ami.start()
    assert not ami.up
    assert len(fake.of("Login")) == 1


async def test_where_nobody_listens_the_address_and_the_mend_are_named() -> None:
    (port,) = free_ports(socket.SOCK_STREAM, 1)
    ami = made(port)
    with pytest.raises(AsteriskError, match=rf"answers at 127\.0\.0\.1:{port}.*ami_host"):
        await ami.start(deadline_seconds=0.3)


async def test_a_peer_that_says_nothing_is_given_up(fake: FakeAsterisk) -> None:
    fake.behaviour["Login"] = keep_silent
    with pytest.raises(AsteriskError, match="no Asterisk manager interface answers"):
        await made(fake.port).start(deadline_seconds=0.3)


async def test_an_action_is_answered(link: AmiLink, fake: FakeAsterisk) -> None:
    assert (await link.action("Originate", {**CALL, "Variable": ["A=1", "B=2"]}))["response"] == "Success"
    (action,) = fake.of("Originate")
    assert (action.headers["ChannelId"], action.variables) == (ID, ["A=1", "B=2"])


async def test_a_refused_action_says_why(link: AmiLink, fake: FakeAsterisk) -> None:
    fake.behaviour["Originate"] = refuse
    with pytest.raises(AsteriskError, match="Asterisk refused Originate: Permission denied") as caught:
        await link.action("Originate", CALL)
    assert not isinstance(caught.value, AsteriskUnsure)


@pytest.mark.parametrize("nasty", ["a\r\nAction: Command", "a\n", "\0"])
async def test_a_line_break_never_gets_onto_the_wire(link: AmiLink, fake: FakeAsterisk, nasty: str) -> None:
    bad: list[dict[str, str | list[str]]] = [{"Channel": nasty}, {"Variable": ["A=1", nasty]}, {nasty: "x"}]
    for fields in bad:
        with pytest.raises(AsteriskError, match="line break"):
            await link.action("Originate", fields)
    await link.action("Ping", {})
    assert not fake.of("Originate")
    assert not fake.of("Command")


async def test_a_connection_lost_in_mid_action_leaves_it_unsure_and_never_sends_it_again(
    link: AmiLink, fake: FakeAsterisk
) -> None:
    fake.behaviour["Originate"] = break_off
    began = time.monotonic()
    with pytest.raises(AsteriskUnsure, match="lost before an answer to Originate"):
        await link.action("Originate", CALL)
    assert time.monotonic() - began < 5
    await fake.got("Login", 2)
    await up(link)
    await link.action("Ping", {})
    assert len(fake.of("Originate")) == 1


async def test_an_action_without_an_answer_is_unsure(link: AmiLink, fake: FakeAsterisk) -> None:
    fake.behaviour["Originate"] = keep_silent
    with pytest.raises(AsteriskUnsure, match=r"no answer to Originate within 0\.1 s"):
        await link.action("Originate", CALL, seconds=0.1)
    fake.drop()
    await fake.got("Login", 2)
    await up(link)
    assert len(fake.of("Originate")) == 1


async def test_what_comes_for_an_unsure_action_later_still_reaches_the_listeners(
    link: AmiLink, fake: FakeAsterisk
) -> None:
    heard: asyncio.Queue[Event] = asyncio.Queue()
    link.listen(heard.put_nowait)
    fake.behaviour["Originate"] = keep_silent
    with pytest.raises(AsteriskUnsure):
        await link.action("Originate", CALL, seconds=0.05)
    (peer,) = fake.peers
    await peer.answer(fake.of("Originate")[0], "Success", "Message: Originate successfully queued")
    await fake.event("OriginateResponse", f"ActionID: {ID}", "Response: Failure", "Reason: 0")
    assert (await asyncio.wait_for(heard.get(), 5))["actionid"] == ID


async def test_while_the_link_is_down_an_action_is_refused_at_once_and_not_kept_for_later(
    link: AmiLink, fake: FakeAsterisk
) -> None:
    await fake.stop()
    await down(link)
    began = time.monotonic()
    with pytest.raises(AsteriskError, match="link is down") as caught:
        await link.action("Originate", CALL)
    assert not isinstance(caught.value, AsteriskUnsure)
    assert time.monotonic() - began < 1
    await fake.start()
    await up(link)
    await link.action("Ping", {})
    assert not fake.of("Originate")


async def test_it_comes_up_again_by_itself_after_its_greeters_have_run(fake: FakeAsterisk) -> None:
    ami = made(fake.port)
    seen: list[bool] = []

    async def greeter() -> None:
        await call_legs(ami)
        seen.append(ami.up)

    ami.greet(greeter)
    await ami.start()
    for logins in (2, 3):
        fake.drop()
        await fake.got("CoreShowChannels", logins)
        await up(ami)
    assert seen == [False, False, False]
    await ami.close()


async def test_a_greeter_that_asterisk_refuses_tells_why_the_start_failed(fake: FakeAsterisk) -> None:
    fake.behaviour["CoreShowChannels"] = refuse
    ami = made(fake.port)

    async def greeter() -> None:
        await call_legs(ami)

    ami.greet(greeter)
    with pytest.raises(AsteriskError, match="refused CoreShowChannels: Permission denied"):
        await asyncio.wait_for(ami.start(), 5)


async def test_when_a_greeter_fails_a_new_connection_tries_again(fake: FakeAsterisk) -> None:
    ami = made(fake.port)

    async def greeter() -> None:
        await call_legs(ami)

    ami.greet(greeter)
    await ami.start()
    refusals: list[Received] = []

    async def refuse_once(peer: Peer, action: Received) -> None:
        refusals.append(action)
        await (refuse if len(refusals) == 1 else list_legs)(peer, action)

    fake.behaviour["CoreShowChannels"] = refuse_once
    fake.drop()
    await fake.got("Login", 3)
    await up(ami)
    assert len(refusals) == 2
    await ami.close()


async def test_the_call_legs_are_listed(link: AmiLink, fake: FakeAsterisk) -> None:
    assert await call_legs(link) == set()
    fake.legs |= {ID, "1700000000.17"}
    assert await call_legs(link) == {ID, "1700000000.17"}


async def test_events_arrive_whole_however_the_stream_is_cut(link: AmiLink, fake: FakeAsterisk) -> None:
    heard: asyncio.Queue[Event] = asyncio.Queue()
    link.listen(heard.put_nowait)
    (peer,) = fake.peers
    event = f"Event: Hangup\r\nUniqueid: {ID}\r\nCause: 17\r\nChanVariable: A=1\r\nChanVariable: B=2\r\n\r\n".encode()
    for cut in range(1, len(event)):
        peer.writer.write(event[:cut])
        for _ in range(3):  # turns of the loop, so that the first piece is read alone
            await asyncio.sleep(0)
        peer.writer.write(event[cut:])
        came = await asyncio.wait_for(heard.get(), 5)
        assert (came["uniqueid"], came["cause"], came["chanvariable"]) == (ID, "17", ["A=1", "B=2"])
    assert heard.empty()


async def test_rubbish_between_events_harms_nothing(link: AmiLink, fake: FakeAsterisk) -> None:
    heard: asyncio.Queue[Event] = asyncio.Queue()
    link.listen(heard.put_nowait)
    (peer,) = fake.peers
    peer.writer.write(b"\xff\xfe\x00 no header\r\n\r\n\r\n\r\nOnly: this\r\n\r\n: \r\n\r\n")
    await fake.hang_up(ID)
    assert (await asyncio.wait_for(heard.get(), 5))["uniqueid"] == ID
    assert link.up


async def test_a_shutdown_of_asterisk_takes_the_link_down_until_it_is_back(link: AmiLink, fake: FakeAsterisk) -> None:
    await fake.event("Shutdown", "Shutdown: Cleanly", "Restart: False")
    await fake.got("Login", 2)
    await up(link)
    assert (await link.action("Ping", {}))["response"] == "Success"


async def test_a_closed_link_stays_closed_and_ends_what_waits(fake: FakeAsterisk) -> None:
    ami = made(fake.port)
    await ami.start()
    fake.behaviour["Originate"] = keep_silent
    waiting = asyncio.create_task(ami.action("Originate", CALL))
    await fake.got("Originate")
    await ami.close()
    with pytest.raises(AsteriskUnsure):
        await asyncio.wait_for(waiting, 5)
    with pytest.raises(AsteriskError, match="link is down"):
        await ami.action("Ping", {})
    assert len(fake.of("Login")) == 1
