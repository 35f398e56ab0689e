"""Structured logs: lines for a person at a terminal, JSON for everything else. Nobody's number or name goes in."""

import logging
import re
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from subscribers.phones import mask

NUMBER = re.compile(r"\+[0-9]{7,15}")  # E.164


def set_up_logging(stream: TextIO, level: int = logging.INFO) -> None:
    """Our logging goes to ``stream`` from ``level`` on, that of the libraries from WARNING on."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        masked,
    ]
    structlog.configure(
        processors=[*shared, _renderer(stream)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=_renderer(stream)))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The second guard: who logs a number masks it, but a library's message or a traceback does not."""
    return {key: _without_numbers(value) if isinstance(value, str) else value for key, value in event.items()}


def _without_numbers(text: str) -> str:
    return NUMBER.sub(lambda found: mask(found[0]), text) if "+" in text else text


def _renderer(stream: TextIO) -> Processor:
    if not stream.isatty():
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    # The default would show the local variables of a traceback, people and secrets among them.
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
