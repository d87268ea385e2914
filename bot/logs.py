"""The log: one line an event, with ids and never with what a customer wrote.

An exception's own words and local variables may quote a message, so of an error only its kind and
the places it passed through are written.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger


def configure() -> None:
    """Set the log up, once for each process: readable on a terminal, JSON elsewhere."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    readable = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _error_without_words,
            structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Stderr())),
        cache_logger_on_first_use=True,
    )


class _Stderr:
    """Whatever is stderr when a line is written: loggers outlive the one that they were made with."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _error_without_words(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if not event.pop("exc_info", None):
        return event
    kind, _error, trace = sys.exc_info()
    if kind is not None:
        event["error"] = kind.__name__
        event["at"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)[-4:]]
    return event
