"""One announcement to a town of very different phones on the real Asterisk pair: what each person does, and what the
report then says of it.
"""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from announcements.report import DeliveryReport, Report
from lab.comparison import differences
from lab.landlines import LandlineCall
from lab.pair import Pair
from store.people import Consent, ConsentAct, Subscriber
from store.states import DeliveryState, Disposition
from tests.acceptance.conftest import Scene, opened_scene
from tests.acceptance.phones import numbers
from tts.audio import alaw_seconds

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALONE = (
    "listens", "silent", "repeats", "confirms", "unsubscribes", "slips", "busy once", "busy", "no answer",
    "unallocated", "congestion", "machine", "hangs up",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Evening:
    """The finished announcement: what we report, and what the phones' own record says."""

    scene: Scene
    report: Report
    calls: list[LandlineCall]

    def of(self, phone: str) -> tuple[DeliveryReport, list[LandlineCall]]:
        (delivery,) = [row for row in self.report.deliveries if row.subscriber == phone]
        return delivery, [call for call in self.calls if call.number in numbers(phone)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def evening(pair: Pair, tmp_path_factory: pytest.TempPathFactory, renderings: Path) -> AsyncIterator[Evening]:
    async with opened_scene(pair, tmp_path_factory.mktemp("evening"), renderings) as scene:
        for phone in ALONE:
            await scene.add(phone, *numbers(phone), topics=("voda", "energie"))
        await scene.add("shared with Pavel", *numbers("shared"))
        await scene.add("shared with Jana", *numbers("shared"))
        await scene.add("second phone", *numbers("second phone"))
        announcement_id = await scene.announce()
        await scene.run()
        called = [number for phone in (*ALONE, "shared", "second phone") for number in numbers(phone)]
        yield Evening(scene, await scene.report(announcement_id), await scene.calls(*called))


async def test_the_report_tells_what_the_phones_tell(evening: Evening) -> None:
    assert differences(evening.report, evening.calls) == []
    totals = evening.report.totals
    assert (totals.people, totals.lines) == (len(ALONE) + 3, len(ALONE) + 2)
    assert totals.delivered + totals.failed == totals.people
    assert totals.attempts == len(evening.calls)


@pytest.mark.parametrize("phone", ["listens", "silent"])
async def test_a_human_who_listens_has_heard_it(evening: Evening, phone: str) -> None:
    delivery, calls = evening.of(phone)
    assert (delivery.state, delivery.confirmed) == (DeliveryState.DELIVERED, False)
    assert len(calls) == len(delivery.attempts) == 1
    assert calls[0].recording is not None
    assert calls[0].recording.stat().st_size > 2 * 8000 * delivery.heard_seconds


async def test_key_1_repeats_and_key_2_confirms(evening: Evening) -> None:
    delivery, calls = evening.of("repeats")
    assert (delivery.state, delivery.confirmed) == (DeliveryState.DELIVERED, True)
    assert calls[0].keys == "12"
    once = evening.of("confirms")[1][0]
    assert _seconds(calls[0]) > _seconds(once) + delivery.heard_seconds


async def test_key_2_confirms(evening: Evening) -> None:
    delivery, calls = evening.of("confirms")
    assert (delivery.state, delivery.confirmed) == (DeliveryState.DELIVERED, True)
    assert calls[0].keys == "2"


async def test_key_9_twice_leaves_the_topic_with_a_consent_record(evening: Evening) -> None:
    delivery, calls = evening.of("unsubscribes")
    assert delivery.state is DeliveryState.DELIVERED
    assert calls[0].keys == "99"
    async with evening.scene.store.reading() as session:
        withdrawn = (await session.scalars(select(Consent).where(Consent.act == ConsentAct.WITHDRAWN))).one()
        person = await session.get_one(Subscriber, withdrawn.subscriber_id)
    assert (person.name, withdrawn.subject) == ("unsubscribes", "voda")
    assert withdrawn.evidence == delivery.attempts[0].id


async def test_who_left_the_topic_is_not_in_the_next_audience(evening: Evening) -> None:
    before = evening.report.totals.people
    assert (await evening.scene.reach("voda")).people == before - 1
    assert (await evening.scene.reach("energie")).people == len(ALONE)


async def test_key_9_once_is_a_slip(evening: Evening) -> None:
    delivery, calls = evening.of("slips")
    assert delivery.state is DeliveryState.DELIVERED
    assert calls[0].keys == "9"


async def test_busy_then_answered(evening: Evening) -> None:
    delivery, calls = evening.of("busy once")
    assert [attempt.disposition for attempt in delivery.attempts] == [Disposition.BUSY, Disposition.ANSWERED]
    assert delivery.state is DeliveryState.DELIVERED
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("phone", "disposition", "cause", "tries"),
    [
        ("busy", Disposition.BUSY, 17, 2),
        ("no answer", Disposition.NO_ANSWER, 19, 2),
        ("congestion", Disposition.CONGESTION, 34, 2),
        ("unallocated", Disposition.INVALID_NUMBER, 1, 1),
    ],
)
async def test_nobody_reached_to_the_end_of_the_budget(
    evening: Evening, phone: str, disposition: Disposition, cause: int, tries: int
) -> None:
    delivery, _ = evening.of(phone)
    assert [(attempt.disposition, attempt.cause) for attempt in delivery.attempts] == [(disposition, cause)] * tries
    assert (delivery.state, delivery.heard_seconds) == (DeliveryState.FAILED, 0)


async def test_a_machine_gets_the_whole_message_and_counts_apart(evening: Evening) -> None:
    delivery, calls = evening.of("machine")
    assert [attempt.disposition for attempt in delivery.attempts] == [Disposition.MACHINE]
    assert (evening.report.totals.machine, delivery.state) == (1, DeliveryState.FAILED)
    message = alaw_seconds(await evening.scene.message_file())
    assert delivery.attempts[0].heard_seconds == pytest.approx(message, abs=1.0)
    assert len(calls) == 1


async def test_an_early_hang_up_has_not_heard_it_and_is_called_once_more(evening: Evening) -> None:
    delivery, calls = evening.of("hangs up")
    assert [attempt.disposition for attempt in delivery.attempts] == [Disposition.ANSWERED] * 2
    assert delivery.state is DeliveryState.FAILED
    assert 0 < delivery.heard_seconds < 4
    assert len(calls) == 2


async def test_two_people_on_one_line_are_rung_once(evening: Evening) -> None:
    rows = [row for row in evening.report.deliveries if row.subscriber.startswith("shared")]
    assert [(row.state, row.confirmed) for row in rows] == [(DeliveryState.DELIVERED, True)] * 2
    assert rows[0].attempts == rows[1].attempts
    assert len([call for call in evening.calls if call.number in numbers("shared")]) == 1


async def test_the_second_phone_is_rung_when_the_first_is_not_answered(evening: Evening) -> None:
    delivery, calls = evening.of("second phone")
    assert [attempt.phone for attempt in delivery.attempts] == numbers("second phone")
    assert delivery.state is DeliveryState.DELIVERED
    assert [call.number for call in calls] == numbers("second phone")


def _seconds(call: LandlineCall) -> float:
    assert call.answered_at is not None
    return (call.ended_at - call.answered_at).total_seconds()
