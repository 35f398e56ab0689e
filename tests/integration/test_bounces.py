"""Bounces are fetched from a real mailbox: each becomes an outcome once, and everything else there is left alone."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from sqlalchemy import func, select

from announcements.plan import Mode, Plan
from channels.carrier import Report
from channels.file import FileSettings
from channels.mail.mailbox import BouncesSettings, Mailbox
from channels.mail.returned import AT_ONCE, Returned
from channels.mailer import Security
from lab.ports import free_ports
from store.database import Store
from store.errors import CarrierError, StoreError
from store.states import Channel, DeliveryState, Disposition
from store.work import Attempt
from tests.certificates import certificate
from tests.deadline import until
from tests.dovecot import PASSWORD, Dovecot, dovecot, until_flags
from tests.integration.test_email import ATTEMPT, DEADLINE_SECONDS, Town, bounce, original
from tests.mail_server import MailServer, mail_server
from tests.people import add, deliveries, prepare_town

NOTHING: frozenset[str] = frozenset()
DONE = frozenset({"\\Seen", "Hlasatel"})
REPLY = b"From: jan@example.cz\r\nSubject: Re: Voda\r\n\r\nDekuji\r\n"


@pytest.fixture(scope="module")
def mailboxes() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(*certificate(tmp_path, "mail")) as running:
        yield running


@pytest.fixture
async def town(store: Store, server: MailServer, tmp_path: Path) -> Town:
    await prepare_town(store)
    return Town(store, server, tmp_path)


@pytest.fixture
def name(tmp_path: Path) -> str:
    """A mailbox of its own for each test."""
    return f"{tmp_path.parent.name}-{tmp_path.name}".lower()


async def sent(town: Town, *names: str) -> dict[str, str]:
    """An announcement has gone to these people; the attempts' ids, by name."""
    for one in names:
        await add(town.store, one.title(), email=f"{one}@example.cz")
    await town.announce()
    async with town.at_work():
        await town.until(**dict.fromkeys(names, DeliveryState.DELIVERED))
    return {one.address.partition("@")[0]: one.attempts[0].id for one in await deliveries(town.store)}


def returned(attempt: str, subject: str, **told: str) -> bytes:
    raw = bounce(original(attempt), **told).decode()
    return raw.replace("Undelivered Mail Returned to Sender", subject).replace("\n", "\r\n").encode()


@asynccontextmanager
async def fetching(returned: Returned, reports: list[Report]) -> AsyncIterator[None]:
    async def take(report: Report) -> None:
        reports.append(report)

    task = asyncio.create_task(returned.run(take))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_bounce_is_an_outcome_and_all_else_stays_as_it_is(town: Town, mailboxes: Dovecot, name: str) -> None:
    ids = await sent(town, "jan", "eva", "petr")
    mailboxes.put(
        name,
        REPLY,
        returned(ids["jan"], "gone"),
        returned(ATTEMPT, "of somebody else"),
        returned(ids["petr"], "late", action="delayed", status="4.4.1", said="smtp; 451 later"),
        b"Subject: nonsense\r\nContent-Type: multipart/report; boundary=\xff\r\nMessage-ID: <[\r\n\r\n--\xff\r\n\x00",
    )
    # Somebody has opened it before we came.
    mailboxes.put(name, returned(ids["eva"], "full", status="5.2.2", said="smtp; 552 mailbox full"), flags=r"(\Seen)")
    town.bounces = mailboxes.settings(name)
    async with town.at_work():
        await town.until(jan=DeliveryState.FAILED, eva=DeliveryState.FAILED, petr=DeliveryState.DELIVERED)
        await until_flags(
            mailboxes,
            name,
            {
                "Re: Voda": NOTHING,
                "gone": DONE,
                "of somebody else": NOTHING,
                "late": NOTHING,
                "nonsense": NOTHING,
                "full": DONE,
            },
        )
    told = {
        one.address: [(try_.disposition, try_.cause) for try_ in one.attempts] for one in await deliveries(town.store)
    }
    assert told == {
        "jan@example.cz": [(Disposition.INVALID_NUMBER, 550)],
        "eva@example.cz": [(Disposition.REJECTED, 552)],
        "petr@example.cz": [(Disposition.SENT, None)],
    }


async def test_whose_e_mail_comes_back_gets_an_sms(town: Town, mailboxes: Dovecot, name: str, tmp_path: Path) -> None:
    """Also when the announcement was complete already."""
    file = tmp_path / "sms.jsonl"
    town.sms = (FileSettings(adapter="file", name="file", file=file),)
    town.bounces = mailboxes.settings(name)
    both = (Channel.EMAIL, Channel.SMS)
    for number, one in enumerate(("Jan Novák", "Eva Malá")):
        email = f"{one[:3].lower()}@example.cz"
        await add(town.store, one, f"+42060212345{number}", email=email, channels=both)
    await town.announce(plan=Plan(mode=Mode.ESCALATE, channels=both), sms_text="Voda neteče.")
    async with town.at_work():
        await town.until(jan=DeliveryState.DELIVERED, eva=DeliveryState.DELIVERED)
        [jan] = [one.attempts[0].id for one in await deliveries(town.store) if one.address == "jan@example.cz"]
        mailboxes.put(name, returned(jan, "gone"))
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await town.states() != {
                "jan@example.cz": DeliveryState.FAILED,
                "eva@example.cz": DeliveryState.DELIVERED,
                "+420602123450": DeliveryState.DELIVERED,
            }:
                await asyncio.sleep(0.02)
    [sms] = [json.loads(line) for line in file.read_text().splitlines()]
    assert (sms["to"], sms["text"]) == ("+420602123450", "Voda netece.")


async def test_what_comes_while_we_look_is_found_and_nothing_twice(town: Town, mailboxes: Dovecot, name: str) -> None:
    ids = await sent(town, "jan", "eva")
    settings = mailboxes.settings(name, port=mailboxes.port, security=Security.STARTTLS)
    reports: list[Report] = []
    async with fetching(Returned(settings, town.store, town.clock), reports):
        for one in ("jan", "eva"):
            mailboxes.put(name, returned(ids[one], one))
            await until_flags(mailboxes, name, {**dict.fromkeys(("jan", one), DONE)})
    # The service starts again: the server itself knows what is done with.
    async with fetching(Returned(settings, town.store, town.clock), reports):
        mailboxes.put(name, returned(ids["jan"], "once more"))
        await until_flags(mailboxes, name, dict.fromkeys(("jan", "eva", "once more"), DONE))
    assert [report.reference for report in reports] == [ids["jan"], ids["eva"], ids["jan"]]


async def test_a_mailbox_full_of_them(town: Town, mailboxes: Dovecot, name: str) -> None:
    ids = await sent(town, "jan")
    mailboxes.put(name, *(returned(ids["jan"], f"no. {number}") for number in range(2 * AT_ONCE + 1)), REPLY)
    town.bounces = mailboxes.settings(name, done_folder="Hlasatel/Vracene zpravy".replace("/", "."))
    async with town.at_work():
        await town.until(jan=DeliveryState.FAILED)
        await until_flags(mailboxes, name, {"Re: Voda": NOTHING})
    moved = mailboxes.flags(name, '"Hlasatel.Vracene zpravy"')
    assert moved.keys() == {f"no. {number}" for number in range(2 * AT_ONCE + 1)}
    async with town.store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Attempt)) == 1


async def test_it_is_marked_only_when_its_outcome_is_committed(town: Town, mailboxes: Dovecot, name: str) -> None:
    ids = await sent(town, "jan")
    mailboxes.put(name, returned(ids["jan"], "gone"))
    settings = mailboxes.settings(name)
    seen: list[frozenset[str]] = []

    async def away(report: Report) -> None:
        """The database is away at first."""
        seen.append((await asyncio.to_thread(mailboxes.flags, name))["gone"])
        if len(seen) < 3:
            raise StoreError("away")

    task = asyncio.create_task(Returned(settings, town.store, town.clock).run(away))
    await until_flags(mailboxes, name, {"gone": DONE})
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen == [NOTHING] * 3


async def test_who_dies_before_marking_takes_it_once_more_in_vain(town: Town, mailboxes: Dovecot, name: str) -> None:
    ids = await sent(town, "jan")
    mailboxes.put(name, returned(ids["jan"], "gone"))
    settings = mailboxes.settings(name)
    reports: list[Report] = []

    async def last_deed(report: Report) -> None:
        reports.append(report)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Returned(settings, town.store, town.clock).run(last_deed)
    assert mailboxes.flags(name) == {"gone": NOTHING}
    town.bounces = settings
    async with town.at_work():
        await until_flags(mailboxes, name, {"gone": DONE})
    assert [report.disposition for report in reports] == [Disposition.INVALID_NUMBER]
    assert await town.states() == {"jan@example.cz": DeliveryState.FAILED}


async def test_a_dead_server_is_told_of_and_asked_again(town: Town, name: str) -> None:
    ids = await sent(town, "jan")
    imap, imaps = free_ports(socket.SOCK_STREAM, 2)
    town.bounces = BouncesSettings(
        host="127.0.0.1", port=imap, security=Security.NONE, username=name, password=PASSWORD, poll_seconds=0.1
    )
    with structlog.testing.capture_logs() as lines:
        async with town.at_work():
            await until(lambda: _told(lines, "Connection refused"))
            with dovecot(ports=(imap, imaps)) as mailboxes:
                mailboxes.put(name, returned(ids["jan"], "gone"))
                await town.until(jan=DeliveryState.FAILED)
                await until_flags(mailboxes, name, {"gone": DONE})
    assert "bounces are fetched again" in [line["event"] for line in lines]


async def test_a_wrong_password_is_told_of_and_tried_again(town: Town, mailboxes: Dovecot, name: str) -> None:
    settings = mailboxes.settings(name, password="another one")
    with structlog.testing.capture_logs() as lines:
        async with fetching(Returned(settings, town.store, town.clock), []):
            await until(lambda: _told(lines, "AUTHENTICATIONFAILED", times=2))
    assert "another one" not in str(lines)


async def _told(lines: list[structlog.typing.EventDict], word: str, *, times: int = 1) -> bool:
    """Whether the log says so, and that it will be tried again."""
    told = [line for line in lines if line["event"] == "bounces cannot be fetched" and word in line["error"]]
    return len(told) >= times


async def test_a_silent_server_keeps_nobody_waiting(town: Town) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with_us.set()
        await reader.read()
        writer.close()

    with_us = asyncio.Event()
    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    settings = BouncesSettings(host="127.0.0.1", port=port, security=Security.NONE, timeout_seconds=2)
    async with listener, asyncio.timeout(20):
        with structlog.testing.capture_logs() as lines:
            async with fetching(Returned(settings, town.store, town.clock), []):
                await with_us.wait()
                longest, before = 0.0, time.monotonic()
                while not await _told(lines, "timed out"):
                    await asyncio.sleep(0.01)
                    longest, before = max(longest, time.monotonic() - before), time.monotonic()
    assert longest < 1.5, "the loop stood still"


async def test_what_a_visit_cannot_do_is_a_carriers_trouble(mailboxes: Dovecot, name: str) -> None:
    for wrong, word in (
        ({"folder": "Missing"}, "Missing"),
        ({"password": "wrong"}, "AUTHENTICATIONFAILED"),
        ({"ca_file": None}, "certificate"),
    ):
        box = Mailbox(mailboxes.settings(name, **wrong))
        with pytest.raises(CarrierError, match=word):
            await asyncio.to_thread(box.open)
        box.close()
