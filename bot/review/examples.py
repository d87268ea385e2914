"""The trainers' examples as files: read to know what is there, written so that a change can be reviewed.

What review adds goes into ``<language>/reviewed.yml``, in Rasa's long form, with who decided and when::

    - intent: file_complaint
      examples:
      - text: |
          the [kettle](product) you sent gives off sparks
        metadata: {severity: critical, category: safety, author: Tina, date: "2026-03-02"}

The other files hold invented sentences; what customers really wrote stands apart, so that it can be found
and, if somebody asks for it, deleted. Training reads severity and category and nothing else of the
metadata.
"""

from __future__ import annotations

import difflib
import fcntl
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from bot.review.likeness import likeness, near, triples
from bot.review.record import BadExample, ExamplesClosed, KnownExample
from complaints.complaint import Category, Severity

REVIEWED = "reviewed.yml"
GOLDEN = "golden"
"""The folder that measures, and is never learnt from."""

_BEGINNING = """\
# What customers wrote, with personal data masked, and what it means in a trainer's judgement
# (`recourse review`, or Review in the console). Author and date say who decided, and when.
version: "3.1"
nlu: []
"""
_FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Example:
    """A sentence and what it means. Complaints have a severity and a category."""

    language: str
    text: str
    intent: str
    severity: Severity | None
    category: Category | None
    author: str
    on: date


@dataclass(frozen=True)
class Known:
    """A sentence that a file holds."""

    file: str  # below the folder of examples
    intent: str
    like: str


@dataclass(frozen=True)
class Examples:
    """The folder of examples, one folder in it for each language."""

    folder: Path

    def languages(self) -> list[str]:
        """The languages that there are examples of. Raises `ExamplesClosed`."""
        self._check_readable()
        found = (
            f.name for f in self.folder.iterdir() if f.is_dir() and f.name != GOLDEN and any(f.glob("*.yml"))
        )
        return sorted(found)

    def intents(self, language: str) -> list[str]:
        """What can be meant, as the examples of a language have it."""
        return sorted({known.intent for file in self._files(language) for known in _read(file, self.folder)})

    def likenesses(self) -> set[str]:
        """What all the examples say; see `bot.review.likeness`."""
        return {known.like for language in self.languages() for known in self._known(language)}

    def check(self, example: Example) -> None:
        """Whether the example may come in. Raises `BadExample`, `KnownExample`, `ExamplesClosed`."""
        if example.language not in self.languages():
            raise BadExample(
                f"there are no examples in {example.language!r} yet: begin {example.language}/ first"
            )
        if example.intent not in self.intents(example.language):
            raise BadExample(f"{example.intent!r} is no intent that has examples in {example.language!r}")
        like = likeness(example.text)
        if not any(c.isalpha() for c in like.replace("x", "")):
            raise BadExample("there are no words left to learn from")
        for known in self._known(example.language):
            if known.like == like:
                raise KnownExample(f"nlu_data/{known.file} has this example already, as {known.intent}")
        mine = triples(like)
        for file in sorted((self.folder / GOLDEN).glob("*.yml")):
            for known in _read(file, self.folder):
                if known.like == like or near(triples(known.like), mine):
                    raise KnownExample(f"nlu_data/{known.file} has this: what measures is never learnt from")

    def add(self, example: Example) -> str:
        """Write the example; its file, below the folder. Raises what `check` does.

        The file changes by added lines only, appears whole or not at all, and two trainers take turns.
        """
        with self._alone():
            self.check(example)
            path = self.folder / self.file_of(example.language)
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            after = with_example(before or _BEGINNING, example)
            if not only_added(before, after):
                raise ExamplesClosed(
                    f"{path} is written in a way that would not survive: write it as "
                    "nlu_data/en/complaints.yml is, two spaces deep, and try again"
                )
            self._write(path, after)
        return self.file_of(example.language)

    @staticmethod
    def file_of(language: str) -> str:
        """Where review writes examples of a language, below the folder."""
        return f"{language}/{REVIEWED}"

    def _known(self, language: str) -> Iterator[Known]:
        for file in self._files(language):
            yield from _read(file, self.folder)

    def _files(self, language: str) -> list[Path]:
        return sorted((self.folder / language).glob("*.yml"))

    def _check_readable(self) -> None:
        if not self.folder.is_dir():
            raise ExamplesClosed(
                f"the examples are not at {self.folder}: set RECOURSE_NLU_DATA_DIR to the folder nlu_data "
                "of a checkout, or review from a checkout that has RECOURSE_DATABASE_URL of this database"
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._check_readable()
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, path: Path, text: str) -> None:
        draft = path.with_suffix(".new")  # beside it, and nothing that training reads
        try:
            draft.write_text(text, encoding="utf-8")
            if path.exists():
                draft.chmod(path.stat().st_mode)
            draft.replace(path)
        except OSError as error:
            raise ExamplesClosed(
                f"cannot write {path} ({error.strerror}): let this user write to {path.parent}, or set "
                "RECOURSE_NLU_DATA_DIR to the folder nlu_data of a checkout"
            ) from error


def with_example(text: str, example: Example) -> str:
    """The text of a file of examples with one more, after the last of its intent. Raises `ExamplesClosed`."""
    form = YAML()
    form.preserve_quotes = True
    form.width = 10_000
    try:
        data = form.load(text)
        intents = data["nlu"]
        wanted = (
            i for i in intents if i.get("intent") == example.intent and isinstance(i.get("examples"), list)
        )
        examples = next(wanted, None)
    except (YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ExamplesClosed(f"{REVIEWED} is no file of examples any more: {type(error).__name__}") from error
    if examples is None:
        examples = CommentedMap(intent=example.intent, examples=[])
        intents.append(examples)
    intents.fa.set_block_style()
    examples["examples"].append(_entry(example))
    written = io.StringIO()
    form.dump(data, written)
    return written.getvalue()


def only_added(before: str, after: str) -> bool:
    """Whether every line from before is still there, in its order."""
    kept = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    return all(change in ("equal", "insert") for change, *_ in kept.get_opcodes())


def _entry(example: Example) -> CommentedMap:
    metadata = CommentedMap()
    if example.severity and example.category:
        metadata["severity"], metadata["category"] = str(example.severity), str(example.category)
    metadata["author"] = example.author
    # In quotes: to YAML it would be a date, which Rasa cannot make a fingerprint of.
    metadata["date"] = DoubleQuotedScalarString(example.on.isoformat())
    metadata.fa.set_flow_style()
    return CommentedMap(text=LiteralScalarString(f"{example.text}\n"), metadata=metadata)


def _read(file: Path, folder: Path) -> tuple[Known, ...]:
    state = file.stat()
    return _sentences(file, folder, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=512)  # a folder's files; read anew when they change
def _sentences(file: Path, folder: Path, _changed: int, _size: int) -> tuple[Known, ...]:
    name = file.relative_to(folder).as_posix()
    try:
        data: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=_FAST_LOADER)  # noqa: S506 (a safe one)
        found = [
            Known(name, item["intent"], likeness(text))
            for item in data["nlu"]
            if "intent" in item
            for text in _texts(item["examples"])
        ]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ExamplesClosed(f"nlu_data/{name} is no file of examples: mend it first") from error
    return tuple(found)


def _texts(examples: str | list[dict[str, Any]]) -> Iterator[str]:
    if isinstance(examples, str):
        yield from (line.removeprefix("- ") for line in examples.splitlines() if line.strip())
    else:
        yield from (example["text"] for example in examples)
