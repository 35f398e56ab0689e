"""Gateways of the internet by their description: what they get, what their answers mean, reports in every order."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import func, select

from channels.dispatcher import GRACE_SECONDS
from channels.gateway_settings import HttpSettings
from store.database import Store
from store.states import DeliveryState, Disposition, Priority
from store.work import ParkedReport
from tests.standin_gateway import StandIn, hang_up, stand_in
from tests.texting import Clock, PostOffice, mobile, text_people, texting

SECRET = "a-secret-of-the-webhook"
TEXT = 'Voda "neteče" {password} & 100 %\nAhoj'
STRIPPED = 'Voda "netece" {password} & 100 %\nAhoj'


def section(gateway: StandIn, **changes: Any) -> HttpSettings:
    """A gateway that takes JSON, gives ids and brings reports."""
    given = {
        "adapter": "http",
        "name": "brana",
        "url": f"{gateway.url}/send/{{username}}",
        "username": "mesto/1",
        "password": "tajne",
        "headers": {"X-Key": "{password}"},
        "query": {"v": "{parts}"},
        "fields": {"to": ["{to}"], "body": {"text": "{text}", "unicode": "{unicode}"}, "from": "{sender}"},
        "answer": {"id": "data.0.id", "status": "state", "accepted": ["ok"], "refused": {"blocked": "rejected"}},
        "reports": {"id": "id", "status": "state", "states": {"done": "delivered", "lost": "failed"}},
        "secret": SECRET,
        "messages_per_second": 500,
    }
    return HttpSettings.model_validate({**given, **changes})


def took(_: web.Request, __: Any) -> web.StreamResponse:
    return web.json_response({"state": "ok", "data": [{"id": 4711}]})


def says(state: str, status: int = 200) -> Any:
    return lambda _request, _fields: web.json_response({"state": state}, status=status)


async def report(office: PostOffice, state: str, secret: str = SECRET, **changes: Any) -> int:
    url = f"{office.texting.door_url}/sms/report/brana/{secret}"
    async with (
        aiohttp.ClientSession() as client,
        client.post(url, json=[{"id": 4711, "state": state, **changes}]) as got,
    ):
        return got.status


async def parked(store: Store) -> int:
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(ParkedReport)) or 0


async def accepted(office: PostOffice) -> None:
    async def taken() -> bool:
        return any(one.accepted_at for one in await office.attempts())

    await office.until_true(taken)


async def test_what_is_sent_is_escaped_and_braces_of_the_text_are_its_own(store: Store) -> None:
    await text_people(store, TEXT)
    async with stand_in(took) as gateway, texting(store, section(gateway)) as office:
        await accepted(office)
        [(path, headers, fields)] = gateway.requests
    assert path == "/send/mesto%2F1?v=1"
    assert headers["X-Key"] == "tajne"
    # No sender is set, so none is sent.
    assert fields == {"to": [mobile(0)], "body": {"text": STRIPPED, "unicode": "0"}}


async def test_reports_late_twice_and_of_strangers(store: Store) -> None:
    await text_people(store, "Voda neteče.")
    async with stand_in(took) as gateway, texting(store, section(gateway)) as office:
        await accepted(office)
        assert await report(office, "done", secret="wrong") == 403
        assert await report(office, "on its way") == 200
        assert await office.states() == {DeliveryState.SENDING: 1}
        assert await report(office, "done") == 200
        assert await report(office, "lost") == 200
        assert await report(office, "done") == 200
        assert await office.states() == {DeliveryState.DELIVERED: 1}
        assert await office.dispositions() == [Disposition.DELIVERED]
        [attempt] = await office.attempts()
    assert attempt.message_id == "4711"


async def test_a_report_that_comes_before_the_answer_waits_for_it(store: Store) -> None:
    await text_people(store, "Voda neteče.")
    office: PostOffice

    async def slowly(request: web.Request, _: Any) -> web.StreamResponse:
        assert await report(office, "done") == 200
        assert await parked(store) == 1
        return took(request, None)

    async with stand_in(slowly) as gateway, texting(store, section(gateway)) as office:
        await office.until_states(delivered=1)
    assert await parked(store) == 0


async def test_a_report_that_never_comes_ends_as_unknown_and_one_that_comes_later_still_counts(store: Store) -> None:
    await text_people(store, "Voda neteče.")
    clock = Clock()
    async with stand_in(took) as gateway, texting(store, section(gateway), clock=clock) as office:
        await accepted(office)
        clock.ahead = timedelta(days=3)
        await office.texting.dispatchers[0].end_overdue()
        assert await office.states() == {DeliveryState.FAILED: 1}
        assert await office.dispositions() == [Disposition.UNKNOWN]
        assert await report(office, "done") == 200
        assert await office.states() == {DeliveryState.DELIVERED: 1}
        assert len(gateway.requests) == 1


async def test_a_lost_answer_waits_for_a_report_and_is_sent_again_without_one(store: Store) -> None:
    await text_people(store, "Voda neteče.")
    clock = Clock()
    async with (
        stand_in(hang_up) as gateway,
        texting(store, section(gateway), clock=clock, retries={"failed_seconds": 0}) as office,
    ):
        await office.until(lambda states: states == {DeliveryState.SENDING: 1} and len(gateway.requests) == 1)
        gateway.reply = took
        clock.ahead = timedelta(hours=1)
        await office.texting.dispatchers[0].end_overdue()
        await accepted(office)
        assert await report(office, "done") == 200
        assert await office.dispositions() == [Disposition.FAILED, Disposition.DELIVERED]
        assert len(gateway.requests) == 2


@pytest.mark.parametrize(("priority", "sent"), [(Priority.NORMAL, 1), (Priority.CRISIS, 2)])
async def test_in_doubt_a_crisis_comes_rather_twice_and_the_rest_rather_not(
    store: Store, priority: Priority, sent: int
) -> None:
    """This gateway brings no reports, so nobody will ever know."""
    await text_people(store, "Voda neteče.", priority=priority)
    retries = {"tries": 2, "failed_seconds": 0}
    async with stand_in(hang_up) as gateway, texting(store, section(gateway, secret=""), retries=retries) as office:
        await office.until_states(failed=1)
        assert await office.dispositions() == [Disposition.UNKNOWN] * sent
        assert len(gateway.requests) == sent


@pytest.mark.parametrize(
    ("reply", "disposition", "state", "usable"),
    [
        (says("blocked"), Disposition.REJECTED, DeliveryState.FAILED, True),
        (says("odd"), Disposition.FAILED, DeliveryState.QUEUED, True),
        (says("odd", 400), Disposition.FAILED, DeliveryState.QUEUED, True),
        (says("", 402), Disposition.WITHDRAWN, DeliveryState.QUEUED, False),
        (says("", 429), Disposition.WITHDRAWN, DeliveryState.QUEUED, False),
    ],
)
async def test_refusals(
    store: Store, reply: Any, disposition: Disposition, state: DeliveryState, *, usable: bool
) -> None:
    await text_people(store, "Voda neteče.")
    async with stand_in(reply) as gateway, texting(store, section(gateway)) as office:

        async def over() -> bool:
            found = await office.dispositions()
            return bool(found) and None not in found

        await office.until_true(over)
        await office.until_states(**{state.value: 1})
        found = await office.dispositions()
        # A second claim may have been on its way to a carrier that just went down; it is not handed over.
        assert (found if usable else list(set(found))) == [disposition]
        assert len(gateway.requests) == 1
        assert office.outlets[0].usable is usable


PRESETS: dict[str, tuple[Any, dict[str, str], Any, str]] = {
    "smsmanager": (
        {"request_id": "r", "accepted": [{"message_id": "m-1", "phone_number": "420602000000"}], "rejected": []},
        {"password": "key", "secret": SECRET, "public_url": "https://hlaseni.example.cz"},
        {
            "body": "Voda netece.",
            "to": [{"phone_number": "420602000000"}],
            "tag": "transactional",
            "callback": f"https://hlaseni.example.cz/sms/report/brana/{SECRET}",
        },
        "m-1",
    ),
    "bulkgate": (
        {"data": {"status": "accepted", "sms_id": "b-1", "number": "420602000000"}},
        {"username": "123", "password": "token"},
        {
            "application_id": "123",
            "application_token": "token",
            "number": "420602000000",
            "text": "Voda netece.",
            "unicode": "0",
            "sender_id": "gSystem",
        },
        "b-1",
    ),
}


@pytest.mark.parametrize("preset", PRESETS)
async def test_presets_send_what_the_documentation_shows(store: Store, preset: str) -> None:
    answer, account, expected, identifier = PRESETS[preset]
    await text_people(store, "Voda neteče.")
    async with stand_in(lambda _request, _fields: web.json_response(answer)) as gateway:
        given = {"adapter": "http", "name": "brana", "preset": preset, "url": f"{gateway.url}/x", **account}
        async with texting(store, HttpSettings.model_validate(given)) as office:
            await accepted(office)
            [attempt] = await office.attempts()
    assert gateway.requests[0][2] == expected
    assert attempt.message_id == identifier


@pytest.mark.parametrize(
    ("answer", "disposition"),
    [
        ("<result><err>0</err><price>1.1</price><sms_id>377351</sms_id></result>", Disposition.SENT),
        ("<result><err>10</err></result>", Disposition.INVALID_NUMBER),
        ("<result><err>9</err></result>", Disposition.WITHDRAWN),
    ],
)
async def test_the_preset_of_smsbrana_reads_its_xml(store: Store, answer: str, disposition: Disposition) -> None:
    await text_people(store, "Voda neteče.")
    async with stand_in(lambda _request, _fields: web.Response(text=answer, content_type="text/xml")) as gateway:
        given = {"adapter": "http", "name": "brana", "preset": "smsbrana", "url": f"{gateway.url}/x", "username": "u"}
        async with texting(store, HttpSettings.model_validate(given)) as office:

            async def ended() -> bool:
                return any(await office.dispositions())

            await office.until_true(ended)
            assert (await office.dispositions())[0] is disposition
    fields = gateway.requests[0][2]
    assert (fields["action"], fields["number"], fields["message"]) == ("send_sms", mobile(0), "Voda netece.")
    assert len(fields["user_id"]) == 32


async def test_after_a_long_absence_the_reports_kept_for_us_are_waited_for(store: Store) -> None:
    """Nobody may get it twice just because we were away: a message whose answer was lost had arrived."""
    await text_people(store, "Voda neteče.")
    clock = Clock()
    async with stand_in(hang_up) as gateway:
        async with texting(store, section(gateway), clock=clock) as office:
            await office.until(lambda states: states == {DeliveryState.SENDING: 1} and len(gateway.requests) == 1)
        clock.ahead = timedelta(hours=1)
        async with texting(store, section(gateway), clock=clock, retries={"failed_seconds": 0}) as office:
            await office.texting.dispatchers[0].end_overdue()
            assert await office.states() == {DeliveryState.SENDING: 1}
            clock.ahead += timedelta(seconds=GRACE_SECONDS + 1)
            await office.texting.dispatchers[0].end_overdue()
            assert Disposition.FAILED in await office.dispositions()
