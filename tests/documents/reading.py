"""What the documents say, read as Markdown: their code, their links, their headings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
NAMES = [
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
]  # fmt: skip
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A block of code: ``language`` is empty for one that is only indented."""

    language: str
    lines: list[str]


@dataclass(frozen=True)
class Document:
    """One document: what is between backticks, its blocks of code, links and pictures, and anchors."""

    name: str
    spans: list[str]
    blocks: list[Block]
    links: list[str]
    anchors: set[str]
    text: str

    def lines(self) -> Iterator[str]:
        """Each line of a block, and each span: wherever a command can stand."""
        yield from self.spans
        for block in self.blocks:
            yield from block.lines


def read(name: str) -> Document:
    """The document at this path from the top."""
    text = (ROOT / name).read_text(encoding="utf-8")
    tokens = _MARKDOWN.parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    return Document(
        name,
        spans=[" ".join(t.content.split()) for t in inline if t.type == "code_inline"],
        blocks=[
            Block(t.info.strip(), _whole_lines(t.content))
            for t in tokens
            if t.type in ("fence", "code_block")
        ],
        links=[
            str(t.attrs.get("href") or t.attrs.get("src")) for t in inline if t.type in ("link_open", "image")
        ],
        anchors={_slug(tokens[i + 1]) for i, t in enumerate(tokens) if t.type == "heading_open"},
        text=text,
    )


def words(line: str, program: str) -> list[str] | None:
    """The words after ``program`` if the line calls it; without what explains it, two spaces or # behind.

    A prompt and settings before the program are allowed, and its whole path.
    """
    command = re.split(r"\s{2,}|\s#\s", line.strip())[0]
    found = re.match(rf"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?{program}(?: (?P<rest>.+))?$", command)
    if found is None:
        return None
    return shlex.split(
        (found["rest"] or "").replace("[", "").replace("]", "").replace("<", "").replace(">", "")
    )


def settings_before(line: str) -> dict[str, str]:
    """The settings that a command is given for itself: ``RECOURSE_DATA_DIR=var/copy recourse ...``."""
    return dict(re.findall(r"([A-Z_]+)=(\S+) ", line[: line.find("recourse ")]))


def _whole_lines(content: str) -> list[str]:
    """Lines; the next belongs to one that ends in a backslash, or to curl's while a quotation is open."""
    lines: list[str] = []
    for line in content.replace("\\\n", " ").splitlines():
        if lines and lines[-1].lstrip().startswith("curl ") and lines[-1].count("'") % 2:
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return lines


def _slug(heading: Token) -> str:
    """The anchor of a heading, as GitHub and Python-Markdown both make it."""
    said = "".join(t.content for t in heading.children or () if t.type in ("text", "code_inline"))
    return re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", said.lower()).strip())
