"""What must be so before the first import of Rasa."""

import logging
import os
import warnings

import sanic  # noqa: F401 - it shows deprecations once imported, so it comes before our filters
import stand_in
import structlog


def prepare() -> None:
    """Switch telemetry off, log no customer's words, stand in for the packages left out, start quickly."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    # Unless told otherwise structlog prints everything, and Rasa's debug events quote messages and slots.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    # Rasa 3.6 is at the end of its line, and so are its libraries: their deprecations help nobody here.
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    # A note Rasa gives on every domain there is.
    warnings.filterwarnings("ignore", "Slot auto-fill has been removed")
    stand_in.install()

    import quick_domain  # noqa: PLC0415 - it imports Rasa, which by now may come

    quick_domain.install()
