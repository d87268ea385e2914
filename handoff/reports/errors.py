"""What the reports refuse.

::

    ReportError                 anything this room refuses; each text names the remedy
    ├── BadPeriod               no period can be read from the text
    ├── BadFilter               a filter that does not exist, or a value that it cannot have
    ├── UnknownIndicator        no indicator has this code, or it cannot be split or followed like that
    └── BadTargets              a file of targets that cannot be used
"""

from __future__ import annotations

from handoff.queue import BadInput


class ReportError(BadInput):
    """Anything that the reports refuse."""


class BadPeriod(ReportError):
    """No period can be read from the text."""


class BadFilter(ReportError):
    """A filter that does not exist, or a value that it cannot have."""


class UnknownIndicator(ReportError):
    """No indicator has this code, or it cannot be shown in this way."""


class BadTargets(ReportError):
    """A file of targets that cannot be used."""
