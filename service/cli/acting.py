"""Who gives a command: one of the staff by name, else the operator, whom the login names."""

import getpass
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.staff import find_staff
from store.staff import Way
from subscribers.audit import Actor

ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who of the staff does it; else the operator, by login.")
]


async def acting(session: AsyncSession, by: str | None) -> Actor:
    """Raises UnknownName with the nearest names of the staff."""
    if by is None:
        return operator()
    member = await find_staff(session, by)
    return Actor(member.name, Way.CLI, staff_id=member.id)


def operator() -> Actor:
    return Actor(f"operator {getpass.getuser()}", Way.CLI)
