"""The leaflet that a town prints: what to send, and the numbers of its topics and packages."""

from channels.incoming.towns_book import TownsBook

_HEAD = """\
HLÁSATEL – zprávy města {town} do vašeho telefonu

Pošlete SMS na číslo {phone}. Velká a malá písmena, háčky, čárky a čárka mezi slovy nerozhodují.

  REGISTRUJ JMÉNO PŘÍJMENÍ ULICE ČÍSLO TÉMATA   přihlásíte se
      například: REGISTRUJ JAN NOVAK {example} {wishes}
      v části města bez ulic: REGISTRUJ JAN NOVAK {part} 5 {wishes}
      chata s číslem evidenčním: {part} 7 EVID
      bez témat dostanete všechno
  ZMENA ULICE ČÍSLO nebo ZMENA TÉMATA           změníte adresu nebo témata
  ODREGISTRUJ TÉMATA                            odhlásíte některá témata
  STOP                                          odhlásíte všechno
  STAV                                          zjistíte, co máte přihlášeno
  P TEXT                                        napíšete úřadu
  POMOC                                         připomeneme vám tato slova

Odpověď přijde do chvíle. Zeptáme-li se na ulici, odpovězte jen číslem, například 2.
Přihlášením souhlasíte, že město bude vaše telefonní číslo, jméno a adresu používat k zasílání těchto zpráv. Souhlas
odvoláte kdykoli slovem STOP. Cena SMS je podle vašeho tarifu.
"""


def leaflet(town: TownsBook, phone: str) -> str:
    """Plain text, to be put into the town's own layout; ``phone`` is the number that people write to."""
    street, part = (next(iter(names), "") for names in (town.book.streets, town.book.parts))
    topics = sorted((number, name) for number, _, name in town.book.topics if number is not None)
    packages = sorted(town.book.packages)
    wishes = [*(f"T{number}" for number, _ in topics[:1]), *(f"B{number}" for number, _ in packages[:1])]
    head = _HEAD.format(
        town=town.book.town,
        phone=phone or "…",
        example=f"{street or part} 5".upper(),
        part=part.upper(),
        wishes=" ".join(wishes),
    )
    listed = ["TÉMATA", *(f"  T{number:<3} {name}" for number, name in topics), ""]
    listed += ["BALÍČKY TÉMAT", *(f"  B{number:<3} {name}" for number, name in packages)]
    return "\n".join([head, *listed])
