"""Answers on their way out, letters on their way to the office; and what a crash or a dead gateway does to them."""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from channels.carrier import Accepted, Refused, Unsure
from channels.carrier import Answer as Handed
from channels.incoming.answering import Answering
from channels.incoming.post import Post
from channels.mailer import EmailSettings, Mailer
from store.database import Store
from store.messages import Answer, AnswerState, Letter
from store.states import Disposition
from tests.integration.incoming import MOBILE, Town, make_town
from tests.mail_server import MailServer, mail_server

DOWN = Refused(Disposition.WITHDRAWN, "connection refused", by_carrier=True)
OFFICE = "urad@example.cz"


class Gateways:
    """Stands for sending; says what it is told to say, in turn."""

    def __init__(self, *says: Handed) -> None:
        self.says = list(says)
        self.sent: list[tuple[str, str]] = []

    async def send(self, to: str, text: str) -> Handed:
        self.sent.append((to, text))
        return self.says.pop(0) if self.says else Accepted()


class Killed(BaseException):
    """The process is gone in the middle of a submit."""


class DeadlyGateways(Gateways):
    async def send(self, to: str, text: str) -> Handed:
        await super().send(to, text)
        raise Killed


@pytest.fixture
async def town(store: Store) -> Town:
    town = await make_town(store)
    await town.say("POMOC")
    return town


def answering(town: Town, gateways: Gateways) -> Answering:
    return Answering(town.store, gateways, town.clerk.wrote, lambda: town.now)


async def state(town: Town) -> tuple[AnswerState, str | None]:
    async with town.store.reading() as session:
        row = (await session.scalars(select(Answer))).one()
        return row.state, row.why


async def test_an_answer_is_sent_once(town: Town) -> None:
    gateways = Gateways()
    sending = answering(town, gateways)
    assert [await sending.work(), await sending.work()] == [1, 0]
    assert [to for to, _ in gateways.sent] == [MOBILE]
    assert (await state(town))[0] is AnswerState.SENT


async def test_a_dead_gateway_gets_it_later_but_not_much_later(town: Town) -> None:
    gateways = Gateways(DOWN, DOWN)
    sending = answering(town, gateways)
    assert await sending.work() == 1
    assert await sending.work() == 0
    town.later(minutes=2)
    assert await sending.work() == 1
    assert await state(town) == (AnswerState.QUEUED, "connection refused")
    town.later(hours=3)
    assert await sending.work() == 0
    assert await state(town) == (AnswerState.FAILED, "too late")


@pytest.mark.parametrize(
    ("handed", "ends"),
    [
        (Refused(Disposition.INVALID_NUMBER, "no such number"), AnswerState.FAILED),
        (Unsure("timeout"), AnswerState.UNKNOWN),
    ],
)
async def test_what_may_have_gone_is_never_sent_again(town: Town, handed: Handed, ends: AnswerState) -> None:
    sending = answering(town, Gateways(handed))
    assert [await sending.work(), await sending.work()] == [1, 0]
    assert (await state(town))[0] is ends


async def test_a_crash_while_sending_sends_nothing_twice(town: Town) -> None:
    deadly = DeadlyGateways()
    with pytest.raises(Killed):
        await answering(town, deadly).work()
    reborn = answering(town, Gateways())
    await reborn.settle_earlier_run()
    assert await reborn.work() == 0
    assert await state(town) == (AnswerState.UNKNOWN, "the service ended meanwhile")


async def test_a_crash_before_sending_loses_nothing(town: Town) -> None:
    reborn = answering(town, gateways := Gateways())
    await reborn.settle_earlier_run()
    assert await reborn.work() == 1
    assert len(gateways.sent) == 1


@pytest.fixture
async def office(store: Store) -> AsyncIterator[tuple[Town, MailServer, Post]]:
    town = await make_town(store)
    with mail_server() as server:
        email = EmailSettings(host="127.0.0.1", port=server.port, security="none", sender="hlasatel@example.cz")
        mailer = Mailer(email)
        yield (
            town,
            server,
            Post(
                store,
                mailer,
                sender=email.sender,
                office=OFFICE,
                town="Studénka",
                zone=ZoneInfo("Europe/Prague"),
                clock=lambda: town.now,
            ),
        )
        await mailer.close()


async def test_a_letter_reaches_the_office_as_it_was_written(office: tuple[Town, MailServer, Post]) -> None:
    town, server, post = office
    await town.say("P U školy nesvítí lampa 🙂\nBcc: all@example.cz {id}")
    assert [await post.work(), await post.work()] == [1, 0]
    (mail,) = server.mails
    assert (mail["To"], mail["Subject"], mail["Bcc"]) == (OFFICE, "Dopis č. 1 od občana (SMS)", None)
    assert "U školy nesvítí lampa 🙂\nBcc: all@example.cz {id}" in mail.get_content()
    assert "24. 11. 2026 8:30" in mail.get_content()
    async with town.store.reading() as session:
        assert (await session.scalars(select(Letter.forwarded_at))).one() == town.now


async def test_a_letter_that_is_not_taken_waits_longer_each_time(office: tuple[Town, MailServer, Post]) -> None:
    town, server, post = office
    server.replies = {OFFICE: "451 try later"}
    await town.say("P Nesvítí lampa")
    for pause in (1, 2, 4):
        assert [await post.work(), await post.work()] == [1, 0]
        town.later(minutes=pause)
    server.replies = {}
    assert await post.work() == 1
    assert len(server.mails) == 1
