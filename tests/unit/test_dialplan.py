"""The words shared with the dialplan are the same on both sides."""

import re
from pathlib import Path

import pytest

from dialplans import names
from ivr.reception import STAFF

FOLDER = Path(names.__file__).parent
CONFIGURATION = {path: path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.conf"))}
DIALPLAN = names.conf("extensions-hlasatel.conf")
WORD = re.compile(r"\bHLASATEL_[A-Z_]+\b")
VARIABLES = {value for value in vars(names).values() if isinstance(value, str) and WORD.fullmatch(value)}
SET_BY_ORIGINATE = (
    names.ATTEMPT,
    names.TOKEN,
    names.AGI,
    names.GREETING,
    names.MESSAGE,
    names.DETECT,
    names.CODE,
    names.PROBE,
)

GLOBALS = (names.RECORD, names.HOTLINE, names.HOTLINE_TOKEN, names.APOLOGY, names.RING_SECONDS, names.STAFF_LINE)


def test_every_name_occurs_in_the_dialplan_and_every_word_of_the_dialplan_is_a_name() -> None:
    assert set(WORD.findall(DIALPLAN)) - {"HLASATEL_"} == VARIABLES


@pytest.mark.parametrize("path", CONFIGURATION, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_configuration_file_has_a_word_of_its_own(path: Path) -> None:
    assert set(WORD.findall(CONFIGURATION[path])) <= VARIABLES


@pytest.mark.parametrize("name", [*SET_BY_ORIGINATE, *GLOBALS, names.DONE, names.CONFIRMED])
def test_what_the_service_sets_is_read_and_never_overwritten(name: str) -> None:
    assert f"${{{name}}}" in DIALPLAN
    assert f"Set({name}=" not in DIALPLAN


@pytest.mark.parametrize("name", [names.ANSWERER, names.HEARD])
def test_what_asterisk_reports_is_set(name: str) -> None:
    assert f"Set({name}=" in DIALPLAN


CONTEXTS = dict(re.findall(r"^\[([a-z-]+)\]\n((?:(?!\[).*\n)*)", DIALPLAN, re.MULTILINE))
# Where calls begin that we make or take.
ENTRIES = (
    names.ANNOUNCEMENT_CONTEXT,
    names.LOUDSPEAKER_CONTEXT,
    names.CALLBACK_CONTEXT,
    names.HOTLINE_CONTEXT,
)
OTHERS = (names.INBOUND_CONTEXT, names.OFFICE_CONTEXT, names.PROBE_CONTEXT, names.KEEP_CONTEXT)


def test_each_context_has_a_name() -> None:
    assert CONTEXTS.keys() == {*ENTRIES, *OTHERS}


@pytest.mark.parametrize("name", [*ENTRIES, *OTHERS])
def test_each_context_begins_with_its_extension(name: str) -> None:
    assert f"\n{CONTEXTS[name]}".count("\nexten => s,1,") == 1


@pytest.mark.parametrize("name", ENTRIES)
def test_what_has_begun_has_an_end(name: str) -> None:
    assert "\nexten => h,1," in CONTEXTS[name]


def test_calls_of_a_trunk_lead_to_the_hotline() -> None:
    assert f"context = {names.INBOUND_CONTEXT}\n" in names.conf("managed/pjsip-trunk.conf")
    assert CONTEXTS[names.INBOUND_CONTEXT].count(f"Goto({names.HOTLINE_CONTEXT},s,1)") == 3


def test_a_caller_shows_the_token_and_a_number_of_digits_only() -> None:
    """ivr reads agi_arg_1 as the token, agi_arg_2 as the number, agi_arg_3 as which number was called."""
    hotline = CONTEXTS[names.HOTLINE_CONTEXT]
    assert f"AGI(${{{names.HOTLINE}}},${{{names.HOTLINE_TOKEN}}},${{CALLER}},${{CALLED}})" in hotline
    assert "Set(CALLER=${FILTER(+0-9,${CALLERID(num)})})" in hotline


def test_without_a_service_there_is_an_apology() -> None:
    hotline = CONTEXTS[names.HOTLINE_CONTEXT]
    assert f"Set(APOLOGY=${{{names.APOLOGY}}})" in hotline
    # Where Asterisk has started anew without us:
    assert "Set(APOLOGY=${DB(hlasatel/apology)})" in hotline
    assert f"Set(DB(hlasatel/apology)=${{{names.APOLOGY}}})" in CONTEXTS[names.KEEP_CONTEXT]
    assert "Playback(${APOLOGY})" in hotline


def test_the_staffs_number_leads_past_the_ringing() -> None:
    assert f"?{names.HOTLINE_CONTEXT},staff,1)" in CONTEXTS[names.INBOUND_CONTEXT]
    assert f"Set(CALLED={STAFF})" in CONTEXTS[names.HOTLINE_CONTEXT]


def test_the_line_of_the_record_has_its_columns() -> None:
    first, rest = re.findall(r"Set\(LINE=(.*)\)$", DIALPLAN, re.MULTILINE)
    written = first.split(",") + rest.removeprefix("${LINE},").split(",")
    assert len(written) == len(names.RECORD_COLUMNS)
    told = dict(zip(names.RECORD_COLUMNS, written, strict=True))
    assert (told["attempt"], told["heard"], told["confirmed"]) == tuple(
        f"${{{name}}}" for name in (names.ATTEMPT, names.HEARD, names.CONFIRMED)
    )


def test_the_service_is_shown_the_attempt_and_then_the_token() -> None:
    """ivr reads agi_arg_1 as the attempt, agi_arg_2 as the token."""
    assert f"AGI(${{{names.AGI}}},${{{names.ATTEMPT}}},${{{names.TOKEN}}})" in DIALPLAN


def test_the_managed_asterisk_includes_the_dialplan() -> None:
    assert "#include extensions-hlasatel.conf" in names.conf("managed/extensions.conf")


def test_no_variable_is_run_as_a_command_or_evaluated() -> None:
    assert not re.search(r"\b(System|TrySystem|SHELL|EVAL|Exec|EAGI|DeadAGI)\s*\(", DIALPLAN)
