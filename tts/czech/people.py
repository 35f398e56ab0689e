"""How people are addressed: Ing., MUDr., p., sv.; by the name that follows and the words before."""

import re
from re import Match

from tts.czech.context import phrase_case
from tts.czech.declension import ANIMATE, FEMININE, Case, Noun, adjective, irregular
from tts.czech.nouns import NOUNS
from tts.words.listed import listed
from tts.words.rule import Doubt, Rule, any_of
from tts.words.sentence import UPPER, full_stop

MAN, WOMAN = (
    irregular(ANIMATE, "pan pana panu pana panu panem", "- - - - - -"),
    irregular(FEMININE, "paní paní paní paní paní paní", "- - - - - -"),
)
DOCTOR = (NOUNS["doktor"], NOUNS["doktorka"])
# A man's title and a woman's.
TITLES: dict[str, tuple[Noun, Noun]] = {
    "Ing. arch.": (NOUNS["inženýr"], NOUNS["inženýrka"]),
    "Ing.": (NOUNS["inženýr"], NOUNS["inženýrka"]),
    "Mgr.": (NOUNS["magistr"], NOUNS["magistra"]),
    "MgA.": (NOUNS["magistr"], NOUNS["magistra"]),
    "Bc.": (NOUNS["bakalář"], NOUNS["bakalářka"]),
    **dict.fromkeys(
        ("MUDr.", "MVDr.", "JUDr.", "PhDr.", "RNDr.", "PaedDr.", "MDDr.", "PharmDr.", "ThDr.", "Dr."), DOCTOR
    ),
    "doc.": (NOUNS["docent"], NOUNS["docentka"]),
    "prof.": (NOUNS["profesor"], NOUNS["profesorka"]),
    "p.": (MAN, WOMAN),
}
AFTER = {
    "Ph.D.": "pé há dé",
    "CSc.": "cé es cé",
    "DrSc.": "dé er es cé",
    "MBA": "em bí ej",
    "DiS.": "dis",
    "LL.M.": "el el em",
}
# After whom or what a person is in the genitive.
HEADS = frozenset(
    listed(
        """
        ordinace ordinaci ordinací koncert koncertu přednáška přednášku přednášky beseda besedu výstava
        výstavu kniha knihy provozovna lékárna vedením kancelář kanceláři jednatel památce rukou
        ulice ulici ulicí třída třídě třídu nábřeží sady most mostě
        """
    )
)
TITLE = re.compile(rf"(?<!\w)(?=[^\W\d_]{{1,6}}\.)({any_of(TITLES)}) ?(?={UPPER})")
AFTER_NAME = re.compile(rf",? ?(?<!\w)({any_of(AFTER)})(?!\w)")
NAME = re.compile(rf"(?:[^\W\d_]+\. ?)*(?:{UPPER}[^\W\d_]*\.? )?{UPPER}[^\W\d_]+")
WOMANS = {"á": Case.NOMINATIVE, "é": Case.GENITIVE, "ou": Case.INSTRUMENTAL}


# Who bears the title, in the case of the title: starosta Ing., starostky Mgr.
PERSONS = frozenset(
    listed(
        """
        pan starosta místostarosta ředitel tajemník předseda místopředseda vedoucí lékař primář zastupitel hejtman
        paní starostka místostarostka ředitelka tajemnice předsedkyně lékařka primářka zastupitelka
        """
    )
)


def _case(match: Match[str]) -> Case:
    before = match.string[: match.start()].split()
    return Case.NOMINATIVE if before and before[-1].lower() in PERSONS else phrase_case(match, HEADS)


def _title(match: Match[str]) -> str:
    man, woman = TITLES[match[1]]
    found = NAME.match(match.string, match.end())
    name = found[0] if found else ""
    case = _case(match)
    ending = next((ending for ending in WOMANS if name.endswith(ending)), None)
    if ending is None:
        # Hardly a man's name ends with e but in the genitive: ulice Dr. Beneše.
        return f"{man.one(Case.GENITIVE if case is Case.NOMINATIVE and name.endswith('e') else case)} "
    return f"{woman.one(WOMANS[ending] if case is Case.NOMINATIVE else case)} "


SAINT = re.compile(rf"(?<!\w)[Ss]v\. ?({UPPER}[^\W\d_]+)")
# What a saint's name ends with, and the gender and case it has then. Longer endings first.
SAINTS_BY_ENDING = (
    (("Anna", "Barbora", "Kateřina", "Ludmila", "Anežka", "Hedvika", "Marie", "Zdislava"), FEMININE, Case.NOMINATIVE),
    (("ovi", "ému", "u"), ANIMATE, Case.DATIVE),
    (("em", "ým"), ANIMATE, Case.INSTRUMENTAL),
    (("ou",), FEMININE, Case.INSTRUMENTAL),
    (("y", "Lucie"), FEMININE, Case.GENITIVE),
    (("a", "e", "ho"), ANIMATE, Case.GENITIVE),
    (tuple("bcčdfghjklmnprřsštvzžť"), ANIMATE, Case.NOMINATIVE),
)


def _saint(match: Match[str]) -> str | Doubt:
    if re.match(rf" a {UPPER}", match.string[match.end() :]):
        return f"svatých {match[1]}"  # sv. Cyrila a Metoděje
    if match[1] == "Jiří":
        return f"svatý {match[1]}"
    for endings, gender, case in SAINTS_BY_ENDING:
        if match[1].endswith(endings):
            asked = phrase_case(match, frozenset())
            return f"{adjective('svatý', gender, asked or case)} {match[1]}"
    return Doubt("which saint, and in which case?")


GUARDIAN = re.compile(r"(?<!\w)zák\. ?(?=zástupc)")
MRS = re.compile(rf"(?<!\w)pí\.? (?={UPPER})")

PEOPLE_RULES = (
    Rule("title", GUARDIAN, lambda _: "zákonného "),
    Rule("title", MRS, lambda _: "paní "),
    Rule("title", TITLE, _title),
    Rule("title", AFTER_NAME, lambda match: f", {AFTER[match[1]]}{full_stop(match)}"),
    Rule("saint", SAINT, _saint),
)
