"""trunks list, off and on, as a clerk types them."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.clerk import SETTINGS, Clerk, hired

SECOND = """
[[trunks]]
name = "zaloha"
host = "192.0.2.7"
price_per_minute = 0.9
daily_spend_cap = 50
"""


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        clerk.settings(SETTINGS.format(library=tmp_path.parent / "speech") + SECOND)
        yield clerk


def listed(clerk: Clerk) -> dict[str, dict[str, str | None]]:
    return {one["trunk"]: one for one in json.loads(clerk("trunks", "list", "--json").out)}


def off(clerk: Clerk) -> list[str]:
    return [name for name, one in listed(clerk).items() if one["off_since"]]


def test_trunks_are_listed_with_their_money_and_no_secret(clerk: Clerk) -> None:
    backup = listed(clerk)["zaloha"]
    assert (backup["host"], backup["spent_today"], backup["daily_spend_cap"]) == ("192.0.2.7", "0.00", "50")
    said = clerk("trunks", "list")
    assert "zaloha" in said.out
    assert "CZK" in said.out
    assert "jine-heslo" not in said.all


def test_one_trunk_is_switched_off_and_on(clerk: Clerk) -> None:
    assert clerk("trunks", "off", "zaloha").out == "Trunk zaloha is off. Back with: hlasatel trunks on zaloha\n"
    assert off(clerk) == ["zaloha"]
    assert datetime.fromisoformat(str(listed(clerk)["zaloha"]["off_since"])).tzinfo is not None
    assert "off since" in clerk("trunks", "list").out
    assert clerk("trunks", "on", "zaloha").code == 0
    assert off(clerk) == []


def test_all_are_switched_off_and_on_together(clerk: Clerk) -> None:
    assert clerk("trunks", "off").code == 0
    assert off(clerk) == ["operator", "zaloha"]
    refused = clerk("trunks", "on", "operator")
    assert (refused.code, "hlasatel trunks on" in refused.err) == (2, True)
    assert clerk("trunks", "on").code == 0
    assert off(clerk) == []


@pytest.mark.parametrize("word", ["off", "on"])
def test_an_unknown_trunk_is_refused_with_the_nearest_name(clerk: Clerk, word: str) -> None:
    before = clerk.rows()
    said = clerk("trunks", word, "operatr")
    assert (said.code, "unknown trunk “operatr”" in said.err, "did you mean operator?" in said.err) == (2, True, True)
    assert "the settings have: operator, zaloha" in clerk("trunks", word, "xyz").err
    assert clerk.rows() == before
