"""Words of capital letters: spelled (HZS), read as a word (ČEZ), or said in full (ČR, MěÚ) in the case that fits."""

import re
from re import Match

from tts.czech.context import phrase_case
from tts.czech.declension import Case, Noun
from tts.czech.letters import spelled
from tts.czech.numerals import digits
from tts.czech.phrases import phrase
from tts.words.listed import listed
from tts.words.readings import readings_rule
from tts.words.rule import Doubt, Rule, any_of, squeezed

# Said in full. After HEADS the genitive: budova městského úřadu.
IN_FULL: dict[str, Noun] = {
    "PČR": phrase("policie České republiky"),
    "MěÚ": phrase("~městský úřad"),
    "MÚ": phrase("~městský úřad"),
    "OÚ": phrase("~obecní úřad"),
    "KÚ": phrase("~krajský úřad"),
    "FÚ": phrase("~finanční úřad"),
    "ÚP ČR": phrase("úřad práce České republiky"),
    "ZŠ": phrase("~základní škola"),
    "MŠ": phrase("~mateřský škola"),
    "SŠ": phrase("~střední škola"),
    "ZUŠ": phrase("~základní ~umělecký škola"),
    "KD": phrase("~kulturní dům"),
    "RD": phrase("~rodinný dům"),
    "DPS": phrase("dům s pečovatelskou službou"),
    "DDM": phrase("dům dětí a mládeže"),
    "MP": phrase("~městský policie"),
    "IC": phrase("~informační centrum"),
    "SPA": phrase("stupeň povodňové aktivity"),
    "NP": phrase("~nadzemní podlaží"),
    "PP": phrase("~podzemní podlaží"),
    "OO PČR": phrase("~obvodní oddělení policie České republiky"),
    "OZV": phrase("obecně ~závazný vyhláška"),
}
# Genitive after any word but a preposition: občané České republiky.
POSSESSED = {
    "ČR": phrase("~Český republika"),
    "MSK": phrase("~Moravskoslezský kraj"),
    "SR": phrase("~Slovenský republika"),
    "ŽP": phrase("~životní prostředí"),
}
HEADS = frozenset(
    listed(
        """
        areál areálu budova budovy budově budovu budovou činnost dvůr dvora dvoře dvorek hala hale hřiště
        hřišti chodba chodbě jídelna jídelny jídelně klub kuchyně kuchyni ministerstvo nádvoří oddělení odbor
        odboru odborem parkoviště parkovišti pobočka podatelna podatelně podatelnu pokladna pokladně pokladnu
        pracoviště pracovišti pracovník pracovníci představitelé rada ředitel ředitelka ředitelství ředitele
        sál sále sálu sídlo sídle starosta stránky stránkách školník školská tajemník tajemníka tělocvična
        tělocvičny tělocvičně učitelé úřadovna úřadovně vedení vedoucí vestibul vestibulu vchod vchodu
        vyhláška web webu zahrada zahradě zahrady zaměstnanci zasedačka zasedačce zastupitelstvo
        zastupitelstva žáci žáků žákům děti dětí rodiče nařízení znění návrh návrhu článek článku
        dosažení překročení vyhlášení odvolání
        """
    )
)

READ = {
    "ČEZ": "čez",
    "ČEZu": "čezu",
    "ČEZem": "čezem",
    "SmVaK*": "smvak*",
    "SMVAK": "smvak",
    "VaK*": "vak*",
    "ČEPS": "čeps",
    "BESIP": "besip",
    "BRKO": "brko",
    "ODIS": "odis",
    "IDOS": "idos",
    "NATO": "nato",
    "UNESCO": "unesko",
    "ZOO": "zoo",
    "MAS": "mas",
    "WC": "vé cé",
    "ANO": "ano",
    "TOP": "top",
    "DIČ": "dič",
    "IČO": "ičo",
    "PSČ": "pé es čé",
    "VS": "variabilní symbol",
    "PIN": "pin",
    "PET": "pet",
    "LED": "led",
    "STAN": "stan",
    "RÚIAN": "ruian",
    "EG.D": "é gé dé",
    "E.ON*": "é on*",
    "GasNet*": "gasnet*",
    "CzechPOINT*": "ček point*",
    "Czech POINT*": "ček point*",
    "CHKO": "chá ká ó",
}
FOREIGN = {
    "e-mail*": "ímejl*",
    "email*": "ímejl*",
    "e-shop*": "íšop*",
    "wi-fi": "vifi",
    "wifi": "vifi",
    "online": "onlajn",
    "on-line": "onlajn",
    "offline": "oflajn",
    "facebook*": "fejsbuk*",
    "youtube": "jútjúb",
    "innogy": "inodži",
    "vodafone": "vodafoun",
    "t-mobile": "tý mobajl",
    "workshop*": "vorkšop*",
    "street food": "strít fúd",
    "covid-19": "kovid devatenáct",
    "covid*": "kovid*",
}
SPELLED = frozenset(
    listed(
        """
        AED CO ČHMÚ ČSAD ČOV ČSOB ČVUT DSO EU EUR FO HIV IČ ID IZS JPO KDU KHS KSÚS LDN LED MO OSN ODS OKD OOP
        ORP OSVČ PO RZP SKO SMS SOŠ SOU SÚS TKO TOI TV UK USA USB ÚZSVM VO VOŠ VUT ZOD ČIŽP ČÚZK
        """
    )
)
CAPITAL, VOWELS = "[A-ZÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ]", frozenset("AÁEÉĚIÍOÓUÚŮYÝ")

FULL = re.compile(rf"(?<![\w-])(?:{any_of(IN_FULL)})(?![\w-])")
OWNED = re.compile(rf"(?<![\w-])(?:{any_of(POSSESSED)})(?![\w-])")
INITIALISM = re.compile(rf"(?<![\w.-]){CAPITAL}{{2,5}}(?![\w-]|\.\w)")
PAIR = re.compile(rf"(?<![\w.-])({CAPITAL}{{2,4}})[-/]({CAPITAL}{{1,4}})(?![\w-])")
WORD_BEFORE, WORD_AFTER = (
    re.compile(rf"(?<!\w)({CAPITAL}{{3,}})[^\w.!?]{{1,2}}$"),
    re.compile(rf"[^\w.!?]{{1,2}}({CAPITAL}{{3,}})(?!\w)"),
)
# Letters with a number: dálnice D1, formát A4, linka S3, E462.
CODE = re.compile(r"(?<![\w./-])([A-Z]{1,2})-?(\d{1,3})(?![\w/]|[.,:-]\d)")


IN_FULL_BY_KEY = {squeezed(form): noun for form, noun in IN_FULL.items()}


def _in_full(match: Match[str]) -> str:
    return IN_FULL_BY_KEY[squeezed(match[0])].one(phrase_case(match, HEADS))


def _owned(match: Match[str]) -> str:
    case = phrase_case(match, HEADS)
    after_a_word = re.search(r"(?:[\w)]|\b[Oo]d[bd]\.) $", match.string[: match.start()])
    if case is Case.NOMINATIVE and after_a_word:
        case = Case.GENITIVE
    return POSSESSED[match[0]].one(case)


def _initialism(match: Match[str]) -> str | Doubt | None:
    letters = match[0]
    if letters in SPELLED or not (VOWELS & set(letters) or _may_be_a_word(match)):
        return spelled(letters)
    if len(letters) > 4 or _within_capitals(match):
        return None
    return Doubt("spelled, or read as a word?")


def _may_be_a_word(match: Match[str]) -> bool:
    """Without a vowel, but with a syllabic R or L among capitals: FARMÁŘSKÝ TRH, VLK."""
    return bool(re.search("[^RL][RL]", match[0])) and _within_capitals(match)


def _within_capitals(match: Match[str]) -> bool:
    """Whether a word beside it in its sentence is written in capitals, too, and is no initialism itself."""
    beside = (WORD_BEFORE.search(match.string, 0, match.start()), WORD_AFTER.match(match.string, match.end()))
    words = (found[1] for found in beside if found)
    return any(VOWELS & set(word) and word not in SPELLED and word not in IN_FULL for word in words)


WORD_RULES = (readings_rule("word", FOREIGN, exact=False), readings_rule("word", READ))
INITIALISM_RULES = (
    Rule("initialism", FULL, _in_full),
    Rule("initialism", OWNED, _owned),
    Rule("code", CODE, lambda match: f"{spelled(match[1])} {digits(match[2])}"),
    Rule("initialism", PAIR, lambda match: spelled(match[0])),
    Rule("initialism", INITIALISM, _initialism),
)
