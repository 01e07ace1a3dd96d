"""Files as such: write JSON whole or not at all, checksums, and whether a file is a web page."""

import hashlib
import json
import os
import re
from pathlib import Path

WEB_PAGE = re.compile(
    rb"(<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(!doctype\s+html|html|head|body|title|meta|script)\b", re.DOTALL
)


def write_json(content: object, path: str | Path) -> None:
    """Write `content` as JSON, keys in the order given, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def sha256(path: str | Path) -> str:
    """Return the sha256 of a file as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bare(start: bytes) -> bytes:
    """Return the first bytes of a file without a byte order mark and outer white space."""
    return start.removeprefix(b"\xef\xbb\xbf").strip()


def is_web_page(start: bytes) -> bool:
    """Return whether a file that begins with the bytes `start` is an HTML page, whatever its name."""
    return bool(WEB_PAGE.match(bare(start).lower()))
