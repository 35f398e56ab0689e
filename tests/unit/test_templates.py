"""Templates: what is written in their places, at length and short; what is missing, unknown or none of its kind."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from announcements import when
from announcements.templates import Filled, fill, find_template, load_templates
from channels.encoding import Diacritics, encode
from store.errors import InputError, SettingsError, UnknownName
from subscribers.topics import default_topics
from tts.normaliser import normalised

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
PRAGUE = ZoneInfo("Europe/Prague")
TEMPLATES = load_templates(None)
VALUES = {
    "ulice": "Tyršova a Komenského",
    "od": "1. 12. 8:00",
    "do": "2026-12-01T14:00",
    "objizdka": "ulicí Nádražní",
    "zacatek": "9. 12. 2026 17:00",
    "misto": "zasedací místnost radnice",
    "den": "3. 12.",
    "druh": "velkoobjemový odpad",
    "hodiny": "8:00 až 11:00",
}


def filled(name: str, **changes: str | None) -> Filled:
    template = find_template(TEMPLATES, name)
    values = {**{one: VALUES[one] for one in template.needs}, **changes}
    given = {one: value for one, value in values.items() if value is not None}
    return fill(template, given, town="Studénka", now=NOW, zone=PRAGUE)


def test_an_outage_of_water() -> None:
    made = filled("odstavka-vody")
    assert made.title == "Odstávka vody: Tyršova a Komenského"
    assert "že v úterý 1. prosince od 8:00 do 14:00 nepoteče voda" in made.text
    assert made.sms_text == (
        "Studénka: odstávka vody út 1.12. 8:00-14:00, Tyršova a Komenského. Zásobte se prosím předem."
    )
    assert made.email_subject == "Odstávka vody v úterý 1. prosince od 8:00 do 14:00"
    assert "v úterý prvního prosince od osmi do čtrnácti hodin" in normalised(made.text, "cs").words


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_shipped_template_is_whole_and_its_sms_is_one_part(name: str) -> None:
    made = filled(name)
    assert "[" not in f"{made.title}{made.text}{made.sms_text}{made.email_subject}"
    assert encode(made.sms_text or "", Diacritics.STRIP).parts == 1
    assert not normalised(made.text, "cs").unsure
    assert made.topic in default_topics().topics


def test_a_span_over_days_and_a_meeting_and_a_day_of_another_year() -> None:
    assert (
        "od úterý 1. prosince od 8:00 do středy 2. prosince do 12:00" in filled("odstavka-vody", do="2. 12. 12:00").text
    )
    assert "Koná se ve středu 9. prosince v 17:00" in filled("zasedani").text
    assert "ve čtvrtek 3. prosince" in filled("svoz-odpadu").text
    assert "v pondělí 4. ledna 2027 se mění" in filled("uredni-hodiny", den="4. 1.").text
    assert (filled("uredni-hodiny", den="4. 1.").sms_text or "").startswith("Studénka: změna úředních hodin po 4.1.:")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ulice": None}, "the template needs ulice — add: --set ulice=…"),
        ({"mesto": "Praha"}, "the template has no place for mesto — it needs ulice, od, do"),
        ({"od": "zítra"}, "od=zítra: no date and time"),
        ({"od": "31. 2. 8:00"}, "no date and time"),
        ({"od": "2026-12-01"}, "no date and time"),
        ({"do": "1. 12. 7:00"}, "before it begins"),
        ({"od": "1. 12. 2025 8:00", "do": "1. 12. 2025 9:00"}, "has passed"),
        ({"ulice": "[od]"}, "cannot stand in a text"),
        ({"ulice": "{jmeno}"}, "cannot stand in a text"),
        ({"ulice": " "}, "cannot stand in a text"),
        ({"ulice": "x" * 501}, "cannot stand in a text"),
    ],
)
def test_a_bad_value_is_refused(changes: dict[str, str | None], message: str) -> None:
    with pytest.raises(InputError) as refused:
        filled("odstavka-vody", **changes)
    assert message in str(refused.value)


def test_an_unknown_template_tells_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean odstavka-vody"):
        find_template(TEMPLATES, "odstavka vody")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[a]\ntitle = "A"\ntopic = "voda"\ntext = "V [ulice]."', r"a: .*text has \[ulice\], which is not in needs"),
        ('[a]\ntitle = "A"\ntopic = "voda"\ntext = "V."\nneeds = ["ulice"]', "needs ulice, which stands nowhere"),
        ('[a]\ntitle = "A"\ntopic = "voda"\ntext = "{kdo}."', "placeholder {kdo}"),
        ('[a]\ntitle = "A"\ntext = "V."', r"a\.topic"),
        ('[a]\ntitle = "A"\ntopic = "voda"\ntext = "V."\nbarva = "x"', r"a\.barva"),
        ("[a", "Expected"),
    ],
)
def test_a_file_of_templates_that_is_wrong_names_the_key(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "sablony.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        load_templates(file)


def test_a_town_may_have_templates_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "sablony.toml"
    file.write_text('[pout]\ntitle = "Pouť"\ntopic = "akce"\nneeds = ["den"]\ntext = "{osloveni}, pouť je [kdy]."')
    found = load_templates(file)
    made = fill(found["pout"], {"den": "5. 12."}, town="Studénka", now=NOW, zone=PRAGUE)
    assert made.text == "{osloveni}, pouť je v sobotu 5. prosince."
    assert found.keys() > TEMPLATES.keys()


@pytest.mark.parametrize(("hour", "words"), [(8, "v 8:00"), (12, "ve 12:00"), (14, "ve 14:00"), (17, "v 17:00")])
def test_hours_have_their_preposition(hour: int, words: str) -> None:
    assert when.at_moment(datetime(2026, 12, 1, hour, tzinfo=PRAGUE), date(2026, 11, 1)).endswith(words)
