"""Every kind of trunk on a real Asterisk: it starts without a complaint, registers, calls, and is known to be down."""

import asyncio
import re
import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from socket import SOCK_DGRAM, SOCK_STREAM

import pytest
from pydantic import SecretStr

from dialer.health import TrunkHealth
from dialer.link import AmiLink, AmiSettings
from dialer.trunk import Transport, Trunk
from lab.asterisk import Asterisk
from lab.landlines import Outcome
from lab.managed import managed_files
from lab.network import Account, Network, Secured
from lab.pair import LAB_TRUNK, Pair, running_pair
from lab.ports import free_ports, free_rtp_ports
from lab.program import Program, install_program
from service.settings import cache_folder
from tests.ami import connected
from tests.certificates import certificate
from tests.deadline import until
from tests.tones import write_tone
from tts.formats import FORMATS, encode

EXAMPLES = Path(__file__).parents[2] / "docs" / "trunks.md"
NUMBER = "+420556400101"
ACCOUNT = Account("700100", "tajneheslo")
DEADLINE_SECONDS = 60.0


@pytest.fixture
async def program() -> Program:
    return await install_program(cache_folder())


@asynccontextmanager
async def watched(pair: Pair, *trunks: Trunk) -> AsyncIterator[TrunkHealth]:
    """As the service watches it."""
    link = AmiLink(AmiSettings(port=pair.ami_port, user=pair.ami_user, secret=SecretStr(pair.ami_secret)))
    health = TrunkHealth(link, trunks or (pair.trunk,))
    link.listen(health.on_event)
    link.greet(health.greet)
    await link.start()
    watching = asyncio.create_task(health.run())
    try:
        yield health
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await link.close()


async def usable(health: TrunkHealth, name: str = "lab") -> None:
    await asyncio.wait_for(health.wait_usable(name), DEADLINE_SECONDS)


async def troubled(health: TrunkHealth, words: str, name: str = "lab") -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while words not in health.trouble(name):
            await asyncio.sleep(0.05)
    assert not health.usable(name)


def complaints(asterisk: Asterisk) -> list[str]:
    return [line for line in asterisk.log.read_text().splitlines() if "WARNING[" in line or "ERROR[" in line]


def with_account(**changes: object) -> Trunk:
    account = {"username": ACCOUNT.username, "password": SecretStr(ACCOUNT.password)}
    return LAB_TRUNK.model_copy(update={**account, **changes})


def examples() -> Sequence[Trunk]:
    """The trunks that the documentation shows."""
    blocks = re.findall(r"^```toml\n(.+?)^```", EXAMPLES.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    sections = [section for block in blocks for section in tomllib.loads(block).get("trunks", [])]
    for section in sections:
        if section.pop("password_file", None):
            section["password"] = "tajne"
    return [Trunk.model_validate(section) for section in sections]


async def test_asterisk_starts_with_every_trunk_of_the_documentation_and_complains_of_none(
    program: Program, tmp_path: Path
) -> None:
    cert, key = certificate(tmp_path, "town")
    (silent,) = free_ports(SOCK_DGRAM, 1)
    trunks = [
        trunk.model_copy(
            update={
                "host": "127.0.0.1",
                "port": silent,
                "password": SecretStr("x" if trunk.username else ""),
                **({"ca_file": cert} if trunk.ca_file else {}),
                **({"cert_file": cert, "key_file": key} if trunk.cert_file else {}),
            }
        )
        for trunk in examples()
    ]
    assert {trunk.transport for trunk in trunks} == set(Transport)
    assert {bool(trunk.username) for trunk in trunks} == {trunk.srtp for trunk in trunks} == {True, False}
    (sip_port,) = free_ports(SOCK_DGRAM, 1)
    (ami_port,) = free_ports(SOCK_STREAM, 1)
    (rtp_ports,) = free_rtp_ports(1)
    files = managed_files(
        trunks, sip_port=sip_port, rtp_ports=rtp_ports, ami_port=ami_port, ami_user="hlasatel", ami_secret="tajne"
    )
    asterisk = Asterisk(program, tmp_path / "managed", files)
    await asterisk.start()
    try:
        endpoints = await asterisk.command("pjsip list endpoints")
        registrations = await asterisk.command("pjsip list registrations")
        said = complaints(asterisk)
    finally:
        await asterisk.stop()
    assert [trunk.name for trunk in trunks if trunk.endpoint not in endpoints] == []
    assert [trunk.name for trunk in trunks if bool(trunk.username) != (trunk.account in registrations)] == []
    assert said == []


async def test_a_trunk_with_an_account_registers_authenticates_and_calls_over_tls_and_srtp(
    program: Program, tmp_path: Path
) -> None:
    cert, key = certificate(tmp_path, "network")
    (tls_port,) = free_ports(SOCK_STREAM, 1)
    network = Network(ACCOUNT, Secured(tls_port, cert, key))
    trunk = with_account(transport=Transport.TLS, srtp=True, ca_file=cert)
    speech = write_tone(tmp_path / "speech.wav", 1.0, rate=8000).with_suffix("")
    async with running_pair(program, tmp_path, {}, trunk, network) as pair:
        async with watched(pair) as health, connected(pair) as ami:
            await usable(health)
            await ami.send(
                "Originate",
                Channel=f"PJSIP/{NUMBER}@{trunk.endpoint}",
                CallerID="+420556400000",
                Application="Playback",
                Data=str(speech),
                Async="true",
                ChannelId="secret-talk",
            )
            hangup = await ami.wait(Event="Hangup", Uniqueid="secret-talk")
        (call,) = await pair.landlines.calls()
        assert (hangup["ChannelState"], call.number, call.outcome) == ("6", NUMBER, Outcome.ANSWERED)
        assert call.recording is not None
        assert call.recording.stat().st_size > 8000
        assert "tls" in (await pair.managed.command("pjsip show contacts")).lower()
        assert complaints(pair.managed) == []


async def test_a_trunk_with_hd_voice_carries_it(program: Program, tmp_path: Path) -> None:
    trunk = LAB_TRUNK.model_copy(update={"codecs": ("g722",)})
    tone = write_tone(tmp_path / "tone.wav", 10.0)
    await encode(tone, FORMATS["g722"], tmp_path / "speech.g722")
    async with running_pair(program, tmp_path, {}, trunk) as pair, connected(pair) as ami:
        await ami.send(
            "Originate",
            Channel=f"PJSIP/{NUMBER}@{trunk.endpoint}",
            Application="Playback",
            Data=str(tmp_path / "speech"),
            Codecs=",".join(trunk.codecs),
            Async="true",
            ChannelId="wide-talk",
        )

        async def carried() -> bool:
            return "g722" in await pair.managed.command("pjsip show channelstats")

        await until(carried)
        assert complaints(pair.managed) == []


async def test_a_peer_whose_certificate_nobody_vouches_for_is_never_trusted(program: Program, tmp_path: Path) -> None:
    (cert, key), (stranger, _) = certificate(tmp_path, "network"), certificate(tmp_path, "stranger")
    (tls_port,) = free_ports(SOCK_STREAM, 1)
    network = Network(secured=Secured(tls_port, cert, key))
    secured = LAB_TRUNK.model_copy(update={"transport": Transport.TLS, "srtp": True, "ca_file": stranger})
    async with running_pair(program, tmp_path, {}, secured, network, wait=False) as pair, watched(pair) as health:
        await troubled(health, "does not answer")


async def test_a_wrong_password_makes_the_trunk_unusable_and_says_so(program: Program, tmp_path: Path) -> None:
    trunk = with_account(password=SecretStr("spatne"))
    async with running_pair(program, tmp_path, {}, trunk, Network(ACCOUNT)) as pair, watched(pair) as health:
        await troubled(health, "has not accepted the account (Rejected)")


async def test_a_trunk_that_goes_away_is_found_out_and_comes_back(program: Program, tmp_path: Path) -> None:
    """Its peer dies: OPTIONS find out; it lives again: they find that out too."""
    async with running_pair(program, tmp_path, {}) as pair:
        absent = Trunk(name="absent", host="127.0.0.1")
        async with watched(pair, pair.trunk, absent) as health:
            await usable(health)
            assert health.trouble("lab") == ""
            await troubled(health, "unknown to Asterisk", "absent")
            await pair.landlines.asterisk.kill()
            await troubled(health, "does not answer")
            await pair.landlines.start()
            await usable(health)
