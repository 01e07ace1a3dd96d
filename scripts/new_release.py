"""Begin the file of a new release: from the release before it, and from the files that a folder holds.

`make new-release FROM=2024 TO=2025 CONFIG='raw_dir=/data/schools'` finds by its columns which source each file of
raw_dir/2025/ is, says what columns, names and codes it has gained and lost, and writes workflow/releases/2025.yaml.
What it cannot know is said, and stands in that file as a comment that begins "Undecided".
"""

import argparse
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import yaml

import clean_inspections
import clean_register
import clean_results
from lib import dated_names, settings, source_files
from lib.domain import MOST_YEARS_BEFORE
from lib.file_differences import Contents, contents_of, lines_of_changes, unlisted
from lib.layout_match import Match, layouts, matching_layouts, nearest_layout
from lib.origins import find_supplied
from lib.releases import AUTHORITY, holds_in, year_before
from lib.run_step import UserError
from lib.settings import load
from lib.words import listing, number, plural
from lib.yaml_files import read_yaml, shown

WIDTH = 118
# What a source says of one file alone.
OF_ONE_FILE = ("sha256", "found", "as_at", "not_filled", "partial", "note")
OVERRIDES = ("columns", "rows", "range")  # of its layout
DATED = ("register", "links")  # kinds of which the file of each day has an address of its own
SEVERAL = (
    "inspections",
    "designations",
    "postcodes",
    "travel",
)  # kinds of which a release may have any number of files
JUDGEMENTS = ("grade", "word")  # types of columns in which a blank may mean that there is none
PLACE = ("la_code", "la_name", "region")  # without these a school is in no area
BLANK_IN_REGISTER = 0.01  # the share of rows without one, from which it is taken as not filled
NOT_FILLED = 0.99  # the share of blank cells from which a column is taken as one that the copy does not fill
FAR = 2  # so many times fewer or more rows than the last file are not the same kind of file
CLEAN = {
    "register": clean_register.clean_register,
    "links": clean_register.clean_links,
    "results": clean_results.clean_results,
    "inspections": clean_inspections.clean_inspections,
}


@dataclass
class Given:
    """A file of the folder. `year`: the school year in its name, or the release's. `problem`: why it is not read."""

    path: Path
    year: str
    matches: list[Match] = field(default_factory=list)
    problem: str | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def day(self) -> str | None:
        return dated_names.day_in(self.name)

    @property
    def best(self) -> list[Match]:
        """The layouts that know most of its columns."""
        return [match for match in self.matches if len(match.found) == len(self.matches[0].found)]


@dataclass
class Slot:
    """A source of the new release. `last`: that of the release before, layout merged in. `said`: what is printed of its
    file; `undecided`: what a person has to decide."""

    id: str
    stated: dict
    last: dict
    year: str
    given: Given | None = None
    said: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


def given_files(folder: Path, results_year: str) -> list[Given]:
    """Return the files of a folder, each with the layouts that its columns fit, by name; of no folder none."""
    of_release = [year_before(results_year, years) for years in range(MOST_YEARS_BEFORE + 1)]
    files = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or not path.is_file():
            continue
        given = Given(path, dated_names.school_year_in(path.name) or results_year)
        files.append(given)
        try:
            given.matches = matching_layouts(path, given.year)
            if not given.matches:
                given.problem = "no layout fits it." + _nearest(path, given.year)
        except UserError as error:
            given.problem = str(error).removeprefix(f"{path.name}: ")
        if given.matches and given.matches[0].kind == "results" and given.year not in of_release:
            given.problem = f"results of {given.year}, which no source of a release of {results_year} is."
    return files


def _nearest(path, year):
    near = nearest_layout(path, year)
    if near is None or len(near[1]) > 3:
        return ""
    return f" Nearest is {near[0]}, which also needs {listing(repr(c) for c in near[1])}."


def slots_from(last: dict, results_year: str, years: int) -> list[Slot]:
    """Return the sources of a release, as read from its file, moved `years` on: names, titles, addresses."""
    slots = []
    for name, source in last["sources"].items():
        left = (*OF_ONE_FILE, *(("url",) if "found" in source else ()))  # one that was frozen is of that file
        stated = {key: value for key, value in source.items() if key not in left}
        for key in ("title", "file", "url", "archived", "also_named"):
            if key in stated:
                stated[key] = _moved(stated[key], years)
        merged = settings.load.with_layout(source, f"sources.{name}", last["results_year"])
        year = year_before(results_year, source.get("years_before", 0))
        slots.append(Slot(dated_names.with_year_moved(name, years), stated, merged, year))
    return slots


def _moved(value, years):
    if isinstance(value, list):
        return [_moved(text, years) for text in value]
    return dated_names.with_years_moved(value, years)


def assign(slots: list[Slot], files: list[Given]) -> list[Given]:
    """Give each slot the file that fits it best; return the files that none has taken.

    Of several a file of the expected name goes first, then one of the last release's layout, the latest, the largest.
    A source whose file has no header line, as one of postcodes, is known by its file's name alone.
    """
    by_name = {given.name: given for given in files if not given.matches}
    for slot in slots:
        if slot.last["layout"] not in layouts():
            names = (slot.stated["file"], *slot.stated.get("also_named", ()))
            slot.given = next((by_name[name] for name in names if name in by_name), None)
    free = [given for given in files if given.matches and not given.problem]
    for strict in (True, False):  # a file of the slot's own layout goes before one that is only of its kind
        for slot in slots:
            fitting = [given for given in free if _fits(given, slot, strict)]
            if slot.given or not fitting:
                continue
            slot.given = min(fitting, key=lambda given: _distance(given, slot))
            free.remove(slot.given)
    return free


def _fits(given, slot, strict):
    layouts = [match.layout for match in given.best]
    if slot.last["kind"] == "results":
        of_phase = any(m.kind == "results" and m.phase == slot.last["phase"] for m in given.best)
        same_stage = _provisional(given.name) == _provisional(slot.stated["file"])
        return of_phase and given.year == slot.year and same_stage and (not strict or slot.last["layout"] in layouts)
    if strict or slot.last.get("optional"):
        return slot.last["layout"] in layouts
    shared = set(given.best[0].found) & set(slot.last["columns"]) - {"urn"}
    return given.best[0].kind == slot.last["kind"] and bool(shared)


def _provisional(name):
    return "provisional" in name.lower()


def _distance(given, slot):
    own_layout = slot.last["layout"] in [match.layout for match in given.best]
    day = int((given.day or "0").replace("-", ""))
    return given.name != slot.stated["file"], not own_layout, -day, -given.path.stat().st_size, given.name


def further_slots(free: list[Given], slots: list[Slot]) -> list[Slot]:
    """Return slots for the files that the last release has no source for, of kinds of which there may be several."""
    new = []
    for given in free:
        layout, kind = given.best[0].layout, given.best[0].kind
        if kind not in SEVERAL:
            continue
        of_kind = [slot for slot in slots if slot.last["kind"] == kind]
        same = [slot for slot in of_kind if slot.given and slot.given.best and slot.given.best[0].layout == layout]
        name = "_".join([kind if same else layout.replace("-", "_"), *(given.day or "more").split("-")])
        alike = sum(slot.id.startswith(name) for slot in [*slots, *new])
        name += f"_{alike + 1}" if alike else ""
        publisher = of_kind[0].stated["publisher"] if of_kind else "not known"
        stated = same[0].stated if same else {"title": given.path.stem.replace("_", " "), "publisher": publisher}
        stated = {"layout": layout, "optional": True} | stated | {"layout": layout, "file": given.name}
        new.append(Slot(name, stated, {**stated, "kind": kind, "columns": {}}, given.year, given))
        if not same:
            new[-1].undecided.append("the last release has no such source: give title and publisher, or take it out.")
    return new


def reference_date(slots: list[Slot], last: dict, years: int) -> tuple[str, str, str | None]:
    """Return (date, where it is from, what is undecided of it): the register's day, else that of other files."""
    for kind in ("register", "inspections"):
        days = [slot.given.day for slot in slots if slot.given and slot.last["kind"] == kind and slot.given.day]
        if days:
            return max(days), f"by the file name of its {kind}", None
    day = f"{int(last['reference_date'][:4]) + years}{last['reference_date'][4:]}"
    return day, f"release {last['id']}", "reference_date: no file says its day; this is the last release's, moved."


def fill(slot: Slot, day: str, raw_dir: str | None, last: dict) -> None:
    """Say in the slot's source what its file is, and what of it has changed. `day`: the reference date, ISO text."""
    stated = slot.stated
    if "version" in stated.get("find", {}):
        slot.undecided.append(
            f"find: the version is that of release {last['id']}; make check-sources names a newer one."
        )
    if "note" in slot.last:
        slot.undecided.append(f"note: left out, see whether it holds for the new file: {slot.last['note']}")
    if slot.given is None:
        _without_file(slot, day)
    elif not slot.given.matches:
        stated["file"] = slot.given.name
        slot.said.append(f"source {slot.id}, layout {stated['layout']}, by its name")
    else:
        try:
            _of_file(slot, day, raw_dir, last)
        except UserError as error:
            slot.undecided.append(str(error))
    if slot.last.get("partial") and not stated.get("partial"):
        rows = "" if "rows" in stated.get("expect", {}) else ", and no expect says how many rows the official one has"
        slot.undecided.append(
            f"partial: the file of release {last['id']} was a part of the official one; the new one counts as whole"
            f"{rows}. If it is a part too, say partial: true."
        )
    if kept := [key for key in OVERRIDES if key in stated]:
        over = f"taken over from release {last['id']}; see whether what they say holds for {slot.year}."
        slot.undecided.append(f"{', '.join(kept)}: {over}")


def _without_file(slot, day):
    stated, snapshot = slot.stated, slot.last.get("snapshot")
    if slot.last["kind"] in DATED or snapshot:
        stated |= _of_day(stated, ("file", "title", "url"), day)
    if snapshot:
        stated["as_at"] = day
    if not stated.get("optional") and not {"url", "find"} & stated.keys():
        page = f" from {stated['page']}" if "page" in stated else ""
        slot.undecided.append(f"there is no file, nor an address: fetch it{page} and save it as {stated['file']}.")


def _of_file(slot, day, raw_dir, last):
    """Raises UserError where the file cannot be read."""
    stated, given = slot.stated, slot.given
    own = [match for match in given.best if match.layout == slot.last["layout"]]
    match = (own or given.best)[0]
    stated["file"] = given.name
    if match.layout != slot.last["layout"]:
        stated["layout"] = match.layout
        if slot.last["kind"] != "results":
            slot.undecided.append(f"layout: it was {slot.last['layout']}; see whether title and page still hold.")
    known = layouts()[match.layout]["columns"]
    kept = {"columns": {name: spec for name, spec in stated.get("columns", {}).items() if name in known}}
    kept["supplies"] = [name for name in stated.get("supplies", ()) if name in known]
    kept["also_named"] = [name for name in stated.get("also_named", ()) if name != given.name]
    for key, value in kept.items():
        if value:
            stated[key] = value
        else:
            stated.pop(key, None)
    if "authorities" in stated.get("expect", {}) and not AUTHORITY.keys() & known.keys():
        stated["expect"] = {what: of for what, of in stated["expect"].items() if what != "authorities"}
        slot.undecided.append(f"expect: {match.layout} has no column that tells the authorities; left out.")
    source = load.with_layout(stated | {"partial": True}, f"sources.{slot.id}", _own_year(slot))
    if source.get("snapshot"):
        stated |= {"as_at": given.day} if given.day else {}
        stated.pop("url", None)  # it held one file
    if source.get("snapshot") or source["kind"] in DATED:
        stated |= _of_day(stated, ("title", "url"), given.day or day)
    contents, before = contents_of(given.path, source, slot.id), _contents_before(slot, raw_dir, last)
    instead = f" (was {slot.last['layout']})" if match.layout != slot.last["layout"] else ""
    slot.said += [f"source {slot.id}, layout {match.layout}{instead}; {_rows(contents)}"]
    slot.said += lines_of_changes(contents, match, slot.last, before, last["id"])
    _say_of_which_results(slot, contents, source)
    _say_what_is_partial(slot, contents, before)
    _say_what_is_blank(slot, contents, source)
    source |= {"not_filled": stated.get("not_filled", [])}
    unknown = unlisted(contents, source)
    slot.undecided += unknown
    if not unknown and source["kind"] in CLEAN:  # what else would stop the run
        CLEAN[source["kind"]](given.path, source, slot.id)


def _of_day(stated, keys, day):
    """What the source says under `keys`, with another day in it."""
    return {key: dated_names.with_day(stated[key], day) for key in keys if key in stated}


def _of_the_last_alone(slot):
    """Whether an optional source without a file is of the last release alone: of a day, or in a layout that ended."""
    return slot.last.get("optional") and (slot.last.get("snapshot") or not holds_in(slot.last, slot.year))


def _own_year(slot):
    """The release's results year, from the slot's: `with_layout` takes the years before off again."""
    return year_before(slot.year, -slot.stated.get("years_before", 0))


def _rows(contents):
    rows = f"{number(len(contents.records))} {plural(len(contents.records), 'row')}"
    return f"{rows} read, {number(contents.others)} others" if contents.others else rows


def _contents_before(slot: Slot, raw_dir, last) -> Contents | None:
    """What the last release's file of the source holds, where the folder has it and it can be read."""
    if not slot.last["columns"]:
        return None
    try:
        path = find_supplied(raw_dir, last["id"], slot.last)
        return contents_of(path, slot.last | {"partial": True}, slot.id) if path else None
    except UserError:
        return None


def _say_what_is_partial(slot, contents, before):
    """Hold the file against `expect`; where that says no number of rows, against the last release's whole file."""
    size = source_files.size_of(contents.records)
    expected = {
        what: (low, high, f"where {number(low)} to {number(high)} are expected.")
        for what, (low, high) in slot.stated.get("expect", {}).items()
    }
    if before and not slot.last.get("partial") and "rows" not in expected:
        rows = len(before.records)
        expected["rows"] = rows / FAR, rows * FAR, f"where the last release's file has {number(rows)}."
    for what, (low, high, where) in expected.items():
        found = size.get(what, 0)
        if found < low:
            slot.stated["partial"] = True
            whole = "if it should be whole, fetch it again and remove the key."
            part = f"Taken as a part of the official file (partial); {whole}"
            slot.undecided.append(f"it has {number(found)} {what}, {where} {part}")
        elif found > high:
            slot.undecided.append(f"it has {number(found)} {what}, {where} See what is in it, and correct expect.")


def _say_of_which_results(slot, contents, source):
    """Say where it is not clear of which year results are, or that they are final."""
    if source["kind"] != "results":
        return
    if not dated_names.school_year_in(slot.given.name) and "time_period" not in source.get("rows", {}):
        slot.undecided.append(f"neither the name nor the content of {slot.given.name} says that it is of {slot.year}.")
    if "version" not in source["columns"]:
        return
    if left := contents.reasons[source_files.another("version")]:
        slot.undecided.append(
            f"version: {number(left)} {plural(left, 'row')} of another version than Final or Revised are left out: "
            f"those of Provisional results, which the final file replaces."
        )
    rows = len(contents.records)
    blank = (contents.records["version"] == "").sum() if "version" in contents.records else rows
    if blank:
        slot.undecided.append(
            f"version: blank in {number(blank)} of {number(rows)} rows, so they may be provisional results, though "
            f"they are taken as final."
        )


def _say_what_is_blank(slot, contents, source):
    """List the columns that a copy seems not to fill, where a blank would else say something of a school."""
    columns, share = (PLACE, BLANK_IN_REGISTER) if source["kind"] == "register" else ((), NOT_FILLED)
    if source.get("snapshot"):
        of_type = (name for name, spec in source["columns"].items() if spec["type"] in JUDGEMENTS)
        columns = [name for name in of_type if not name.endswith("judged_under")]
    blank = [c for c in columns if c in contents.records and (contents.records[c] == "").mean() >= share]
    if blank:
        slot.stated["not_filled"] = blank
        many = f"blank in {'nearly all' if share == NOT_FILLED else 'many'} rows, so a blank counts as unknown"
        none = "If it says that there is none, take the column out of the list."
        slot.undecided.append(f"not_filled: {many}: {', '.join(blank)}. {none}")


def method_of(last: dict, results_year: str) -> tuple[str, str | None]:
    """Return (method, what is undecided of it): the last release's, or one that holds in the year."""
    holding = load.methods_of(results_year)
    if last["method"] in holding:
        return last["method"], None
    if not holding:
        return last["method"], f"method: none in workflow/methods/ holds for results of {results_year}."
    others = f" (so do {', '.join(holding[1:])})" if holding[1:] else ""
    taken = f"{holding[0]} is taken{others}."
    return holding[0], f"method: {last['method']} does not hold for results of {results_year}; {taken}"


def text_of(release: dict, slots: list[Slot], undecided: list[str], last: str) -> str:
    """Return the text of the release file, with what is undecided as comments."""
    lines = [f"# {release['title']}. Begun by `make new-release` from release {last}; what its keys mean:"]
    lines += ["# workflow/releases/2016.yaml.", *_comments(undecided, "")]
    lines += _yaml(release, "") + ["sources:"]
    for slot in slots:
        lines += _comments(slot.undecided, "  ") + _yaml({slot.id: slot.stated}, "  ")
    return "\n".join(lines) + "\n"


def _comments(undecided, indent):
    return [
        line
        for sentence in undecided
        for line in textwrap.wrap(
            f"Undecided: {sentence}", WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   "
        )
    ]


def _yaml(content, indent):
    """The lines of a mapping: a key a line, lists and what lies deeper in brackets."""
    lines = []
    for key, value in content.items():
        if isinstance(value, dict) and key != "columns":
            lines += [f"{indent}{key}:", *_yaml(value, f"{indent}  ")]
        else:
            flow = None if isinstance(value, (list, dict)) else False
            text = yaml.safe_dump(
                {key: value}, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=flow
            )
            lines += [f"{indent}{line}" for line in text.splitlines()]
    return lines


def new_release(name: str, last_name: str, raw_dir: str | None, overwrite: bool = False) -> tuple[Path, list[str]]:
    """Write the file of release `name`; return (its path, what was found and what is undecided, as lines).

    Raises UserError where the file is there already and is not to be overwritten, or `name` begins with no year.
    """
    path, last_path = (load.WORKFLOW / "releases" / f"{one}.yaml" for one in (name, last_name))
    if path.exists() and not overwrite:
        raise UserError(
            f"{shown(path)} is there already, and nothing was written. Move it away, choose another name (TO), or give "
            f"ARGS=--overwrite."
        )
    last = read_yaml(last_path)
    load.load_release(last_name)
    results_year = results_year_of(name)
    years = int(results_year[:4]) - int(last["results_year"][:4])
    folder = Path(raw_dir).expanduser() / name if raw_dir else None
    files = given_files(folder, results_year) if folder else []
    slots = slots_from(last, results_year, years)
    free = assign(slots, files)
    slots += further_slots(free, slots)
    day, day_from, undecided_of_day = reference_date(slots, last, years)
    for slot in slots:
        fill(slot, day, raw_dir, last)
    slots = [slot for slot in slots if slot.given or not _of_the_last_alone(slot)]
    method, undecided_of_method = method_of(last, results_year)
    release = {"id": name, "title": dated_names.with_years_moved(last["title"], years), "results_year": results_year}
    release |= {"method": method, "reference_date": day, "synthetic": False, "licence": last["licence"]}
    undecided = [line for line in (undecided_of_day, undecided_of_method) if line]
    path.write_text(text_of(release, slots, undecided, last_name), encoding="utf-8")
    try:
        load.load_release(name)
    except UserError as error:
        undecided += [line.removeprefix(f"{shown(path)}: ") for line in str(error).splitlines()]
        path.write_text(text_of(release, slots, undecided, last_name), encoding="utf-8")
    head = f"Release {name} from {last_name}: results of {results_year}, method {method}"
    return path, [f"{head}, reference date {day} ({day_from})", *_report(files, slots, folder, undecided)]


def _report(files, slots, folder, undecided):
    taken = {slot.given.name: slot for slot in slots if slot.given}
    lines = (
        [] if files else ["", f"No files: {'there is no folder or nothing in it' if folder else 'raw_dir is not set'}."]
    )
    for given in files:
        if slot := taken.get(given.name):
            lines += ["", given.name, *_wrapped(slot.said)]
    not_used = [f"{given.name}: {given.problem or _beaten(given, slots)}" for given in files if given.name not in taken]
    lines += ["", "Not used:", *_wrapped(not_used)] if not_used else []
    absent = [f"{slot.id}: {_to_be_had(slot)}" for slot in slots if not slot.given]
    lines += ["", "No file for:", *_wrapped(absent)] if absent else []
    undecided = undecided + [f"{slot.id}: {line}" for slot in slots for line in slot.undecided]
    lines += ["", "Undecided:" if undecided else "Nothing is undecided.", *_wrapped(undecided)]
    return lines


def _beaten(given, slots):
    same = [slot for slot in slots if slot.given and _fits(given, slot, strict=False)]
    return f"fits {same[0].id} as well as {same[0].given.name}, which is taken." if same else "no source of it."


def _to_be_had(slot):
    if slot.stated.get("optional"):
        return f"optional; it would be {slot.stated['file']}."
    if {"url", "find"} & slot.stated.keys():
        return f"it will be fetched, as {slot.stated['file']}."
    return f"wanted as {slot.stated['file']}."


def _wrapped(sentences):
    return [
        line
        for sentence in sentences
        for part in sentence.splitlines()
        for line in textwrap.wrap(
            part, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False, break_long_words=False
        )
    ]


def results_year_of(name: str) -> str:
    """Return the results year of a release by its name: 2024/25 of 2025. Raises UserError where no year begins it."""
    if not name[:4].isdigit():
        raise UserError(f"TO={name}: a release is named after the year in which its results end, 2025 for 2024/25.")
    return year_before(f"{name[:4]}/00", 1)


def nearest_release(name: str) -> str:
    """Return the release whose results are nearest to those of a new one, of two as near the earlier."""
    years = {}
    for path in sorted((load.WORKFLOW / "releases").glob("*.yaml")):
        content = read_yaml(path)
        if not content.get("synthetic") and path.stem != name:
            years[path.stem] = int(content["results_year"][:4]) + 1
    year = int(results_year_of(name)[:4]) + 1
    return min(years, key=lambda one: (abs(years[one] - year), years[one], one))


def main(arguments: list[str] | None = None) -> int:
    """Begin a release from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="the new release, e.g. 2025")
    parser.add_argument("--last", help="the release to begin from (default: the nearest year's)")
    parser.add_argument("--config", nargs="*", default=[], metavar="KEY=VALUE", help="as for Snakemake: raw_dir=folder")
    parser.add_argument("--overwrite", action="store_true", help="replace a file of that name")
    given = parser.parse_args(arguments)
    try:
        config = read_yaml("config.yaml") if Path("config.yaml").is_file() else {}
        config |= dict(pair.partition("=")[::2] for pair in given.config)
        last = given.last or nearest_release(given.name)
        path, lines = new_release(given.name, last, config.get("raw_dir"), given.overwrite)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines))
    print(f"\nWritten: {shown(path)}\nNext: make report RELEASE={given.name} CONFIG='raw_dir=…'")
    return 0


if __name__ == "__main__":
    sys.exit(main())
