"""Parses texts offline, with the model in use and without a server.

    bot/rasa/.venv/bin/python bot/rasa/batch.py --models bot/rasa/models

Each line of standard input is a JSON array of texts; it is answered by one line of standard output, a JSON
array of their parses in the same order, each with its whole ranking. The first line out is the model's
digest. It ends with its input. Exit status 3: there is no model.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

# One batch process for each core: more threads within one would only be in each other's way.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from before_rasa import prepare  # noqa: E402 - after the number of threads is set

prepare()

from model_store import current, digest_of  # noqa: E402
from rasa.core.processor import MessageProcessor  # noqa: E402
from understanding import understand  # noqa: E402

NO_MODEL = 3


def main() -> int:
    """Answer every line until there is none left."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, default=Path(__file__).parent / "models")
    # Whatever Rasa prints must not come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    model = current(parser.parse_args().models)
    if model is None or not model.exists():
        return NO_MODEL
    processor = MessageProcessor(str(model), tracker_store=None, lock_store=None, generator=None)
    answers.write(json.dumps(digest_of(model)) + "\n")
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(understand(processor, json.loads(line), ranked=None)) + "\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
