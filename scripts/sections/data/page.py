"""The sources, with provenance and licence, those not available, and what was not used of those that were."""

from lib import words
from lib.domain import AUTHORITY_DOUBTS, NOTHING_TO_ADD_TO, OPENED_LATER
from lib.measures import with_unit
from lib.report_run import ReportRun
from lib.report_table import Column, Table, count, table

TITLE = "Data"
LEVELS = {"england_all": "All schools", "england_state_funded": "State-funded schools"}


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    files, absent = run.manifest["files"], run.manifest["absent"]
    return {
        "files": [source_file(file) for file in files],
        "lacking": lacking([file["title"] for file in files if file.get("partial") or file.get("not_filled")]),
        "absent": absent_sources(absent),
        "absent_sentence": absent_sentence(len(absent)),
        "register": " ".join(
            filter(None, [register_of(run), authorities_of(run), *run.caveats.texts("register_lacks")])
        ),
        "areas": run.caveats.texts("authority_unknown"),
        "added": added_of(run),
        "coordinates": coordinates(
            run.population["coordinates_from"].value_counts().to_dict(),
            len(run.population),
            run.population["urn"].nunique(),
        ),
        "licences": list({file["licence"]["name"]: file["licence"] for file in files}.values()),
        "publishers": words.listing(dict.fromkeys(file["publisher"] for file in files)),
        "set_aside": set_aside(run),
        "england": england(run),
    }


def source_file(file: dict) -> dict:
    """Return a file of the manifest as it is shown. The date of a supplied file is that of its last copy: left out."""
    downloaded = file["origin"].startswith("http")
    retrieved = words.date(file["retrieved"]) if downloaded else ""
    return {
        "note": None,
        **file,
        "size": words.file_size(file["size"]),
        "retrieved": retrieved,
        "downloaded": downloaded,
        "found": found_as(file.get("found", {})),
    }


def found_as(found: dict) -> str:
    """Return what a file was found by, in words: “its title”, of its date, version 1.0; empty where it was not."""
    parts = [f"“{found['title']}”"] if "title" in found else []
    parts += [f"of {words.date(found['date'])}"] if "date" in found else []
    parts += [f"version {found['version']}"] if "version" in found else []
    return ", ".join(parts)


def absent_sources(absent: list[dict]) -> list[dict]:
    """Return the sources that the run did not have, those of the same note as one: sources, why, note, landing_page."""
    alike = {}
    for source in absent:
        shared = {name: source.get(name) for name in ("why", "note", "landing_page")}
        alike.setdefault(tuple(shared.values()), {**shared, "sources": []})["sources"].append(source)
    return list(alike.values())


def lacking(titles: list[str]) -> str:
    """Which files are copies that lack a part of the official ones. `titles`: of those."""
    one, several = "is a copy that lacks rows or columns", "are copies that lack rows or columns"
    named = words.listing(f"“{title}”" for title in titles)
    return f"{named} {words.plural(len(titles), one, several)} of what was published." if titles else ""


def absent_sentence(number: int) -> str:
    """How many optional sources the run did not have."""
    if not number:
        return "Every source of the release was available."
    sources = words.plural(number, "source was", "sources were")
    return f"{words.capital(words.in_words(number))} optional {sources} not available."


def register_of(run: ReportRun) -> str:
    """Return what the register does not fit: see `register`."""
    late = run.ledger[(run.ledger["source"] == "register") & (run.ledger["reason"] == OPENED_LATER)]
    absent = {}
    for phase, rows in run.results_files.groupby("phase"):
        rows = rows[rows["criterion"] == rows["criterion"].iloc[0]].set_index("where")
        counts = rows[["met", "not_met", "not_assessable"]].sum(axis=1)
        absent[phase] = (int(counts.get("not_in_register", 0)), int(counts.get("all_rows", 0)))
    return register(words.date(run.release["reference_date"]), int(late["rows_left_out"].sum()), absent)


def register(date_in_words: str, opened_later: int, absent: dict[str, tuple[int, int]]) -> str:
    """What the register does not fit: schools that opened after the reference date, rows of results not in it.

    `opened_later`: how many of its schools did. `absent`: {phase: (rows of results not in it, rows of results)}.
    """
    out = []
    if opened_later:
        some = f"{words.number(opened_later)} of its schools"
        out.append(f"The register is an extract later than {date_in_words}: {some} opened after that date.")
    rows = [f"{words.number(n)} of {words.number(total)} {phase}" for phase, (n, total) in absent.items() if n]
    if rows:
        are = words.plural(sum(n for n, _ in absent.values()), "is", "are")
        out.append(f"{words.listing(rows)} schools of the results files {are} not in the register.")
    return " ".join(out)


def authorities_of(run: ReportRun) -> str:
    """Return what became of authorities that the register knows by a later or unknown code: see `authorities`."""
    schools = run.population.drop_duplicates("urn").dropna(subset="la_code")
    moved = schools[schools["la_code"] != schools["register_la_code"]].groupby("la_name").size().to_dict()
    several, unlisted = (
        schools[schools["la_doubt"] == doubt].groupby("la_name").size().to_dict() for doubt in AUTHORITY_DOUBTS
    )
    return authorities(words.date(run.release["reference_date"]), moved, several, unlisted)


def authorities(date_in_words: str, moved: dict[str, int], several: dict[str, int], unlisted: dict[str, int]) -> str:
    """Which schools stand in another authority than the register's, or in one that did not exist on the date.

    `moved`: {authority of the date: schools}; `several`, `unlisted`: {authority of the register: schools}.
    """

    def counted(schools):
        return words.listing(f"{words.number(count)} in {name}" for name, count in schools.items())

    out = []
    if moved:
        out.append(
            f"Schools that the register has in another authority stand in that of {date_in_words}: {counted(moved)}."
        )
    if several:
        stay = "stay there, though no such authority existed then: the register does not say which one did."
        out.append(f"{words.capital(counted(several))} {stay}")
    if unlisted:
        out.append(f"The project’s list of authorities does not have the code of {counted(unlisted)}.")
    return " ".join(out)


def added_of(run: ReportRun) -> list[str]:
    """Return a sentence for each file that adds to another: see `added`."""
    titles = {file["source"]: file["title"] for file in run.manifest["files"]}
    left_out = run.ledger[run.ledger["reason"] == NOTHING_TO_ADD_TO].groupby("source")["rows_left_out"].sum()
    return [
        added(titles[name], titles.get(file["adds_to"], file["adds_to"]), file["supplies"], int(left_out.get(name, 0)))
        for file in run.manifest["files"]
        if "supplies" in file and (name := file["source"])
    ]


def added(title: str, to: str, labels: list[str], left_out: int) -> str:
    """Which columns a file gives where another has none. `left_out`: its rows of schools that the other lacks."""
    gives = f"“{title}” gives {words.listing(f'“{label}”' for label in labels)} where “{to}” has none."
    if not left_out:
        return gives
    rows = words.plural(left_out, "row of it is of a school", "rows of it are of schools")
    return f"{gives} {words.number(left_out)} {rows} that the other file lacks, and not used."


def coordinates(counts: dict[str, int], schools: int, establishments: int) -> str:
    """Where the coordinates of the schools come from. `counts`: {source of the coordinates: schools}.

    `establishments`: how many the schools are, an all-through school being one of each phase.
    """
    named = {"register": "the register", "postcode": "their postcode"}
    parts = [f"{words.number(counts[name])} from {where}" for name, where in named.items() if counts.get(name)]
    none = schools - sum(counts.values())
    parts += [f"{words.number(none)} without"] if none else []
    twice = f" ({words.number(establishments)} establishments: an all-through school counts in each phase)"
    return (
        f"Coordinates of {words.number(schools)} schools{twice * (establishments < schools)}: {words.listing(parts)}."
    )


def set_aside(run: ReportRun) -> Table | None:
    """Return the table of values that the run did not use; None where it used all."""
    rows = run.set_aside.groupby(["source", "column", "reason"]).size().rename("values").reset_index()
    if rows.empty:
        return None
    columns = (
        Column("Source", "source", kind="code"),
        Column("Column", "column", kind="code"),
        Column("Why", "reason", kind="wide"),
        count("Values", "values"),
    )
    caption, file = "Values of the sources that the run did not use", run.link("clean/set_aside.csv")
    return table("set-aside", caption, columns, rows.to_dict("records"), download=file)


def england(run: ReportRun) -> Table | None:
    """Return the table of what the results files themselves say of England; None where they say nothing."""
    rows = [
        {
            "measure": stated["label"],
            "phase": row["phase"],
            "level": LEVELS[row["level"]],
            "value": with_unit(row[name], run.measures.unit(row["phase"], name), 2),
        }
        for row in run.results_summary.to_dict("records")
        if row["level"] in LEVELS
        for name, stated in run.measures.of_phase(row["phase"]).items()
        if words.known(row.get(name))
    ]
    if not rows:
        return None
    columns = (
        Column("Measure", "measure", kind="wide"),
        Column("Phase", "phase", words.capital),
        Column("Schools", "level"),
        Column("Value", "value", kind="number"),
    )
    caption = "What the results files say of England as a whole"
    return table("england", caption, columns, rows, download=run.link("clean/results_summary.csv"))
