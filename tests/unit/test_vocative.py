"""Addressing people: the vocative where it is sure, nothing where it is not."""

import pytest

from tts.czech.given_names import MEN, WOMEN
from tts.czech.vocative import SEXES, address, folded

MEN_ADDRESSED = """
    Novák Nováku · Svoboda Svobodo · Novotný Novotný · Dvořák Dvořáku · Černý Černý · Procházka Procházko ·
    Kučera Kučero · Veselý Veselý · Krejčí Krejčí · Němec Němče · Moravec Moravče · Hájek Hájku · Blažek Blažku ·
    Staněk Staňku · Vaněk Vaňku · Král Králi · Pospíšil Pospíšile · Doležal Doležale · Beneš Beneši · Kolář Koláři ·
    Kříž Kříži · Kovář Kováři · Hlaváč Hlaváči · Čech Čechu · Bach Bachu · Vlk Vlku · Zeman Zemane · Holub Holube ·
    Kubát Kubáte · Strnad Strnade · Kraus Krausi · Müller Müllere · Richter Richtere · Šustr Šustře · Kos Kosi ·
    Martinů Martinů · Purkyně Purkyně · Zápotocký Zápotocký · Fiala Fialo · Sedláček Sedláčku · Bartoš Bartoši
"""


@pytest.mark.parametrize("pair", [pair.split() for pair in MEN_ADDRESSED.split("·")], ids=" ".join)
def test_a_man_is_addressed_in_the_vocative(pair: list[str]) -> None:
    surname, vocative = pair
    assert address(f"Jan {surname}") == f"pane {vocative}"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Marie Nováková", "paní Nováková"),
        ("Nováková Marie", "paní Nováková"),
        ("Nováková", "paní Nováková"),
        ("Eva Malá", "paní Malá"),
        ("Jana Krejčí", "paní Krejčí"),
        ("Marie Novák", "paní Novák"),
        ("Jana Nováková-Malá", "paní Nováková-Malá"),
        ("Ing. Petr Svoboda, CSc.", "pane Svobodo"),
        ("MUDr. Eva Dvořáková Ph.D.", "paní Dvořáková"),
        ("NOVÁK JAN", "pane Nováku"),
        ("jiri novotny", "pane Novotny"),
    ],
)
def test_name_order_titles_and_capitals_do_not_matter(name: str, called: str) -> None:
    assert address(name) == called


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Novák",  # who?
        "Obecní úřad Pustějov",
        "Základní škola",
        "Hasiči",
        "Jan a Marie Novákovi",
        "Jan Nováková",
        "Jan Petr",  # which is the surname?
        "Nikola Dvořák",
        "Jan Kolar",  # Kolář without its signs
        "Jan Vogel",
        "Jan Kadlec",
        "Jan Švec",
        "Jan Novák Malý",
        "SDH 1",
        "Jan {ulice}",
    ],
)
def test_nobody_is_addressed_by_what_may_be_wrong(name: str) -> None:
    assert address(name) == ""


def test_no_given_name_is_both_a_mans_and_a_womans() -> None:
    assert {SEXES[folded(name)] for name in MEN} == {True}
    assert {SEXES[folded(name)] for name in WOMEN} == {False}
