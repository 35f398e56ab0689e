"""Topics and packages in the store: synchronised with the set, found by what people write."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from store.database import Store
from store.errors import InputError, UnknownName
from store.people import Package, PackageTopic, SubscriberPackage, SubscriberTopic, Topic
from subscribers.topics import default_topics, find_packages, find_topics, load_topics, store_topics
from tests.integration.sample_town import import_people, prepare_town

SMALL = """
[topics]
voda = "Vodovod"
plyn = "Plyn"
[[packages]]
number = 1
name = "Sítě"
topics = ["plyn", "voda"]
[[packages]]
number = 5
name = "Vše"
topics = "all"
"""


async def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    async with store.reading() as session:
        return {
            table.__tablename__: sorted(map(tuple, await session.execute(select(*table.__table__.columns))))
            for table in (Topic, Package, PackageTopic)
        }


async def test_the_same_set_again_changes_nothing(store: Store) -> None:
    async with store.writing() as session:
        await store_topics(session, default_topics())
    before = await contents(store)
    async with store.writing() as session:
        await store_topics(session, default_topics())
    assert await contents(store) == before
    assert len([row for row in before["package_topics"] if row[0] == 5]) == len(before["topics"]) == 19


async def test_two_services_may_store_the_set_at_once(store: Store) -> None:
    async def once() -> None:
        async with store.writing() as session:
            await store_topics(session, default_topics())

    await asyncio.gather(once(), once(), once())
    async with store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Package)) == 5


async def test_another_set_replaces_what_nobody_chose(store: Store) -> None:
    async with store.writing() as session:
        await store_topics(session, default_topics())
        assert await store_topics(session, load_topics(SMALL)) == ()
    assert await contents(store) == {
        "topics": [("plyn", "Plyn", 6), ("voda", "Vodovod", 5)],
        "packages": [(1, "Sítě"), (5, "Vše")],
        "package_topics": [(1, "plyn"), (1, "voda"), (5, "plyn"), (5, "voda")],
    }


async def test_a_topic_or_package_that_somebody_chose_is_never_dropped(store: Store) -> None:
    await prepare_town(store)
    await import_people(store, "name,phone,topics\nJan,556400001,sport|2\nEva,556400002,5|!akce\n")
    async with store.writing() as session:
        assert await store_topics(session, load_topics(SMALL)) == ("akce", "sport")
    after = await contents(store)
    assert [row[0] for row in after["topics"]] == ["akce", "plyn", "sport", "voda"]
    assert [row[0] for row in after["packages"]] == [1, 2, 5]
    async with store.reading() as session:
        assert len((await session.scalars(select(SubscriberTopic))).all()) == 2
        assert set(await session.scalars(select(SubscriberPackage.package))) == {2, 5}


async def test_topics_are_found_by_code_or_name_each_once_and_in_order(store: Store) -> None:
    await prepare_town(store)
    async with store.reading() as session:
        found = await find_topics(session, ["Výpadky vody", "SPORT", "voda", "povodne"])
    assert [topic.code for topic in found] == ["voda", "sport", "povodne"]


async def test_packages_are_found_by_number_or_name_with_their_topics(store: Store) -> None:
    await prepare_town(store)
    async with store.reading() as session:
        found = await find_packages(session, ["b4", "krizove situace", "1"])
    assert [package.number for package in found] == [4, 1]
    assert [topic.code for topic in found[0].topics] == ["akce", "kultura", "sport"]


async def test_an_unknown_topic_or_package_is_refused(store: Store) -> None:
    await prepare_town(store)
    async with store.reading() as session:
        with pytest.raises(UnknownName) as topic:
            await find_topics(session, ["voda", "povoden"])
        assert topic.value.nearest[0] == "povodne"
        with pytest.raises(UnknownName, match="known packages: 1, 2, 3, 4, 5"):
            await find_packages(session, ["9"])
        with pytest.raises(InputError, match="line break"):
            await find_topics(session, ["voda\r\nx"])


async def test_a_number_on_a_leaflet_stays_with_its_topic(store: Store) -> None:
    first = load_topics(SMALL)
    later = load_topics(SMALL.replace("[topics]", '[topics]\nplesy = "Plesy"').replace('"Plyn"', '"Plynovod"'))
    for offered in (first, later, later):
        async with store.writing() as session:
            await store_topics(session, offered)
    numbered = {row[0]: row[2] for row in (await contents(store))["topics"]}
    assert numbered == {"voda": 1, "plyn": 2, "plesy": 3}
