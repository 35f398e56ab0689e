"""From calls in vain to SMS by a real Kannel to e-mail by a real mail server; calls are ended as the dialer does."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

from prometheus_client import CollectorRegistry

from announcements.plan import Mode, Plan
from announcements.report import Report, report
from announcements.windows import ANY_HOUR
from channels.settings import DoorSettings
from lab.ports import free_ports
from service.mailing import make_mailing
from service.sections import TownSettings
from service.settings import Settings
from service.texting import Texting, open_texting
from store.database import Store
from store.states import LIVE_ANNOUNCEMENT_STATES, Channel, DeliveryState, Disposition
from tests.kannel import Sms, kannel
from tests.mailbox import mail_server
from tests.people import RULES, add, announce, end, line, prepare_town, start
from tests.texting import Clock

DEADLINE_SECONDS = 60.0
MOBILE, REFUSED = "+420602415001", "+420602415002"
EACH_WAY = (Channel.VOICE, Channel.SMS, Channel.EMAIL)
PLAN = Plan(mode=Mode.ESCALATE, unheard_attempts=1)


async def over(store: Store, announcement_id: int, texting: Texting) -> Report:
    """The report, once the text channels have brought the announcement to its end."""
    working = [asyncio.create_task(work, name=name) for name, work in texting.parts()]
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                async with store.reading() as session:
                    made = await report(session, announcement_id)
                if made.state not in LIVE_ANNOUNCEMENT_STATES:
                    return made
                await asyncio.sleep(0.1)
    finally:
        for work in working:
            work.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await texting.drain()


def no_recording(_key: str) -> Path:
    return Path("/nowhere")


async def test_each_is_reached_by_the_first_channel_that_works_and_by_no_other(store: Store, tmp_path: Path) -> None:
    await prepare_town(store)
    await add(store, "Heard", line(1), "+420602415003", email="heard@example.cz", channels=EACH_WAY)
    await add(store, "Busy", line(2), MOBILE, email="busy@example.cz", channels=EACH_WAY)
    await add(store, "Nothing", line(3), REFUSED, email="nothing@example.cz", channels=EACH_WAY)
    door_port, mail_port = free_ports(socket.SOCK_STREAM, 2)
    async with kannel(tmp_path / "kannel", denied=REFUSED[-9:]) as gateway:
        with mail_server(mail_port) as (mailbox, email):
            settings = Settings(
                town=TownSettings(name="Vzorov"),
                # One number in a request: where Kannel denies some of several, it does not say which.
                sms=(gateway.settings(windows=ANY_HOUR, messages_per_second=2),),
                door=DoorSettings(port=door_port),
                email=email,
            )
            ways = replace(settings.ways, voice=("+420",))
            rules = replace(RULES, ways=ways)
            launched = await announce(store, ways=ways, plan=PLAN, text="Dnes nepoteče voda.", title="Odstávka vody")
            heard, busy, nothing = [await start(store) for _ in range(3)]
            await end(store, heard, Disposition.ANSWERED, rules=rules, played_seconds=20)
            await end(store, busy, Disposition.BUSY, rules=rules)
            await end(store, nothing, Disposition.NO_ANSWER, rules=rules)
            clock = Clock()
            mailing = make_mailing(settings, store, no_recording, clock)
            texting = open_texting(settings, store, rules, CollectorRegistry(), clock, mailing=mailing)
            async with texting as office:
                made = await over(store, launched, office)
        texts = await gateway.until_received(1)
    done = {
        name: [(row.channel, row.state) for row in made.deliveries if row.subscriber == name] for name in people(made)
    }
    assert done == {
        "Heard": [(Channel.VOICE, DeliveryState.DELIVERED)],
        "Busy": [(Channel.VOICE, DeliveryState.FAILED), (Channel.SMS, DeliveryState.DELIVERED)],
        "Nothing": [
            (Channel.VOICE, DeliveryState.FAILED),
            (Channel.SMS, DeliveryState.FAILED),
            (Channel.EMAIL, DeliveryState.DELIVERED),
        ],
    }
    assert texts == [Sms("Vzorov", MOBILE, "Dnes nepotece voda.")]
    [(to, mail)] = mailbox.mails
    assert (to, str(mail["Subject"])) == ("nothing@example.cz", "Odstávka vody")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Dnes nepoteče voda." in body.get_content()
    assert (made.totals.people, made.totals.delivered) == (3, 3)


def people(made: Report) -> set[str]:
    return {row.subscriber for row in made.deliveries}
