"""Loudspeaker systems reached by phone: a subscriber whose number has a code of keys that opens it."""

import re
from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import InputError
from store.people import Phone, Subscriber

MEND = "a number belongs either to people or to one loudspeaker"
_CODE = re.compile(r"[0-9A-D*#w]{1,32}")


def loudspeaker_code(text: str) -> str:
    """The keys 0 to 9, A to D, * and #; w is a pause of half a second. Raises InputError."""
    code = text.strip()
    if _CODE.fullmatch(code) is None or not code.strip("w"):
        raise InputError(f"{text!r} is not a loudspeaker's code", mend="write its keys, such as *1#5")
    return code


async def codes_of(session: AsyncSession, numbers: Collection[str]) -> Mapping[str, str]:
    """Those of the numbers that are loudspeakers, with their codes."""
    query = (
        select(Phone.number, Phone.code)
        .join(Subscriber, Phone.subscriber_id == Subscriber.id)
        .where(Phone.number.in_(numbers), Phone.code.is_not(None), Subscriber.left_at.is_(None))
    )
    return {number: code for number, code in await session.execute(query) if code is not None}


async def clashes(session: AsyncSession, *where: ColumnElement[bool]) -> list[str]:
    """Numbers with two codes, or of both people and a loudspeaker: nobody would know how to call them."""
    told_apart = func.count(func.coalesce(Phone.code, "").distinct())
    query = (
        select(Phone.number)
        .join(Subscriber, Phone.subscriber_id == Subscriber.id)
        .where(Subscriber.left_at.is_(None), *where)
        .group_by(Phone.number)
        .having(told_apart > 1)
    )
    return sorted(await session.scalars(query))
