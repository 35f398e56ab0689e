"""Abbreviations with a dot, in the case that the words around them ask for: ul., č. p., vč., s. r. o."""

import re
from re import Match

from tts.czech.agreement import meant
from tts.czech.context import following, governed, phrase_case, year_case
from tts.czech.declension import Case, Noun, adjective
from tts.czech.letters import spelled
from tts.czech.phrases import phrase
from tts.words.rule import Doubt, Rule, any_of, squeezed
from tts.words.sentence import LOWER, UPPER, full_stop

# Nouns: v ul. is v ulici, od č. p. is od čísla popisného. Something always follows, so their dot ends no sentence.
BENT: dict[str, Noun] = {
    "ul.": phrase("ulice"),
    "tř.": phrase("třída"),
    "č. p.": phrase("číslo ~popisný"),
    "čp.": phrase("číslo ~popisný"),
    "č. d.": phrase("číslo domu"),
    "č. dv.": phrase("číslo dveří"),
    "č. o.": phrase("číslo ~orientační"),
    "č. or.": phrase("číslo ~orientační"),
    "č. ev.": phrase("číslo ~evidenční"),
    "č. e.": phrase("číslo ~evidenční"),
    "ev. č.": phrase("~evidenční číslo"),
    "tel. č.": phrase("~telefonní číslo"),
    "č. tel.": phrase("číslo telefonu"),
    "č. j.": phrase("číslo ~jednací"),
    "čj.": phrase("číslo ~jednací"),
    "p. č.": phrase("~parcelní číslo"),
    "parc. č.": phrase("~parcelní číslo"),
    "č. ú.": phrase("číslo účtu"),
    "č.": phrase("číslo"),
    "k. ú.": phrase("~katastrální území"),
    "odb.": phrase("odbor"),
    "odd.": phrase("oddělení"),
    "odst.": phrase("odstavec"),
    "písm.": phrase("písmeno"),
    "čl.": phrase("článek"),
    "příl.": phrase("příloha"),
    "kap.": phrase("kapitola"),
    "obr.": phrase("obrázek"),
    "tab.": phrase("tabulka"),
    "str.": phrase("strana"),
    "sil.": phrase("silnice"),
    "ž. st.": phrase("~železniční stanice"),
    "žst.": phrase("~železniční stanice"),
    "náhr. zast.": phrase("~náhradní zastávka"),
    "usn.": phrase("usnesení"),
    "aut. zast.": phrase("~autobusový zastávka"),
    "zast.": phrase("zastávka"),
    "hl. nádraží": phrase("~hlavní nádraží"),
    "§": phrase("paragraf"),
    "Ø": phrase("průměr"),
}
# Adjectives agree with the noun that follows: el. energie, el. energii.
ADJECTIVES = {
    "el.": "elektrický",
    "měst.": "městský",
    "obec.": "obecní",
    "zákl.": "základní",
    "kult.": "kulturní",
    "stav.": "stavební",
    "soc.": "sociální",
    "zdrav.": "zdravotní",
    "veř.": "veřejný",
    "dopr.": "dopravní",
    "sport.": "sportovní",
    "žel.": "železniční",
    "aut.": "autobusový",
    "náhr.": "náhradní",
    "hl.": "hlavní",
    "vol.": "volební",
    "byt.": "bytový",
    "autobus.": "autobusový",
    "nebezp.": "nebezpečný",
    "evak.": "evakuační",
    "rod.": "rodinný",
    "obch.": "obchodní",
}
# Without a preposition: odstaví elektrickou energii rather than elektrické energii.
LIKELY = (Case.NOMINATIVE, Case.GENITIVE, Case.ACCUSATIVE, Case.DATIVE, Case.LOCATIVE, Case.INSTRUMENTAL)
NO_HEADS: frozenset[str] = frozenset()
YEAR = phrase("rok")

# Never bent. A dot of the first ends no sentence, for something always follows.
LEADING = {
    "nám.": "náměstí",
    "nábř.": "nábřeží",
    "tel.": "telefon",
    "mob.": "mobil",
    "např.": "například",
    "tj.": "to jest",
    "tzn.": "to znamená",
    "tzv.": "takzvaně",
    "vč.": "včetně",
    "resp.": "respektive",
    "popř.": "popřípadě",
    "příp.": "případně",
    "event.": "eventuálně",
    "mj.": "mimo jiné",
    "pozn.": "poznámka",
    "zák.": "zákona",
    "poz.": "pozemku",
    "nem.": "nemocnice",
    "sk.": "skupiny",
    "kl.": "klapka",
    "disp.": "dispečink",
    "vel.": "velikost",
    "ust.": "ustanovení",
    "gen.": "generála",
    "plk.": "plukovníka",
    "mjr.": "majora",
    "npor.": "nadporučíka",
    "kpt.": "kapitána",
    "cca": "přibližně",
    "vs.": "versus",
}
CLOSING = {
    "dop.": "dopoledne",
    "odp.": "odpoledne",
    "atd.": "a tak dále",
    "apod.": "a podobně",
    "a pod.": "a podobně",
    "aj.": "a jiné",
    "hod.": "hodin",
    "Sb.": "sbírky",
    "ml.": "mladší",
    "t. m.": "tohoto měsíce",
    "t. r.": "tohoto roku",
    "t. č.": "toho času",
    "rozc.": "rozcestí",
    "n. m.": "nad mořem",
    "spol. s r. o.": "společnost s ručením omezeným",
    "s. r. o.": "es er ó",
    "a. s.": "á es",
    "z. s.": "zet es",
    "o. s.": "ó es",
    "s. p.": "es pé",
    "v. o. s.": "vé ó es",
    "o. p. s.": "ó pé es",
    "p. o.": "příspěvková organizace",
    "Kč": "korun",
}
# Spoken as they stand, but with a colon or a dot that must not be heard.
CONTACTS = re.compile(r"(?<!\w)(?:tel\.?|telefon|mob\.?|mobil|fax): ?(?=[\d+])", re.IGNORECASE)
DOT_SOON = r"[^\W\d_]{1,7}\."  # a quick look that spares the long lists
BENT_FORM = re.compile(rf"(?<!\w)(?={DOT_SOON}|[§Ø])({any_of(BENT)}):? ?", re.IGNORECASE)
ADJECTIVE_FORM = re.compile(rf"(?<!\w)(?={DOT_SOON})({any_of(ADJECTIVES)}) ?(?={LOWER})", re.IGNORECASE)
YEAR_FORM = re.compile(r"(?<!\w)r\. ?(?=\d)")
LEADING_FORM = re.compile(rf"(?<!\w)(?={DOT_SOON}|cca)({any_of(LEADING)}) ?", re.IGNORECASE)
CLOSING_FORM = re.compile(rf"(?<!\w)(?={DOT_SOON}|Kč|a pod|spol)({any_of(CLOSING)})")
# a) b): items named by a letter.
ITEM = re.compile(r"(?<![\w(])([a-h])\)(?=[ ,.;]|$)")
# vyhl. č. 3/2025: its case by the word before.
DECREE = re.compile(r"(?<!\w)vyhl\. ?", re.IGNORECASE)
DECREES = {
    "": "vyhláška",
    **dict.fromkeys(("na", "pro"), "vyhlášku"),
    **dict.fromkeys(("ve", "v", "k", "ke"), "vyhlášce"),
}
# An adult by the number before: 6 dosp., but dosp. 80 Kč.
ADULTS = re.compile(r"(?P<counted>(?<=\d ))?(?<!\w)dosp\.")
# Born, of a woman or a man.
BORN = re.compile(r"(?<!\w)nar\. ?(?=\d)")
WORD_BEFORE = re.compile(r"([^\W\d_]+),? $")
INITIALS = re.compile(rf"(?<![\w./])((?:(?:Ch|{UPPER})\. ?)+)(?={UPPER}\w)")
# sudá č. 2–18
PLURAL = re.compile(r"(?:(?<=sudá )|(?<=lichá ))č\. ?", re.IGNORECASE)
# Before a number an adverb, before a noun an adjective.
EXTREME = re.compile(rf"(?<!\w)(min|max)\. ?(?=(?P<noun>{LOWER}{{4,}})?)", re.IGNORECASE)
EXTREMES = {"min": "minimáln", "max": "maximáln"}
EQUALS = re.compile(r"(?<= )=(?= )")
AND, PLUS = re.compile(r"(?<= )&(?= )"), re.compile(r"(?<=[\w).] )\+(?= \w)")
# A crossing: Nádražní x Sjednocení; děti/studenti; 1. FC.
CROSSING = re.compile(rf"(?<={LOWER} )[x×](?= {UPPER})")
OTHER_STOP = re.compile(r"(?<!\w)(náhr\. ?zast\.) ?", re.IGNORECASE)
EITHER = re.compile(rf"(?<={LOWER}{{4}})/(?={LOWER}{{4}})")
FIRST_CLUB = re.compile(r"(?<![\w.])1\. ?(?=(?:FC|SK|FK|HC|BK|TJ)\b)")


def _bent(match: Match[str]) -> str:
    return f"{BENT_BY_KEY[squeezed(match[1])].one(phrase_case(match, NO_HEADS))} "


def _decree(match: Match[str]) -> str:
    return f"{DECREES.get(_word_before(match).lower(), 'vyhlášky')} "


def _born(match: Match[str]) -> str:
    ending = _word_before(match)[-1:]
    return f"narozen{ending if ending in 'áé' else 'a' if ending == 'a' else ''} "


def _word_before(match: Match[str]) -> str:
    found = WORD_BEFORE.search(match.string, max(0, match.start() - 30), match.start())
    return found[1] if found else ""


def _year(match: Match[str]) -> str:
    return f"{YEAR.one(year_case(match))} "


def _initials(match: Match[str]) -> str:
    return "".join(f"{spelled(letter)} " for letter in re.findall(r"[^\W\d_]+", match[1]))


BENT_BY_KEY = {squeezed(form): noun for form, noun in BENT.items()}
LEADING_BY_KEY = {squeezed(form): words for form, words in LEADING.items()}
CLOSING_BY_KEY = {squeezed(form): words for form, words in CLOSING.items()}


def _adjective(match: Match[str]) -> str | Doubt:
    forms = following(match).forms
    if not forms:
        return Doubt("an adjective before a word whose gender is not known")
    form = meant(forms, governed(match) or LIKELY)
    return f"{adjective(ADJECTIVES[match[1].lower()], form.gender, form.case, plural=form.plural)} "


SHORTHAND_RULES = (
    Rule("sign", AND, lambda _: "a"),
    Rule("sign", CROSSING, lambda _: "a"),
    Rule("sign", EITHER, lambda _: ", "),
    Rule("ordinal", FIRST_CLUB, lambda _: "první "),
    Rule("sign", EQUALS, lambda _: "rovná se"),
    Rule("sign", PLUS, lambda _: "plus"),
    Rule(
        "abbreviation",
        CONTACTS,
        lambda match: "mobil " if match[0][0] in "mM" else "fax " if match[0][0] in "fF" else "telefon ",
    ),
    Rule("abbreviation", OTHER_STOP, _bent),
    Rule("adjective", ADJECTIVE_FORM, _adjective),
    Rule("abbreviation", CLOSING_FORM, lambda match: CLOSING_BY_KEY[squeezed(match[1])] + full_stop(match)),
    Rule("abbreviation", PLURAL, lambda _: "čísla "),
    Rule("abbreviation", DECREE, _decree),
    Rule("abbreviation", BORN, _born),
    Rule("abbreviation", ADULTS, lambda match: f"dospěl{'í' if match['counted'] is None else 'ých'}"),
    Rule("abbreviation", BENT_FORM, _bent),
    Rule("abbreviation", YEAR_FORM, _year),
    Rule("abbreviation", EXTREME, lambda match: f"{EXTREMES[match[1].lower()]}{'í' if match['noun'] else 'ě'} "),
    Rule("abbreviation", LEADING_FORM, lambda match: f"{LEADING_BY_KEY[squeezed(match[1])]} "),
    Rule("item", ITEM, lambda match: spelled(match[1])),
    Rule("initials", INITIALS, _initials),
)
