"""The town's number as the service builds it: what Asterisk is told of it, and what prompts know."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dialer.trunk import Trunk
from dialplans import names
from ivr.settings import HotlineSettings
from service.asterisk import AsteriskSettings
from service.hotline import Hotline, make_hotline
from service.sections import TownSettings
from service.settings import Settings
from service.staff_number import dialled_pattern
from store.errors import AsteriskError, SettingsError
from tests.calling_in import STORE_UNUSED
from tests.people import NOW
from tests.tones import ToneEngine
from tts.library import Library

TRUNKS = (Trunk(name="operator", host="127.0.0.1"),)


class Link:
    """Takes what would go over AMI; ``refused``: what it does not take."""

    def __init__(self, refused: str = "") -> None:
        self.told: dict[str, str] = {}
        self.kept: str | None = None
        self.refused = refused

    async def action(self, name: str, fields: dict[str, str], *, greets: bool) -> None:
        assert greets
        if self.refused in (name, fields.get("Variable")):
            raise AsteriskError(f"Asterisk refused {name}")
        if name == "Originate":
            assert fields["Channel"] == f"Local/s@{names.KEEP_CONTEXT}/n"
            self.kept = self.told[names.APOLOGY]
            return
        assert name == "Setvar"
        self.told[fields["Variable"]] = fields["Value"]


SECRET = "tajne-heslo"


def settings(folder: Path, secret: str = SECRET, phone: str = "+420556414322", **hotline: Any) -> Settings:
    hotline.setdefault("recordings", folder / "recordings")
    return Settings(
        town=TownSettings(name="Vzorov", phone=phone),
        asterisk=AsteriskSettings(managed=False, ami_secret=secret),
        trunks=TRUNKS,
        hotline=HotlineSettings(**hotline),
    )


def built(folder: Path, engine: ToneEngine | None = None, **changes: Any) -> Hotline:
    library = Library(folder / "library", [engine or ToneEngine(seconds=6)])
    return make_hotline(settings(folder, **changes), STORE_UNUSED, library, [], lambda: NOW)


async def test_asterisk_is_told_where_callers_go_and_what_they_hear_without_us(tmp_path: Path) -> None:
    link, engine = Link(), ToneEngine(seconds=6)
    hotline = built(tmp_path, engine, ring_back_seconds=8)
    await hotline.introduce(link, "agi://127.0.0.1:4573")  # type: ignore[arg-type]
    assert link.told[names.HOTLINE] == "agi://127.0.0.1:4573/hotline"
    assert link.told[names.HOTLINE_TOKEN] == hotline.token
    assert link.told[names.RING_SECONDS] == "8"
    assert Path(link.told[names.APOLOGY]).with_suffix(".alaw").exists()
    assert link.kept == link.told[names.APOLOGY]
    assert "hlásič města Vzorov" in engine.spoken[0]
    assert "pět set padesát šest" in engine.spoken[0]


async def test_who_answers_at_once_has_no_seconds_of_ringing(tmp_path: Path) -> None:
    link = Link()
    await built(tmp_path).introduce(link, "agi://127.0.0.1:4573")  # type: ignore[arg-type]
    assert link.told[names.RING_SECONDS] == ""


def test_the_token_outlives_a_restart_and_is_made_of_the_secret(tmp_path: Path) -> None:
    assert built(tmp_path).token == built(tmp_path).token
    assert built(tmp_path).token != built(tmp_path, secret="jine-heslo").token


def test_without_a_number_callers_are_told_to_turn_to_the_office(tmp_path: Path) -> None:
    office = built(tmp_path, phone="").desk.prompts["cs"]
    assert "městský úřad" in str(vars(office)["_values"])


def test_languages_are_those_of_the_settings_the_towns_own_first(tmp_path: Path) -> None:
    assert list(built(tmp_path, languages=("en", "cs")).desk.prompts) == ["cs", "en"]
    with pytest.raises(SettingsError, match="no prompts for “xx”"):
        built(tmp_path, languages=("xx",))


def test_a_folder_that_asterisk_cannot_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"hotline\.recordings"):
        built(tmp_path, recordings=tmp_path / "na hrávky")


def test_the_office_is_reached_by_a_trunk_that_there_is(tmp_path: Path) -> None:
    assert built(tmp_path, office_extension="200").desk.office.trunk == "operator"
    with pytest.raises(ValidationError, match="none of the trunks"):
        settings(tmp_path, office_trunk="other")


@pytest.mark.parametrize("number", ["+420556414399", "556414399", "420556414399"])
@pytest.mark.parametrize("dialled", ["+420556414399", "420556414399", "00420556414399", "556414399"])
def test_the_staffs_number_is_known_however_the_trunk_writes_it(number: str, dialled: str) -> None:
    assert re.search(dialled_pattern(number, "CZ"), dialled)


@pytest.mark.parametrize("dialled", ["556414322", "99", "1556414399", "5564143990", "+421556414399", ""])
def test_another_number_is_not_the_staffs(dialled: str) -> None:
    assert not re.search(dialled_pattern("+420556414399", "CZ"), dialled)


def test_the_staffs_number_may_be_an_extension_as_the_trunk_delivers_it() -> None:
    pattern = dialled_pattern("399", "CZ")
    assert [one for one in ("399", "1399", "3990", "+399") if re.search(pattern, one)] == ["399"]
    assert dialled_pattern("", "CZ") == ""


async def test_asterisk_is_told_the_staffs_number(tmp_path: Path) -> None:
    link = Link()
    await built(tmp_path, staff_number="+420556414399").introduce(link, "agi://127.0.0.1:4573")  # type: ignore[arg-type]
    assert link.told[names.STAFF_LINE] == dialled_pattern("+420556414399", "CZ")
    assert list(link.told)[-1] == names.HOTLINE  # callers are let in when all else is told


@pytest.mark.parametrize("number", ["+420556414322", "556414322"])
def test_the_staffs_number_is_not_the_towns(tmp_path: Path, number: str) -> None:
    with pytest.raises(ValidationError, match=r"staff_number is town\.phone"):
        settings(tmp_path, staff_number=number)


async def test_where_callers_are_not_answered_asterisk_forgets_what_it_was_told(tmp_path: Path) -> None:
    link = Link()
    await built(tmp_path, answers=False).introduce(link, "agi://127.0.0.1:4573")  # type: ignore[arg-type]
    assert {link.told[name] for name in (names.HOTLINE, names.APOLOGY, names.STAFF_LINE)} == {""}
    assert link.kept == ""


async def test_an_asterisk_that_keeps_no_apology_answers_all_the_same(tmp_path: Path) -> None:
    link = Link(refused="Originate")
    await built(tmp_path).introduce(link, "agi://127.0.0.1:4573")  # type: ignore[arg-type]
    assert link.told[names.HOTLINE]
    link = Link(refused=names.HOTLINE)
    with pytest.raises(AsteriskError):
        await built(tmp_path).introduce(link, "agi://127.0.0.1:4573")  # type: ignore[arg-type]
