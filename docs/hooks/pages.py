"""What turns the documents, which are written to be read in the repository too, into a site. Run by MkDocs.

MkDocs calls these functions by their names: https://www.mkdocs.org/user-guide/plugins/#events
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]

BORROWED = {
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "assets/icon.svg": "handoff/console/static/icon.svg",
}
"""What the site shows and the repository keeps elsewhere."""

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\[]*)\]\((?P<target>[^)\s#:]+)(?P<anchor>#[^)\s]*)?\)")
_ITEM = re.compile(r"(?:[-*+]|1\.) ")
_FENCE = re.compile(r"\s*(?:```|~~~)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """A document that no chapter names is put under "More", so that a new one is never lost."""
    docs = Path(config.docs_dir)
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    pages |= {name for name in BORROWED if name.endswith(".md")}
    assert config.nav is not None
    more = sorted(pages - set(_named(config.nav)))
    if more:
        config.nav.append({"More": more})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Bring in what lies outside of ``docs``."""
    for name, source in BORROWED.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_: Any) -> str:
    """Links out of ``docs`` become names of files, and lists get the room that Python-Markdown wants."""
    home = posixpath.dirname(BORROWED.get(page.file.src_uri, f"docs/{page.file.src_uri}"))
    return _with_room(_prose_changed(markdown, lambda text: _relinked(text, home, files)))


def on_page_content(html: str, **_: Any) -> str:
    """A head without a word over a column is none, and a whole row of them goes."""
    html = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", html)
    return re.sub(r"<thead>\s*<tr>\s*(?:<td[^>]*></td>\s*)+</tr>\s*</thead>", "", html)


def on_post_page(output: str, **_: Any) -> str:
    """The theme's search is a dialog without a name, which a screen reader could not announce."""
    return output.replace('role="dialog">', 'role="dialog" aria-label="Search">')


def _named(nav: Any) -> list[str]:
    """Every path in the navigation, at whatever depth."""
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    return [path for part in parts for path in _named(part)]


def _prose_changed(markdown: str, change: Callable[[str], str]) -> str:
    """The text, with each stretch outside of code changed."""
    stretches: list[tuple[bool, list[str]]] = []
    fenced = False
    for line in markdown.splitlines(keepends=True):
        fence = bool(_FENCE.match(line))
        fenced ^= fence
        prose = not (fenced or fence or line.startswith("    "))
        if not stretches or stretches[-1][0] != prose:
            stretches.append((prose, []))
        stretches[-1][1].append(line)
    return "".join(change("".join(lines)) if prose else "".join(lines) for prose, lines in stretches)


def _relinked(text: str, home: str, files: Files) -> str:
    """Links as they are from the site's top; what is not in the site is named instead."""

    def link(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(home, found["target"]))
        inside = {source: name for name, source in BORROWED.items()}.get(path, path.removeprefix("docs/"))
        if files.get_file_from_path(inside) is not None:
            return f"[{found['text']}]({inside}{found['anchor'] or ''})"
        if not (ROOT / path).exists():
            return found[0]  # MkDocs will say that it leads nowhere
        plain = found["text"].strip("`")
        return f"`{path}`" if plain in (path, posixpath.basename(path)) else f"{found['text']} (`{path}`)"

    return _LINK.sub(link, text)


def _with_room(markdown: str) -> str:
    """A blank line before each list, which CommonMark does not ask for and Python-Markdown does."""
    lines: list[str] = []
    fenced = in_list = False
    for line in markdown.splitlines():
        fenced ^= bool(_FENCE.match(line))
        item = not fenced and bool(_ITEM.match(line))
        if item and not in_list and lines and lines[-1].strip():
            lines.append("")
        in_list = item or (in_list and bool(line.strip()))
        lines.append(line)
    return "\n".join(lines) + "\n"
