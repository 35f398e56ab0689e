"""Drafts: what waits for approval calls nobody, and is launched once, by somebody who may, as it was heard."""

import asyncio
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from announcements.drafts import approve, drafts, find_draft, reject, save_draft, written
from announcements.launch import Draft, Prepared, prepare
from announcements.renderings import needed_renderings
from announcements.staff import Right, Rights, add_staff, find_staff
from store.database import Store
from store.errors import HlasatelError, InputError, SpeechError
from store.staff import Way
from store.states import DraftState, Priority
from store.work import Announcement
from subscribers.audit import Actor, trail
from tests.people import NOW, WAYS, add, announcement, claim_one, deliveries, line, prepare_town, rule
from tests.tones import ToneEngine
from tts.library import Library

OPERATOR = Actor("operator eva", Way.CLI)


@pytest.fixture
async def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "speech", [ToneEngine()])


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    await add(store, "Anna", line(1))
    return store


async def hire(
    store: Store, name: str, *may: Right, topics: tuple[str, ...] = (), up_to: Priority = Priority.NORMAL
) -> Actor:
    async with store.writing() as session:
        rights = Rights(may=may, topics=topics, most_urgent=up_to)
        member = await add_staff(session, name, rights, NOW, phone=None, pin_hash=None)
    return Actor(member.name, Way.PHONE, staff_id=member.id, call_id="call-7")


async def ready(store: Store, library: Library, **draft: object) -> Prepared:
    fields: dict[str, object] = {"rule": await rule(store, "voda"), "text": "Voda neteče.", **draft}
    return await prepare(store, library, Draft(**fields), WAYS, NOW)  # type: ignore[arg-type]


async def drafted(store: Store, library: Library, by: Actor = OPERATOR, **draft: object) -> int:
    prepared = await ready(store, library, **draft)
    async with store.writing() as session:
        return await save_draft(session, prepared, by, NOW)


async def announcements(store: Store) -> int:
    async with store.reading() as session:
        return len((await session.scalars(select(Announcement.id))).all())


async def state(store: Store, draft_id: int) -> DraftState:
    async with store.reading() as session:
        return (await find_draft(session, draft_id)).state


async def acts(store: Store) -> list[tuple[str, str, str, str]]:
    async with store.reading() as session:
        return [(one.who, one.act, one.subject, one.call_id) for one in reversed(await trail(session))]


async def test_a_draft_is_kept_whole_and_calls_nobody(town: Store, library: Library) -> None:
    await add(town, "Jan", line(2), town_part="Studénka", birth_year=1950)
    audience = await rule(town, "voda", town_parts=["Studénka"], age_from=18)
    until = NOW + timedelta(days=1)
    draft_id = await drafted(town, library, rule=audience, priority=Priority.URGENT, not_after=until, title="Voda")
    assert await claim_one(town) is None
    assert await announcements(town) == 0
    async with town.reading() as session:
        (saved,) = await drafts(session)
    assert saved.id == draft_id
    assert written(saved) == Draft(audience, "Voda neteče.", title="Voda", priority=Priority.URGENT, not_after=until)


async def test_an_approved_draft_plays_the_sound_that_was_listened_to(town: Store, library: Library) -> None:
    draft_id = await drafted(town, library)
    async with town.reading() as session:
        saved = await find_draft(session, draft_id)
    announcement_id = await approve(town, library, draft_id, OPERATOR, WAYS, NOW)
    launched = await announcement(town, announcement_id)
    assert (launched.rendering, launched.message_seconds) == (saved.rendering, saved.message_seconds)
    assert [row.address for row in await deliveries(town)] == [line(1)]
    async with town.reading() as session:
        saved = await find_draft(session, draft_id)
        assert await drafts(session) == []
    assert (saved.state, saved.announcement_id, saved.decided_by) == (
        DraftState.APPROVED,
        announcement_id,
        OPERATOR.name,
    )


async def test_two_who_approve_at_once_launch_it_once(town: Store, library: Library) -> None:
    draft_id = await drafted(town, library)
    both = [approve(town, library, draft_id, OPERATOR, WAYS, NOW) for _ in range(2)]
    ended = await asyncio.gather(*both, return_exceptions=True)
    assert {type(one) for one in ended} == {int, InputError}
    assert await announcements(town) == 1


async def test_a_rejected_draft_is_never_launched(town: Store, library: Library) -> None:
    draft_id = await drafted(town, library)
    async with town.writing() as session:
        await reject(session, draft_id, OPERATOR, "Je to jinak.", NOW)
    with pytest.raises(InputError, match="is rejected already, by operator eva"):
        await approve(town, library, draft_id, OPERATOR, WAYS, NOW)
    assert await announcements(town) == 0


@pytest.mark.parametrize(
    ("may", "topics", "up_to", "allowed"),
    [
        ((), (), Priority.NORMAL, False),
        ((Right.DRAFT,), (), Priority.NORMAL, False),
        ((Right.APPROVE,), (), Priority.NORMAL, True),
        ((Right.APPROVE,), ("energie",), Priority.NORMAL, False),
        ((Right.APPROVE,), ("voda",), Priority.NORMAL, True),
        ((Right.LAUNCH,), (), Priority.NORMAL, True),
    ],
)
async def test_who_may_approve(
    town: Store, library: Library, may: tuple[Right, ...], topics: tuple[str, ...], up_to: Priority, *, allowed: bool
) -> None:
    draft_id = await drafted(town, library)
    by = await hire(town, "Jana Nová", *may, topics=topics, up_to=up_to)
    with nullcontext() if allowed else pytest.raises(InputError, match="Jana Nová may not approve"):
        await approve(town, library, draft_id, by, WAYS, NOW)
    assert (await state(town, draft_id) is DraftState.APPROVED) == allowed == (await announcements(town) == 1)


async def test_nobody_approves_what_is_more_urgent_than_they_may_launch(town: Store, library: Library) -> None:
    draft_id = await drafted(town, library, priority=Priority.CRISIS)
    clerk = await hire(town, "Jana Nová", Right.APPROVE, up_to=Priority.URGENT)
    with pytest.raises(InputError, match="may not approve"):
        await approve(town, library, draft_id, clerk, WAYS, NOW)
    officer = await hire(town, "Petr Hlídka", Right.APPROVE, up_to=Priority.CRISIS)
    await approve(town, library, draft_id, officer, WAYS, NOW)


async def test_an_author_does_not_approve_their_own_unless_they_may_launch(town: Store, library: Library) -> None:
    author = await hire(town, "Jana Nová", Right.DRAFT, Right.APPROVE)
    draft_id = await drafted(town, library, author)
    with pytest.raises(InputError, match="somebody else than its author"):
        await approve(town, library, draft_id, author, WAYS, NOW)
    async with town.writing() as session:
        member = await find_staff(session, "jana nova")
        member.rights = Rights(may=(Right.LAUNCH,)).model_dump(mode="json")
    await approve(town, library, draft_id, author, WAYS, NOW)


async def test_an_author_may_take_their_draft_back(town: Store, library: Library) -> None:
    author = await hire(town, "Jana Nová", Right.DRAFT)
    draft_id = await drafted(town, library, author)
    stranger = await hire(town, "Karel Cizí", Right.DRAFT)
    async with town.writing() as session:
        with pytest.raises(InputError, match="may not reject"):
            await reject(session, draft_id, stranger, "ne", NOW)
        await reject(session, draft_id, author, "překlep", NOW)
    assert await state(town, draft_id) is DraftState.REJECTED


@pytest.mark.parametrize("way", [way for way in Way if way is not Way.CLI])
async def test_a_stranger_may_do_nothing(town: Store, library: Library, way: Way) -> None:
    prepared = await ready(town, library)
    async with town.writing() as session:
        for stranger in (Actor("kdosi", way), Actor("kdosi", way, staff_id=999)):
            with pytest.raises(InputError, match="may not draft"):
                await save_draft(session, prepared, stranger, NOW)


async def test_all_of_it_is_in_the_audit_trail_with_the_call(town: Store, library: Library) -> None:
    author = await hire(town, "Jana Nová", Right.LAUNCH)
    first, second = await drafted(town, library, author), await drafted(town, library, author)
    announcement_id = await approve(town, library, first, author, WAYS, NOW)
    async with town.writing() as session:
        await reject(session, second, author, "dvakrát", NOW)
    assert await acts(town) == [
        ("Jana Nová", "drafted", f"draft {first}", "call-7"),
        ("Jana Nová", "drafted", f"draft {second}", "call-7"),
        ("Jana Nová", "launched", f"announcement {announcement_id}", "call-7"),
        ("Jana Nová", "approved", f"draft {first}", "call-7"),
        ("Jana Nová", "rejected", f"draft {second}", "call-7"),
    ]


async def test_the_library_keeps_what_waits_for_approval(town: Store, library: Library) -> None:
    draft_id = await drafted(town, library)
    async with town.reading() as session:
        saved = await find_draft(session, draft_id)
        assert await needed_renderings(session) == {saved.rendering}
    async with town.writing() as session:
        await reject(session, draft_id, OPERATOR, "ne", NOW)
        assert await needed_renderings(session) == set()


async def test_a_draft_gets_the_formats_that_a_trunk_asks_for_since(
    town: Store, library: Library, tmp_path: Path
) -> None:
    draft_id = await drafted(town, library)
    better = Library(tmp_path / "speech", [ToneEngine()], formats=("alaw", "g722"))
    launched = await announcement(town, await approve(town, better, draft_id, OPERATOR, WAYS, NOW))
    assert better.path_of(launched.rendering).with_suffix(".g722").is_file()


async def test_a_draft_whose_sound_is_gone_is_not_launched(town: Store, library: Library) -> None:
    draft_id = await drafted(town, library)
    for file in library.folder.glob("*.*"):
        if file.is_file():
            file.unlink()
    with pytest.raises(SpeechError, match="the rendering is gone"):
        await approve(town, library, draft_id, OPERATOR, WAYS, NOW)
    assert (await announcements(town), await state(town, draft_id)) == (0, DraftState.DRAFTED)


async def test_what_cannot_be_launched_any_more_stays_a_draft(town: Store, library: Library) -> None:
    draft_id = await drafted(town, library, not_after=NOW + timedelta(hours=1))
    with pytest.raises(HlasatelError, match="window ended"):
        await approve(town, library, draft_id, OPERATOR, WAYS, NOW + timedelta(hours=2))
    assert (await announcements(town), await state(town, draft_id)) == (0, DraftState.DRAFTED)
