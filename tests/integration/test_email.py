"""Announcements by e-mail through a real mail server: how they look, who refuses them, links to leave by, bounces."""

import asyncio
import re
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from announcements.outcome import Ending
from announcements.plan import Mode, Plan
from announcements.texts import end_texts
from channels.carriers import SmsSettings
from channels.door import Door
from channels.mail.bounces import read_bounce
from channels.mail.links import Links
from channels.mail.mailbox import BouncesSettings
from channels.mailer import EmailSettings
from channels.settings import DoorSettings, TextingSettings
from service.mailing import make_mailing
from service.sections import TownSettings
from service.settings import Settings
from service.texting import Texting, open_texting
from store.database import Store
from store.states import Channel, DeliveryState, Disposition
from subscribers.entries import read_entries
from tests.certificates import certificate
from tests.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.people import NOW, RULES, add, announce, deliveries, prepare_town

DEADLINE_SECONDS = 30.0
SECRET = "a secret of the town"
SENDER = "hlasatel@vzorov.example.cz"
TEXT = "Dobrý den,\nv úterý <nepoteče> voda.\n\nCisterna bude na nám. Republiky & u školy."
EMAIL_ONLY = Plan(mode=Mode.ALL, channels=(Channel.EMAIL,))


class Town:
    def __init__(self, store: Store, server: MailServer, folder: Path) -> None:
        self.store = store
        self.server = server
        self.folder = folder
        self.now = NOW
        self.url = ""
        self.bounces = BouncesSettings()
        self.sms: tuple[SmsSettings, ...] = ()

    def settings(self, **email: Any) -> Settings:
        usual = {
            "host": "127.0.0.1",
            "port": self.server.port,
            "ca_file": self.server.ca_file,
            "username": USER,
            "password": PASSWORD,
            "sender": SENDER,
            "messages_per_second": 500,
            "timeout_seconds": 5,
            "public_url": "https://hlaseni.example.cz",
            "secret": SECRET,
        }
        return Settings(
            town=TownSettings(name="Vzorov"),
            email=EmailSettings(**{**usual, **email}),
            door=DoorSettings(port=0),
            texting=TextingSettings(poll_seconds=0.02),
            bounces=self.bounces,
            sms=self.sms,
        )

    async def announce(self, **draft: Any) -> int:
        given = {"title": "Odstávka vody", "email_text": TEXT, "plan": EMAIL_ONLY, **draft}
        return await announce(self.store, ways=self.settings().ways, **given)

    @asynccontextmanager
    async def at_work(self, **email: Any) -> AsyncIterator[Texting]:
        settings = self.settings(**email)
        rules = replace(RULES, ways=settings.ways, texts=settings.text_policies)
        mailing = make_mailing(settings, self.store, lambda key: self.folder / f"{key}.wav", self.clock)
        assert mailing is not None
        async with open_texting(
            settings, self.store, rules, CollectorRegistry(), self.clock, mailing.routes, mailing
        ) as texting:
            parts = [asyncio.create_task(work, name=name) for name, work in texting.parts()]
            try:
                yield texting
                assert not [part for part in parts if part.done()]
            finally:
                for part in parts:
                    part.cancel()
                await asyncio.gather(*parts, return_exceptions=True)

    def clock(self) -> datetime:
        return self.now

    async def states(self) -> dict[str, DeliveryState]:
        return {one.address: one.state for one in await deliveries(self.store)}

    async def until(self, **wanted: DeliveryState) -> None:
        """By the mailbox's name before its @."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while {address.partition("@")[0]: state for address, state in (await self.states()).items()} != wanted:
                await asyncio.sleep(0.02)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(*certificate(tmp_path, "mail")) as running:
        yield running


@pytest.fixture
async def town(store: Store, server: MailServer, tmp_path: Path) -> Town:
    await prepare_town(store)
    return Town(store, server, tmp_path)


def text_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_an_announcement_looks_well_as_text_and_as_html(town: Town) -> None:
    await add(town.store, "Jan Novák", email="Jan@example.cz")
    await town.announce(email_subject="Výluka <vody>")
    async with town.at_work():
        await town.until(jan=DeliveryState.DELIVERED)
    (mail,) = town.server.mails
    assert (mail["To"], mail["Subject"]) == ("jan@example.cz", "Výluka <vody>")
    assert mail["From"] == f"Vzorov <{SENDER}>"
    assert text_of(mail, "plain").startswith(TEXT)
    html = text_of(mail, "html")
    assert "<p>Dobrý den,<br>v úterý &lt;nepoteče&gt; voda.</p>" in html
    assert "nám. Republiky &amp; u školy." in html
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert link.startswith("https://hlaseni.example.cz/unsubscribe/")
    assert link in text_of(mail, "plain").replace("\n", "")
    assert "https://hlaseni.example.cz/recording/" in html
    (delivery,) = await deliveries(town.store)
    (attempt,) = delivery.attempts
    assert (attempt.disposition, attempt.trunk, attempt.parts) == (Disposition.SENT, "email", None)
    assert mail["Message-ID"] == f"<{attempt.id}@vzorov.example.cz>"


async def test_refusals_concern_the_one_who_is_refused(town: Town) -> None:
    for name in ("jan", "nobody", "blocked", "full"):
        await add(town.store, name.title(), email=f"{name}@example.cz")
    town.server.replies = {
        "nobody@example.cz": "550 5.1.1 no such user",
        "blocked@example.cz": "550 5.7.1 you are blocked",
        "full@example.cz": "452 4.2.2 mailbox full",
    }
    await town.announce()
    async with town.at_work():
        await town.until(
            jan=DeliveryState.DELIVERED,
            nobody=DeliveryState.FAILED,
            blocked=DeliveryState.FAILED,
            full=DeliveryState.QUEUED,
        )
        town.server.replies = {}
        town.now += timedelta(minutes=2)
        await town.until(
            jan=DeliveryState.DELIVERED,
            nobody=DeliveryState.FAILED,
            blocked=DeliveryState.FAILED,
            full=DeliveryState.DELIVERED,
        )
    told = {one.address: [try_.disposition for try_ in one.attempts] for one in await deliveries(town.store)}
    assert told == {
        "jan@example.cz": [Disposition.SENT],
        "nobody@example.cz": [Disposition.INVALID_NUMBER],
        "blocked@example.cz": [Disposition.REJECTED],
        "full@example.cz": [Disposition.CONGESTION, Disposition.SENT],
    }


async def test_a_server_that_is_down_costs_nobody_a_try(town: Town) -> None:
    await add(town.store, "Jan Novák", email="jan@example.cz")
    await town.announce()
    async with town.at_work(password="wrong") as texting:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while texting.dispatchers[-1].outlet.usable:
                await asyncio.sleep(0.02)
        await texting.drain()
    (delivery,) = await deliveries(town.store)
    assert delivery.state is DeliveryState.QUEUED
    assert {attempt.disposition for attempt in delivery.attempts} == {Disposition.WITHDRAWN}
    async with town.at_work():
        await town.until(jan=DeliveryState.DELIVERED)
    assert len(town.server.mails) == 1


async def test_a_link_lost_in_the_middle_sends_nothing_twice(town: Town) -> None:
    await add(town.store, "Jan Novák", email="jan@example.cz")
    town.server.after_data = {"jan@example.cz": "drop"}
    await town.announce()
    async with town.at_work():
        await town.until(jan=DeliveryState.FAILED)
    (delivery,) = await deliveries(town.store)
    assert [attempt.disposition for attempt in delivery.attempts] == [Disposition.UNKNOWN]
    assert len(town.server.mails) == 1


async def test_the_recording_is_attached_where_the_town_wants_it(town: Town) -> None:
    await add(town.store, "Jan Novák", email="jan@example.cz")
    announcement_id = await town.announce()
    (delivery,) = await deliveries(town.store)
    assert delivery.announcement_id == announcement_id
    _tone(town.folder / f"{'0123456789abcdef' * 2}.wav")
    async with town.at_work(recording="attach", public_url=""):
        await town.until(jan=DeliveryState.DELIVERED)
    (mail,) = town.server.mails
    (attached,) = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("audio/mpeg", "hlaseni.mp3")
    assert len(attached.get_content()) > 1000
    assert mail["List-Unsubscribe"] is None
    assert "odpovězte na tuto zprávu" in text_of(mail, "plain")


def _tone(file: Path) -> None:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(32_000))


@asynccontextmanager
async def browser(town: Town) -> AsyncIterator[tuple[aiohttp.ClientSession, str, Links]]:
    """A person's browser, and where the door is."""
    settings = town.settings()
    mailing = make_mailing(settings, town.store, lambda key: town.folder / f"{key}.wav", town.clock)
    assert mailing is not None
    door = Door("127.0.0.1", 0)
    await door.open(mailing.routes)
    async with aiohttp.ClientSession() as client:
        yield client, door.url, Links(door.url, SECRET)
    await door.close()


async def people(town: Town) -> dict[str, tuple[tuple[Channel, ...], bool]]:
    async with town.store.reading() as session:
        return {one.entry.name: (one.entry.channels, one.left) for one in (await read_entries(session)).values()}


async def test_one_click_ends_the_emails_and_looking_changes_nothing(town: Town) -> None:
    await add(town.store, "Jan", email="jan@example.cz")
    await add(town.store, "Eva", "+420602123456", email="jan@example.cz", channels=(Channel.SMS, Channel.EMAIL))
    before = await people(town)
    async with browser(town) as (client, _, links):
        link = links.unsubscribe(7, "jan@example.cz")
        async with client.get(link) as page:
            assert page.status == 200
            assert "jan@example.cz" in await page.text()
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert await people(town) == before
        for _ in range(2):
            async with client.post(link, data={"List-Unsubscribe": "One-Click"}) as answer:
                assert answer.status == 200
    assert await people(town) == {"Jan": ((Channel.EMAIL,), True), "Eva": ((Channel.SMS,), False)}


async def test_everything_can_be_left_by_the_page(town: Town) -> None:
    await add(town.store, "Eva", "+420602123456", email="eva@example.cz", channels=(Channel.SMS, Channel.EMAIL))
    all_of_it = {"what": "all"}
    async with (
        browser(town) as (client, _, links),
        client.post(links.unsubscribe(7, "eva@example.cz"), data=all_of_it) as answer,
    ):
        assert "Hotovo" in await answer.text()
    assert (await people(town))["Eva"][1]


async def test_made_up_links_lead_nowhere(town: Town) -> None:
    await add(town.store, "Jan", email="jan@example.cz")
    before = await people(town)
    async with browser(town) as (client, url, links):
        forged = Links(url, "another secret of 16").unsubscribe(7, "jan@example.cz")
        recording = links.recording("0" * 32).replace("/recording/", "/unsubscribe/")
        for link in (forged, recording, f"{url}/unsubscribe/x", f"{url}/recording/x", links.recording("missing")):
            async with client.get(link) as answer:
                assert answer.status == 404
        async with client.post(forged, data={"what": "all"}) as answer:
            assert answer.status == 404
        async with client.post(links.unsubscribe(7, "jan@example.cz"), data={"what": "nonsense"}) as answer:
            assert answer.status == 400
    assert await people(town) == before


async def test_a_linked_recording_can_be_heard(town: Town) -> None:
    _tone(town.folder / "abc.wav")
    async with browser(town) as (client, _, links), client.get(links.recording("abc")) as answer:
        assert (answer.status, answer.content_type) == (200, "audio/wav")
        assert len(await answer.read()) > 32_000


def bounce(original: str, action: str = "failed", status: str = "5.1.1", said: str = "smtp; 550 no such user") -> bytes:
    return f"""\
From: MAILER-DAEMON@mail.example.cz
To: {SENDER}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{"f" * 32}@mail.example.cz>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.cz

Final-Recipient: rfc822; jan@example.cz
Action: {action}
Status: {status}
Diagnostic-Code: {said}

--b
{original}
--b--
""".encode()


def original(attempt: str, kind: str = "message/rfc822") -> str:
    return f"Content-Type: {kind}\n\nMessage-ID: <{attempt}@vzorov.example.cz>\nSubject: Voda\n\nVoda"


ATTEMPT = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("status", "said", "disposition", "cause"),
    [
        ("5.1.1", "smtp; 550 5.1.1 no such user", Disposition.INVALID_NUMBER, 550),
        ("5.7.1", "smtp; 554 blocked", Disposition.REJECTED, 554),
        ("5.2.2", "smtp; 552 mailbox full", Disposition.REJECTED, 552),
        ("4.4.7", "", Disposition.REJECTED, None),
        ("4.2.2", "smtp; 452 full for days", Disposition.REJECTED, 452),
    ],
)
def test_bounces_are_understood(status: str, said: str, disposition: Disposition, cause: int | None) -> None:
    for kind in ("message/rfc822", "text/rfc822-headers"):
        found = read_bounce(bounce(original(ATTEMPT, kind), status=status, said=said))
        assert found is not None
        assert (found.attempt_id, found.disposition, found.cause) == (ATTEMPT, disposition, cause)


async def test_a_bounce_ends_a_delivery_that_had_been_sent(town: Town) -> None:
    await add(town.store, "Jan Novák", email="jan@example.cz")
    await town.announce()
    async with town.at_work():
        await town.until(jan=DeliveryState.DELIVERED)
    (delivery,) = await deliveries(town.store)
    found = read_bounce(bounce(original(delivery.attempts[0].id)))
    assert found is not None
    for changed in (True, False):
        async with town.store.writing() as session:
            ending = Ending(found.disposition, town.now, found.cause)
            ended = await end_texts(session, {found.attempt_id: ending}, town.settings().outcome_rules)
        assert (found.attempt_id in ended) is changed
    (delivery,) = await deliveries(town.store)
    assert delivery.state is DeliveryState.FAILED
    assert [(one.disposition, one.cause) for one in delivery.attempts] == [(Disposition.INVALID_NUMBER, 550)]


def test_what_ends_nothing_is_left_alone() -> None:
    assert read_bounce(bounce(original(ATTEMPT), action="delayed", status="4.4.1")) is None
    assert read_bounce(bounce("Content-Type: text/plain\n\nhello")) is None
    assert read_bounce(b"From: jan@example.cz\nSubject: Re: Voda\n\nDekuji") is None
    assert read_bounce(b"") is None
    assert read_bounce(b"\xff\x00 nonsense") is None
    delivered = read_bounce(bounce(original(ATTEMPT), action="delivered", status="2.0.0", said=""))
    assert delivered is not None
    assert delivered.disposition is Disposition.DELIVERED


def test_links_hold_what_was_put_in() -> None:
    links = Links("https://example.cz/", SECRET)
    link = links.unsubscribe(5, "ž@example.cz")
    assert re.fullmatch(r"https://example\.cz/unsubscribe/[\w.-]+", link)
    assert links.read_unsubscribe(link.rpartition("/")[2]) == (5, "ž@example.cz")
    assert not Links("", SECRET).there
    assert Links("", "").read_unsubscribe("x") is None
