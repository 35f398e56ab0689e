"""Tables of written Czech: what stands for what. The rules that use them are in ``normaliser``."""

from tts.numerals import CZECH, Noun

HOUR = Noun("f", "hodina", "hodiny", "hodiny", "hodin")
MINUTE = Noun("f", "minuta", "minuty", "minuty", "minut")
CROWN = Noun("f", "koruna", "koruny", "koruny", "korun")
HELLER = Noun("m", "haléř", "haléře", "haléře", "haléřů")

# Genitive, as dates have them: ledna, února …
MONTHS = dict(CZECH.months["format"]["wide"])

UNITS = {
    "Kč": CROWN,
    "EUR": Noun("n", "euro", "eura", "eura", "eur"),
    "€": Noun("n", "euro", "eura", "eura", "eur"),
    "%": Noun("n", "procento", "procenta", "procenta", "procent"),
    "°C": Noun("m", "stupeň Celsia", "stupně Celsia", "stupně Celsia", "stupňů Celsia"),
    "°": Noun("m", "stupeň", "stupně", "stupně", "stupňů"),
    "km/h": Noun("m", "kilometr za hodinu", "kilometry za hodinu", "kilometru za hodinu", "kilometrů za hodinu"),
    "km": Noun("m", "kilometr", "kilometry", "kilometru", "kilometrů"),
    "m²": Noun("m", "metr čtvereční", "metry čtvereční", "metru čtverečního", "metrů čtverečních"),
    "m2": Noun("m", "metr čtvereční", "metry čtvereční", "metru čtverečního", "metrů čtverečních"),
    "m³": Noun("m", "metr krychlový", "metry krychlové", "metru krychlového", "metrů krychlových"),
    "m3": Noun("m", "metr krychlový", "metry krychlové", "metru krychlového", "metrů krychlových"),
    "cm": Noun("m", "centimetr", "centimetry", "centimetru", "centimetrů"),
    "mm": Noun("m", "milimetr", "milimetry", "milimetru", "milimetrů"),
    "m": Noun("m", "metr", "metry", "metru", "metrů"),
    "kg": Noun("n", "kilo", "kila", "kila", "kil"),
    "g": Noun("m", "gram", "gramy", "gramu", "gramů"),
    "t": Noun("f", "tuna", "tuny", "tuny", "tun"),
    "l": Noun("m", "litr", "litry", "litru", "litrů"),
    "ha": Noun("m", "hektar", "hektary", "hektaru", "hektarů"),
    "kW": Noun("m", "kilowatt", "kilowatty", "kilowattu", "kilowattů"),
    "min.": MINUTE,
    "min": MINUTE,
    "tis.": Noun("m", "tisíc", "tisíce", "tisíce", "tisíc"),
    "mil.": Noun("m", "milion", "miliony", "milionu", "milionů"),
    "mld.": Noun("f", "miliarda", "miliardy", "miliardy", "miliard"),
}

# Nouns that towns count, for "1" and "2": nominative and accusative singular, nominative plural.
FEMININE = (
    ("hodina", "hodinu", "hodiny"),
    ("minuta", "minutu", "minuty"),
    ("ulice", "ulici", "ulice"),
    ("osoba", "osobu", "osoby"),
    ("koruna", "korunu", "koruny"),
    ("budova", "budovu", "budovy"),
    ("škola", "školu", "školy"),
    ("třída", "třídu", "třídy"),
    ("část", "část", "části"),
    ("obec", "obec", "obce"),
    ("domácnost", "domácnost", "domácnosti"),
    ("rodina", "rodinu", "rodiny"),
    ("etapa", "etapu", "etapy"),
    ("nádoba", "nádobu", "nádoby"),
    ("popelnice", "popelnici", "popelnice"),
    ("vstupenka", "vstupenku", "vstupenky"),
    ("zastávka", "zastávku", "zastávky"),
    ("linka", "linku", "linky"),
    ("cisterna", "cisternu", "cisterny"),
    ("jednotka", "jednotku", "jednotky"),
    ("směna", "směnu", "směny"),
    ("kopie", "kopii", "kopie"),
)
NEUTER = (
    ("místo", "místo", "místa"),
    ("auto", "auto", "auta"),
    ("vozidlo", "vozidlo", "vozidla"),
    ("okno", "okno", "okna"),
    ("město", "město", "města"),
    ("patro", "patro", "patra"),
    ("dítě", "dítě", "děti"),
    ("kolo", "kolo", "kola"),
    ("procento", "procento", "procenta"),
    ("euro", "euro", "eura"),
    ("čerpadlo", "čerpadlo", "čerpadla"),
)
ONE_OF = (
    {one: "jedna" for one, _, _ in FEMININE}
    | {accusative: "jednu" for one, accusative, _ in FEMININE if accusative != one}
    | {one: "jedno" for one, _, _ in NEUTER}
)
TWO_OF = {few: "dvě" for _, _, few in (*FEMININE, *NEUTER)}

GENITIVE_PREPOSITIONS = ("od", "do", "z", "ze", "u", "kolem", "okolo", "podle", "vedle", "včetně")
LOCATIVE_PREPOSITIONS = ("v", "ve", "na", "po", "při", "o")

# Abbreviations that bend: nominative, genitive, locative.
BENT = {
    "ul.": ("ulice", "ulice", "ulici"),
    "tř.": ("třída", "třídy", "třídě"),
    "č. p.": ("číslo popisné", "čísla popisného", "čísle popisném"),
    "čp.": ("číslo popisné", "čísla popisného", "čísle popisném"),
    "č. o.": ("číslo orientační", "čísla orientačního", "čísle orientačním"),
    "č. ev.": ("číslo evidenční", "čísla evidenčního", "čísle evidenčním"),
    "tel. č.": ("telefonní číslo", "telefonního čísla", "telefonním čísle"),
    "č.": ("číslo", "čísla", "čísle"),
    "MěÚ": ("městský úřad", "městského úřadu", "městském úřadě"),
    "OÚ": ("obecní úřad", "obecního úřadu", "obecním úřadě"),
    "ZŠ": ("základní škola", "základní školy", "základní škole"),
    "MŠ": ("mateřská škola", "mateřské školy", "mateřské škole"),
}

# Abbreviations that stay before something: their dot never ends a sentence.
LEADING = {
    "nám.": "náměstí",
    "tel.": "telefon",
    "mob.": "mobil",
    "č. j.": "číslo jednací",
    "p. č.": "parcelní číslo",
    "např.": "například",
    "tj.": "to jest",
    "tzn.": "to znamená",
    "vč.": "včetně",
    "resp.": "respektive",
    "popř.": "popřípadě",
    "příp.": "případně",
    "max.": "maximálně",
    "min.": "minimálně",
    "cca": "přibližně",
}

# Abbreviations that may end a sentence.
CLOSING = {
    "atd.": "a tak dále",
    "apod.": "a podobně",
    "aj.": "a jiné",
    "hod.": "hodin",
    "s. r. o.": "es er o",
    "a. s.": "á es",
    "z. s.": "zet es",
    "Kč": "korun",
    "ČEZ": "čez",
    "SmVaK": "smvak",
    "HZS": "há zet es",
    "SDH": "es dé há",
    "MHD": "em há dé",
    "DPH": "dé pé há",
    "ČOV": "čé ó vé",
}

# Titles of a man and of a woman.
TITLES = {
    "Ing.": ("inženýr", "inženýrka"),
    "Mgr.": ("magistr", "magistra"),
    "Bc.": ("bakalář", "bakalářka"),
    "MUDr.": ("doktor", "doktorka"),
    "MVDr.": ("doktor", "doktorka"),
    "JUDr.": ("doktor", "doktorka"),
    "PhDr.": ("doktor", "doktorka"),
    "RNDr.": ("doktor", "doktorka"),
    "doc.": ("docent", "docentka"),
    "prof.": ("profesor", "profesorka"),
}

WEEKDAYS = {
    "po": "pondělí",
    "út": "úterý",
    "st": "středa",
    "čt": "čtvrtek",
    "pá": "pátek",
    "so": "sobota",
    "ne": "neděle",
}

LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (
            *("á", "bé", "cé", "dé", "é", "ef", "gé", "há", "í", "jé", "ká", "el", "em", "en", "ó", "pé"),
            *("kvé", "er", "es", "té", "ú", "vé", "dvojité vé", "iks", "ypsilon", "zet"),
        ),
        strict=True,
    )
)
# How parts of web and e-mail addresses are said.
ADDRESS_SIGNS = {"@": "zavináč", ".": "tečka", "-": "pomlčka", "_": "podtržítko", "/": "lomeno"}
ADDRESS_PARTS = {"www": "vé vé vé", "cz": "cé zet", "eu": "é ú", "com": "kom"}
