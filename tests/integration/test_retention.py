"""What callers left behind ends after its time on both stores, and what a clerk still has to hear never does."""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.settings import HotlineSettings
from service import sweeping
from service.retention import Forgotten, Retention
from service.sweeping import Sweeper
from store.callers import Callback, Proposal, ProposalKind, Purpose, RegistrationRequest, RequestReason
from store.database import Store
from store.inbound import CallEnding, InboundCall, VoiceMessage
from store.states import CallbackState, ProposalState, RequestState
from tests.deadline import until
from tests.people import NOW
from tests.tones import ToneEngine
from tts.library import Library

KEPT_DAYS, CALL_DAYS = 30, 365
NUMBER = "+420556415001"


def call_id(number: int) -> str:
    return f"{number:032x}"


def recorded(folder: Path, number: int, *, days_ago: float) -> str:
    """The file of a recording of so long ago; its name."""
    file = folder / f"{call_id(number)}-1.wav"
    file.write_bytes(b"RIFF")
    moment = (NOW - timedelta(days=days_ago)).timestamp()
    os.utime(file, (moment, moment))
    return file.name


def call(number: int, *, days_ago: float) -> InboundCall:
    began = NOW - timedelta(days=days_ago)
    ended = began + timedelta(minutes=2)
    return InboundCall(
        id=call_id(number), number=NUMBER, started_at=began, ended_at=ended, ending=CallEnding.GOODBYE, last_prompt=""
    )


def request(number: int, recording: str, state: RequestState, *, closed_days_ago: float | None) -> RegistrationRequest:
    return RegistrationRequest(
        state=state,
        reason=RequestReason.STUCK,
        number=NUMBER,
        call_id=call_id(number),
        recording=recording,
        told={},
        created_at=NOW - timedelta(days=400),
        closed_at=None if closed_days_ago is None else NOW - timedelta(days=closed_days_ago),
    )


def message(number: int, file: str, *, done_days_ago: float | None) -> VoiceMessage:
    return VoiceMessage(
        call_id=call_id(number),
        recorded_at=NOW - timedelta(days=400),
        seconds=4.0,
        file=file,
        done_at=None if done_days_ago is None else NOW - timedelta(days=done_days_ago),
    )


def proposal(number: int, recording: str, state: ProposalState) -> Proposal:
    return Proposal(
        kind=ProposalKind.REGISTER,
        state=state,
        number=NUMBER,
        content={"person": {}, "recording": recording},
        wording="cs-1",
        call_id=call_id(number),
        created_at=NOW - timedelta(days=400),
    )


def call_back(ended_at: datetime | None) -> Callback:
    return Callback(
        number=NUMBER,
        purpose=Purpose.MENU,
        state=CallbackState.QUEUED if ended_at is None else CallbackState.DONE,
        call_id=call_id(1),
        created_at=NOW - timedelta(days=400),
        due_at=NOW - timedelta(days=400),
        expires_at=NOW,
        ended_at=ended_at,
    )


async def keep(store: Store, *rows: object) -> None:
    async with store.writing() as session:
        session.add_all(rows)


async def swept(store: Store, folder: Path, now: datetime = NOW) -> Forgotten:
    return await retention(store, folder).sweep(now)


def retention(store: Store, folder: Path) -> Retention:
    settings = HotlineSettings(recordings=folder, recordings_days=KEPT_DAYS, calls_days=CALL_DAYS)
    return Retention.of(store, settings)


def left(folder: Path) -> Sequence[str]:
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("store.db"))


async def test_the_record_of_a_call_ends_after_its_days(store: Store, tmp_path: Path) -> None:
    await keep(store, call(1, days_ago=CALL_DAYS + 0.1), call(2, days_ago=CALL_DAYS - 0.1), call(3, days_ago=0))
    assert (await swept(store, tmp_path)).calls == 1
    async with store.reading() as session:
        assert sorted(await session.scalars(select(InboundCall.id))) == [call_id(2), call_id(3)]
    assert (await swept(store, tmp_path)).calls == 0


async def test_whose_message_waits_for_a_clerk_keeps_its_call_with_the_number(store: Store, tmp_path: Path) -> None:
    await keep(
        store,
        *(call(number, days_ago=CALL_DAYS + 1) for number in (1, 2)),
        message(1, recorded(tmp_path, 1, days_ago=400), done_days_ago=None),
        message(2, recorded(tmp_path, 2, days_ago=400), done_days_ago=1),
    )
    assert (await swept(store, tmp_path)).calls == 1
    async with store.reading() as session:
        assert list(await session.scalars(select(InboundCall.id))) == [call_id(1)]


async def test_what_waits_for_a_clerk_is_never_removed(store: Store, tmp_path: Path) -> None:
    waits = [recorded(tmp_path, number, days_ago=4000) for number in range(3)]
    await keep(
        store,
        request(0, waits[0], RequestState.OPEN, closed_days_ago=None),
        message(1, waits[1], done_days_ago=None),
        proposal(2, waits[2], ProposalState.WAITING),
    )
    assert await swept(store, tmp_path, NOW + timedelta(days=4000)) == Forgotten(0, 0)
    assert left(tmp_path) == sorted(waits)
    async with store.reading() as session:
        assert (await session.scalars(select(RegistrationRequest.recording))).one() == waits[0]
        assert (await session.scalars(select(VoiceMessage.file))).one() == waits[1]


@pytest.mark.parametrize("state", [RequestState.COMPLETED, RequestState.REJECTED])
async def test_what_a_clerk_has_dealt_with_goes_when_its_days_are_over(
    store: Store, tmp_path: Path, state: RequestState
) -> None:
    """Counted from when it was dealt with, however old the recording is."""
    files = [recorded(tmp_path, number, days_ago=400) for number in range(4)]
    await keep(
        store,
        request(0, files[0], state, closed_days_ago=KEPT_DAYS + 0.1),
        request(1, files[1], state, closed_days_ago=KEPT_DAYS - 0.1),
        message(2, files[2], done_days_ago=KEPT_DAYS + 0.1),
        message(3, files[3], done_days_ago=KEPT_DAYS - 0.1),
    )
    assert await swept(store, tmp_path) == Forgotten(0, 2)
    assert left(tmp_path) == [files[1], files[3]]
    async with store.reading() as session:
        requests = await session.scalars(select(RegistrationRequest.recording).order_by(RegistrationRequest.id))
        assert list(requests) == [None, files[1]]  # the request itself stays, as the trail of what was asked
        assert list(await session.scalars(select(VoiceMessage.file))) == [files[3]]


async def test_what_was_asked_for_ends_with_the_record_of_its_call(store: Store, tmp_path: Path) -> None:
    over, still_kept = (NOW - timedelta(days=days) for days in (CALL_DAYS + 1, CALL_DAYS - 1))
    for ended_at in (over, still_kept, None):
        asked = proposal(1, "", ProposalState.WAITING if ended_at is None else ProposalState.REFUSED)
        asked.ended_at = ended_at
        await keep(store, asked, call_back(ended_at))
    await keep(
        store,
        request(1, "", RequestState.REJECTED, closed_days_ago=CALL_DAYS + 1),
        request(2, "", RequestState.REJECTED, closed_days_ago=CALL_DAYS - 1),
        request(3, "", RequestState.OPEN, closed_days_ago=None),
    )
    await swept(store, tmp_path)
    async with store.reading() as session:
        for kind in (Proposal, Callback):
            assert set(await session.scalars(select(kind.ended_at))) == {still_kept, None}
        requests = await session.scalars(select(RegistrationRequest.call_id).order_by(RegistrationRequest.id))
        assert list(requests) == [call_id(2), call_id(3)]


async def test_recordings_that_came_to_nothing_go_and_other_peoples_files_stay(store: Store, tmp_path: Path) -> None:
    refused, fresh = recorded(tmp_path, 1, days_ago=KEPT_DAYS + 1), recorded(tmp_path, 2, days_ago=KEPT_DAYS - 1)
    recorded(tmp_path, 3, days_ago=KEPT_DAYS + 1)  # too short to be anything, so no row has ever named it
    await keep(store, proposal(1, refused, ProposalState.REFUSED))
    for name in ("hudba.wav", "poznamky.txt", f"{call_id(4)}-1.mp3"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    assert await swept(store, tmp_path) == Forgotten(0, 2)
    assert left(tmp_path) == sorted([fresh, "hudba.wav", "poznamky.txt", f"{call_id(4)}-1.mp3"])


async def test_a_folder_that_is_not_there_hinders_nothing(store: Store, tmp_path: Path) -> None:
    await keep(store, call(1, days_ago=CALL_DAYS + 1))
    assert await swept(store, tmp_path / "neni") == Forgotten(1, 0)


async def test_a_running_service_does_it_also_when_the_library_cannot_be_swept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_arguments: object) -> None:
        raise OSError("the disk of the library is away")

    monkeypatch.setattr(sweeping, "sweep_library", away)
    await keep(store, call(1, days_ago=CALL_DAYS + 1))
    library = Library(tmp_path / "library", [ToneEngine()])
    running = asyncio.create_task(Sweeper(library, store, [], 1, 7, retention(store, tmp_path)).run(lambda: NOW))

    async def gone() -> bool:
        async with store.reading() as session:
            return not list(await session.scalars(select(InboundCall.id)))

    await until(gone)
    running.cancel()
