"""Topics and packages: the set a town offers, kept in the store, and found by what people write."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from store.errors import SettingsError
from store.people import Package, SubscriberPackage, SubscriberTopic, Topic
from store.work import AnnouncementTopic
from subscribers.names import NameBook
from subscribers.turns import take_turn

# No digits, so that a code is never taken for a package ("2", "B2").
Code = Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,39}$")]
Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f,;|!]{1,200}$")]
_PACKAGE = re.compile(r"[Bb]?([1-9])")


class PackageOffer(BaseModel):
    """One ``[[packages]]`` section; ``number`` is the key that is pressed on a phone."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    number: Annotated[int, Field(ge=1, le=9)]
    name: Name
    topics: Literal["all"] | Annotated[list[Code], Field(min_length=1)]


class TopicSet(BaseModel):
    """What a town offers: topic names by code, and packages of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    topics: Annotated[dict[Code, Name], Field(min_length=1)]
    packages: list[PackageOffer]

    @model_validator(mode="after")
    def _consistent(self) -> "TopicSet":
        numbers = [package.number for package in self.packages]
        if repeated := {number for number in numbers if numbers.count(number) > 1}:
            raise ValueError(f"package numbers used twice: {sorted(repeated)}")
        for package in self.packages:
            if package.topics != "all" and (unknown := set(package.topics) - self.topics.keys()):
                raise ValueError(f"package {package.number}: unknown topics {sorted(unknown)}")
        return self


@dataclass(frozen=True)
class Offer:
    """The topics and packages of the store, to be found by what people write."""

    topics: NameBook[Topic]
    packages: NameBook[Package]


def default_topics() -> TopicSet:
    return load_topics(files("subscribers").joinpath("topics.toml").read_text(encoding="utf-8"))


def load_topics(text: str) -> TopicSet:
    """Read a file of topics (TOML, like ``topics.toml`` here). Raises SettingsError that names the key."""
    try:
        return TopicSet.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"topics: {error}", mend="correct the TOML") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in ("topics file", *first["loc"]))
        raise SettingsError(f"{key}: {first['msg']}", mend="correct the file of topics") from error


async def store_topics(session: AsyncSession, topic_set: TopicSet) -> tuple[str, ...]:
    """Make the store offer exactly ``topic_set``; the same set again changes nothing.

    A topic or package that is no longer offered but that somebody chose (or an announcement bears) stays.
    Returns the codes of such topics.
    """
    await take_turn(session)
    kept = await _drop_unused(session, topic_set)
    topics = {topic.code: topic for topic in await session.scalars(select(Topic))}
    numbers = _numbers(topic_set, topics)
    for code, name in topic_set.topics.items():
        topics[code] = await session.merge(Topic(code=code, name=name, number=numbers[code]))
    packages = {package.number: package for package in await all_packages(session)}
    for offer in topic_set.packages:
        package = packages.get(offer.number) or Package(number=offer.number)
        package.name = offer.name
        package.topics = [topics[code] for code in sorted(topics if offer.topics == "all" else offer.topics)]
        session.add(package)
    await session.flush()
    return kept


def _numbers(topic_set: TopicSet, topics: Mapping[str, Topic]) -> dict[str, int]:
    """Numbers by code: those that were given stay, new topics get the next ones in their order."""
    given = {code: topic.number for code, topic in topics.items() if topic.number is not None}
    free = count(max(given.values(), default=0) + 1)
    return {code: given[code] if code in given else next(free) for code in topic_set.topics}


async def _drop_unused(session: AsyncSession, topic_set: TopicSet) -> tuple[str, ...]:
    chosen = set(await session.scalars(select(SubscriberTopic.topic).distinct()))
    borne = set(await session.scalars(select(AnnouncementTopic.topic).distinct()))
    used = sorted((chosen | borne) - topic_set.topics.keys())
    await session.execute(delete(Topic).where(Topic.code.not_in([*topic_set.topics, *used])))
    offered = [offer.number for offer in topic_set.packages]
    taken = select(SubscriberPackage.package)
    await session.execute(delete(Package).where(Package.number.not_in(offered), Package.number.not_in(taken)))
    return tuple(used)


async def load_offer(session: AsyncSession) -> Offer:
    """Everything offered; a topic's code wins over another topic's name."""
    topics, packages = await all_topics(session), await all_packages(session)
    return Offer(
        NameBook(
            "topic",
            [(topic.name, topic) for topic in topics] + [(topic.code, topic) for topic in topics],
            mend=f"known topics: {', '.join(topic.code for topic in topics)}",
        ),
        NameBook(
            "package",
            [
                (name, package)
                for package in packages
                for name in (package.name, f"B{package.number}", str(package.number))
            ],
            mend=f"known packages: {', '.join(str(package.number) for package in packages)}",
        ),
    )


async def find_topics(session: AsyncSession, names: Iterable[str]) -> list[Topic]:
    """Topics by code or name, each once, in the order given. Raises UnknownName with the nearest."""
    book = (await load_offer(session)).topics
    return list({topic.code: topic for topic in map(book.find, names)}.values())


async def find_packages(session: AsyncSession, names: Iterable[str]) -> list[Package]:
    """Packages by number (``2``, ``B2``) or name, each once. Raises UnknownName with the nearest."""
    book = (await load_offer(session)).packages
    return list({package.number: package for package in map(book.find, names)}.values())


def names_a_package(text: str) -> bool:
    """Whether ``text`` is a package's number and never a topic: ``2``, ``B2``."""
    return _PACKAGE.fullmatch(text) is not None


async def all_topics(session: AsyncSession) -> Sequence[Topic]:
    return (await session.scalars(select(Topic).order_by(Topic.code))).all()


async def all_packages(session: AsyncSession) -> Sequence[Package]:
    """With their topics."""
    query = select(Package).options(selectinload(Package.topics)).order_by(Package.number)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()
