"""Where this machine gets its packages from, and the same mirrors with another suite.

Reads both shapes of apt's files (sources.list(5)): one-line ``.list`` and deb822 ``.sources``. A stanza is a dict
of deb822 fields with lower-case names.
"""

import re
from pathlib import Path

Stanza = dict[str, str]

# deb [option=value ...] uri suite component ...
ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<components>.*)$")
FIELD_OF_OPTION = {"arch": "architectures", "lang": "languages", "target": "targets"}
ROLLING = {"stable", "oldstable", "testing", "unstable", "sid"}


def of_machine(etc: Path) -> list[Stanza]:
    """All enabled binary sources under apt's folder ``etc`` (/etc/apt)."""
    parts = etc / "sources.list.d"
    one_line = [etc / "sources.list", *sorted(parts.glob("*.list"))]
    stanzas = [found for file in one_line if file.is_file() for found in parse_list(file.read_text())]
    for file in sorted(parts.glob("*.sources")):
        stanzas += parse_deb822(file.read_text())
    return stanzas


def parse_list(text: str) -> list[Stanza]:
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [_of_line(match) for match in map(ONE_LINE.match, lines) if match]


def _of_line(match: re.Match[str]) -> Stanza:
    options = (option.split("=", 1) for option in (match["options"] or "").split() if "=" in option)
    fields = {FIELD_OF_OPTION.get(name, name): value.replace(",", " ") for name, value in options}
    return fields | {
        "types": "deb",
        "uris": match["uri"],
        "suites": match["suite"],
        "components": match["components"].strip(),
    }


def parse_deb822(text: str) -> list[Stanza]:
    uncommented = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    stanzas = [_of_paragraph(paragraph) for paragraph in re.split(r"\n\s*\n", uncommented)]
    return [{**fields, "types": "deb"} for fields in stanzas if _usable(fields)]


def _of_paragraph(paragraph: str) -> Stanza:
    # A line that begins with a blank continues the field before it (a key written out in Signed-By).
    fields = re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", paragraph, re.MULTILINE)
    return {name.lower(): value.rstrip() for name, value in fields}


def _usable(fields: Stanza) -> bool:
    enabled = fields.get("enabled", "yes").lower() not in {"no", "false", "0"}
    return enabled and "deb" in fields.get("types", "").split() and "uris" in fields


def with_suite(stanzas: list[Stanza], suite: str, codename: str) -> list[Stanza]:
    """The main archive's mirrors with ``suite`` in place of this machine's own (``codename``).

    Security, updates and backports archives and other people's repositories have no such suite: left out.
    """
    ours = {codename, *ROLLING}
    found: list[Stanza] = []
    for fields in stanzas:
        main = "main" in fields.get("components", "").split()
        derived = {**fields, "suites": suite, "components": "main"}
        if main and ours & set(fields.get("suites", "").split()) and derived not in found:
            found.append(derived)
    return found


def written(stanzas: list[Stanza]) -> str:
    """Text of a ``.sources`` file."""
    paragraphs = ("\n".join(f"{name}: {value}" for name, value in fields.items()) for fields in stanzas)
    return "\n\n".join(paragraphs) + "\n"
