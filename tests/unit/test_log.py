"""What the log shows, and what it never does."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from service.log import set_up_logging


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:], logging.root.level = handlers, level


def test_a_file_gets_one_json_object_a_line_from_us_and_from_libraries() -> None:
    stream = io.StringIO()
    set_up_logging(stream)
    structlog.get_logger("ours").info("call begins", trunk="město", attempt="a1")
    logging.getLogger("library").warning("%s is odd", "this")
    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert (ours["event"], ours["level"], ours["trunk"]) == ("call begins", "info", "město")
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"]) == ("this is odd", "warning")


def test_a_terminal_gets_lines_for_a_person() -> None:
    stream = Terminal()
    set_up_logging(stream)
    structlog.get_logger().info("call begins", trunk="o2")
    (line,) = stream.getvalue().splitlines()
    assert "call begins" in line
    assert not line.startswith("{")


def test_details_of_ours_and_chatter_of_libraries_are_left_out() -> None:
    stream = io.StringIO()
    set_up_logging(stream)
    structlog.get_logger().debug("details")
    logging.getLogger("panoramisk.manager").info("chatter")
    logging.getLogger("sqlalchemy.engine").info("SELECT")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_a_number_is_masked_wherever_it_comes_from(stream: io.StringIO) -> None:
    set_up_logging(stream)
    structlog.get_logger().info("calling +420556400001", phone="+420556400002")
    logging.getLogger("library").warning("no route to %s", "+420556400003")
    try:
        raise ValueError("+420556400004")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed too")
    text = stream.getvalue()
    assert "+4205564" not in text
    assert "+420*******01" in text
    assert "Traceback" in text


def test_the_variables_of_a_traceback_are_not_shown() -> None:
    stream = Terminal()
    set_up_logging(stream)
    password = "-".join(["velmi", "tajne"])
    try:
        assert not password, "failed"
    except AssertionError as error:
        error.args = ()
        structlog.get_logger().exception("failed")
    assert "Traceback" in stream.getvalue()
    assert "velmi-tajne" not in stream.getvalue()
