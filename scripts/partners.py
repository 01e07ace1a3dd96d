"""Shortlist: for a school in need its candidate helpers, for a high-performing school the schools that it could help.

Usage: python scripts/partners.py URN --release RELEASE [--method METHOD] [--first K] [--format csv] [--out FILE]
Reads the results of a finished run, and puts them in the order that its method states (rank_partners_by). Exit 0: the
school is in the population; 1: it is not; 2: no such run.
"""

import argparse
import json
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib import shortlist, tables
from lib import words as say
from lib.domain import ACADEMIES, METRES_PER_MILE
from lib.run_files import PROVENANCE, finished_run
from lib.run_rows import Row, Run
from lib.run_step import UserError

FIRST = 10
WIDTH = 110
# Which end of a pair a school of a group is, and what stands before the names of the columns about that end.
ENDS = {"in_need": "urn", "high_performing": "partner_urn"}
OF_END = {"urn": "", "partner_urn": "partner_"}
PART = "alike_{}"  # the column of a part of likeness
ALIKE = {True: "yes", None: "not known", False: "no"}
LEFT_OVER = {
    "helpers_taken": "left over: its partners are taken, by schools that could not all be paired otherwise",
    "no_helper_near": "left over: it has no partner",
}
# How many look to the other school: the column, its head in the table, what it counts.
LOOKING = {
    "urn": ("schools_in_need", "looked to by", "how many schools in need have it as a partner"),
    "partner_urn": ("partners", "looks to", "how many partners it has"),
}
PAIRED_AT = "how many schools each helper takes at most, where the two are paired"
READ = ("matched/partners", "matched/likeness", "matched/support", "matched/pairing")


@dataclass(frozen=True)
class Asked:
    """A school in one phase. `school`: its row of population/schools; `end`: of a pair, `urn` or `partner_urn`;
    `parts`: {id: label, attribute} of likeness; `ranks`: the method's order."""

    run: Run
    school: Row
    end: str
    parts: Row
    ranks: list[str]

    @property
    def other(self) -> str:
        return shortlist.ENDS[self.end]

    @property
    def in_need(self) -> bool:
        return self.end == "urn"

    def read(self, path: str, whole: bool = False) -> pd.DataFrame:
        """A table of the run: its rows of the phase and, but for `whole`, of the school."""
        where = [("phase", "==", self.school["phase"]), (self.end, "==", self.school["urn"])]
        return pd.read_parquet(self.run.path(f"{path}.parquet"), filters=where[: 1 if whole else 2])


def candidates(of: Asked) -> pd.DataFrame:
    """Return what the CSV has: a row a candidate, in the method's order.

    place (from 1), phase, urn and partner_urn (of the school in need and of the high-performing one), distance_m,
    minutes (in a run with travel times), alike and `alike_{part}` (boolean with NA), partner_trust; of both schools
    name, type, la_name, the attributes that likeness asks for and trust_name, the partner's with `partner_` before it;
    partners (of the school in need), schools_in_need, only_partner_of and high_performing_by (of the other; criteria
    separated by ;) and paired_at (for which numbers that a helper takes the two are paired, separated by ;).
    """
    keys = ["phase", "urn", "partner_urn"]
    alike = of.read("matched/likeness")[[*keys, "alike", *of.parts, "partner_trust"]]
    pairs = of.read("matched/partners").merge(alike.rename(columns=_part_columns(of)), on=keys, validate="1:1")
    schools = of.read("population/schools", whole=True).set_index("urn")
    schools["trust_name"] = schools["trust"].where(schools["type"].isin(ACADEMIES))
    for name in (
        "name",
        "type",
        "la_name",
        *dict.fromkeys(part["attribute"] for part in of.parts.values()),
        "trust_name",
    ):
        for end, prefix in OF_END.items():
            pairs[prefix + name] = schools[name].reindex(pairs[end]).array
    partners = of.read("matched/support", whole=True).set_index("urn")["partners"]
    pairs["partners"] = partners.reindex(pairs["urn"]).array
    load = pd.DataFrame(of.run.lines("matched/load.csv", phase=of.school["phase"])).astype({"urn": "int64"})
    for name in ("schools_in_need", "only_partner_of"):
        pairs[name] = load.set_index("urn")[name].astype("int64").reindex(pairs["partner_urn"]).array
    criteria = of.run.path("classified/criteria.parquet")
    met = [("phase", "==", of.school["phase"]), ("group", "==", "high_performing"), ("outcome", "==", "met")]
    met = pd.read_parquet(criteria, filters=met).groupby("urn")["criterion"].agg(";".join)
    pairs["high_performing_by"] = met.reindex(pairs["partner_urn"]).array
    made = of.read("matched/pairing").dropna(subset=["partner_urn"]).astype({"most_per_helper": "str"})
    made = made.groupby(["urn", "partner_urn"])["most_per_helper"].agg(";".join)
    pairs["paired_at"] = [made.get(pair, "") for pair in zip(pairs["urn"], pairs["partner_urn"], strict=True)]
    looking = pairs["schools_in_need" if of.in_need else "partners"]
    ordered = shortlist.in_order(pairs.assign(others_looking=looking), of.ranks, of.end)
    ordered.insert(0, "place", range(1, len(ordered) + 1))
    return ordered.drop(columns="others_looking")


def _part_columns(of):
    return {name: PART.format(name) for name in of.parts}


def about(of: Asked, pairs: pd.DataFrame) -> list[str]:
    """Return what the school is, how many candidates (`pairs`) it has and with whom it is paired, as lines."""
    phase = of.school["phase"]
    things, count = ("Partners" if of.in_need else "Schools in need"), len(pairs)
    lines = ["In need of support." if of.in_need else "High-performing."]
    if of.school["easting"] is None:
        unknown = "who could help it" if of.in_need else "whom it could help"
        return [*lines, f"The register does not say where it lies, so it is not known {unknown}."]
    radius, minutes = (of.run.summary.get(key, {}).get(phase) for key in ("radius_miles", "travel_minutes"))
    said = f"{things} within {say.reach(radius, minutes)}: {say.number(count)}"
    if count and of.parts:
        known, unknown = int(pairs["alike"].sum()), say.number(pairs["alike"].isna().sum())
        are = say.plural(1 if known == 1 else 2, "is", "are")
        said += f"; {say.or_none(known)} {are} known to be alike, and {unknown} may be or not"
    lines += _wrapped(f"{said}.")
    if count and not of.in_need:
        lines.append(f"Of these, schools with no other partner: {say.number(pairs['only_partner_of'].iat[0])}.")
    found = {}  # what becomes of it, by how many a helper takes
    for most, rows in of.read("matched/pairing").groupby("most_per_helper"):
        others = [f"URN {urn}" for urn in rows[of.other].dropna()]
        with_whom = f"paired with {say.listing(others)}" if others else LEFT_OVER[rows["outcome"].iat[0]]
        found.setdefault(with_whom, []).append(say.in_words(most))
    for with_whom, most in found.items():
        lines += _wrapped(f"If a helper takes at most {say.listing(most, 'or')}: {with_whom}.", "  ")
    return lines


def table(of: Asked, pairs: pd.DataFrame, first: int) -> list[str]:
    """Return the first candidates as the lines of a table, beneath each why it is where it is."""
    unknown = [name for name in of.parts if len(pairs) > 1 and pairs[PART.format(name)].isna().all()]
    looking = LOOKING[of.end]
    lines = _wrapped(f"In this order: {'; '.join(shortlist.ORDERS[rank] for rank in of.ranks)}.")
    lines += _wrapped(f"{say.capital(looking[1])}: {looking[2]}. Paired at: {PAIRED_AT}.")
    if unknown:
        parts = "; ".join(of.parts[name]["label"] for name in unknown)
        lines += _wrapped(f"Not known of any of them: {parts}.")
    heads = ["", "URN", "miles", looking[1], "alike", "whose", "paired at", "school"]
    prefix, rows, beneath = OF_END[of.other], [], []
    for row in pairs.head(first).to_dict("records"):
        rows.append(
            [
                say.number(row["place"]),
                str(row[of.other]),
                say.fixed(row["distance_m"] / METRES_PER_MILE, 2),
                say.number(row[looking[0]]),
                ALIKE[_truth(row["alike"])],
                _whose(of, row),
                (row["paired_at"] or say.NOTHING).replace(";", ", "),
                ", ".join(filter(say.known, (row[f"{prefix}name"], row[f"{prefix}la_name"]))),
            ]
        )
        beneath.append(why(of, row, unknown))
    if "minutes" in pairs:
        heads.insert(3, "minutes")
        for cells, minutes in zip(rows, pairs["minutes"], strict=False):
            cells.insert(3, say.number(minutes, 1))
    figures = heads.index("alike")  # those before it stand to the right
    widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]

    def line(cells):
        placed = (
            f"{c:>{w}}" if at < figures else f"{c:<{w}}" for at, (c, w) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(placed).rstrip()

    lines += ["", line(heads)]
    for cells, words in zip(rows, beneath, strict=True):
        lines += [line(cells), *_wrapped(words, " " * (widths[0] + 2))]
    more = len(pairs) - first
    return [*lines, f"And {say.number(more)} more: K={len(pairs)} shows all."] if more > 0 else lines


def _whose(of, row):
    """Whose the other school is. What a partner is to a school in need, that may not be to it."""
    whose = row["partner_trust"]
    if not of.in_need and whose in ("another_trust", "maintained"):
        whose = "another_trust" if row["type"] in ACADEMIES else "maintained"
    return shortlist.WHOSE[whose]


def why(of: Asked, row: Row, unknown: list[str]) -> str:
    """Return what is told beneath a candidate: criteria, trust, and the parts of likeness that fail or are not known.

    `unknown`: the parts that are known of none, which are told once for all.
    """
    own, other = OF_END[of.end], OF_END[of.other]
    said = []
    if of.in_need:
        said.append(f"Criteria: {say.listing(say.spelt(name) for name in row['high_performing_by'].split(';'))}")
        if row["only_partner_of"]:
            said.append(f"Only partner of {say.in_words(row['only_partner_of'])}")
    if say.known(row[f"{other}trust_name"]):
        said.append(f"Trust: {row[f'{other}trust_name']}")
    for outcome, word in ((False, "Unlike"), (None, "Not known")):
        parts = [
            f"{part['label']} (this school {_value(row[own + part['attribute']])}, "
            f"that one {_value(row[other + part['attribute']])})"
            for name, part in of.parts.items()
            if name not in unknown and _truth(row[PART.format(name)]) is outcome
        ]
        said += [f"{word}: {'; '.join(parts)}"] if parts else []
    return ". ".join(said)


def _truth(value):
    """A truth value as Python has it, unknown as None."""
    return bool(value) if say.known(value) else None


def _value(value) -> str:
    """A school's attribute in words."""
    if not say.known(value):
        return "not known"
    if isinstance(value, str):
        return say.spelt(value)
    return ("no", "yes")[value] if isinstance(value, bool) else say.number(value, 1)


def _wrapped(text, indent=""):
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def answer(run: Run, urn: int, first: int) -> tuple[list[str], pd.DataFrame, bool]:
    """Return (lines of text, the candidates of the phases in which it has any, whether it is in the population).

    Raises UserError where the run was made before there was a pairing.
    """
    parameters = json.loads(run.path(PROVENANCE).read_text(encoding="utf-8"))["parameters"]
    release = run.summary["release"]
    if "rank_partners_by" not in parameters or not all(run.path(f"{name}.parquet").exists() for name in READ):
        raise UserError(
            f"This run of release {release} has no pairing yet. Make it anew: make report RELEASE={release}"
        )
    schools = run.rows("population/schools.parquet", urn=urn)
    if not schools:
        lines = [
            f"URN {urn} is not in the population of release {release}.",
            f"Why: make explain URN={urn} RELEASE={release} METHOD={run.folder.name}",
        ]
        return lines, pd.DataFrame(), False
    lines = [f"URN {urn}, {schools[0]['name']}" if schools[0]["name"] else f"URN {urn}"]
    lines += ["This is an invented school of a synthetic release."] if run.summary["synthetic"] else []
    listed = []
    for school in schools:
        of_school = {"urn": urn, "phase": school["phase"]}
        (row,) = run.rows("classified/schools.parquet", **of_school)
        lines += ["", f"== {school['phase'].capitalize()}, release {release} =="]
        if not run.has_partners(**of_school):
            lines.append(say.NO_PARTNERS)
        elif row["group"] not in ENDS:
            lines.append(f"{say.capital(say.NEITHER[row['group']])}. So it is paired with nobody.")
        else:
            parts = parameters["alike"].get(school["phase"], {})
            of = Asked(run, school, ENDS[row["group"]], parts, parameters["rank_partners_by"])
            listed.append(candidates(of))
            lines += about(of, listed[-1])
            lines += ["", *table(of, listed[-1], first)] if len(listed[-1]) else []
    found = pd.concat([pairs.head(first) for pairs in listed], ignore_index=True) if listed else pd.DataFrame()
    return lines, found, True


def main(arguments: list[str] | None = None) -> int:
    """List a school's candidates from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="List the schools that could help a school, or that it could help.")
    parser.add_argument("urn", type=int, help="unique reference number of the school, such as 100000")
    parser.add_argument("--release", required=True, help="release, e.g. 2016")
    parser.add_argument("--method", help="run of the release, where there are several, e.g. nfer-2017")
    parser.add_argument("--first", type=int, default=FIRST, metavar="K", help=f"how many of them (default: {FIRST})")
    parser.add_argument("--format", choices=["table", "csv"], default="table", help="what is printed (default: table)")
    parser.add_argument("--out", help="file that the list is written to as CSV")
    parser.add_argument("--results", default="results", help="folder of results (default: results)")
    given = parser.parse_args(arguments)
    if given.first < 1:
        parser.error(f"--first {given.first}: how many is a whole number from 1.")
    try:
        lines, pairs, found = answer(
            Run(finished_run(given.results, given.release, given.method)), given.urn, given.first
        )
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    if given.out and len(pairs):
        try:
            Path(given.out).write_text(tables.as_csv(pairs), encoding="utf-8", newline="\n")
        except OSError as error:
            print(f"{given.out}: cannot be written ({error.strerror}). Name another file.", file=sys.stderr)
            return 2
        lines += ["", f"The {say.number(len(pairs))} as CSV: {given.out}"]
    if given.format == "csv" and len(pairs):
        print(tables.as_csv(pairs), end="")
    else:
        # A reader of CSV gets no words in its place.
        print("\n".join(lines), file=sys.stderr if given.format == "csv" else sys.stdout)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
