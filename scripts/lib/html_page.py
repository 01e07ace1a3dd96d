"""Render a page from report/: templates, style sheets and scripts, all inside the page."""

import base64
import functools
import hashlib
from pathlib import Path

import jinja2
from markupsafe import Markup

from lib import palette

FOLDER = Path(__file__).resolve().parents[2] / "report"


@functools.cache
def environment() -> jinja2.Environment:
    """Return the templates, compiled once: all text is escaped, a name that is not given is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def style(sheet: str) -> Markup:
    """Return the colours of the groups, house.css and the page's own style sheet as markup."""
    return Markup(f"{palette.css().strip()}\n{text('house.css', sheet)}")


def text(*files: str) -> Markup:
    """Return files of report/ as markup, one after the other."""
    return Markup("\n".join((FOLDER / file).read_text(encoding="utf-8").strip() for file in files))


def sha256_of(script: str) -> str:
    """Return the hash by which a page's policy allows a script of its own."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
