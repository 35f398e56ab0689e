"""The report of an announcement that went by several channels: each person counts once, each channel tells its own."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import update

from announcements.plan import Mode, Plan
from announcements.report import report
from service.cli.reporting import as_csv, report_tables
from store.database import Store
from store.states import Channel, DeliveryState, Disposition
from store.work import Attempt, Delivery
from tests.integration.test_reach import ALL_WAYS, mobile
from tests.people import NOW, ZONE, add, announce, deliveries, line, prepare_town


def attempt(delivery: Delivery, disposition: Disposition, **fields: object) -> Attempt:
    values = {
        "id": f"a{delivery.id}",
        "delivery_id": delivery.id,
        "address": delivery.address,
        "channel": delivery.channel,
        "trunk": "kannel" if delivery.channel is Channel.SMS else "o2",
        "token_hash": "",
        "started_at": NOW,
        "ended_at": NOW + timedelta(seconds=90),
        "disposition": disposition,
        **fields,
    }
    return Attempt(**values)


async def test_each_person_counts_once_and_each_channel_tells_its_own(store: Store) -> None:
    """Jan missed the call and has the SMS; Eva heard the call and has the SMS; Petr's e-mail bounced."""
    await prepare_town(store)
    await add(store, "Jan", line(1), mobile(1), channels=(Channel.VOICE, Channel.SMS))
    await add(store, "Eva", line(2), mobile(2), channels=(Channel.VOICE, Channel.SMS))
    await add(store, "Petr", email="petr@example.cz")
    launched = await announce(store, ways=ALL_WAYS, plan=Plan(mode=Mode.ALL))
    rows = {row.address: row for row in await deliveries(store)}
    states = {line(1): DeliveryState.FAILED, "petr@example.cz": DeliveryState.FAILED}
    async with store.writing() as session:
        await session.execute(update(Delivery).values(state=DeliveryState.DELIVERED))
        for address, state in states.items():
            await session.execute(update(Delivery).where(Delivery.address == address).values(state=state))
        session.add(attempt(rows[line(1)], Disposition.BUSY))
        heard = {"answered_at": NOW + timedelta(seconds=30), "heard_seconds": 20.0, "price": Decimal("1.50")}
        session.add(attempt(rows[line(2)], Disposition.ANSWERED, **heard))
        for number in (1, 2):
            taken = {"accepted_at": NOW, "parts": 2, "price": Decimal("1.10"), "message_id": f"m{number}"}
            session.add(attempt(rows[mobile(number)], Disposition.DELIVERED, **taken))
        session.add(attempt(rows["petr@example.cz"], Disposition.REJECTED, cause=550))
    async with store.reading() as session:
        made = await report(session, launched)
    totals = made.totals
    assert (totals.people, totals.lines, totals.delivered, totals.failed, totals.attempts) == (3, 2, 2, 1, 5)
    assert (totals.minutes, totals.price) == (1.0, Decimal("3.70"))
    assert [
        (one.channel, one.people, one.addresses, one.delivered, one.attempts, one.minutes, one.parts, one.price)
        for one in made.channels
    ] == [
        (Channel.VOICE, 2, 2, 1, 2, 1.0, 0, Decimal("1.50")),
        (Channel.SMS, 2, 2, 2, 2, 0.0, 4, Decimal("2.20")),
        (Channel.EMAIL, 1, 1, 0, 1, 0.0, 0, Decimal("0.00")),
    ]
    assert {(row.subscriber, row.channel) for row in made.deliveries} == {
        ("Jan", Channel.VOICE), ("Jan", Channel.SMS), ("Eva", Channel.VOICE), ("Eva", Channel.SMS),
        ("Petr", Channel.EMAIL),
    }  # fmt: skip
    assert [one.parts for one in made.trunks] == [4, 0]
    titles = [str(table.title) for table in report_tables(made, ZONE, "CZK")]
    assert titles[1:] == ["Totals", "Channels", "Trunks"]
    sms = next(row for row in as_csv(made).splitlines() if row.startswith("Jan;" + mobile(1)))
    assert sms.split(";")[2:4] == ["sms", "delivered"]
    assert sms.split(";")[-2:] == [NOW.isoformat(), "2"]
