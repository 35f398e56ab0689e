"""The words shared with the dialplan are the same on both sides."""

import re
from pathlib import Path

import pytest

from dialplans import names

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
)


def test_every_name_occurs_in_the_dialplan_and_every_word_of_the_dialplan_is_a_name() -> None:
    assert set(WORD.findall(DIALPLAN)) - {"HLASATEL_"} == VARIABLES


@pytest.mark.parametrize("path", CONFIGURATION, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_configuration_file_has_a_word_of_its_own(path: Path) -> None:
    assert set(WORD.findall(CONFIGURATION[path])) <= VARIABLES


@pytest.mark.parametrize("name", [*SET_BY_ORIGINATE, names.DONE, names.CONFIRMED, names.RECORD])
def test_what_the_service_sets_is_read_and_never_overwritten(name: str) -> None:
    assert f"${{{name}}}" in DIALPLAN
    assert f"Set({name}=" not in DIALPLAN


@pytest.mark.parametrize("name", [names.ANSWERER, names.HEARD])
def test_what_asterisk_reports_is_set(name: str) -> None:
    assert f"Set({name}=" in DIALPLAN


def test_each_context_that_originate_names_begins_with_its_extension_and_has_an_end() -> None:
    contexts = dict(re.findall(r"^\[([a-z-]+)\]\n((?:[^\[].*\n|\n)*)", DIALPLAN, re.MULTILINE))
    assert contexts.keys() == {names.ANNOUNCEMENT_CONTEXT, names.LOUDSPEAKER_CONTEXT, names.CALLBACK_CONTEXT}
    for context in contexts.values():
        assert context.count("\nexten => s,1,") + context.startswith("exten => s,1,") == 1
        assert "\nexten => h,1," in context


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
