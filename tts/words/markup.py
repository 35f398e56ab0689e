"""From a text with HTML, Markdown, pictures and wrapped lines to one plain line; the language does not matter here."""

import html
import re
import unicodedata
from collections.abc import Callable
from re import Match

from tts.words.sentence import UPPER
from tts.words.traced import Traced, traced

# Kept where an item of a list begins, for rules to see; a rule of its own makes it a pause.
BULLET = "•"

TAG = r"[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?"
BLOCK = r"(?:p|div|h[1-6]|ul|ol|tr|table|section|article|header|footer|blockquote|pre|hr|title)"


def _pattern(written: str) -> re.Pattern[str]:
    return re.compile(written, re.IGNORECASE | re.MULTILINE)


def _plain(character: Match[str]) -> str:
    return html.unescape(character[0])


def _composed(letters: Match[str]) -> str:
    return unicodedata.normalize("NFC", letters[0])


# What is replaced, and by what; in this order.
REPLACED: tuple[tuple[re.Pattern[str], str | Callable[[Match[str]], str]], ...] = (
    (_pattern(r"\r\n?|[\u2028\u2029\v\f\x85]"), "\n"),
    (_pattern(r"<!--[\s\S]*?-->|<(script|style)\b[^>]*>[\s\S]*?</\1\s*>"), " "),
    (_pattern(r"<li\b[^<>]*>"), f"\n{BULLET} "),
    (_pattern(rf"</?{BLOCK}\b[^<>]*>"), "\n\n"),
    (_pattern(r"<br\b[^<>]*>|</li\s*>|</?t[dh]\b[^<>]*>"), "\n"),
    (_pattern(rf"</?{TAG}>"), ""),
    (_pattern(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});"), _plain),
    (_pattern(r"[^\W\d_][\u0300-\u036f]+"), _composed),
    (_pattern(r"!\[[^\]\n]*\]\([^)\n]*\)"), ""),
    (_pattern(r"^ {0,3}(?:(?:- ?){3,}|(?:\* ?){3,}|(?:_ ?){3,}|```\w*|\|?[ :|-]*-[ :-]*\|[ :|-]*)$"), "\n"),
    (_pattern(r"^ {0,3}(?:> ?)+"), ""),
    (_pattern(r"[„“”‟«»‹›\"`\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"), ""),
    # Pictures, their variations, skins, flags and keycaps; arrows and boxes.
    (
        _pattern(
            "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u20e3\U000e0000-\U000e007f]"
        ),
        " ",
    ),
    (_pattern(r"[\u2010\u2011]"), "-"),
    (_pattern(r"[\u2012\u2014\u2015]"), "–"),
    (_pattern(r"…"), "..."),
    (_pattern(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$"), ""),
    (_pattern(r"[ \t]*\|[ \t]*"), ", "),
)
# What is cut down to its inside: links, headings (a sentence of their own), bold, italic, struck out, code.
STRIPPED = (
    _pattern(r"\[(?P<kept>[^\]\n]+)\]\([^)\n]+\)"),
    _pattern(r"(\*\*|__|~~)(?=\S)(?P<kept>[^\n]+?)(?<=\S)\1"),
    _pattern(r"(?<![\w*])\*(?=[^\s*])(?P<kept>[^*\n]+?)(?<=\S)\*(?![\w*])"),
    _pattern(r"(?<!\w)_(?=[^\s_])(?P<kept>[^_\n]+?)(?<=\S)_(?!\w)"),
)
HEADING, HEADING_MARK = re.compile(r"(?m)^( {0,3}#{1,6} .*?)[ #]*$"), re.compile(r"(?m)^ {0,3}#{1,6} +")
ITEM = re.compile(r"(?:^|,?\n)\s*[-–•*·‣▪]\s+")
NUMBERED = re.compile(rf"(?:^|,?\n)[ \t]*(?=\d{{1,2}}[.)] +{UPPER})")
FIRST_AND_SECOND = re.compile(rf"^[ \t]*1[.)] +{UPPER}[\s\S]*?\n[ \t]*2[.)] +{UPPER}", re.MULTILINE)
END_OF_PARAGRAPH = re.compile(r"([.!?:;,]?)[ \t]*\n[ \t]*\n\s*")
SPACE = re.compile(r"\s{2,}|[^\S ]")


def plain_line(text: str) -> Traced:
    """``text`` as one line: a paragraph ends a sentence, an item of a list begins with a bullet."""
    line = traced(text)
    for pattern, by in REPLACED:
        line = line.replaced(pattern, by)
    for pattern in STRIPPED:
        line = line.stripped(pattern)
    return _one_line(_listed(_headed(line)))


def _headed(line: Traced) -> Traced:
    ended = line.replaced(HEADING, lambda match: f"{match[1]}\n\n")
    return ended.replaced(HEADING_MARK, "")


def _listed(line: Traced) -> Traced:
    if FIRST_AND_SECOND.search(line.text):
        line = line.replaced(NUMBERED, f"\n{BULLET} ")
    return line.replaced(ITEM, f"\n{BULLET} ")


def _one_line(line: Traced) -> Traced:
    start, end = len(line.text) - len(line.text.lstrip()), len(line.text.rstrip())
    line = Traced(line.text[start:end], line.places[start:end])
    return line.replaced(END_OF_PARAGRAPH, lambda match: f"{match[1] or '.'} ").replaced(SPACE, " ")
