"""Launch: bad drafts are refused before anything changes, good ones are written whole."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from announcements.audience import AudienceRule
from announcements.launch import USUAL_PLAN, Draft, check_draft, launch, prepare
from announcements.reach import count_reach
from announcements.ways import Ways
from store.database import Store
from store.errors import HlasatelError, InputError, SpeechError
from store.states import AnnouncementState, Channel, DeliveryState, Priority
from store.work import Announcement, AnnouncementTopic, Delivery
from tests.people import (
    NOW,
    RENDERING,
    WAYS,
    add,
    announce,
    announcement,
    deliveries,
    leave,
    line,
    prepare_town,
    prepared,
    rule,
)
from tts.library import Library

WATER = AudienceRule(topics=("voda",))


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def announcements_in(store: Store) -> int:
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(Announcement)) or 0


async def test_each_line_is_one_delivery_with_all_its_people(town: Store) -> None:
    marie = await add(town, "Marie", line(2))
    josef = await add(town, "Josef", line(2))
    anna = await add(town, "Anna", line(1), line(9))
    await add(town, "Sport", line(3), topics=("sport",))
    launched = await announce(town, priority=Priority.URGENT)
    rows = await deliveries(town)
    assert [(row.address, [one.subscriber_id for one in row.recipients]) for row in rows] == [
        (line(1), [anna]),
        (line(2), [marie, josef]),
    ]
    assert {(row.announcement_id, row.channel, row.priority, row.state, row.due_at, row.ended_at) for row in rows} == {
        (launched, Channel.VOICE, Priority.URGENT, DeliveryState.QUEUED, NOW, None)
    }
    assert {(row.heard_seconds, row.confirmed) for row in rows} == {(0.0, False)}


async def test_the_announcement_keeps_all_that_was_written(town: Store) -> None:
    await add(town, "Jan", line(1))
    audience = await rule(town, "voda", streets=(), language="cs")
    end = NOW + timedelta(hours=3)
    row = await announcement(town, await announce(town, audience, title="Odstávka", not_after=end))
    assert (row.title, row.text, row.state, row.created_at) == (
        "Odstávka",
        "Voda neteče.",
        AnnouncementState.RUNNING,
        NOW,
    )
    assert (row.rendering, row.message_seconds, row.not_before, row.not_after) == (RENDERING, 20.0, None, end)
    assert AudienceRule.model_validate(row.audience) == audience
    async with town.reading() as session:
        assert (await session.scalars(select(AnnouncementTopic.topic))).all() == ["voda"]


async def test_one_with_a_later_start_is_scheduled_for_it(town: Store) -> None:
    await add(town, "Jan", line(1))
    later = NOW + timedelta(hours=1)
    row = await announcement(town, await announce(town, not_before=later))
    assert (row.state, (await deliveries(town))[0].due_at) == (AnnouncementState.SCHEDULED, later)


async def test_one_whose_start_has_passed_runs_now(town: Store) -> None:
    await add(town, "Jan", line(1))
    row = await announcement(town, await announce(town, not_before=NOW - timedelta(hours=1)))
    assert (row.state, (await deliveries(town))[0].due_at) == (AnnouncementState.RUNNING, NOW)


async def test_without_a_title_the_first_words_are_one(town: Store) -> None:
    await add(town, "Jan", line(1))
    titles = {
        "Voda\n  neteče.": "Voda neteče.",
        "slovo " * 20: "slovo slovo slovo slovo slovo slovo slovo slovo slovo…",
        "x" * 80: "x" * 59 + "…",
    }
    for words, title in titles.items():
        assert (await announcement(town, await announce(town, text=words))).title == title
    recording = await announce(town, text=None, audio=Path("/somewhere/starosta.wav"))
    assert (await announcement(town, recording)).title == "starosta"


async def test_a_failure_in_the_middle_writes_nothing(town: Store) -> None:
    await add(town, "Jan", line(1))
    ready = await prepared(town)
    async with town.writing() as session:
        await session.execute(text("ALTER TABLE recipients RENAME TO away"))
    with pytest.raises((DBAPIError, HlasatelError)):
        await launch(town, ready, NOW)
    async with town.writing() as session:
        await session.execute(text("ALTER TABLE away RENAME TO recipients"))
    assert await announcements_in(town) == 0
    assert await deliveries(town) == []
    await launch(town, ready, NOW)
    assert len(await deliveries(town)) == 1


async def test_two_launches_are_two_announcements_with_deliveries_of_their_own(town: Store) -> None:
    await add(town, "Jan", line(1))
    ready = await prepared(town)
    first, second = await launch(town, ready, NOW), await launch(town, ready, NOW)
    assert [row.announcement_id for row in await deliveries(town)] == [first, second]


async def test_where_everybody_left_since_the_count_nothing_is_written(town: Store) -> None:
    jan = await add(town, "Jan", line(1))
    ready = await prepared(town)
    await leave(town, jan)
    with pytest.raises(InputError, match="no audience"):
        await launch(town, ready, NOW)
    assert await announcements_in(town) == 0


async def test_the_reach_counts_people_lines_and_who_has_none(town: Store) -> None:
    await add(town, "Marie", line(1))
    await add(town, "Josef", line(1))
    await add(town, "Anna", line(2))
    await add(town, "Mail", email="mail@example.cz")
    async with town.reading() as session:
        reach = await count_reach(session, WATER, USUAL_PLAN, WAYS, NOW)
    assert (reach.people, reach.lines, reach.without_line) == (3, 2, 1)


GOOD = Draft(rule=WATER, text="Voda neteče.")


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        (replace(GOOD, text=None), "either a text or a recording"),
        (replace(GOOD, audio=Path("a.wav")), "either a text or a recording"),
        (replace(GOOD, text="  \n"), "text is empty"),
        (replace(GOOD, text="slovo " * 4000), "24000 letters"),
        (replace(GOOD, title="a\r\nAction: Originate"), "title has control characters"),
        (replace(GOOD, title="x" * 201), "over 200 letters"),
        (replace(GOOD, not_after=NOW), "window ended already"),
        (replace(GOOD, not_before=NOW + timedelta(hours=2), not_after=NOW + timedelta(hours=1)), "before it begins"),
    ],
)
def test_a_bad_draft_is_refused(draft: Draft, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_draft(draft, WAYS, NOW)


def test_without_a_trunk_there_is_no_way_out() -> None:
    with pytest.raises(InputError, match="no trunk"):
        check_draft(GOOD, Ways(), NOW)


async def test_to_prepare_changes_nothing_and_names_what_is_missing(town: Store, tmp_path: Path) -> None:
    library = Library(tmp_path / "renderings", engines=[])
    with pytest.raises(InputError, match="no audience: 0 subscriber"):
        await prepare(town, library, GOOD, WAYS, NOW)
    await add(town, "Mail", email="mail@example.cz")
    with pytest.raises(InputError, match="no audience: 1 subscriber"):
        await prepare(town, library, GOOD, WAYS, NOW)
    await add(town, "Jan", line(1))
    with pytest.raises(SpeechError, match="no engine"):
        await prepare(town, library, GOOD, WAYS, NOW)
    assert await announcements_in(town) == 0
    async with town.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 0
