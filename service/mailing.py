"""E-mail of a running service, put together: who carries it, who fetches bounces, and where its links lead to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import web

from announcements.windows import ANY_HOUR, Calendar, public_holidays
from channels.encoding import Alphabet, Encoded
from channels.mail.carrier import EmailCarrier
from channels.mail.door import LinksDoor
from channels.mail.journal import Journal
from channels.mail.letter import Letterhead
from channels.mail.links import Links
from channels.mail.recording import Recordings
from channels.mail.returned import Returned
from channels.mailer import Mailer, RecordingWay
from channels.outlet import Terms
from service.settings import Settings
from store.database import Store
from store.states import Channel


@dataclass(frozen=True)
class Mailing:
    carrier: EmailCarrier
    terms: Terms
    routes: Sequence[web.RouteDef]
    # Who fetches bounces; None: they are brought, if at all.
    returned: Returned | None = None


def make_mailing(
    settings: Settings, store: Store, recording_of: Callable[[str], Path], clock: Callable[[], datetime]
) -> Mailing | None:
    """``recording_of``: the file of a recording in the library. None: the town has no mail server."""
    email = settings.email
    if not email.host:
        return None
    links = Links(email.public_url, email.secret.get_secret_value())
    head = Letterhead(settings.town.name, email.sender, links, linked=email.recording is RecordingWay.LINK)
    attach = Recordings(recording_of).mp3 if email.recording is RecordingWay.ATTACH else None
    door = LinksDoor(links, store, recording_of, town=settings.town.name, country=settings.town.country, clock=clock)
    return Mailing(
        EmailCarrier(Mailer(email), head, clock, attach, Journal(store, clock)),
        Terms(
            channel=Channel.EMAIL,
            # Nobody is woken by an e-mail.
            calendar=Calendar(ANY_HOUR, settings.town.zone, public_holidays(settings.town.country)),
            per_second=email.messages_per_second,
        ),
        list(door.routes()) if links.there else [],
        Returned(settings.bounces, store, clock) if settings.bounces.host else None,
    )


def as_written(text: str) -> Encoded:
    """An e-mail has no parts, and any alphabet."""
    return Encoded(text, Alphabet.UCS2, 1)
