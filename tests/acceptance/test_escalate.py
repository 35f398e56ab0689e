"""To escalate on the real Asterisk pair, a real Kannel and a real mail server: who was reached gets no more."""

import dataclasses
import socket
from collections import Counter
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio

from announcements.plan import Mode, Plan
from announcements.report import Report
from announcements.windows import ANY_HOUR
from channels.settings import DoorSettings
from lab.comparison import differences
from lab.pair import Pair
from lab.ports import free_ports
from store.people import ConsentWay
from store.states import Channel, DeliveryState, Disposition
from subscribers.consent import Proof
from subscribers.person import Person
from subscribers.registration import register
from tests.acceptance.conftest import Scene, now, opened_scene
from tests.acceptance.phones import numbers
from tests.kannel import Sms, kannel
from tests.mailbox import mail_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEARD, HAS_SMS, MOBILE, HAS_MAIL, REFUSED_MOBILE = LINES = numbers("escalate")
EACH_WAY = (Channel.VOICE, Channel.SMS, Channel.EMAIL)
TEXT = "Dnes nepoteče voda."


@dataclasses.dataclass(frozen=True)
class Night:
    """The finished announcement, and what each network saw of it."""

    report: Report
    rung: Counter[str]
    texts: list[Sms]
    mails: list[tuple[str, EmailMessage]]

    def of(self, name: str) -> list[tuple[Channel, DeliveryState]]:
        return [(row.channel, row.state) for row in self.report.deliveries if row.subscriber == name]


async def settle(scene: Scene) -> None:
    people = [
        Person("Heard", (HEARD, "+420602415501"), email="heard@example.cz", topics=("voda",), channels=EACH_WAY),
        Person("Busy", (HAS_SMS, MOBILE), email="busy@example.cz", topics=("voda",), channels=EACH_WAY),
        Person("Nothing", (HAS_MAIL, REFUSED_MOBILE), email="nothing@example.cz", topics=("voda",), channels=EACH_WAY),
    ]
    for person in people:
        async with scene.store.writing() as session:
            await register(
                session, person, Proof(ConsentWay.IN_PERSON, "test-1", "acceptance"), country="CZ", now=now()
            )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def night(pair: Pair, tmp_path_factory: pytest.TempPathFactory, renderings: Path) -> AsyncIterator[Night]:
    folder = tmp_path_factory.mktemp("escalate")
    door_port, mail_port = free_ports(socket.SOCK_STREAM, 2)
    with mail_server(mail_port) as (mailbox, email):
        async with (
            opened_scene(pair, folder, renderings) as plain,
            kannel(folder / "kannel", denied=REFUSED_MOBILE[-9:]) as gateway,
        ):
            # One number in a request: where Kannel denies some of several, it does not say which.
            sms = gateway.settings(windows=ANY_HOUR, messages_per_second=2)
            settings = plain.settings.model_copy(
                update={"sms": (sms,), "door": DoorSettings(port=door_port), "email": email}
            )
            scene = dataclasses.replace(plain, settings=settings)
            await settle(scene)
            plan = Plan(mode=Mode.ESCALATE, unheard_attempts=2)
            launched = await scene.announce(TEXT, plan=plan, title="Odstávka vody")
            await scene.run()
            made, calls = await scene.report(launched), await scene.calls(*LINES)
            assert differences(made, calls) == []
            rung = Counter(call.number for call in calls)
            yield Night(made, rung, gateway.received(), mailbox.mails)


async def test_who_heard_it_by_phone_gets_no_sms(night: Night) -> None:
    assert night.of("Heard") == [(Channel.VOICE, DeliveryState.DELIVERED)]
    assert night.rung[HEARD] == 1


async def test_who_is_busy_all_the_time_gets_an_sms_and_no_e_mail(night: Night) -> None:
    assert night.of("Busy") == [(Channel.VOICE, DeliveryState.FAILED), (Channel.SMS, DeliveryState.DELIVERED)]
    assert night.rung[HAS_SMS] + night.rung[MOBILE] == 2
    assert night.texts == [Sms("Vzorov", MOBILE, "Dnes nepotece voda.")]
    texts = [row for row in night.report.deliveries if row.channel is Channel.SMS]
    assert {row.subscriber: [one.disposition for one in row.attempts] for row in texts} == {
        "Busy": [Disposition.DELIVERED],
        "Nothing": [Disposition.REJECTED],
    }


async def test_where_nothing_worked_an_e_mail_goes(night: Night) -> None:
    assert night.of("Nothing") == [
        (Channel.VOICE, DeliveryState.FAILED),
        (Channel.SMS, DeliveryState.FAILED),
        (Channel.EMAIL, DeliveryState.DELIVERED),
    ]
    [(to, mail)] = night.mails
    assert (to, str(mail["Subject"])) == ("nothing@example.cz", "Odstávka vody")
    written = mail.get_body(("plain",))
    assert written is not None
    assert TEXT in written.get_content()


async def test_the_report_counts_each_person_once(night: Night) -> None:
    totals = night.report.totals
    assert (totals.people, totals.delivered, totals.failed) == (3, 3, 0)
    assert [(one.channel, one.delivered) for one in night.report.channels] == [
        (Channel.VOICE, 1),
        (Channel.SMS, 1),
        (Channel.EMAIL, 1),
    ]
