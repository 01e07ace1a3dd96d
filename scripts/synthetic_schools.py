"""Draw invented schools from aggregate figures: the model of the synthetic release, in field terms.

Inputs: the tables in workflow/facts/ (real aggregates) and workflow/facts/synthetic_model.yaml (free parameters).
Output: `draw` gives one England, or a share of it, as data frames; scripts/generate.py writes them in the official
layouts. The model is described in docs/synthetic-model.md.

A school's group is nowhere drawn or stored here: it is what the pipeline makes of the files.

Same seed, same bytes, on any machine: every part draws from a stream of its own (PCG64); floats are combined by single
additions, multiplications, divisions and square roots, which IEEE 754 fixes, and rounded coarsely at the end; sums of
many are of whole numbers or exact (math.fsum). Matrix products and numpy's float sums would differ between processors.
"""

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lib.domain import PHASES
from lib.yaml_files import read_yaml

FACTS = Path(__file__).resolve().parent.parent / "workflow" / "facts"
# One stream of random numbers each. New parts are added at the end, so that the others stay as they are.
PARTS = (
    "authorities kinds places types history dates links others grades leadership ks2 ks4 ks2_earlier ks4_earlier "
    "outside designations inspections mess names"
).split()
GRADES = ("outstanding", "good", "requires_improvement", "inadequate")
GRADE_NUMBER = {grade: 1 + number for number, grade in enumerate(GRADES)}
KEY_STAGE = {"primary": "ks2", "secondary": "ks4"}
MEASURES = {  # of attainment first, then of progress
    "primary": ("rwm_expected_pct", "reading_progress", "writing_progress", "maths_progress"),
    "secondary": ("attainment8", "progress8"),
}
COVERAGE = {f"{subject}_progress": f"{subject}_coverage_pct" for subject in ("reading", "writing", "maths")}
COVERAGE["progress8"] = "progress8_coverage_pct"
YEARS_BEFORE = (0, 1, 2)
FIGURE = "figure"  # in a code column: no code, so the file prints the figure
SAME_NAME = ("predecessor", "replaced", "future")  # what bears its school's name
NO_DATE = np.datetime64("NaT", "D")
DAY = np.timedelta64(1, "D")
SQUARE_M = 5000


@dataclass
class Facts:
    """The aggregate tables, and the model's free parameters."""

    authorities: pd.DataFrame
    squares: pd.DataFrame
    grades: pd.DataFrame
    results: dict
    model: dict


@dataclass
class Drawn:
    """What was drawn: schools and others, and what the files say of them. `at` is a row of `establishments`.

    `results` is keyed by (phase, years before). Its figures are whole numbers of their last decimal (12 for 1.2); what
    `{field}_code` says stands in the file instead, unless it says FIGURE.
    """

    establishments: pd.DataFrame
    links: pd.DataFrame
    results: dict
    inspections: pd.DataFrame
    designations: pd.DataFrame


def load_facts(folder=FACTS):
    """Read the tables and parameters from workflow/facts/."""
    folder = Path(folder)

    def table(name):
        with open(folder / name, encoding="utf-8", newline="") as file:
            return pd.DataFrame(list(csv.DictReader(file)))

    authorities = table("local_authorities.csv").astype({"primary": int, "secondary": int})
    authorities = authorities.astype({"mean_easting": int, "mean_northing": int})
    squares = table("school_density_5km.csv")
    squares = squares.astype({c: int for c in squares.columns if c != "la_code"})
    grades = table("ofsted_grade_shares.csv").astype(dict.fromkeys(GRADES, float))
    results = json.loads((folder / "results_model.json").read_text(encoding="utf-8"))
    model = read_yaml(folder / "synthetic_model.yaml")
    size = model["constituency_schools"]
    authorities["constituencies"] = np.maximum(
        1, (authorities["primary"] + authorities["secondary"] + size // 2) // size
    )
    authorities["first_constituency"] = authorities["constituencies"].cumsum() - authorities["constituencies"]
    return Facts(authorities, squares, grades, results, model)


def draw(seed, tile, share, facts, year, reference_date, first_urn):
    """Draw one England (`share` 1) or that share of it in whole local authorities, over all nine regions.

    `tile`: number of this England among several. `year`: the summer of the results, e.g. 2016. `first_urn`: the first
    URN to give. Returns Drawn.
    """
    return _England(seed, tile, share, facts, year, np.datetime64(reference_date, "D"), first_urn).drawn()


def deal(rng, number, shares, score=None):
    """Return an array of `number` keys of `shares`, as near to those shares as whole numbers allow, in random order.

    With `score` the first keys go to the highest scores. Which way a fraction is rounded is left to chance, so that
    many small deals add up to the shares.
    """
    keys, total = list(shares), math.fsum(shares.values())
    edges, sum_to_here, start = [0], 0.0, rng.random()
    for key in keys[:-1]:
        sum_to_here += shares[key]
        edges.append(min(number, int(sum_to_here / total * number + start)))
    dealt = np.repeat(np.arange(len(keys)), np.diff([*edges, number]))
    order = rng.permutation(number) if score is None else np.argsort(-score, kind="stable")
    out = np.empty(number, dtype=object)
    out[order] = np.array(keys, dtype=object)[dealt]
    return out


def pick(rng, number, share):
    """Return a mask with that share of `number` true, in random order."""
    return deal(rng, number, {True: share, False: 1 - share}).astype(bool)


def choose_authorities(rng, authorities, share):
    """Return the authorities of a share of England: in each region neighbours with about that share of its schools."""
    if share >= 1:
        return authorities
    schools = authorities["primary"] + authorities["secondary"]
    chosen = []
    for _, region in authorities.groupby("region", sort=True):
        centre = region.iloc[int(rng.integers(len(region)))]
        apart = sum((region[axis] - centre[axis]) ** 2 for axis in ("mean_easting", "mean_northing"))
        wanted, total, kept = share * schools[region.index].sum(), 0, []
        for at in apart.sort_values(kind="stable").index:
            if kept and abs(total + schools[at] - wanted) >= abs(total - wanted):
                continue
            kept.append(at)
            total += schools[at]
        chosen += kept
    return authorities.loc[sorted(chosen)]


def months(rng, number, first_and_last):
    """Return the first days of `number` months drawn between two months, both included."""
    first, last = (np.datetime64(month, "M") for month in first_and_last)
    return (first + rng.integers(0, int((last - first).astype(int)) + 1, number)).astype("datetime64[D]")


def tuesdays(rng, number, first_and_last):
    """Return `number` Tuesdays between two days: inspections begin on school days."""
    first, last = (np.datetime64(day, "D") for day in first_and_last)
    days = first + rng.integers(0, int((last - first).astype(int)) + 1, number)
    return days - (days.astype(int) - 5) % 7  # day 5 of 1970 was a Tuesday


def half_up(values, decimals=0):
    """Return values rounded to whole numbers of their last decimal, e.g. tenths."""
    return np.floor(values * 10**decimals + 0.5).astype(np.int64)


def cohorts(rng, number, deciles, ends):
    """Return cohort sizes from the 5th, 15th … 95th percentile, straight lines between them."""
    at = np.array([0.0, *[(5 + 10 * i) / 100 for i in range(len(deciles))], 1.0])
    size = np.array([ends[0], *deciles, ends[1]], dtype=float)
    u = (np.arange(number) + rng.random(number)) / max(number, 1)  # one in each of `number` equal slices
    i = np.clip(np.searchsorted(at, u, side="right") - 1, 0, len(at) - 2)
    return rng.permutation(half_up(size[i] + (u - at[i]) / (at[i + 1] - at[i]) * (size[i + 1] - size[i])))


def cholesky(matrix):
    """Return the lower triangle L with L·Lᵀ = matrix, worked out in plain floats."""
    size = len(matrix)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j]
            for k in range(j):
                rest -= lower[i][k] * lower[j][k]
            lower[i][j] = math.sqrt(rest) if i == j else rest / lower[j][j]
    return lower


def lookup(values, keys):
    """Return an array with the number that `values` has for each key."""
    out = np.zeros(len(keys))
    for key, value in values.items():
        out[keys == key] = value
    return out


def standardised(values, groups):
    """Return values with mean 0 and standard deviation 1 within each group, so that small groups stay true to it."""
    out = values.copy()
    for group in sorted(set(groups)):
        own = groups == group
        number = int(own.sum())
        if number >= 30:  # fewer would be bent out of shape
            mean = math.fsum(values[own]) / number
            out[own] = (values[own] - mean) / math.sqrt(math.fsum((values[own] - mean) ** 2) / number)
    return out


def percent(part, whole):
    """Return whole percentages, halves rounded up; 0 of nothing is 0."""
    whole = np.maximum(whole, 1)
    return (200 * part + whole) // (2 * whole)


def decimals_of(model, field):
    """Return how many decimals a results file prints of a field."""
    return 0 if field.endswith(("pct", "pupils")) else model["decimals"].get(field.split("_")[0], 0)


def phase_followed(establishments):
    """Return the phase whose shares a school follows: an all-through school goes with the secondaries."""
    return np.where(establishments["kind"].to_numpy() == "primary", "primary", "secondary")


def takes(establishments, phase):
    """Return which establishments have pupils at the end of the phase's key stage, if they are old enough."""
    kind, phase_of_education, high_age, role = (
        establishments[c].to_numpy() for c in ("kind", "phase", "high_age", "role")
    )
    of_role = (role == "school") | (role == "closed")
    middle = phase_of_education == "middle_deemed_secondary"
    if phase == "primary":
        return of_role & (((kind != "secondary") & (high_age >= 11)) | middle)
    return of_role & (kind != "primary") & ~middle


def grid_position(tile):
    """Return the column and row of a tile: 0 lies on England, and the tiles grow into a square around its corner."""
    side = math.isqrt(tile)
    ahead = tile - side * side
    return (side, ahead) if ahead <= side else (2 * side - ahead, side)


class _England:
    """One England being drawn: the establishments grow step by step, each step in the order of `drawn`."""

    def __init__(self, seed, tile, share, facts, year, reference_date, first_urn):
        self.model, self.facts, self.tile = facts.model, facts, tile
        self.year, self.reference_date, self.first_urn = year, reference_date, first_urn
        self.rng = {
            part: np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(tile, number))))
            for number, part in enumerate(PARTS)
        }
        self.authorities = choose_authorities(self.rng["authorities"], facts.authorities, share).reset_index(drop=True)
        in_england = facts.authorities["primary"].sum() + facts.authorities["secondary"].sum()
        self.size = (self.authorities["primary"].sum() + self.authorities["secondary"].sum()) / in_england

    def drawn(self):
        everyone = self.with_others(self.grades(self.histories(self.types(self.places(self.kinds())))))
        results = {phase: self.results(everyone, phase) for phase in PHASES}
        self.leadership(everyone, results)
        links = self.links(everyone)
        files = {}
        for phase in PHASES:
            others = self.results_out_of_scope(everyone, phase)
            for before in YEARS_BEFORE:
                files[phase, before] = self.results_file(everyone, results[phase], others, phase, before)
        inspections, designations = self.inspections(everyone), self.designations(everyone)
        return Drawn(self.blemished(everyone), links, files, inspections, designations)

    def count(self, of_england):
        return int(of_england * self.size + 0.5)

    # --- schools of the population -------------------------------------------------------------------------------

    def kinds(self):
        """One row an establishment: primary, secondary, or all-through, which counts as one of each."""
        a = self.authorities
        secondary = np.repeat(np.arange(len(a)), a["secondary"])
        through = self.rng["kinds"].permutation(secondary)[: self.count(self.model["all_through"])]
        through = np.minimum(np.bincount(through, minlength=len(a)), a["primary"].to_numpy())
        numbers = {"primary": a["primary"] - through, "secondary": a["secondary"] - through, "all_through": through}
        parts = [pd.DataFrame({"la": np.repeat(np.arange(len(a)), n), "kind": kind}) for kind, n in numbers.items()]
        return pd.concat(parts, ignore_index=True)

    def places(self, schools):
        """Put each school in a 5 km square of its authority, anywhere in it; add constituency and urban or rural."""
        rng, squares = self.rng["places"], self.facts.squares
        of_authority = {code: rows for code, rows in squares.groupby("la_code")}
        square = np.empty(len(schools), dtype=np.int64)
        kind, la = schools["kind"].to_numpy(), schools["la"].to_numpy()
        for at, code in enumerate(self.authorities["la_code"]):
            here = of_authority[code]
            slots = {phase: np.repeat(here.index.to_numpy(), here[phase]) for phase in PHASES}
            for phase, own in (("primary", kind == "primary"), ("secondary", kind != "primary")):
                rows = np.flatnonzero(own & (la == at))
                known = slots[phase] if len(slots[phase]) else slots["primary"]
                # The authority has more schools than known places: the rest lie where its schools are dense.
                extra = known[rng.integers(0, len(known), max(0, len(rows) - len(known)))]
                square[rows] = rng.permutation(np.concatenate([known, extra]))[: len(rows)]
        corners = {axis: squares[f"{axis}_km"].to_numpy()[square] for axis in ("easting", "northing")}
        for axis, km in corners.items():
            schools[axis] = km * 1000 + rng.integers(0, SQUARE_M, len(schools))
        schools["square"] = square
        schools["constituency"] = self._constituencies(schools)
        in_square = squares.groupby(["easting_km", "northing_km"])[list(PHASES)].sum().sum(axis=1)
        density = in_square.reindex(pd.MultiIndex.from_arrays(list(corners.values()))).to_numpy()
        schools["urban_rural"] = self._urban_rural(density, self._of("region", la))
        for axis, tiles in zip(("easting", "northing"), grid_position(self.tile), strict=True):
            schools[axis] += tiles * self.model["tile_m"][axis]
        return schools

    def _constituencies(self, schools):
        """Cut each authority, from west to east in strips of 15 km, into its number of constituencies."""
        la, east, north = (schools[c].to_numpy() for c in ("la", "easting", "northing"))
        order = np.lexsort((north, east // 15000, la))
        first = np.searchsorted(la[order], np.arange(len(self.authorities)))
        total = np.bincount(la, minlength=len(self.authorities))
        rank = np.empty(len(la), dtype=np.int64)
        rank[order] = np.arange(len(la)) - first[la[order]]
        part = rank * self._of("constituencies", la) // total[la]
        in_england = int(self.facts.authorities["constituencies"].sum())
        return 1 + self.tile * in_england + self._of("first_constituency", la) + part

    def _urban_rural(self, density, region):
        out = np.empty(len(density), dtype=object)
        for rule in reversed(self.model["urban_rural"]):
            fits = density >= rule["schools"]
            if "regions" in rule:
                fits &= np.isin(region.astype(str), rule["regions"])
            out[fits] = rule["name"]
        return out

    def _of(self, column, la):
        return self.authorities[column].to_numpy()[la]

    def types(self, schools):
        """Give each school its type, phase of education and ages; `word` says what its name calls it."""
        rng, model = self.rng["types"], self.model
        key = {named["name"]: key for key, named in model["types"].items()}
        mixes = {phase: self.facts.results[phase]["type_mix_pct"].items() for phase in PHASES}
        mixes = {phase: {key[name]: share for name, share in mix if name in key} for phase, mix in mixes.items()}
        mixes["secondary"] |= model["secondary_types_pct"]
        mixes["all_through"] = model["all_through_types"]
        kind, types = schools["kind"].to_numpy(), np.empty(len(schools), dtype=object)
        for of_kind, mix in mixes.items():
            own = np.flatnonzero(kind == of_kind)
            types[own] = deal(rng, len(own), mix)
        family = self.family(types)
        ordinary = (family == "maintained") | (family == "academy_converter")
        phase, word = kind.astype(object), kind.astype(object)
        low = np.where(kind == "secondary", 11, np.where(pick(rng, len(schools), model["from_three"]), 3, 4))
        high = np.where(kind == "secondary", np.where(pick(rng, len(schools), model["sixth_form"]), 18, 16), 11)
        low[np.isin(types.astype(str), model["from_fourteen"])] = 14
        low[kind == "all_through"], high[kind == "all_through"] = 3, 18
        untaken = rng.permutation(np.flatnonzero(ordinary & (kind == "primary")))
        secondaries = rng.permutation(np.flatnonzero(ordinary & (kind == "secondary")))
        infant, junior = (int(model[f"{name}_share"] * (kind == "primary").sum()) for name in ("infant", "junior"))
        middle = {phase: self.count(model[f"middle_deemed_{phase}"]) for phase in PHASES}
        for rows, name, ages in (
            (untaken[:infant], "infant", (4, 7)),
            (untaken[infant : infant + junior], "junior", (7, 11)),
            (untaken[infant + junior :][: middle["primary"]], "middle", (8, 12)),
            (secondaries[: middle["secondary"]], "middle", (9, 13)),
        ):
            word[rows], (low[rows], high[rows]) = name, ages
            if name == "middle":
                phase[rows] = [f"middle_deemed_{one}" for one in kind[rows]]
        return schools.assign(type=types, family=family, phase=phase, low_age=low, high_age=high, word=word)

    def family(self, types):
        """Types with one kind of history: maintained, free, or the type itself."""
        families = {key: named.get("family", key) for key, named in self.model["types"].items()}
        return np.array([families[one] for one in types], dtype=object)

    def histories(self, schools):
        """Say under which URN a school's judgement and results stand, and when it opened; see the model file.

        `late`: opened after the tests of the results year. `cohort`: old enough to have results. `judged`: with a
        judgement of its own or one that it inherits.
        """
        rng, model = self.rng["history"], self.model
        family, followed = schools["family"].to_numpy(), phase_followed(schools)
        history = np.empty(len(schools), dtype=object)
        late, cohort = np.zeros(len(schools), dtype=bool), np.ones(len(schools), dtype=bool)
        for phase in PHASES:
            for name, shares in model["history"][phase].items():
                own = np.flatnonzero((followed == phase) & (family == name))
                history[own] = deal(rng, len(own), shares)
            for name, share in model["late"].items():
                own = np.flatnonzero((followed == phase) & (history == name))
                late[own] = pick(rng, len(own), share)
            for name, share in model["with_cohort"].items():
                own = np.flatnonzero((followed == phase) & (schools["type"].to_numpy() == name))
                cohort[own] = pick(rng, len(own), share)
        opened = np.full(len(schools), NO_DATE)
        joined = (history == "linked") | (history == "unlinked")
        for name, own in (
            ("settled", (family != "maintained") & (history == "settled")),
            ("early", joined & ~late),
            ("late", joined & late),
            ("new", history == "new"),
        ):
            opened[own] = months(self.rng["dates"], int(own.sum()), model["open_dates"][name])
        judged = (history == "settled") | ((history == "linked") & (family == "academy_converter"))
        return schools.assign(history=history, late=late, cohort=cohort, opened=opened, judged=judged)

    # --- establishments outside the population ----------------------------------------------------------------------

    def with_others(self, schools):
        """Return all establishments: the schools first, then predecessors, closed and others, each with its URN.

        Each of the others lies where a school lies: its own successor, or one drawn at random. `role` says what it is,
        `of` which school it belongs to, `in_register` whether the register has it.
        """
        rng, model = self.rng["others"], self.model
        schools = schools.assign(
            role="school", of=np.arange(len(schools)), in_register=True, status="open", closed=NO_DATE
        )
        schools["inspected"] = schools["history"].to_numpy() == "settled"
        history, opened = schools["history"].to_numpy(), schools["opened"].to_numpy()
        opens = np.datetime64(model["future_date"], "D")
        parts = []

        def add(rows, role, **columns):
            unlike = {"late": False, "history": "none", "opened": NO_DATE, "closed": NO_DATE, "inspected": True}
            parts.append(schools.iloc[rows].assign(**(unlike | {"role": role, "of": np.asarray(rows)} | columns)))

        def add_closed(rows, role, closed, **columns):
            types = deal(rng, len(rows), model["predecessor_types"])
            add(rows, role, type=types, status="closed", closed=closed, **columns)

        def anywhere(number):
            return rng.integers(0, len(schools), number)

        linked, unlinked = np.flatnonzero(history == "linked"), np.flatnonzero(history == "unlinked")
        merged = rng.permutation(unlinked)[: self.count(model["merged"])]
        kept = pick(rng, len(unlinked), model["replaced_in_register"]) | np.isin(unlinked, merged)
        add_closed(linked, "predecessor", opened[linked] - DAY)
        add_closed(unlinked, "replaced", opened[unlinked] - DAY, in_register=kept)
        add_closed(merged, "merged", opened[merged] - DAY)
        for phase, (low, high) in model["closed_ages"].items():
            rows = anywhere(self.count(model["closed"][phase]))
            closed = months(self.rng["dates"], len(rows), model["closed_dates"]) - DAY
            like = dict.fromkeys(("kind", "phase", "word"), phase) | {"low_age": low, "high_age": high}
            add_closed(rows, "closed", closed, grade="good", cohort=True, **like)
        # Schools that an academy replaces after the reference date: still of the population, and the academy not yet.
        replaceable = ((schools["family"] == "maintained") & (schools["kind"] == "primary")).to_numpy()
        leaving = rng.permutation(np.flatnonzero(replaceable))[: self.count(model["future_academies"])]
        add(leaving, "future", type="academy_converter", status="proposed", opened=opens, inspected=False)
        for other in model["others"]:
            number = self.count(other["count"])
            columns = {"kind": "other", "outside": other.get("region", ""), "own_word": other["kind"]}
            columns |= dict(zip(("low_age", "high_age"), other["ages"], strict=True))
            columns |= {name: other[name] for name in ("phase", "type")} | {"status": other.get("status", "open")}
            columns |= {name: rng.random(number) < other.get(name, 0) for name in ("ks2", "ks4", "inspected")}
            if columns["status"] == "proposed":
                columns["opened"] = opens
            if columns["status"] == "closed":
                columns["closed"] = months(rng, number, model["long_closed_dates"])
            add(anywhere(number), "other", **columns)
        schools.loc[leaving, "closed"] = opens - DAY
        everyone = pd.concat([schools, *parts], ignore_index=True)
        for name, blank in (("outside", ""), ("own_word", ""), ("ks2", False), ("ks4", False)):
            everyone[name] = everyone[name].where(everyone[name].notna(), blank).astype(type(blank))
        for column in ("la_code", "la_name", "region"):
            everyone[column] = self._of(column, everyone["la"].to_numpy())
            for name, official in model["outside"].items():
                everyone.loc[everyone["outside"] == name, column] = official[column]
        return self._numbered(everyone)

    def _numbered(self, everyone):
        """Add URNs, older establishments first as in the register, and the number that a name bears."""
        opened = everyone["opened"].to_numpy().astype("datetime64[D]")
        order = np.lexsort((everyone["la"].to_numpy(), np.where(np.isnat(opened), np.datetime64("1900-01-01"), opened)))
        urn = np.empty(len(everyone), dtype=np.int64)
        urn[order] = self.first_urn + np.arange(len(everyone))
        named_after = np.where(everyone["role"].isin(SAME_NAME), everyone["of"], np.arange(len(everyone)))
        return everyone.assign(urn=urn, named_after=named_after, number=urn[named_after] - self.model["urn_first"] + 1)

    def links(self, everyone):
        """Return the links of the register: `at`, `to` (rows of `everyone`), `kind` as the register calls it, `date`.

        Adds to `everyone` the column `in_results_file`: whether the results file names the school as the successor.
        """
        rng, forms = self.rng["links"], dict(self.model["link_forms"])
        role, of, late, opened = (everyone[c].to_numpy() for c in ("role", "of", "late", "opened"))
        before = np.flatnonzero(role == "predecessor")
        school, form = of[before], np.empty(len(before), dtype=object)
        form[late[school]] = deal(rng, int(late[school].sum()), forms)
        # The results file can link only what stands in it under the old URN.
        del forms["results_file"]
        form[~late[school]] = deal(rng, int((~late[school]).sum()), forms)
        named = (form == "results_file") | (late[school] & pick(rng, len(before), self.model["results_file_also"]))
        everyone["in_results_file"] = np.isin(np.arange(len(everyone)), school[named])
        by_school = (form == "both_ends") | (form == "successor_end")
        by_predecessor = (form == "both_ends") | (form == "predecessor_end")
        merged = np.flatnonzero(role == "merged")
        merged = np.concatenate([merged, np.flatnonzero((role == "replaced") & np.isin(of, of[merged]))])
        future = np.flatnonzero(role == "future")
        sixth = np.flatnonzero((everyone["type"] == "sixth_form_college").to_numpy())
        sixth = sixth[: self.count(self.model["sixth_form_links"])]
        stated = [
            (school[by_school], before[by_school], "Predecessor"),
            (before[by_predecessor], school[by_predecessor], "Successor"),
            (of[merged], merged, "Predecessor - merged"),
            (merged, of[merged], "Successor - merged"),
            (future, of[future], "Predecessor"),
            (of[future], future, "Successor"),
            (sixth, of[sixth], "Sixth Form Centre Link"),
        ]
        links = [pd.DataFrame({"at": at, "to": to, "kind": kind}) for at, to, kind in stated]
        links = pd.concat(links, ignore_index=True)
        by_at, by_to = opened[links["at"]], opened[links["to"]]
        return links.assign(date=np.where(np.isnat(by_at), by_to, by_at))

    # --- judgements ------------------------------------------------------------------------------------------------

    def grades(self, schools):
        """Deal each region's and phase's grades to its judged schools; others get a grade that their results are like.

        Within a region the better grades go more often to the schools of some authorities and squares. What of the
        place the grade does not tell already, `local`, goes into the results, so that those by grade stay as they are.
        """
        rng, model = self.rng["grades"], self.model
        la, phase, judged = schools["la"].to_numpy(), phase_followed(schools), schools["judged"].to_numpy()
        places = {"authority": la, "square": schools["square"].to_numpy()}
        school_itself, place_itself = rng.standard_normal(len(schools)), np.zeros(len(schools))
        for of_phase in PHASES:
            for name, place in places.items():
                effect = math.sqrt(model["local"][of_phase][name]) * rng.standard_normal(int(place.max()) + 1)
                place_itself = place_itself + np.where(phase == of_phase, effect[place], 0.0)
        of_place = lookup({p: math.fsum(model["local"][p].values()) for p in PHASES}, phase)
        score = np.sqrt(1 - of_place) * school_itself + place_itself
        region, grade = self._of("region", la), np.empty(len(schools), dtype=object)
        for row in self.facts.grades.to_dict("records"):
            own = np.flatnonzero((region == row["region"]) & (phase == row["phase"]) & judged)
            grade[own] = deal(rng, len(own), {g: row[g] for g in GRADES}, score[own])
        for of_phase in PHASES:
            own = np.flatnonzero((phase == of_phase) & ~judged)
            grade[own] = deal(rng, len(own), model["unjudged_like"][of_phase], score[own])
        return schools.assign(grade=grade, local=place_itself - of_place * score)

    def leadership(self, everyone, results):
        """Give leadership grades. Among good schools the outstandingly led tend to be those with the better results."""
        rng, rules = self.rng["leadership"], self.model["leadership"]
        phase, grade = phase_followed(everyone), everyone["grade"].to_numpy()
        good = everyone["judged"].to_numpy() & (everyone["role"] == "school").to_numpy() & (grade == "good")
        standing = np.zeros(len(everyone))
        for of_phase in PHASES:  # an all-through school's secondary results come last, and count
            standing[results[of_phase]["at"]] = results[of_phase]["standing"]
        led = np.full(len(everyone), 2)
        for name in GRADES:
            own = np.flatnonzero(grade == name)
            if name != "good":
                led[own] = deal(rng, len(own), rules[name]).astype(np.int64)
        for of_phase in PHASES:
            own = np.flatnonzero(good & (phase == of_phase))
            score = rules["good_by_results"][of_phase] * standing[own] + rng.standard_normal(len(own))
            share = rules["good_outstanding"][of_phase]
            led[own] = deal(rng, len(own), {1: share, 2: 1 - share}, score).astype(np.int64)
        everyone["leadership"] = led

    def inspections(self, everyone):
        """Return inspections: `at`, `day`, `grade` and `leadership` (1 to 4, 0 for none), `kind` (full or visit)."""
        rng, model = self.rng["inspections"], self.model
        at = np.flatnonzero(everyone["inspected"].to_numpy())
        before = everyone["role"].isin(["predecessor", "replaced", "merged"]).to_numpy()[at]
        school = np.where(before, everyone["of"].to_numpy()[at], at)
        # A predecessor's judgement is the one that its converter inherits; a sponsor took over what was failing.
        grade = lookup(GRADE_NUMBER, everyone["grade"].to_numpy()[school]).astype(np.int64)
        led = everyone["leadership"].to_numpy()[school].copy()
        family = everyone["family"].to_numpy()[school]
        sponsored = np.flatnonzero(before & (family == "academy_sponsor_led"))
        failing = deal(rng, len(sponsored), model["sponsored_predecessor"])
        grade[sponsored] = led[sponsored] = lookup(GRADE_NUMBER, failing).astype(np.int64)
        led[pick(rng, len(at), model["leadership"]["unknown"])] = 0
        when = np.where(before, "before_academy", np.where(family == "maintained", "maintained", "settled"))
        day = np.empty(len(at), dtype="datetime64[D]")
        for name, first_and_last in model["inspection_dates"].items():
            day[when == name] = tuesdays(rng, int((when == name).sum()), first_and_last)
        parts = [pd.DataFrame({"at": at, "day": day, "grade": grade, "leadership": led, "kind": "full"})]
        weeks = rng.integers(0, 200, len(at))
        for name, days in (
            ("earlier_inspection", day - 7 * (52 + weeks)),
            ("ungraded_visit", day + 7 * (14 + weeks // 4)),
            ("later_inspection", tuesdays(rng, len(at), model["later_dates"])),
        ):
            own = np.flatnonzero(pick(rng, len(at), model[name]))
            kind = "visit" if name == "ungraded_visit" else "full"
            given = lookup(GRADE_NUMBER, deal(rng, len(own), model["other_inspections"])).astype(np.int64)
            given = given * (kind == "full")
            parts.append(
                pd.DataFrame({"at": at[own], "day": days[own], "grade": given, "leadership": given, "kind": kind})
            )
        return pd.concat(parts, ignore_index=True).sort_values(["at", "day"], kind="stable", ignore_index=True)

    def designations(self, everyone):
        """Return designations: `at`, `kind`, `from`, `to` (days; no day: still held)."""
        rng, model = self.rng["designations"], self.model
        schools = everyone[everyone["role"] == "school"]
        phase, grade = phase_followed(schools), schools["grade"].to_numpy()
        grade = np.where(schools["judged"].to_numpy(), grade, "none")
        held = []
        for of_phase in PHASES:
            for name, share in model["designated"][of_phase].items():
                own = np.flatnonzero((phase == of_phase) & (grade == name))
                held.append(own[pick(rng, len(own), share)])
        held = np.concatenate(held)
        free = rng.permutation(np.setdiff1d(np.arange(len(schools)), held))
        over, to_come = self.count(model["designations_over"]), self.count(model["designations_to_come"])
        at = np.concatenate([held, free[: over + to_come]])
        state = np.repeat(["held", "over", "to_come"], [len(held), over, to_come])
        begins = months(rng, len(at), model["designation_dates"])
        begins = np.where(state == "to_come", np.datetime64(model["future_date"], "D"), begins)
        ends = np.where(state == "over", np.minimum(begins + 200 * DAY, self.reference_date - DAY), NO_DATE)
        kind = deal(rng, len(at), model["designation_kinds"])
        frame = pd.DataFrame({"at": at, "kind": kind, "from": begins, "to": ends})
        both = frame[frame["kind"] == "both"]
        kinds = [
            frame[frame["kind"] != "both"],
            *(both.assign(kind=k) for k in ("teaching_school", "national_support_school")),
        ]
        return pd.concat(kinds).sort_values(["at", "kind"], kind="stable", ignore_index=True)

    # --- results ---------------------------------------------------------------------------------------------------

    def results(self, everyone, phase):
        """Draw the results of the schools with pupils at the end of the phase's key stage, and of those closed since.

        Returns {name: array}: `at` (row of `everyone`), `standing` (attainment and progress in standard deviations),
        cohorts, and the figures of three years (those of earlier years end in `_1` and `_2`), not yet rounded.
        """
        model, rng = self.facts.results[phase], self.rng[KEY_STAGE[phase]]
        at = np.flatnonzero(takes(everyone, phase) & everyone["cohort"].to_numpy())
        grade, region, history, role = (everyone[c].to_numpy()[at] for c in ("grade", "region", "history", "role"))
        replaced = (role == "closed") | ((history == "unlinked") & everyone["late"].to_numpy()[at])
        pupils = cohorts(rng, len(at), model["cohort_size_deciles"], self.model["cohort_ends"][phase])
        local, of_place = everyone["local"].to_numpy()[at], self._left_of_place(phase)
        drawn = self._correlated(rng, phase, grade, of_place)
        correlated = [standardised(np.sqrt(1 - of_place) * z + local, grade) for z in drawn]
        by_pupil = 1 / np.maximum(pupils, self.model["published_from"])
        mean_by_pupil = math.fsum(1 / n for n in model["cohort_size_deciles"]) / len(model["cohort_size_deciles"])
        out, in_sd = {"at": at, "pupils": pupils}, []
        for measure, z in zip(MEASURES[phase], correlated, strict=True):
            by_grade = {g: model["by_ofsted_grade"][g] for g in GRADES}
            mean = lookup({g: figures["mean"][measure] for g, figures in by_grade.items()}, grade)
            sd = lookup({g: figures["sd"][measure] for g, figures in by_grade.items()}, grade)
            offsets = {name: values[measure] for name, values in model["region_offset"].items()}
            # The real spread within a grade has three parts: regions, chance in small cohorts, the schools themselves.
            regions = math.fsum(offset * offset for offset in offsets.values()) / len(offsets)
            pupil = self.model["pupil_sd"][measure] ** 2
            spread = np.sqrt(np.maximum(sd * sd - regions - pupil * mean_by_pupil, 0) + pupil * by_pupil)
            shift = np.where(replaced, self.model["replaced_results"][phase][measure], 0.0)
            out[measure] = mean + lookup(offsets, region) + shift + spread * z
            good = by_grade["good"]
            in_sd.append((out[measure] - good["mean"][measure]) / good["sd"][measure])
        attainment, progress = in_sd[0], in_sd[1]
        for other in in_sd[2:]:
            progress = progress + other
        progress = progress / (len(in_sd) - 1)
        out["standing"] = (attainment + progress) / 2
        rules = self.model["coverage"]
        missing = rules[phase] * np.abs(rng.standard_normal(len(at)))
        out["low_coverage"] = pick(rng, len(at), rules["low_share"])
        low = rules["low"][0] + (rules["low"][1] - rules["low"][0]) * rng.random(len(at))
        out["covered"] = half_up(np.where(out["low_coverage"], low, np.maximum(rules["low"][1], 1 - missing)) * pupils)
        for before in YEARS_BEFORE:
            out[f"unpublished_{before}"] = pick(rng, len(at), self.model["without_results"])
        out["own_blank_row"] = pick(rng, len(at), self.model["own_blank_row"])
        return out | self._earlier(phase, grade, pupils, attainment, progress)

    def _left_of_place(self, phase):
        """The share of the variance of results, within a grade, that lies between places."""
        share = math.fsum(self.model["local"][phase].values())
        return share * (1 - share)

    def _correlated(self, rng, phase, grade, of_place):
        """Standard normals, one row a measure, correlated within each grade as the real results are.

        `of_place`: what all measures of a school will share besides, so that much less correlation is drawn here.
        """
        measures = len(MEASURES[phase])
        raw = rng.standard_normal((measures, len(grade)))
        out = np.zeros_like(raw)
        triangles = {}
        for name, figures in self.facts.results[phase]["by_ofsted_grade"].items():
            own = [[(r - of_place) / (1 - of_place) for r in row] for row in figures["corr"]]
            triangles[name] = cholesky(own)
        for i in range(measures):
            for k in range(i + 1):
                out[i] += lookup({g: triangles[g][i][k] for g in GRADES}, grade) * raw[k]
        # The lower tail of outstanding and good schools is drawn in or out.
        begins, factor = self.model["tail"]["begins"], self.model["tail"][phase]
        far = ((grade == "outstanding") | (grade == "good")) & (out < begins)
        return np.where(far, begins + factor * (out - begins), out)

    def _earlier(self, phase, grade, pupils, attainment, progress):
        """Figures of the two years before: they follow a school's long standing, of which grade and progress tell."""
        rules, rng = self.model["earlier"][phase], self.rng[f"{KEY_STAGE[phase]}_earlier"]
        keep, common = rules["persistence"], rules["common"]
        chance = math.sqrt(1 - common * common)
        standing = lookup(rules["standing"], grade) + keep * progress
        standing = standing + math.sqrt(1 - keep * keep) * rng.standard_normal(len(grade))
        out = {}
        for before in YEARS_BEFORE[1:]:
            change = self.model["cohort_change"] * (2 * rng.random(len(grade)) - 1)
            out[f"pupils_{before}"] = np.maximum(1, half_up(pupils * (1 + change)))
            for number, (measure, (mean, sd)) in enumerate(rules["figures"].items()):
                tied = (attainment + standing) / 2 if number == 0 else standing  # the first is the one of attainment
                out[f"{measure}_{before}"] = mean + sd * (common * tied + chance * rng.standard_normal(len(grade)))
        return out

    def results_out_of_scope(self, everyone, phase):
        """Draw, as `results` does, figures of special and independent schools and colleges: the files have them."""
        rng, ranges = self.rng["outside"], self.model["out_of_scope_results"]["ranges"]
        at = np.flatnonzero(everyone[KEY_STAGE[phase]].to_numpy())
        pupils = rng.integers(*ranges["pupils"], len(at))
        out = {"at": at, "pupils": pupils, "pupils_1": pupils, "pupils_2": pupils, "low_coverage": at < 0}
        out |= {f"unpublished_{before}": at < 0 for before in YEARS_BEFORE}
        earlier = self.model["earlier"][phase]["figures"]
        for measure in (
            "covered",
            *MEASURES[phase],
            *(f"{m}_{before}" for m in earlier for before in YEARS_BEFORE[1:]),
        ):
            low, high = ranges["percent" if "pct" in measure else measure]
            out[measure] = low + (high - low) * rng.random(len(at))
        return out | {"covered": half_up(out["covered"] * pupils)}

    def results_file(self, everyone, drawn, out_of_scope, phase, before):
        """Return the rows of one results file.

        Columns: `at`, `level` (in the layout's words), `successor` (row of `everyone`, or -1), `summed` (whether the
        row counts in the summary rows), and each field as whole numbers, with its `_code`.
        """
        opened = everyone["opened"].to_numpy().astype("datetime64[D]")
        role, of = everyone["role"].to_numpy(), everyone["of"].to_numpy()
        before_it = np.full(len(everyone), -1)
        gone = np.flatnonzero((role == "predecessor") | (role == "replaced"))
        before_it[of[gone]] = gone
        at = drawn["at"]
        own = np.isnat(opened[at]) | (opened[at] <= np.datetime64(f"{self.year - before}-05-31"))
        figures = self._published(phase, before, drawn)
        rows = pd.DataFrame({"at": np.where(own, at, before_it[at]), "level": "school", "summed": True, **figures})
        rows["successor"] = np.where(everyone["in_results_file"].to_numpy()[at] & ~own & (before == 0), at, -1)
        parts = [rows[rows["at"] >= 0]]
        if before == 0:
            new = np.flatnonzero(takes(everyone, phase) & ~everyone["cohort"].to_numpy())
            blank = np.concatenate([at[~own & drawn["own_blank_row"]], new])
            code = deal(self.rng["mess"], len(blank), self.model["codes_without_results"])
            empty = {c: code if c.endswith("_code") else 0 for c in figures} | {"pupils_code": ""}
            parts.append(pd.DataFrame({"at": blank, "level": "school", "summed": False, "successor": -1, **empty}))
        rules, at = self.model["out_of_scope_results"], out_of_scope["at"]
        figures = self._published(phase, before, out_of_scope)
        types = everyone["type"].to_numpy()[at]
        no_progress = np.isin(types.astype(str), rules["no_progress"])
        code = deal(self.rng["mess"], len(at), rules["codes"])
        for name in (c for c in figures if c.endswith("_code") and c != "pupils_code"):
            plain = np.where((figures[name] == FIGURE) & (code != FIGURE), code, figures[name])
            figures[name] = np.where(no_progress & ("progress" in name or "coverage" in name), "NA", plain)
        level = np.where(np.isin(types.astype(str), rules["special"]), "special_school", "school")
        parts.append(pd.DataFrame({"at": at, "level": level, "summed": True, "successor": -1, **figures}))
        return pd.concat(parts, ignore_index=True)

    def _published(self, phase, before, drawn):
        """Round the figures of one year to what the file prints, and put codes where it prints none."""
        pupils, least = drawn[f"pupils_{before}" if before else "pupils"], self.model["published_from"]
        code = np.where(drawn[f"unpublished_{before}"], "NP", np.where(pupils < least, "SUPP", FIGURE))
        out = {"pupils": pupils, "pupils_code": np.full(len(pupils), FIGURE)}

        def put(field, values, code):
            out[field], out[f"{field}_code"] = values, code

        def percentage(values):
            reached = np.clip(half_up(values / 100 * pupils), 0, pupils)
            return percent(reached, pupils)

        if before:
            for measure in self.model["earlier"][phase]["figures"]:
                put(measure, percentage(drawn[f"{measure}_{before}"]), code)
            return out
        covered = drawn["covered"]
        few = np.where((code == FIGURE) & (covered < least), "SUPP", code)
        low = np.where((few == FIGURE) & drawn["low_coverage"], "LOWCOV", few)
        attainment, *progress = MEASURES[phase]
        if phase == "primary":
            put(attainment, percentage(drawn[attainment]), code)
        else:
            put(attainment, np.maximum(half_up(drawn[attainment], self.decimals(attainment)), 0), code)
            put("progress8_pupils", covered, few)
        for measure in progress:
            decimals = self.decimals(measure)
            value = half_up(drawn[measure], decimals)
            width = self.model["confidence"] * self.model["pupil_sd"][measure] / np.sqrt(np.maximum(covered, 1))
            put(measure, value, low)
            put(f"{measure}_lower", half_up(value / 10**decimals - width, decimals), low)
            put(f"{measure}_upper", half_up(value / 10**decimals + width, decimals), low)
            put(COVERAGE[measure], percent(covered, pupils), few)
        return out

    def decimals(self, field):
        return decimals_of(self.model, field)

    # --- mess ------------------------------------------------------------------------------------------------------

    def blemished(self, everyone):
        """Add names, a few of them unusual, and take the coordinates of a few away or damage them."""
        rng, model = self.rng["names"], self.model
        kind = [own or model["kinds"][word] for own, word in zip(everyone["own_word"], everyone["word"], strict=True)]
        patterns = model["name_patterns"]
        # Some of each pattern, however small the release.
        unusual = max(len(patterns["unusual"]), int(model["unusual_names"] * len(everyone)))
        pattern = np.full(len(everyone), patterns["usual"], dtype=object)
        rows = rng.permutation(len(everyone))[:unusual]
        pattern[rows] = deal(rng, unusual, dict.fromkeys(patterns["unusual"], 1))
        pattern = pattern[everyone["named_after"]]
        named = zip(pattern, kind, everyone["number"], strict=True)
        everyone["name"] = [text.format(kind=word, n=number) for text, word, number in named]
        rng = self.rng["mess"]
        away = (everyone["outside"] != "").to_numpy()
        lost = away | pick(rng, len(everyone), model["missing_coordinates"])
        wrong = rng.permutation(np.flatnonzero(~lost))[: self.count(model["wrong_coordinates"])]
        everyone.loc[wrong, "easting"] = everyone.loc[wrong, "easting"] // 10
        zero = pick(rng, len(everyone), 0.5)
        for column in ("easting", "northing"):
            everyone[column] = np.where(lost, np.where(zero, 0, -1), everyone[column])
        everyone.loc[away, "constituency"] = 0
        everyone.loc[away, "urban_rural"] = ""
        return everyone
