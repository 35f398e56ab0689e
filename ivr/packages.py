"""What somebody wants to hear about, by the numbers of the packages."""

from collections.abc import Sequence

from sqlalchemy import select

from ivr.call import Call
from ivr.speaker import Speaker, word
from ivr.steps import Ask, Menu, Say, Stuck
from ivr.words import listed, names_of
from store.people import Package

PACKAGES = Ask("packages.which", most=9)
NO_SUCH = Say("packages.no_such")
RIGHT = Menu("packages.right", {"1": True, "2": False})

MOST_TRIES = 4


async def ask_packages(call: Call) -> Sequence[Package]:
    """Packages: one or several of those on offer, read back."""
    offered = {str(package.number): package for package in await offered_packages(call)}
    for _ in range(MOST_TRIES):
        keys = await call.ask(PACKAGES, offer=offer(call, list(offered.values())))
        chosen = [offered[key] for key in dict.fromkeys(keys) if key in offered]
        if len(chosen) < len(set(keys)):
            await call.say(NO_SUCH, numbers=listed(offered))
        elif await call.choose(RIGHT, packages=names_of(chosen)):
            return chosen
    raise Stuck


async def offered_packages(speaker: Speaker) -> Sequence[Package]:
    async with speaker.desk.store.reading() as session:
        return (await session.scalars(select(Package).order_by(Package.number))).all()


def offer(speaker: Speaker, packages: Sequence[Package]) -> str:
    """All of them with their numbers."""
    return " ".join(word(speaker, "package", number=str(one.number), name=one.name) for one in packages)
