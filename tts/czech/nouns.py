"""Nouns that towns count, and which case, number and gender a written form of them may be."""

from typing import NamedTuple

from tts.czech.declension import ANIMATE, FEMININE, MASCULINE, NEUTER, Case, Noun, irregular, noun

# By paradigm: nominative/stem/genitive plural, the latter two where they do not follow from the first.
REGULAR = {
    "hrad": """
        advent ampér automobil bar barel bod byt cent centimetr decibel decilitr dekagram díl dolar dub festival
        fond gigabajt gram hektar hektolitr hektopascal hlas kilogram kilometr kilovolt kilowatt koncert
        kontejner list litr mandát megabajt megabit megawatt metr mikrogram miligram mililitr milimetr milion
        objekt obvod odbor oddíl odběr odpad okres paragraf pavilon plán ples počet/počt podíl program projekt proud
        průměr
        průvod přechod sektor semafor seznam sklad sloup soud spis sraz stan strom stůl/stol sud svoz telefon
        termín titul topol typ úkon vchod vlak vodojem volt vrt vůz/voz výkop watt zájezd zápas závod záznam
        živel/živl
    """,
    "úřad": "autobus dům/dom obchod úřad",
    "domek": """
        balíček/balíčk blok článek/článk čtvrtek/čtvrtk dárek/dárk domek/domk jarmark kousek/kousk krok
        lístek/lístk obrázek/obrázk pátek/pátk okrsek/okrsk poplatek/poplatk pozemek/pozemk příspěvek/příspěvk
        ročník řádek/řádk sáček/sáčk smrk spolek/spolk stánek/stánk trh úsek úvazek/úvazk výtisk vzorek/vzork
    """,
    "les": "hřbitov kostel ostrov tábor večer",
    "stroj": """
        cíl formulář haléř klíč koberec/koberc konec/konc kotouč kraj měsíc odstavec/odstavc počítač pokoj
        pytel/pytl spotřebič spoj stroj turnaj
    """,
    "stupeň": "stupeň/stup",
    "pán": "člen docent doktor host inženýr jubilant kandidát magistr mistr profesor senior student pán",
    "žák": "dobrovolník nájemník návštěvník pracovník předškolák strážník účastník úředník vlastník voják žák",
    "občan": "občan",
    "muž": """
        bakalář cizinec/cizinc hasič lékař muž ředitel řidič uchazeč učitel volič zaměstnanec/zaměstnanc
        zastupitel
    """,
    "předseda": "místostarosta policista starosta",
    "soudce": "důchodce nájemce správce strážce zájemce",
    "žena": """
        adresa bakalářka beseda bota brána//bran branka brigáda budova cesta cisterna//cisteren částka čtvrtina
        dávka desetina disciplína doba docentka doktorka dráha//drah etapa faktura firma//firem hala
        herna//heren hlídka hodina hromada inženýrka jednotka jízdenka kamera kapitola karta//karet kartička
        kilowatthodina kniha kontrola koruna krabička křižovatka lahvička lampa lavička liga linka lípa//lip
        lokalita louka//luk magistra megawatthodina miliarda minuta místenka nabídka nádoba obálka odstávka
        oprava osada osoba otázka permanentka pětina plocha pobočka podmínka pokuta polovina porucha pošta
        pračka profesorka procházka prohlídka přednáška přihláška příloha přípojka pumpa rampa republika rodina
        rostlina sada sazba//sazeb sekunda schůzka skupina směna smlouva//smluv sobota splátka stavba//staveb
        strana stránka středa studna//studen svíčka šachta//šachet škola tabulka trasa třetina třída tuna
        učebna//učeben úhrada ulička uzavírka vada válka//válek varianta vlna volba//voleb vrstva//vrstev vstupenka
        vyhláška
        výluka výstava zahrada zahrádka záloha zásilka zásuvka zastávka závada známka zpráva žena
    """,
    "růže": """
        akce divize dotace emise energie fáze funkce informace instituce kategorie kolonie kopie lekce neděle organizace
        policie porce relace restaurace sankce schůze židle
    """,
    "ulice": """
        dispozice hranice investice krabice lavice petice popelnice pozice sazenice silnice sklenice směrnice
        stanice trafostanice ulice
    """,
    "obec": "garáž kancelář lahev/lahv láhev/láhv obec/obc soutěž tramvaj věž",
    "skříň": "báseň/bás píseň/pís skříň/skří",
    "kost": """
        část domácnost místnost možnost nemovitost noc oblast okolnost povinnost společnost stížnost událost věc
        žádost
    """,
    "město": """
        auto čerpadlo//čerpadel číslo//čísel divadlo//divadel družstvo//družstev jídlo//jídel kilo kolo
        křeslo//křesel letadlo//letadel léto město místo mužstvo//mužstev okno//oken patro//pater písmeno pivo
        prkno//prken procento sídlo//sídel slovo stavidlo//stavidel světlo//světel svítidlo//svítidel víno//vín
        vozidlo//vozidel zastupitelstvo//zastupitelstev
    """,
    "středisko": "jablko//jablek kolečko//koleček lůžko okénko//okének středisko//středisek",
    "pole": "pole",
    "hřiště": """
        hřiště//hřišť koupaliště//koupališť letiště//letišť nástupiště//nástupišť parkoviště//parkovišť
        pracoviště//pracovišť sídliště//sídlišť staveniště//stavenišť stanoviště//stanovišť
    """,
    "stavení": """
        čtvrtletí hlášení jednání nádraží náměstí období oddělení oznámení podlaží pololetí poschodí povolení prostředí
        představení připojení rozhodnutí setkání stavení století území usnesení pondělí vydání výročí vystoupení
        zařízení zasedání
    """,
}
IRREGULAR = {
    "člověk": irregular(
        ANIMATE, "člověk člověka člověku člověka člověku člověkem", "lidé|lidi lidí lidem lidi lidech lidmi"
    ),
    "centrum": irregular(
        NEUTER, "centrum centra centru centrum centru centrem", "centra center centrům centra centrech centry"
    ),
    "den": irregular(MASCULINE, "den dne dni|dnu den dni|dnu dnem", "dny|dni dnů|dní dnům dny|dni dnech dny"),
    "dítě": irregular(FEMININE, "- - - - - -", "děti dětí dětem děti dětech dětmi"),
    "euro": irregular(NEUTER, "euro eura euru euro euru eurem", "eura eur eurům eura eurech eury"),
    "kus": irregular(MASCULINE, "kus kusu kusu kus kuse|kusu kusem", "kusy kusů|ks kusům kusy kusech kusy"),
    "obyvatel": irregular(
        ANIMATE,
        "obyvatel obyvatele obyvateli obyvatele obyvateli obyvatelem",
        "obyvatelé obyvatel obyvatelům obyvatele obyvatelích obyvateli",
    ),
    "pes": irregular(ANIMATE, "pes psa psovi|psu psa psovi|psu psem", "psi psů psům psy psech psy"),
    "rok": irregular(
        MASCULINE, "rok roku roku rok roce|roku rokem", "roky let|roků letům|rokům roky letech|rocích lety|roky"
    ),
    "síť": irregular(FEMININE, "síť sítě síti síť síti sítí", "sítě sítí sítím sítě sítích sítěmi"),
    "trať": irregular(FEMININE, "trať trati trati trať trati tratí", "trati|tratě tratí tratím trati tratích tratěmi"),
    "úterý": irregular(NEUTER, "úterý úterý úterý úterý úterý úterým", "úterý úterý úterým úterý úterých úterými"),
    "týden": irregular(
        MASCULINE, "týden týdne týdnu|týdni týden týdnu|týdni týdnem", "týdny týdnů týdnům týdny týdnech týdny"
    ),
}


def _read(paradigm: str, entry: str) -> tuple[str, Noun]:
    nominative, stem, genitive_plural, *_ = [*entry.split("/"), "", ""]
    return nominative, noun(paradigm, nominative, stem, genitive_plural)


NOUNS: dict[str, Noun] = {
    **dict(_read(paradigm, entry) for paradigm, entries in REGULAR.items() for entry in entries.split()),
    **IRREGULAR,
}


class Form(NamedTuple):
    """What one written form of a noun may be."""

    gender: str
    plural: bool
    case: Case


def _forms_of(entry: Noun) -> dict[str, set[Form]]:
    found: dict[str, set[Form]] = {}
    for plural, cases in enumerate((entry.singular, entry.plural)):
        for case, forms in zip(Case, cases, strict=True):
            for form in forms:
                found.setdefault(form, set()).add(Form(entry.gender, bool(plural), case))
    return found


# Numbered nouns that are written short; they may be in any case.
SHORT = {"NP": NEUTER, "PP": NEUTER, "ZŠ": FEMININE, "MŠ": FEMININE, "SPA": MASCULINE, "tř": FEMININE, "pol": NEUTER}
FORMS: dict[str, set[Form]] = {short: {Form(gender, False, case) for case in Case} for short, gender in SHORT.items()}
for _entry in NOUNS.values():
    for _form, _meanings in _forms_of(_entry).items():
        FORMS.setdefault(_form, set()).update(_meanings)
