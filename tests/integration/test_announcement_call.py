"""The outbound announcement call: what is said, which keys do what, what is recorded, and who is turned away."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from announcements.claim import Claimed
from announcements.hearing import Hearings
from announcements.scripts import Scripts
from ivr.announcement import MOST_TIMES, AnnouncementCall
from ivr.server import AgiServer
from store.database import Store
from store.people import Consent, ConsentAct, ConsentWay, SubscriberTopic
from store.staff import Audit, Way
from store.states import DeliveryState, Disposition
from subscribers.phones import mask
from tests.fake_agi import Caller, calling
from tests.people import NOW, add, announce, attempt, deliveries, end, line, prepare_town, start

PROMPTS = {
    name: f"/sounds/{name}"
    for name in ("greeting", "menu", "confirm_refusal", "refused", "not_refused", "confirmed", "goodbye")
}
DONE = "SET VARIABLE HLASATEL_DONE yes"
QUIET = ["menu", "silence", "menu", "silence", "goodbye"]


@dataclass
class Line:
    """A call that has just been answered, and everything around it."""

    store: Store
    server: AgiServer
    port: int
    scripts: Scripts
    claimed: Claimed
    people: list[int]

    async def call(self, presses: dict[str, list[str]] | None = None) -> Caller:
        async with calling(self.port, self.claimed.attempt_id, self.claimed.token) as caller:
            await caller.live(presses)
            return caller

    async def heard(self) -> tuple[float, bool, bool]:
        """Seconds, confirmed, and whether anything was recorded."""
        row = await attempt(self.store, self.claimed.attempt_id)
        return row.heard_seconds, row.confirmed, row.answered_at is not None

    async def consents(self) -> list[Consent]:
        async with self.store.reading() as session:
            withdrawn = select(Consent).where(Consent.act == ConsentAct.WITHDRAWN).order_by(Consent.subscriber_id)
            return list(await session.scalars(withdrawn))

    async def audit(self) -> list[Audit]:
        async with self.store.reading() as session:
            return list(await session.scalars(select(Audit)))

    async def refused(self) -> set[tuple[int, str]]:
        async with self.store.reading() as session:
            rows = await session.scalars(select(SubscriberTopic).where(SubscriberTopic.refused.is_(True)))
            return {(row.subscriber_id, row.topic) for row in rows}


@pytest.fixture
async def up(store: Store) -> AsyncIterator[Line]:
    await prepare_town(store)
    people = [await add(store, "Marie", line(1)), await add(store, "Josef", line(1), packages=("2",))]
    await announce(store)
    scripts = Scripts()
    handler = AnnouncementCall(
        PROMPTS, lambda _: Path("/sounds/message"), "/sounds/silence", lambda: NOW, Hearings(store, scripts)
    )
    server = AgiServer({"announcement": handler.handle})
    port = await server.start("127.0.0.1", 0)
    yield Line(store, server, port, scripts, await start(store), people)
    await server.stop()


async def test_who_only_listens_hears_all_and_the_menu_twice(up: Line) -> None:
    caller = await up.call()
    assert caller.sounds == ["greeting", "message", *QUIET]
    assert caller.commands[-1] == DONE
    assert await up.heard() == (20.0, False, True)
    await end(up.store, up.claimed, Disposition.ANSWERED)
    assert (await deliveries(up.store))[0].state is DeliveryState.DELIVERED


@pytest.mark.parametrize("sound", ["message", "menu", "silence"])
async def test_key_two_confirms_whenever_it_is_pressed(up: Line, sound: str) -> None:
    caller = await up.call({sound: ["2"]})
    assert caller.sounds[-1] == "confirmed"
    assert caller.commands[-1] == DONE
    assert await up.heard() == (5.0 if sound == "message" else 20.0, True, True)


async def test_key_one_repeats_the_message_but_not_for_ever(up: Line) -> None:
    caller = await up.call({"menu": ["1"] * 20})
    assert caller.sounds.count("message") == MOST_TIMES
    assert caller.sounds[-1] == "goodbye"
    assert await up.heard() == (20.0, False, True)


async def test_a_key_counts_though_it_comes_in_the_last_repeat(up: Line) -> None:
    caller = await up.call({"message": ["1"] * (MOST_TIMES - 1) + ["2"]})
    assert caller.sounds == ["greeting", *["message"] * MOST_TIMES, "confirmed"]
    assert await up.heard() == (5.0, True, True)


async def test_a_key_during_the_greeting_only_skips_it(up: Line) -> None:
    caller = await up.call({"greeting": ["9"]})
    assert caller.sounds == ["greeting", "message", *QUIET]
    assert await up.heard() == (20.0, False, True)
    assert not await up.consents()


@pytest.mark.parametrize("second", ["confirm_refusal", "silence"])
async def test_nine_and_nine_refuses_for_all_on_the_line_with_a_consent_record(up: Line, second: str) -> None:
    caller = await up.call({"message": ["9"], second: ["9"]})
    assert caller.sounds[-1] == "refused"
    assert caller.commands[-1] == DONE
    assert await up.refused() == {(person, "voda") for person in up.people}
    assert [(one.subscriber_id, one.way, one.subject, one.evidence) for one in await up.consents()] == [
        (person, ConsentWay.PHONE, "voda", up.claimed.attempt_id) for person in up.people
    ]
    (entry,) = await up.audit()
    assert (entry.act, entry.call_id, entry.details) == (
        *("topics refused", up.claimed.attempt_id, "wording call-1: voda"),
    )
    assert (entry.way, entry.subject, entry.who) == (Way.PHONE, "announcement 1", mask(line(1)))


@pytest.mark.parametrize(("presses", "last"), [({}, "silence"), ({"confirm_refusal": ["1"]}, "confirm_refusal")])
async def test_nine_alone_refuses_nothing(up: Line, presses: dict[str, list[str]], last: str) -> None:
    caller = await up.call({"menu": ["9"], **presses})
    assert caller.sounds[-2:] == [last, "not_refused"]
    assert not await up.refused()
    assert not await up.consents()
    assert not await up.audit()


async def test_who_hangs_up_in_mid_message_has_heard_so_much(up: Line) -> None:
    async with calling(up.port, up.claimed.attempt_id, up.claimed.token) as caller:
        await caller.until_sound("message")
        caller.hang_up(7.5)
        assert await caller.live() == ["greeting", "message"]
    assert await up.heard() == (7.5, False, True)
    assert DONE not in caller.commands


async def test_the_most_that_was_heard_counts_not_the_last(up: Line) -> None:
    async with calling(up.port, up.claimed.attempt_id, up.claimed.token) as caller:
        await caller.until_sound("menu")
        caller.played(1.0, "1")
        await caller.until_sound("message")
        caller.hang_up(3.0)
        await caller.live()
    assert await up.heard() == (20.0, False, True)


async def test_who_hangs_up_after_the_second_nine_has_refused(up: Line) -> None:
    async with calling(up.port, up.claimed.attempt_id, up.claimed.token) as caller:
        await caller.until_sound("refused", {"message": ["9"], "confirm_refusal": ["9"]})
        caller.hang_up(0.5)
        await caller.live()
    assert len(await up.consents()) == 2
    assert DONE not in caller.commands


async def test_when_asterisk_goes_away_what_was_heard_until_then_is_kept(up: Line) -> None:
    async with calling(up.port, up.claimed.attempt_id, up.claimed.token) as caller:
        await caller.until_sound("menu")
    await up.server.stop(drain_seconds=5)
    assert await up.heard() == (20.0, False, True)


async def test_a_service_that_stops_in_mid_call_records_and_leaves_the_rest_to_the_dialplan(up: Line) -> None:
    async with calling(up.port, up.claimed.attempt_id, up.claimed.token) as caller:
        await caller.until_sound("menu")
        await up.server.stop()
        assert await caller.command() == ""
    assert await up.heard() == (20.0, False, True)
    assert DONE not in caller.commands


async def test_a_stranger_hears_nothing_and_changes_nothing(up: Line) -> None:
    known, token = up.claimed.attempt_id, up.claimed.token
    strangers = [(known, "0" * 32), (known, ""), ("f" * 32, token), ("", token), ("řeč' OR 1=1", token), (known,), ()]
    for arguments in strangers:
        async with calling(up.port, *arguments) as caller:
            assert await caller.live() == [], arguments
        assert caller.commands == []
    assert await up.heard() == (0.0, False, False)


async def test_an_attempt_that_has_ended_hears_nothing_and_stays_as_it_is(up: Line) -> None:
    await end(up.store, up.claimed, Disposition.BUSY)
    assert (await up.call({"message": ["2"]})).commands == []
    assert await up.heard() == (0.0, False, False)
