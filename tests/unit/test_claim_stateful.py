"""Whatever is launched, claimed, ended, paused, stopped, switched off or left, in any order: who is called next.

The clock is virtual, the store a small SQLite database, copied from a prepared one for every run; ``tests.turn`` tells
anew at each claim whose turn it is.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event

from announcements.claim import Claimed, Terms, claim
from announcements.control import pause, resume, stop
from announcements.decision import OutcomeRules
from announcements.due import Wish
from announcements.money import Budget, Tariff
from announcements.outcome import Ending, end_attempts
from announcements.retry import RetryPolicy
from announcements.switches import ALL, switch_off, switch_on
from announcements.ways import Ways
from store.database import Store
from store.errors import InputError
from store.states import FINAL_DELIVERY_STATES, DeliveryState, Disposition, Priority
from store.work import Delivery
from tests.people import MESSAGE_SECONDS, NOW, announce, leave
from tests.turn import CALENDAR, CAPS, PEOPLE, PRAGUE, PRICE, TRUNKS, Rows, check_sound, is_open, prepare

MINUTE = timedelta(minutes=1)
# In the morning, ten minutes before the window closes, and half an hour after that.
BEGINNINGS = [NOW, NOW + timedelta(hours=11, minutes=20), NOW + timedelta(hours=12)]
RULES = OutcomeRules(
    RetryPolicy(busy_seconds=10, no_answer_seconds=(20, 60), failed_seconds=15, not_heard_seconds=30),
    heard_share=0.8,
    ways=Ways(voice=("+420",)),
    calendar=CALENDAR,
)
Draft = tuple[Priority, int | None, int]
Call = tuple[str, Disposition, float, int]
# Its priority, how long it lasts and how long it waits before it begins, seconds.
DRAFTS = st.tuples(st.sampled_from(Priority), st.sampled_from([None, 300, 3 * 3600]), st.sampled_from([0, 0, 60]))
# The part of them that is tried again comes oftener.
DISPOSITIONS = st.one_of(st.sampled_from([Disposition.ANSWERED, Disposition.BUSY]), st.sampled_from(Disposition))
SPOKEN = (Disposition.ANSWERED, Disposition.MACHINE)
HEARD = st.sampled_from([0.0, MESSAGE_SECONDS])
TRUNK = st.sampled_from(sorted(TRUNKS))
CALLS = st.tuples(TRUNK, DISPOSITIONS, HEARD, st.integers(0, 40))
Answer = TypeVar("Answer")


def trust_the_machine(connection: Any, _record: Any) -> None:
    """No waiting for the disk: thousands of commits, and none that has to outlive the machine."""
    connection.execute("PRAGMA synchronous=OFF").close()


class Town(RuleBasedStateMachine):
    launched = Bundle("launched")
    up = Bundle("up")
    over = Bundle("over")

    def __init__(self, prepared: Path) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=prepared.parent))
        shutil.copy(prepared, self.folder)
        self.runner = asyncio.Runner()
        self.store = Store(f"sqlite:///{self.folder / prepared.name}")
        event.listen(self.store.engine.sync_engine, "connect", trust_the_machine)
        self.launches = 0
        self._rows: Rows | None = None
        self.final: dict[int, DeliveryState] = {}

    def teardown(self) -> None:
        self.do(self.store.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    def do(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        self._rows = None
        return self.runner.run(work)

    @property
    def rows(self) -> Rows:
        """As they are now; read anew only after something was done."""
        if self._rows is None:
            self._rows = self.runner.run(Rows.of(self.store))
        return self._rows

    @initialize(target=launched, first=DRAFTS, second=DRAFTS, now=st.sampled_from(BEGINNINGS), firm=st.booleans())
    def begin(self, first: Draft, second: Draft, now: datetime, firm: bool) -> MultipleResults[int]:
        """``firm``: at its cap, where the other trunk soon is, it does not even call in a crisis."""
        self.now = now
        budgets = {trunk: Budget(Tariff(per_call=PRICE), calls * PRICE, PRAGUE) for trunk, calls in CAPS.items()}
        self.terms = {trunk: Terms(CALENDAR, budget, cap_stops_crisis=firm) for trunk, budget in budgets.items()}
        return multiple(self.launch(*first), self.launch(*second))

    @precondition(lambda self: self.launches < 4)
    @rule(target=launched, draft=DRAFTS)
    def launch_another(self, draft: Draft) -> int:
        return self.launch(*draft)

    def launch(self, priority: Priority, lasts: int | None, waits: int) -> int:
        self.launches += 1
        not_before = self.now + timedelta(seconds=waits) if waits else None
        not_after = None if lasts is None else self.now + timedelta(seconds=lasts)
        return self.do(
            announce(self.store, now=self.now, priority=priority, not_before=not_before, not_after=not_after)
        )

    @rule(calls=st.lists(CALLS, min_size=2, max_size=6))
    def go_on_for_a_while(self, calls: Sequence[Call]) -> None:
        """One call after another, each as soon as something is due, and seen to its end."""
        for trunk, disposition, heard, seconds in calls:
            waiting = [row.due_at for row in self.rows.deliveries if row.state is DeliveryState.QUEUED]
            self.now = max(self.now, min(waiting, default=self.now))
            if (claimed := self.claim_next(trunk)) is not None:
                self.end(claimed, disposition, heard, seconds)

    @rule(target=up, trunk=TRUNK, count=st.integers(1, 3))
    def have_several_up(self, trunk: str, count: int) -> MultipleResults[Claimed]:
        return multiple(*(claimed for _ in range(count) if (claimed := self.claim_next(trunk)) is not None))

    def claim_next(self, trunk: str) -> Claimed | None:
        """The most urgent and oldest of those that may go does; who may not is put off no longer than needed."""
        before = self.rows
        first = before.next(trunk, self.terms[trunk], self.now)[:1]
        claimed = self.do(claim(self.store, Wish(trunk, TRUNKS[trunk]), self.terms[trunk], self.now))
        assert [(one.address, one.priority, one.due_at) for one in claimed] == [
            (row.address, row.priority, row.due_at) for row in first
        ]
        after = self.rows
        begun = {one.id for one in after.attempts} - {one.id for one in before.attempts}
        assert begun == {one.attempt_id for one in claimed}
        for old, new in zip(before.deliveries, after.deliveries, strict=True):
            self._lost_no_chance(before, old, new)
        return claimed[0] if claimed else None

    def _lost_no_chance(self, rows: Rows, old: Delivery, new: Delivery) -> None:
        """Put off, or expired: there was no minute up to then when it could have gone."""
        until = new.due_at if new.due_at != old.due_at else None
        if old.state is not new.state is DeliveryState.EXPIRED:
            until = rows.announcements[new.announcement_id].not_after
            assert until is not None
        elif until is not None:
            assert rows.may_ring(old, until)
            assert is_open(old.priority, self.now)  # where it is closed the queue keeps its place
        minutes = 0 if until is None else int((until - self.now) / MINUTE)
        assert not any(rows.may_ring(old, self.now + minute * MINUTE) for minute in range(minutes))

    @rule(target=over, claimed=consumes(up), disposition=DISPOSITIONS, heard=HEARD, seconds=st.integers(0, 40))
    def end(self, claimed: Claimed, disposition: Disposition, heard: float, seconds: int) -> Claimed:
        self.now += timedelta(seconds=seconds)
        spoken = disposition in SPOKEN
        ending = Ending(
            disposition,
            self.now,
            answered_at=self.now if spoken else None,
            played_seconds=heard if spoken else 0.0,
            price=PRICE if spoken else Decimal(0),
        )
        assert self._end(claimed, ending) == {claimed.attempt_id}
        if disposition is Disposition.WITHDRAWN:
            self._is_at_its_old_place(claimed)
        return claimed

    def _is_at_its_old_place(self, claimed: Claimed) -> None:
        (row,) = [row for row in self.rows.deliveries if claimed.attempt_id in {one.id for one in row.attempts}]
        assert row.state is not DeliveryState.QUEUED or (row.address, row.due_at) == (claimed.address, claimed.due_at)

    @rule(claimed=over, disposition=DISPOSITIONS)
    def end_again(self, claimed: Claimed, disposition: Disposition) -> None:
        assert self._end(claimed, Ending(disposition, self.now, played_seconds=MESSAGE_SECONDS)) == set()

    def _end(self, claimed: Claimed, ending: Ending) -> set[str]:
        async def end() -> set[str]:
            async with self.store.writing() as session:
                return await end_attempts(session, {claimed.attempt_id: ending}, RULES)

        return self.do(end())

    @rule(seconds=st.sampled_from([1, 60, 600, 3600, 6 * 3600]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(announcement_id=launched, what=st.sampled_from([pause, resume, stop]))
    def control(self, announcement_id: int, what: Any) -> None:
        async def do() -> None:
            async with self.store.writing() as session:
                await what(session, announcement_id, *([] if what is pause else [self.now]))

        with contextlib.suppress(InputError):  # it is so already, or over
            self.do(do())

    @rule(trunk=st.sampled_from([*TRUNKS, ALL]), off=st.booleans())
    def switch(self, trunk: str, off: bool) -> None:
        async def do() -> None:
            async with self.store.writing() as session:
                await (switch_off(session, trunk, self.now) if off else switch_on(session, trunk))

        with contextlib.suppress(InputError):  # all are off
            self.do(do())

    @rule(person=st.integers(1, len(PEOPLE) - 1))
    def somebody_leaves(self, person: int) -> None:
        with contextlib.suppress(InputError):  # they have left already
            self.do(leave(self.store, person))

    @invariant()
    def the_store_is_as_it_must_be(self) -> None:
        check_sound(self.rows)
        for row in self.rows.deliveries:
            assert self.final.get(row.id, row.state) is row.state
            if row.state in FINAL_DELIVERY_STATES:
                self.final[row.id] = row.state


def test_the_claim_keeps_its_rules_whatever_happens(tmp_path: Path) -> None:
    asyncio.run(prepare(tmp_path / "store.db"))
    run_state_machine_as_test(
        cast("type[RuleBasedStateMachine]", partial(Town, tmp_path / "store.db")),
        settings=settings(
            max_examples=40,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
