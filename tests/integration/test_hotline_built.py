"""The town's number as the service builds it: what Asterisk is told of it, and what prompts know."""

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
from store.errors import SettingsError
from tests.calling_in import STORE_UNUSED
from tests.people import NOW
from tests.tones import ToneEngine
from tts.library import Library

TRUNKS = (Trunk(name="operator", host="127.0.0.1"),)


class Link:
    """Takes what would go over AMI."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}

    async def action(self, name: str, fields: dict[str, str], *, greets: bool) -> None:
        assert (name, greets) == ("Setvar", True)
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
