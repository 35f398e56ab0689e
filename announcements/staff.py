"""Staff: the people of the office, and what each may do with announcements."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import InputError, UnknownName
from store.people import PackageTopic
from store.staff import Staff, Way
from store.states import Priority
from subscribers.audit import Actor
from subscribers.fields import person_name
from subscribers.folding import fold
from subscribers.names import NameBook
from subscribers.topics import find_packages, find_topics


class Right(StrEnum):
    DRAFT = "draft"
    APPROVE = "approve"
    # Includes drafting.
    LAUNCH = "launch"


class Rights(BaseModel):
    """What one may do. Topics and priority bound both launching and approving."""

    model_config = ConfigDict(frozen=True)

    may: tuple[Right, ...] = ()
    # Codes and package numbers; any topic where both are empty.
    topics: tuple[str, ...] = ()
    packages: tuple[int, ...] = ()
    most_urgent: Priority = Priority.NORMAL

    @property
    def may_draft(self) -> bool:
        return Right.DRAFT in self.may or Right.LAUNCH in self.may


async def build_rights(
    session: AsyncSession,
    may: Collection[Right],
    *,
    topics: Sequence[str] = (),
    packages: Sequence[str] = (),
    most_urgent: Priority = Priority.NORMAL,
) -> Rights:
    """Raises UnknownName for a topic or package that the store does not know."""
    return Rights(
        may=tuple(right for right in Right if right in may),
        topics=tuple(sorted({topic.code for topic in await find_topics(session, topics)})),
        packages=tuple(sorted({package.number for package in await find_packages(session, packages)})),
        most_urgent=most_urgent,
    )


def rights_of(member: Staff) -> Rights:
    return Rights.model_validate(member.rights)


async def add_staff(
    session: AsyncSession, name: str, rights: Rights, now: datetime, *, phone: str | None, pin_hash: str | None
) -> Staff:
    """Raises InputError for a name that is none or that somebody has already."""
    name = person_name(name)
    member = Staff(
        name=name,
        folded_name=await _free_name(session, name),
        phone=phone,
        pin_hash=pin_hash,
        rights=rights.model_dump(mode="json"),
        created_at=now,
    )
    session.add(member)
    await session.flush()
    return member


async def _free_name(session: AsyncSession, name: str) -> str:
    folded = fold(name)
    if taken := await session.scalar(select(Staff.name).where(Staff.folded_name == folded)):
        raise InputError(f"{taken} is among the staff already", mend="change them, or add what tells the two apart")
    return folded


async def all_staff(session: AsyncSession) -> Sequence[Staff]:
    return (await session.scalars(select(Staff).order_by(Staff.folded_name))).all()


async def find_staff(session: AsyncSession, name: str) -> Staff:
    """By name, or by id written in digits. Raises UnknownName with the nearest names."""
    everybody = await all_staff(session)
    if name.isdecimal():
        for member in everybody:
            if member.id == int(name):
                return member
        raise UnknownName("member of the staff", name, [], mend="see: hlasatel staff list")
    book = NameBook(
        "member of the staff", ((member.name, member) for member in everybody), mend="see: hlasatel staff list"
    )
    return book.find(name)


async def staff_of_phone(session: AsyncSession, number: str) -> Sequence[Staff]:
    """Those whom a call-back to ``number`` reaches and who have a PIN."""
    query = select(Staff).where(Staff.phone == number, Staff.pin_hash.is_not(None)).order_by(Staff.id)
    return (await session.scalars(query)).all()


async def launchable_topics(session: AsyncSession, rights: Rights) -> frozenset[str] | None:
    """Topics that the rights cover; None: any."""
    if not rights.topics and not rights.packages:
        return None
    of_packages = await session.scalars(select(PackageTopic.topic).where(PackageTopic.package.in_(rights.packages)))
    return frozenset(rights.topics) | frozenset(of_packages)


async def covered(session: AsyncSession, rights: Rights, topics: Sequence[str], priority: Priority) -> bool:
    """Whether an announcement of these topics and this priority is within the bounds of launching and approving."""
    known = await launchable_topics(session, rights)
    return priority >= rights.most_urgent and (known is None or known.issuperset(topics))


async def may_launch(session: AsyncSession, by: Actor, topics: Sequence[str], priority: Priority) -> bool:
    """Whether ``by`` may launch it without anybody's approval."""
    rights = await _rights(session, by)
    return rights is None or (Right.LAUNCH in rights.may and await covered(session, rights, topics, priority))


async def may_approve(
    session: AsyncSession, by: Actor, author_id: int | None, topics: Sequence[str], priority: Priority
) -> bool:
    """Approval is somebody else's than the author's, unless their rights let them launch it anyway."""
    rights = await _rights(session, by)
    if rights is None or (Right.LAUNCH in rights.may and await covered(session, rights, topics, priority)):
        return True
    return Right.APPROVE in rights.may and by.staff_id != author_id and await covered(session, rights, topics, priority)


async def launches_approved(session: AsyncSession, by: Actor, topics: Sequence[str], priority: Priority) -> bool:
    """Whether what ``by`` launches is approved thereby. The operator's is not: approval is one of the staff's."""
    rights = await _rights(session, by)
    return rights is not None and Right.APPROVE in rights.may and await covered(session, rights, topics, priority)


async def may_draft(session: AsyncSession, by: Actor) -> bool:
    rights = await _rights(session, by)
    return rights is None or rights.may_draft


async def _rights(session: AsyncSession, by: Actor) -> Rights | None:
    """None: the operator at the command line. Whoever was removed meanwhile, and any stranger, has no rights at all."""
    if by.staff_id is None:
        return None if by.way is Way.CLI else Rights()
    member = await session.get(Staff, by.staff_id)
    return Rights() if member is None else rights_of(member)
