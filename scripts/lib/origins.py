"""Where a raw file comes from: the user's folder, an address or the generator; and the record of it beside the file."""

import json
from pathlib import Path

from lib.files import sha256
from lib.run_step import UserError

GENERATED = "generated"
SUPPLIED = "supplied"
PACKED = ("", ".gz", ".zip")  # what a user's file may have after its name


def find_supplied(raw_dir: str | Path | None, release: str, source: dict, generated: bool = False) -> Path | None:
    """Return the path of the user's file for `source` in raw_dir/{release}/, or None where there is none.

    Looks for `file`, then for each of `also_named`, each also packed (.gz, .zip), and takes the first that is there.
    `generated`: whether the release is written by the generator, which takes no files.
    Raises UserError when raw_dir is given but is no folder (a mistyped path must not turn into a download), or when it
    has a folder for a generated release (its files must not be passed over in silence).
    """
    if raw_dir is None:
        return None
    folder = Path(raw_dir).expanduser()
    if not folder.is_dir():
        raise UserError(
            f"config.yaml: raw_dir: there is no folder '{raw_dir}'. "
            "Create it, correct the path, or set raw_dir to null to download what has an address."
        )
    if generated:
        if (folder / str(release)).is_dir():
            raise UserError(
                f"config.yaml: raw_dir: '{Path(raw_dir) / str(release)}' is there, but the release {release} is "
                "generated and takes no files. Give your files a release of their own: copy "
                "workflow/releases/2016.yaml under a new id, and name the folder after it."
            )
        return None
    if (folder / source["file"]).is_file() and not (folder / str(release)).is_dir():
        raise UserError(
            f"config.yaml: raw_dir: {source['file']} lies in '{raw_dir}' itself. Put it into a folder named after the "
            f"release, {Path(raw_dir) / str(release)}, or set raw_dir to the folder above."
        )
    names = (source["file"], *source.get("also_named", []))
    for path in (folder / str(release) / f"{name}{packed}" for name in names for packed in PACKED):
        if path.is_file():
            return path
    return None


def check_not_forgotten(raw_dir: str | Path | None, release: str, raw: str | Path) -> None:
    """Raise UserError when the last run took files from the user's folder, and this one is told of none.

    `raw`: the folder of the release's raw files. Without the check the run would drop them and fetch others instead.
    """
    manifest = Path(raw) / "manifest.json"
    if raw_dir is not None or not manifest.is_file():
        return
    for entry in json.loads(manifest.read_text(encoding="utf-8"))["files"]:
        if entry["origin"] == SUPPLIED:
            raise UserError(
                f"config.yaml: raw_dir is not set, but the last run of release {release} took {entry['file']} from a "
                f"folder of yours. Set raw_dir again. To do without your files, delete {raw}."
            )


def as_asked(record: str | Path, asked: dict) -> dict:
    """Return how the file with a record of origin was asked for, where it is the one that is asked for now.

    `asked`: as `lib.find_source.origin_of` gives it. A file that was found, and whose address and sha256 the
    release file has stated since (`make freeze`), would else count as another one and be fetched again, if it is still
    to be had.
    """
    if not ("found" in asked and "sha256" in asked and Path(record).is_file()):
        return asked
    kept = json.loads(Path(record).read_text(encoding="utf-8"))
    same = (kept["origin"], kept["sha256"]) == (asked["url"], asked["sha256"])
    return kept.get("asked", asked) if same else asked


def origin_record(
    path: str | Path, source: str, file: str, origin: str, retrieved: str | None = None, supplied_as: str | None = None
) -> dict:
    """Return the record of origin of the raw file at `path`.

    Keys: source, file, origin (an address, `supplied` or `generated`), supplied_as (the user's file name),
    size (bytes), sha256, retrieved (UTC, ISO 8601; None for a file that was supplied or generated). A file that was
    found has also `found`: of title, date and version what is known (lib/find_source.py).
    """
    named = {"source": source, "file": file, "origin": origin, "supplied_as": supplied_as}
    return {**named, "size": Path(path).stat().st_size, "sha256": sha256(path), "retrieved": retrieved}
