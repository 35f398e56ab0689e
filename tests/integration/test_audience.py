"""Whom an announcement concerns, and on which line, in a small town."""

from typing import Any

import pytest
from sqlalchemy import select

from announcements.audience import AudienceRule, build_rule, concerned
from announcements.plan import Plan
from announcements.reach import reached
from announcements.ways import Ways
from store.database import Store
from store.errors import InputError, UnknownName
from store.people import Subscriber
from store.states import Channel
from tests.people import NOW, PREFIXES, add, leave, line, prepare_town, refuse, rule


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def whom(store: Store, audience: AudienceRule) -> set[str]:
    async with store.reading() as session:
        return set(await session.scalars(select(Subscriber.name).where(Subscriber.id.in_(concerned(audience, NOW)))))


async def rung(store: Store, audience: AudienceRule, prefixes: tuple[str, ...] = PREFIXES) -> dict[str, str]:
    """Name → number."""
    async with store.reading() as session:
        found = reached(audience, Plan(), Ways(voice=prefixes), NOW).subquery()
        rows = await session.execute(
            select(Subscriber.name, found.c.address).join(found, found.c.subscriber_id == Subscriber.id)
        )
        return {row.name: row.address for row in rows}


async def build(store: Store, **parts: Any) -> AudienceRule:
    async with store.reading() as session:
        return await build_rule(session, **{"topics": ["voda"], **parts})


async def test_a_topic_is_wanted_by_itself_or_by_a_package(town: Store) -> None:
    await add(town, "Topic", line(1), topics=("voda",))
    await add(town, "Package", line(2), packages=("2",))
    await add(town, "Everything", line(3), packages=("5",))
    await add(town, "Culture", line(4), packages=("4",))
    await add(town, "Sport", line(5), topics=("sport",))
    assert await whom(town, await rule(town, "voda")) == {"Topic", "Package", "Everything"}
    assert await whom(town, await rule(town, "voda", "sport")) == {"Topic", "Package", "Everything", "Culture", "Sport"}


async def test_a_package_of_the_announcement_stands_for_its_topics(town: Store) -> None:
    await add(town, "Water", line(1), topics=("voda",))
    await add(town, "Police", line(2), topics=("policie",))
    await add(town, "Sport", line(3), topics=("sport",))
    assert await whom(town, await build(town, topics=[], packages=["B2"])) == {"Water", "Police"}


async def test_a_refused_topic_is_left_out_of_a_package_but_not_the_rest_of_it(town: Store) -> None:
    refuser = await add(town, "Refuser", line(1), packages=("2",))
    await add(town, "Other", line(2), packages=("2",))
    await refuse(town, refuser, "voda")
    assert await whom(town, await rule(town, "voda")) == {"Other"}
    assert await whom(town, await rule(town, "voda", "energie")) == {"Refuser", "Other"}


async def test_who_refused_their_own_topic_or_left_is_not_concerned(town: Store) -> None:
    await refuse(town, await add(town, "Refuser", line(1)), "voda")
    await leave(town, await add(town, "Gone", line(2), packages=("5",)))
    await add(town, "Here", line(3))
    assert await whom(town, await rule(town, "voda")) == {"Here"}


async def test_parts_and_streets_are_joined_by_or(town: Store) -> None:
    await add(town, "Part", line(1), town_part="Nová Horka")
    await add(town, "Street", line(2), street="Tyršova", house_number="3")
    await add(town, "Both", line(3), town_part="Nová Horka", street="Tyršova")
    await add(town, "Elsewhere", line(4), town_part="Butovice", street="Poštovní")
    await add(town, "Nowhere", line(5))
    assert await whom(town, await build(town, town_parts=["nova horka"], streets=["TYRSOVA"])) == {
        "Part",
        "Street",
        "Both",
    }


async def test_a_range_takes_its_house_numbers_and_who_gave_none(town: Store) -> None:
    for place, number in enumerate(["1", "5", "20", "21", "300/7", "unknown"], start=1):
        house = None if number == "unknown" else number
        await add(town, f"no. {number}", line(place), street="Tyršova", house_number=house)
    await add(town, "no. 5 elsewhere", line(9), street="Nádražní", house_number="5")
    ranges = {
        "Tyršova": {"1", "5", "20", "21", "300/7", "unknown"},
        "Tyršova:5-20": {"5", "20", "300/7", "unknown"},
        "Tyršova:5": {"5", "unknown"},
        "Tyršova:20-": {"20", "21", "unknown"},
        "Tyršova:-5": {"1", "5", "unknown"},
        "Tyršova:6-6": {"unknown"},
    }
    for street, numbers in ranges.items():
        assert await whom(town, await build(town, streets=[street])) == {f"no. {one}" for one in numbers}, street


async def test_an_age_counts_in_the_whole_year_of_the_birthday(town: Store) -> None:
    years = (1956, 1957, 1966, 1967, None)
    for place, year in enumerate(years, start=1):
        await add(town, f"born {year}", line(place), birth_year=year)
    ages: list[tuple[dict[str, int], set[int | None]]] = [
        ({}, set(years)),
        ({"age_from": 60}, {1956, 1957, 1966}),
        ({"age_to": 59}, {1966, 1967}),
        ({"age_from": 60, "age_to": 69}, {1956, 1957, 1966}),
        ({"age_from": 70, "age_to": 70}, {1956}),
        ({"age_from": 90}, set()),
    ]
    for limits, born in ages:
        assert await whom(town, await build(town, **limits)) == {f"born {year}" for year in born}, limits


async def test_language_and_groups_narrow_it_down(town: Store) -> None:
    await add(town, "Czech", line(1), groups=("hasiči",))
    await add(town, "Pole", line(2), language="pl", groups=("hasiči", "senioři"))
    await add(town, "Alone", line(3))
    assert await whom(town, await build(town, language="pl")) == {"Pole"}
    assert await whom(town, await build(town, groups=["hasiči"])) == {"Czech", "Pole"}
    assert await whom(town, await build(town, groups=["hasiči", "senioři"], language="cs")) == {"Czech"}


async def test_a_language_may_be_written_with_its_region(town: Store) -> None:
    await add(town, "Pole", line(1), language="pl")
    assert await whom(town, await build(town, language="pl-PL")) == {"Pole"}


async def test_a_group_is_found_in_every_spelling_in_use(town: Store) -> None:
    await add(town, "One", line(1), groups=("Hasiči",))
    await add(town, "Two", line(2), groups=("hasici",))
    assert await whom(town, await build(town, groups=["hasiči"])) == {"One", "Two"}


async def test_an_unknown_name_is_refused_with_the_nearest(town: Store) -> None:
    await add(town, "Jan", line(1), groups=("hasiči",))
    unknown: list[tuple[dict[str, Any], str]] = [
        ({"topics": ["vodaa"]}, "unknown topic “vodaa”.*voda"),
        ({"packages": ["7"]}, "unknown package “7”"),
        ({"town_parts": ["Butovicee"]}, "unknown town part “Butovicee”.*Butovice"),
        ({"streets": ["Tyrsovka"]}, "unknown street “Tyrsovka”.*Tyršova"),
        ({"groups": ["hasicci"]}, "unknown group “hasicci”.*hasiči"),
    ]
    for parts, message in unknown:
        with pytest.raises(UnknownName, match=message):
            await build(town, **parts)


async def test_what_makes_no_sense_is_refused(town: Store) -> None:
    senseless: list[tuple[dict[str, Any], str]] = [
        ({"topics": []}, "needs a topic or a package"),
        ({"age_from": 70, "age_to": 60}, "no one is from 70 to 60"),
        ({"age_from": -1}, "age -1 is not between 0 and 130"),
        ({"age_to": 131}, "age 131 is not between 0 and 130"),
        ({"language": "klingonština"}, "is not a language"),
        ({"streets": ["Tyršova:20-1"]}, "ends before it begins"),
        ({"streets": ["Tyršova:x"]}, "no range"),
    ]
    for parts, message in senseless:
        with pytest.raises(InputError, match=message):
            await build(town, **parts)


async def test_only_who_wants_voice_is_rung(town: Store) -> None:
    await add(town, "Voice", line(1))
    await add(town, "Mail only", line(2), email="a@example.cz", channels=(Channel.EMAIL,))
    await add(town, "No phone", email="b@example.cz")
    water = await rule(town, "voda")
    assert await whom(town, water) == {"Voice", "Mail only", "No phone"}
    assert await rung(town, water) == {"Voice": line(1)}


async def test_the_first_number_that_a_trunk_may_dial_is_rung(town: Store) -> None:
    await add(town, "Home", line(1), "+420602123456")
    await add(town, "Foreign first", "+421220850111", line(2))
    await add(town, "Foreign only", "+421220850112")
    water = await rule(town, "voda")
    assert await rung(town, water) == {"Home": line(1), "Foreign first": line(2)}
    assert await rung(town, water, ("+420", "+421")) == {
        "Home": line(1),
        "Foreign first": "+421220850111",
        "Foreign only": "+421220850112",
    }
    assert await rung(town, water, ("+4206",)) == {"Home": "+420602123456"}


async def test_two_people_on_one_line_are_both_told(town: Store) -> None:
    await add(town, "Marie", line(1))
    await add(town, "Josef", line(1))
    assert await rung(town, await rule(town, "voda")) == {"Marie": line(1), "Josef": line(1)}


async def test_a_name_is_never_a_piece_of_sql(town: Store) -> None:
    nasty = "Robert'; DROP TABLE subscribers; --"
    await add(town, nasty, line(1), groups=("a' OR '1'='1",))
    await add(town, "Jan", line(2))
    assert await whom(town, await build(town, groups=["a' OR '1'='1"])) == {nasty}
    for parts in ({"streets": ["x'; DROP TABLE phones; --"]}, {"topics": ["%"]}, {"groups": ["' OR ''='"]}):
        with pytest.raises(UnknownName):
            await build(town, **parts)
    assert await whom(town, await rule(town, "voda")) == {nasty, "Jan"}


async def test_a_percent_sign_in_a_prefix_matches_nobody(town: Store) -> None:
    await add(town, "Jan", line(1))
    assert await rung(town, await rule(town, "voda"), ("%",)) == {}
    assert await rung(town, await rule(town, "voda"), ("+42_",)) == {}
