"""One real Asterisk before the answering network, and our whole dialer on it with short sounds."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from socket import SOCK_DGRAM, SOCK_STREAM

from pydantic import SecretStr

from announcements.decision import OutcomeRules
from announcements.hearing import Hearings
from announcements.retry import RetryPolicy
from announcements.scripts import Scripts
from announcements.ways import Ways
from announcements.windows import ANY_HOUR, Calendar
from benchmarks.network import Network, answering_network
from dialer.calls import CallsInFlight
from dialer.dispatcher import Dispatcher
from dialer.exchange import DialerSettings, Exchange, Sounds
from dialer.health import TrunkHealth
from dialer.link import AmiLink, AmiSettings, Event
from dialer.trunk import Trunk
from ivr.announcement import AnnouncementCall
from ivr.server import AgiServer
from lab.asterisk import Asterisk
from lab.managed import managed_files
from lab.ports import free_ports, free_rtp_ports
from lab.program import install_program
from service.clock import utc_now
from service.garbage import search_rarely
from service.service import Service
from service.settings import cache_folder
from store.database import Store

SILENCE = b"\xd5"
SHORT_SECONDS = 0.15
MESSAGE_SECONDS = 0.8
PROMPTS = ("greeting", "menu", "goodbye", "confirmed", "confirm_refusal", "refused", "not_refused")


@dataclass(frozen=True)
class Rig:
    asterisk: Asterisk
    ami: AmiSettings
    trunk: Trunk
    message: Path
    short: Path
    network: Network
    # Where this Asterisk takes calls.
    sip_port: int


@asynccontextmanager
async def rig(folder: Path, lines: int, kept: int = 0, call_seconds: float = 60.0) -> AsyncIterator[Rig]:
    """Everything on loopback and on free ports under ``folder``; ``kept`` of the lines are for a crisis.

    Whoever is called hangs up after ``call_seconds``.
    """
    program = await install_program(cache_folder())
    message, short = folder / "message", folder / "short"
    message.with_suffix(".alaw").write_bytes(SILENCE * int(8000 * MESSAGE_SECONDS))
    short.with_suffix(".alaw").write_bytes(SILENCE * int(8000 * SHORT_SECONDS))
    async with answering_network(folder, call_seconds) as network:
        trunk = Trunk(
            name="lab", host="127.0.0.1", port=network.port, lines=lines, lines_for_crisis=kept, calls_per_second=500
        )
        [sip_port], [ami_port], [rtp] = free_ports(SOCK_DGRAM, 1), free_ports(SOCK_STREAM, 1), free_rtp_ports(1)
        secret = secrets.token_hex(16)
        files = managed_files(
            [trunk],
            sip_port=sip_port,
            rtp_ports=(rtp[0], rtp[0] + 4 * lines + 200),
            ami_port=ami_port,
            ami_user="hlasatel",
            ami_secret=secret,
        )
        asterisk = Asterisk(program, folder / "asterisk", files)
        await asterisk.start()
        try:
            yield Rig(
                asterisk, AmiSettings(port=ami_port, secret=SecretStr(secret)), trunk, message, short, network, sip_port
            )
        finally:
            await asterisk.stop()


@asynccontextmanager
async def dialing(rig: Rig, store: Store, on_event: Callable[[Event], None] = lambda _: None) -> AsyncIterator[Service]:
    """Our whole path, as ``service.open_service`` builds it, but for the short sounds; ``on_event`` sees AMI's too."""
    scripts = Scripts()
    call = AnnouncementCall(
        dict.fromkeys(PROMPTS, str(rig.short)),
        lambda _: rig.message,
        str(rig.short),
        utc_now,
        Hearings(store, scripts),
    )
    server = AgiServer({"announcement": call.handle})
    port = await server.start("127.0.0.1", 0)
    link = AmiLink(rig.ami)
    calls = CallsInFlight(utc_now)
    link.listen(calls.on_event)
    link.listen(on_event)
    health = TrunkHealth(link, [rig.trunk])
    link.listen(health.on_event)
    link.greet(health.greet)
    await link.start()
    calendar = Calendar(ANY_HOUR, UTC, frozenset())
    exchange = Exchange(
        store=store,
        link=link,
        calls=calls,
        health=health,
        sounds=Sounds(lambda: rig.short, lambda _: rig.message),
        settings=DialerSettings(detect_machine=False),
        rules=OutcomeRules(RetryPolicy(), 0.8, Ways(voice=rig.trunk.prefixes), calendar),
        agi_url=f"agi://127.0.0.1:{port}",
        clock=utc_now,
        scripts=scripts,
    )
    dispatchers: list[Dispatcher] = []
    dispatchers.append(Dispatcher(rig.trunk, exchange, dispatchers))
    try:
        search_rarely()
        yield Service(exchange, dispatchers)
    finally:
        await link.close()
        await server.stop()
