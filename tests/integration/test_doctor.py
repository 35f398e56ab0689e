"""The doctor: all is well, and each thing wrong is found by itself, with the mend."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from channels.mailer import EmailSettings, Security
from dialer.trunk import Trunk
from dialplans.names import ANNOUNCEMENT_CONTEXT, PROBE
from ivr.settings import HotlineSettings
from service import doctor, recordings
from service.asterisk import AsteriskSettings
from service.doctor import Finding, examine
from service.sections import StoreSettings, TownSettings
from service.settings import Settings
from store.database import opened
from store.migrate import migrate
from tests.clerk import Clerk, hired
from tests.dovecot import dovecot
from tests.fake_ami import SECRET, Behaviour, FakeAsterisk, Peer, Received, fake_asterisk, refuse
from tests.mail_server import mail_server
from tts.speech import SpeechSettings


async def succeed(peer: Peer, action: Received) -> None:
    await peer.answer(action, "Success", "AsteriskVersion: 22.10.1")


async def record(peer: Peer, action: Received) -> None:
    """As the dialplan does where the doctor asks for it."""
    (variable,) = action.variables
    await asyncio.to_thread(Path(variable.removeprefix(f"{PROBE}=")).write_text, "written")
    await peer.answer(action, "Success")


async def succeed_in_vain(peer: Peer, action: Received) -> None:
    await peer.answer(action, "Success")


def listing(name: str, *lines: str) -> Behaviour:
    """Answers with one event of that name."""

    async def answer(peer: Peer, action: Received) -> None:
        mark = f"ActionID: {action.headers['ActionID']}"
        await peer.answer(action, "Success", "EventList: start")
        await peer.send(f"Event: {name}", mark, *lines)
        await peer.send(f"Event: {name}Complete", mark, "EventList: Complete", "ListItems: 1")

    return answer


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as fake:
        fake.behaviour |= {
            "CoreSettings": succeed,
            "ShowDialPlan": listing("ListDialplan", f"Context: {ANNOUNCEMENT_CONTEXT}"),
            "Originate": record,
        }
        yield fake


@pytest.fixture
async def settings(asterisk: FakeAsterisk, tmp_path: Path) -> Settings:
    """Everything there that a service needs."""
    made = Settings(
        town=TownSettings(name="Vzorov"),
        store=StoreSettings(url=f"sqlite:///{tmp_path}/store.db"),
        asterisk=AsteriskSettings(managed=False, ami_port=asterisk.port, ami_secret=SecretStr(SECRET)),
        speech=SpeechSettings(engines=("espeak-ng",), library=tmp_path.parent / "speech"),
        hotline=HotlineSettings(recordings=tmp_path / "recordings"),
        trunks=(Trunk(name="o2", host="10.0.0.1", password=SecretStr("jine-heslo")),),
    )
    async with opened(made.store.url) as store:
        await migrate(store)
    return made


async def wrong(settings: Settings) -> list[Finding]:
    """What is not well; each has a mend, and no secret is shown."""
    findings = await examine(settings)
    assert "heslo" not in str(findings)
    assert all(finding.mend for finding in findings if not finding.ok)
    return [finding for finding in findings if not finding.ok]


def names(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings]


def with_both_engines(settings: Settings) -> Settings:
    both = SpeechSettings(library=settings.speech.library)
    return settings.model_copy(update={"speech": both})


async def test_all_is_well(settings: Settings) -> None:
    findings = await examine(with_both_engines(settings))
    assert [finding for finding in findings if not finding.ok or finding.mend] == []
    assert names(findings) == [
        *("settings", "store", "clock", "engine festival", "engine espeak-ng", "speech", "disk"),
        *("recordings", "asterisk", "dialplan", "recording", "trunk o2"),
    ]


async def test_a_town_without_name_or_trunk(settings: Settings) -> None:
    (found,) = await wrong(settings.model_copy(update={"town": TownSettings(name="")}))
    assert (found.what, "town.name" in found.found) == ("settings", True)
    (found,) = await wrong(settings.model_copy(update={"trunks": ()}))
    assert (found.what, "no trunk" in found.found) == ("settings", True)


async def test_no_database_yet_and_none_is_made(settings: Settings, tmp_path: Path) -> None:
    (found,) = await wrong(settings.model_copy(update={"store": StoreSettings(url=f"sqlite:///{tmp_path}/neni.db")}))
    assert (found.what, "hlasatel migrate" in found.mend) == ("store", True)
    assert not (tmp_path / "neni.db").exists()


async def test_a_database_of_another_shape(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "stara.db").touch()
    (found,) = await wrong(settings.model_copy(update={"store": StoreSettings(url=f"sqlite:///{tmp_path}/stara.db")}))
    assert (found.what, found.mend) == ("store", "run: hlasatel migrate")


async def test_a_database_out_of_reach(settings: Settings) -> None:
    url = "postgresql://u:jine-heslo@127.0.0.1:1/town"
    (found,) = await wrong(settings.model_copy(update={"store": StoreSettings(url=url)}))
    assert (found.what, "out of reach" in found.found) == ("store", True)


async def test_clocks_that_differ(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MOST_SKEW_SECONDS", 0.0)
    (found,) = await wrong(settings)
    assert (found.what, "NTP" in found.mend) == ("clock", True)


async def test_engines_that_are_missing(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = await wrong(with_both_engines(settings))
    assert names(findings) == ["engine festival", "engine espeak-ng", "speech"]
    assert "festival-czech" in findings[0].mend


async def test_a_language_without_prompts(settings: Settings) -> None:
    (found,) = await wrong(settings.model_copy(update={"town": TownSettings(name="Vzorov", language="de")}))
    assert (found.what, "“de”" in found.found) == ("speech", True)


async def test_a_library_that_asterisk_could_not_name_or_nobody_could_make(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "soubor").touch()
    for library in (tmp_path / "žluť", tmp_path / "soubor" / "lib"):
        (found,) = await wrong(
            settings.model_copy(update={"speech": SpeechSettings(engines=("espeak-ng",), library=library)})
        )
        assert found.what == "speech"


async def test_a_disk_that_is_nearly_full(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_GIGABYTES", 1e9)
    (found,) = await wrong(settings)
    assert (found.what, found.mend) == ("disk", "free some space")


def recording_at(settings: Settings, folder: Path, **changes: Any) -> Settings:
    hotline = settings.hotline.model_copy(update={"recordings": folder, **changes})
    return settings.model_copy(update={"hotline": hotline})


async def test_recordings_that_nobody_could_keep(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "soubor").touch()
    for folder in (tmp_path / "žluť", tmp_path / "soubor" / "nahravky"):
        found = await wrong(recording_at(settings, folder))
        assert names(found) == ["recordings", "recording"]


async def test_recordings_that_we_may_not_remove(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied", "/nahravky")

    monkeypatch.setattr(doctor, "write_and_remove", refused)
    (found,) = await wrong(settings)
    assert (found.what, found.found) == ("recordings", "/nahravky: Permission denied")


async def test_an_asterisk_that_cannot_write_recordings(
    settings: Settings, asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where it runs as another user, in a container, or with a dialplan of ours that is too old."""
    monkeypatch.setattr(recordings, "PROBE_SECONDS", 0.3)
    asterisk.behaviour["Originate"] = succeed_in_vain
    (found,) = await wrong(settings)
    assert (found.what, "does not write" in found.found, "chgrp" in found.mend) == ("recording", True, True)


async def test_the_doctor_leaves_nothing_behind(settings: Settings) -> None:
    assert await wrong(settings) == []
    assert list(settings.hotline.recordings.iterdir()) == []


async def test_where_nobody_is_answered_nothing_is_recorded(settings: Settings, tmp_path: Path) -> None:
    silent = recording_at(settings, tmp_path / "žluť", answers=False)
    assert not {"recordings", "recording"} & {finding.what for finding in await examine(silent)}


async def test_a_refused_login(settings: Settings) -> None:
    other = settings.asterisk.model_copy(update={"ami_secret": SecretStr("spatne-heslo")})
    (found,) = await wrong(settings.model_copy(update={"asterisk": other}))
    assert (found.what, "ami_secret" in found.mend) == ("asterisk", True)


async def test_an_asterisk_without_our_dialplan(settings: Settings, asterisk: FakeAsterisk) -> None:
    asterisk.behaviour["ShowDialPlan"] = listing("ListDialplan", "Context: default")
    (found,) = await wrong(settings)
    assert (found.what, "extensions-hlasatel.conf" in found.mend) == ("dialplan", True)


async def test_a_trunk_that_asterisk_does_not_know(settings: Settings, asterisk: FakeAsterisk) -> None:
    asterisk.behaviour["PJSIPQualify"] = refuse
    (found,) = await wrong(settings)
    assert (found.what, found.found) == ("trunk o2", "Asterisk does not know the trunk o2")


async def test_a_trunk_that_does_not_answer(
    settings: Settings, asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "TRUNK_SECONDS", 0.5)
    asterisk.states["trunk-o2"] = "UNAVAILABLE"
    (found,) = await wrong(settings)
    assert (found.what, found.found) == ("trunk o2", "10.0.0.1:5060 does not answer")


async def test_a_trunk_whose_account_is_refused(
    settings: Settings, asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "TRUNK_SECONDS", 0.5)
    asterisk.registrations["trunk-o2-account"] = "Rejected"
    (trunk,) = settings.trunks
    account = trunk.model_copy(update={"username": "700100"})
    (found,) = await wrong(settings.model_copy(update={"trunks": (account,)}))
    assert (found.found, "password" in found.mend) == (
        "10.0.0.1:5060 has not accepted the account (Rejected)",
        True,
    )


async def test_the_mailbox_of_bounces(settings: Settings) -> None:
    with mail_server() as server, dovecot() as mailboxes:
        email = EmailSettings(host="127.0.0.1", port=server.port, security=Security.NONE, sender="hlasatel@example.cz")
        good = settings.model_copy(update={"email": email, "bounces": mailboxes.settings("mesto")})
        assert await wrong(good) == []
        told = {finding.what: finding.found for finding in await examine(good)}
        assert told["bounces"] == "0 messages in INBOX at 127.0.0.1"
        forgotten = mailboxes.settings("mesto", password="jine-heslo")
        (found,) = await wrong(good.model_copy(update={"bounces": forgotten}))
        assert (found.what, "AUTHENTICATIONFAILED" in found.found) == ("bounces", True)
        assert "[bounces]" in found.mend
    gone = good.bounces.model_copy(update={"ca_file": None})
    (found,) = await wrong(settings.model_copy(update={"bounces": gone}))
    assert (found.what, "refused" in found.found) == ("bounces", True)


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the doctor will say at the command line."""
    said = [Finding("store", ok=True, found="sqlite"), Finding("disk", ok=False, found="0 GB", mend="free some space")]

    async def known(_settings: Settings) -> list[Finding]:
        return said

    monkeypatch.setattr("service.cli.serving.examine", known)
    return said


def test_the_command_line_prints_a_line_each_and_exits_1_when_something_is_wrong(
    clerk: Clerk, findings: list[Finding]
) -> None:
    said = clerk("doctor")
    assert said.code == 1
    assert re.search(r"ok +│ store +│ sqlite", said.out)
    assert re.search(r"WRONG +│ disk +│ 0 GB +│ free some space", said.out)
    assert [Finding(**one) for one in json.loads(clerk("doctor", "--json").out)] == findings
    findings.pop()
    assert clerk("doctor").code == 0
