"""An announcement spoken into the phone: what it may be about, whom it is for, and the draft that it makes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from announcements.audience import AudienceRule
from announcements.launch import Draft
from announcements.plan import Plan
from announcements.staff import Rights
from store.people import Package, Topic, TownPart
from store.states import Channel, Priority
from tts.library import Rendering


@dataclass(frozen=True)
class Subject:
    """A package, or a single topic, with its name as it is spoken."""

    name: str
    topics: tuple[str, ...]


@dataclass
class Dictated:
    """What has been said and chosen so far."""

    rendering: Rendering | None = None
    subject: Subject | None = None
    # None of them: the whole town.
    parts: list[TownPart] = field(default_factory=list)
    priority: Priority = Priority.NORMAL

    def draft(self, recording: Path, language: str, title: str, notice: str | None) -> Draft:
        """``notice``: what the text channels tell of it; None: it goes by voice alone."""
        assert self.subject is not None
        return Draft(
            AudienceRule(topics=self.subject.topics, town_parts=tuple(part.id for part in self.parts)),
            audio=recording,
            title=title[:200],
            language=language,
            priority=self.priority,
            plan=Plan() if notice else Plan(channels=(Channel.VOICE,)),
            sms_text=notice,
            email_text=notice,
        )


async def subjects(session: AsyncSession, rights: Rights) -> Sequence[Subject]:
    """What somebody with these rights may choose from: all packages, or the packages and topics they are bound to."""
    packages = select(Package).options(selectinload(Package.topics)).order_by(Package.number)
    if rights.topics or rights.packages:
        packages = packages.where(Package.number.in_(rights.packages))
    topics = await session.scalars(select(Topic).where(Topic.code.in_(rights.topics)).order_by(Topic.name))
    return [
        *(
            Subject(package.name, tuple(sorted(topic.code for topic in package.topics)))
            for package in await session.scalars(packages)
            if package.topics
        ),
        *(Subject(topic.name, (topic.code,)) for topic in topics),
    ]


async def town_parts(session: AsyncSession) -> Sequence[TownPart]:
    return (await session.scalars(select(TownPart).order_by(TownPart.folded))).all()
