"""Set two finished runs beside each other and say what differs, such as before and after a new version of a file.

Usage: python scripts/diff.py OLD NEW [--to folder]
OLD and NEW: folders of runs, results/{release}/{method}, with the release's clean/ beside each; they may lie in two
copies of the project. Writes the tables of scripts/changes.py to a folder, by default
results/diff/{old}-{new}/{run}, or {run}--{run}.
Exit code 0: compared; 2: a folder is no finished run, or was made by other rules than the project has now.
"""

import argparse
import contextlib
import json
import sys
from pathlib import Path

import changes
from compared_runs import Run
from lib import authorities, settings
from lib.run_files import COMPARED_TABLES, PROVENANCE
from lib.run_step import UserError
from lib.yaml_files import PROJECT, read_yaml

FACTS = {name: PROJECT / "workflow" / "facts" / f"{name}.yaml" for name in ("published", "comparisons")}
SHOWN = 20  # differing cells that are printed


def finished(folder: str | Path) -> Run:
    """Return the run in a folder, as its provenance states it. Raises UserError where it is not finished."""
    folder = Path(folder)
    try:
        stated = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        parameters = stated["parameters"]
        method = settings.method_of_year(settings.load_method(parameters["method"]), parameters["results_year"])
        told = {key: parameters[key] for key in ("title", "results_year", "reference_date")}
        method |= {"radius_used_miles": parameters["radius_miles"]}
    except FileNotFoundError:
        raise UserError(
            f"{folder}: no finished run: it has no {PROVENANCE}. Name a folder such as results/2016/nfer-2017, and run "
            f"the release to its end first."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{folder / PROVENANCE}: not as a run writes it. Run the release again.") from None
    for path in COMPARED_TABLES:
        if not (folder / path).is_file():
            raise UserError(f"{folder}: lacks {path}. Run the release again, to its end.")
    partial = _partial(stated, told["reference_date"])
    return Run(
        folder.resolve(), stated["release"], **told, synthetic=stated["synthetic"], method=method, partial=partial
    )


def _partial(stated, reference_date):
    """Of which aspects and phases the run's files lack rows; nothing where this project does not have the release."""
    with contextlib.suppress(UserError):
        sources = settings.load_release(stated["release"])["sources"]
        absent = {entry["source"] for entry in stated["absent"]}
        present = {name: source for name, source in sources.items() if name not in absent}
        return tuple(settings.partial_data(present, reference_date))
    return ()


def said(summary: dict, differences) -> list[str]:
    """Return in lines what a comparison found, for the screen. `differences`: change_schemas.DIFFERENCES."""
    lines = []
    for phase, found in summary["phases"].items():
        changed = {word: number for word, number in found["change"].items() if word != "same"}
        told = ", ".join(f"{number:,} {word}" for word, number in changed.items()) or "no school changed"
        lines.append(f"{phase}: {found['schools']['from']:,} schools, then {found['schools']['to']:,}; {told}")
        for group, of in found["groups"].items():
            if of["came"] or of["left"]:
                name = group.replace("_", " ")
                lines.append(f"  {name}: {of['came']:,} came, {of['left']:,} left, {of['stayed']:,} stayed")
                for direction in ("came", "left"):
                    reasons = [f"{word} {number:,}" for word, number in of[f"{direction}_reasons"]]
                    lines += [f"    {direction}: {', '.join(reasons)}"] if reasons else []
        partners = found["partners"]
        if partners["gained"] or partners["lost"]:
            lines.append(f"  partners: {partners['gained']:,} gained, {partners['lost']:,} lost")
    if summary["of_one_release"]:
        number = len(differences)
        lines.append("no cell differs" if not number else f"{number:,} cell{' differs' if number == 1 else 's differ'}")
        for cell in differences.head(SHOWN).fillna("").to_dict("records"):
            where = " ".join(str(cell[name]) for name in ("table", "urn", "of", "column") if cell[name] != "")
            lines.append(f"  {where}: {cell['value_from'] or 'blank'} → {cell['value_to'] or 'blank'}")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Compare two runs from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", help="folder of a run, e.g. results/2016/nfer-2017")
    parser.add_argument("new", help="folder of another")
    parser.add_argument("--to", help="folder for the tables")
    given = parser.parse_args(arguments)
    try:
        old, new = finished(given.old), finished(given.new)
        facts = [read_yaml(path) for path in FACTS.values()]
        made, summary = changes.compare(old, new, authorities.read(), *facts)
        names = dict.fromkeys([old.folder.name, new.folder.name])
        folder = Path(given.to or f"results/diff/{old.release}-{new.release}/{'--'.join(names)}")
        changes.write(folder, old, new, made, summary, code())
    except UserError as error:
        print(error)
        return 2
    print("\n".join(said(summary, made["differences.csv"])))
    print(f"The tables: {folder}")
    return 0


def code() -> list[str]:
    """Return the project's files that this comparison was made by: the modules that are loaded, and the facts."""
    loaded = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    files = {Path(file).resolve() for file in loaded if file} | {path.resolve() for path in FACTS.values()}
    files.add(PROJECT / authorities.FILE)
    scripts = (PROJECT / "scripts", PROJECT / "workflow")
    return sorted(file.relative_to(PROJECT).as_posix() for file in files if any(map(file.is_relative_to, scripts)))


if __name__ == "__main__":
    sys.exit(main())
