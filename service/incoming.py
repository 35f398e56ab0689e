"""How messages from people come into a running service, put together: doors and modems, the clerk, answers, letters."""

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from channels.incoming.answering import Answering
from channels.incoming.clerk import Clerk
from channels.incoming.doors import KannelDoor, WebhookDoor
from channels.incoming.inbox import Inbox
from channels.incoming.modem import Modem
from channels.incoming.post import Post
from channels.incoming.settings import GammuInbox, KannelInbox, WebhookInbox
from channels.mailer import Mailer
from channels.outlet import Outlets
from service.settings import Settings
from store.database import Store


class Doors:
    """The inbox, and what the HTTP door serves for it."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self.inbox = Inbox(store, settings.town.country)
        self.routes: list[web.RouteDef] = []
        for one in settings.inboxes:
            if isinstance(one, KannelInbox):
                self.routes += KannelDoor(one, self.inbox, clock).routes()
            elif isinstance(one, WebhookInbox):
                self.routes += WebhookDoor(one, self.inbox, clock).routes()


@dataclass
class Incoming:
    """``post`` None: letters wait in the store, for there is no mail server or nobody to write to."""

    modems: Sequence[Modem]
    clerk: Clerk
    answering: Answering
    post: Post | None

    def parts(self) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        """What has to run, by name; none of it ends by itself."""
        work = [("messages", self.clerk.run()), ("answers", self.answering.run())]
        work += [("modem", modem.run()) for modem in self.modems]
        return [*work, ("letters", self.post.run())] if self.post is not None else work


@asynccontextmanager
async def open_incoming(
    settings: Settings, store: Store, doors: Doors, outlets: Outlets, clock: Callable[[], datetime]
) -> AsyncIterator[Incoming | None]:
    """Everything that deals with what comes in, and what an earlier run left settled; None where nothing comes in."""
    if not settings.inboxes:
        yield None
        return
    async with AsyncExitStack() as stack:
        modems = [Modem(one, doors.inbox, clock) for one in settings.inboxes if isinstance(one, GammuInbox)]
        for modem in modems:
            stack.push_async_callback(modem.close)
        clerk = Clerk(
            store,
            doors.inbox,
            settings.incoming,
            town=settings.town.name,
            country=settings.town.country,
            may_text=lambda number: any(one.terms.may_carry(number) for one in outlets.all),
            own_numbers=outlets.own_numbers(),
            clock=clock,
        )
        answering = Answering(store, outlets, clerk.wrote, clock)
        await answering.settle_earlier_run()
        yield Incoming(modems, clerk, answering, _post(settings, store, stack, clock))


def _post(settings: Settings, store: Store, stack: AsyncExitStack, clock: Callable[[], datetime]) -> Post | None:
    if not settings.incoming.office_email or not settings.email.host:
        return None
    mailer = Mailer(settings.email)
    stack.push_async_callback(mailer.close)
    return Post(
        store,
        mailer,
        sender=settings.email.sender,
        office=settings.incoming.office_email,
        town=settings.town.name,
        zone=settings.town.zone,
        clock=clock,
    )
