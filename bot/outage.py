"""What is raised when the database is away.

Errors::

    channels.lanes.Unavailable      nobody's fault, and no attempt at a job
    └── DatabaseUnavailable         cannot be opened, or stayed away through all retries
        └── CommitUncertain         it left during the commit: done or not, look before you repeat
"""

from __future__ import annotations

from channels.lanes import Unavailable


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached; the message is one line and names the remedy."""


class CommitUncertain(DatabaseUnavailable):
    """The connection broke during a commit, so nobody knows whether it happened.

    Not repeated here: a unit of work that ends with `lanes.finish`, or begins with a deduplicated
    `lanes.put`, can be run again safely, others cannot.
    """
