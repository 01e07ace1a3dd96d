"""Files as such: write JSON whole or not at all, checksums."""

import hashlib
import json
import os
from pathlib import Path


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
