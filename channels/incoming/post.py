"""Forwards letters to the office by e-mail; one that the mail server does not take waits, and is tried again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

import structlog
from sqlalchemy import select

from channels.carrier import Accepted
from channels.mailer import Mailer
from store.database import Store
from store.messages import Letter
from store.tasks import for_ever

log = structlog.get_logger(__name__)

POLL_SECONDS = 5.0
BATCH = 20
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
_TEXT = """\
Občan napsal úřadu SMS zprávu. Číslo dopisu: {id}
Telefon: {number}
Přišla: {at}

{text}

--
Hlasatel, {town}
"""


class Post:
    """``sender`` is shown as who sends it, ``office`` gets it."""

    def __init__(
        self,
        store: Store,
        mailer: Mailer,
        *,
        sender: str,
        office: str,
        town: str,
        zone: tzinfo,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._mailer = mailer
        self._sender = sender
        self._office = office
        self._town = town
        self._zone = zone
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        await for_ever(self.work, POLL_SECONDS, "letters cannot be forwarded yet")

    async def work(self) -> int:
        """Forward what is due; returns how many were tried. A crash in between may forward a letter twice: better
        than not at all.
        """
        due = await self._due()
        for letter in due:
            answer = await self._mailer.send(self._mail(letter), self._office)
            await self._note(letter.id, forwarded=isinstance(answer, Accepted), why=getattr(answer, "why", ""))
        return len(due)

    async def _due(self) -> Sequence[Letter]:
        query = select(Letter).where(Letter.forwarded_at.is_(None), Letter.due_at <= self._clock())
        async with self._store.reading() as session:
            return (await session.scalars(query.order_by(Letter.id).limit(BATCH))).all()

    async def _note(self, letter_id: int, *, forwarded: bool, why: str) -> None:
        now = self._clock()
        async with self._store.writing() as session:
            letter = (await session.scalars(select(Letter).where(Letter.id == letter_id))).one()
            letter.tries += 1
            if forwarded:
                letter.forwarded_at = now
            else:
                letter.due_at = now + min(FIRST_PAUSE * 2 ** min(letter.tries - 1, 10), LONGEST_PAUSE)
                log.warning("a letter waits, the mail server did not take it", letter=letter_id, reason=why)

    def _mail(self, letter: Letter) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._sender
        mail["To"] = self._office
        mail["Subject"] = f"Dopis č. {letter.id} od občana (SMS)"
        mail["Date"] = format_datetime(self._clock())
        mail["Message-ID"] = make_msgid(f"letter-{letter.id}", domain=self._sender.rpartition("@")[2])
        at = letter.written_at.astimezone(self._zone)
        mail.set_content(
            _TEXT.format(
                id=letter.id,
                number=letter.number or "neznámý",
                at=f"{at.day}. {at.month}. {at.year} {at.hour}:{at.minute:02}",
                text=letter.text,
                town=self._town,
            )
        )
        return mail
