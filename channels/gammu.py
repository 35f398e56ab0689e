"""gammu-smsd: a USB modem, driven by rows of its own database. For the town without a contract.

Tables of its SQL service, version 14 and newer (gammu-smsd-tables(7)); SQLite or PostgreSQL.
"""

import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    insert,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from channels.carrier import Accepted, Answer, Message, Refused, Report, TakeReport, Unsure
from channels.encoding import Alphabet, pieces
from channels.settings import CarrierSettings, DatabaseUrl
from store.database import Store
from store.errors import CarrierError, StoreError
from store.states import Disposition
from store.tasks import for_ever

POLL_SECONDS = 2.0
# Ids asked for at once.
MANY = 200
CODINGS = {Alphabet.GSM: "Default_No_Compression", Alphabet.UCS2: "Unicode_No_Compression"}
FAILURES = frozenset({"SendingError", "Error", "DeliveryFailed"})
# Handed to the network; "NoReport": the network will not tell more.
LEFT = frozenset({"SendingOK", "DeliveryPending"})


class Flag(TypeDecorator[bool]):
    """A boolean of PostgreSQL; the words true and false elsewhere."""

    impl = String(5)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Boolean() if dialect.name == "postgresql" else String(5))

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" or value is None else str(value).lower()

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return value if isinstance(value, bool) or value is None else str(value).lower() == "true"


TABLES = MetaData()
outbox = Table(
    "outbox",
    TABLES,
    Column("ID", Integer, primary_key=True),
    Column("DestinationNumber", String),
    Column("TextDecoded", String),
    Column("Coding", String),
    Column("UDH", String),
    Column("MultiPart", Flag),
    Column("DeliveryReport", String),
    Column("CreatorID", String),
)
outbox_multipart = Table(
    "outbox_multipart",
    TABLES,
    Column("ID", Integer, primary_key=True),
    Column("SequencePosition", Integer, primary_key=True),
    Column("TextDecoded", String),
    Column("Coding", String),
    Column("UDH", String),
)
sentitems = Table(
    "sentitems",
    TABLES,
    Column("ID", Integer, primary_key=True),
    Column("SequencePosition", Integer, primary_key=True),
    Column("CreatorID", String),
    Column("Status", String),
)
inbox = Table(
    "inbox",
    TABLES,
    Column("ID", Integer, primary_key=True),
    Column("ReceivingDateTime", String),
    Column("SenderNumber", String),
    Column("TextDecoded", String),
    Column("Text", String),
    Column("Coding", String),
    Column("UDH", String),
    Column("Class", Integer),
    Column("RecipientID", String),
    Column("Processed", Flag),
)
phones = Table("phones", TABLES, Column("IMEI", String, primary_key=True), Column("Signal", Integer))


class GammuSettings(CarrierSettings):
    """``[[sms]]`` with ``adapter = "gammu"``."""

    adapter: Literal["gammu"]
    # gammu-smsd's own database, as its [smsd] section names it; may hold a password.
    url: DatabaseUrl
    # The network tells whether a message arrived (deliveryreport = sms in gammu's [smsd]).
    delivery_reports: bool = True
    messages_per_second: float = Field(default=0.2, gt=0, le=5000)


class Gammu:
    """``waiting``: ids of our attempts that gammu has and nobody knows the end of."""

    # It keeps the row of every message, so that its fate is always told.
    ends_as: Disposition | None = None

    def __init__(
        self,
        settings: GammuSettings,
        take_report: TakeReport,
        waiting: Callable[[], Awaitable[Sequence[str]]],
    ) -> None:
        self.name = settings.name
        self.database = Store(settings.url.get_secret_value())
        self._reports = settings.delivery_reports
        self._take_report = take_report
        self._waiting = waiting

    async def submit(self, messages: Sequence[Message]) -> Sequence[Answer]:
        """All of them in one transaction."""
        written = False
        try:
            async with self.database.writing() as session:
                for message in messages:
                    await self._write(session, message)
                written = True
        except StoreError as error:
            lost: Answer = (
                Unsure(error.what) if written else Refused(Disposition.WITHDRAWN, error.what, by_carrier=True)
            )
            return [lost] * len(messages)
        return [Accepted()] * len(messages)

    async def check(self) -> str:
        try:
            async with self.database.reading() as session:
                modems = (await session.execute(select(phones.c.IMEI, phones.c.Signal))).all()
        except StoreError as error:
            raise CarrierError(
                f"{self.name}: {error.what}", mend="see url, and that gammu-smsd has made its tables"
            ) from error
        if not modems:
            raise CarrierError(f"{self.name}: no modem has ever come", mend="see that gammu-smsd runs, and its log")
        return f"gammu-smsd, {len(modems)} modem(s), signal {max(modem.Signal for modem in modems)} %"

    def routes(self) -> Iterable[web.RouteDef]:
        return ()

    async def run(self) -> None:
        trouble = "cannot look what became of messages"
        await for_ever(self.look, POLL_SECONDS, trouble, carrier=self.name)

    async def look(self) -> None:
        """Report what gammu knows of our messages by now."""
        ids = await self._waiting()
        for start in range(0, len(ids), MANY):
            for reference, statuses in (await self._statuses(ids[start : start + MANY])).items():
                disposition = disposition_of(statuses, reports=self._reports)
                if disposition is not None:
                    await self._take_report(Report(self.name, disposition, reference))

    async def close(self) -> None:
        await self.database.close()

    async def _write(self, session: AsyncSession, message: Message) -> None:
        content, texts = message.content, pieces(message.content)
        headers = concatenation(len(texts), secrets.randbelow(256))
        common = {"Coding": CODINGS[content.alphabet]}
        first = {
            **common,
            "DestinationNumber": message.address,
            "TextDecoded": texts[0],
            "UDH": headers[0],
            "MultiPart": len(texts) > 1,
            "DeliveryReport": "yes" if self._reports and message.batch else "no",
            "CreatorID": message.reference or "hlasatel",
        }
        key = (await session.execute(insert(outbox).values(first).returning(outbox.c.ID))).scalar_one()
        rest = [
            {**common, "ID": key, "SequencePosition": position, "TextDecoded": text, "UDH": header}
            for position, (text, header) in enumerate(zip(texts, headers, strict=True), 1)
        ][1:]
        if rest:
            await session.execute(insert(outbox_multipart), rest)

    async def _statuses(self, references: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Of each message that has left the outbox, how its parts fared; a part still there is in nobody's way."""
        left = select(sentitems.c.CreatorID, sentitems.c.Status).where(sentitems.c.CreatorID.in_(references))
        async with self.database.reading() as session:
            rows = (await session.execute(left)).all()
            still = set(await session.scalars(select(outbox.c.CreatorID).where(outbox.c.CreatorID.in_(references))))
        found: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row.CreatorID not in still:
                found[row.CreatorID].append(row.Status)
        return found


def concatenation(parts: int, number: int) -> list[str | None]:
    """User data headers of the parts (3GPP TS 23.040, 9.2.3.24.1), in hex; none for a single one."""
    if parts == 1:
        return [None]
    return [f"050003{number:02X}{parts:02X}{position:02X}" for position in range(1, parts + 1)]


def disposition_of(statuses: Sequence[str], *, reports: bool) -> Disposition | None:
    """From the statuses of all parts; None: it is on the way. A part that failed spoils the message."""
    if any(status in FAILURES for status in statuses):
        return Disposition.FAILED
    if all(status == "DeliveryOK" for status in statuses):
        return Disposition.DELIVERED
    if reports and any(status in LEFT for status in statuses):
        return None
    return Disposition.SENT
