"""Draw invented schools from aggregate figures: the model of the synthetic release, in field terms.

Inputs: the tables in workflow/facts/ (real aggregates) and workflow/facts/synthetic_model.yaml (free parameters).
Output: `draw` gives one England, or a share of it, as data frames; scripts/generate.py writes them in the official
layouts. The model is described in docs/synthetic-model.md.

A school's group is nowhere drawn or stored here: it is what the pipeline makes of the files.

Same seed, same bytes, on any machine: every part draws from a stream of its own (PCG64), floats are combined by single
additions, multiplications, divisions and square roots, which IEEE 754 fixes, and are rounded coarsely; sums are of
whole numbers. No logarithm, matrix product or float sum enters, since those differ between processors.
"""

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from settings import PHASES, read_yaml

FACTS = Path(__file__).resolve().parent.parent / "workflow" / "facts"
# One stream of random numbers each. New parts are added at the end, so that the others stay as they are.
PARTS = ("authorities", "kinds", "places", "types", "history", "dates", "links", "others", "grades", "leadership", "ks2", "ks4")
PARTS += ("ks2_earlier", "ks4_earlier", "outside", "designations", "inspections", "mess", "names")
GRADES = ("outstanding", "good", "requires_improvement", "inadequate")
KEY_STAGE = {"primary": "ks2", "secondary": "ks4"}
MEASURES = {  # of attainment first, then of progress
    "primary": ("rwm_expected_pct", "reading_progress", "writing_progress", "maths_progress"),
    "secondary": ("attainment8", "progress8"),
}
COVERAGE = {f"{subject}_progress": f"{subject}_coverage_pct" for subject in ("reading", "writing", "maths")}
COVERAGE["progress8"] = "progress8_coverage_pct"
YEARS_BEFORE = (0, 1, 2)
SAME_NAME = ("predecessor", "replaced", "future")  # what bears its school's name
NO_DATE = np.datetime64("NaT", "D")
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
    """What was drawn: schools and others, and what the files say of them, each a frame whose `at` is a row of
    `establishments`. `results` is keyed by (phase, years before); figures are whole numbers, scaled by their decimals,
    and `{field}_code`, where there is one, stands in the file instead (blank: an empty cell)."""

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
    authorities["constituencies"] = np.maximum(1, (authorities["primary"] + authorities["secondary"] + size // 2) // size)
    authorities["first_constituency"] = authorities["constituencies"].cumsum() - authorities["constituencies"]
    return Facts(authorities, squares, grades, results, model)


def draw(seed, tile, share, facts, year, reference_date, first_urn):
    """Draw one England (`share` 1) or that share of it in whole local authorities, over all nine regions.

    `tile`: number of this England among several. `year`: the summer of the results, e.g. 2016. `first_urn`: the first
    URN to give. Returns Drawn.
    """
    return _England(seed, tile, share, facts, year, np.datetime64(reference_date, "D"), first_urn).drawn()


def deal(rng, number, shares):
    """Return an array of `number` keys of `shares`, as near to those shares as whole numbers allow, in random order.

    Which way a fraction is rounded is left to chance, so that many small deals add up to the shares.
    """
    keys, total = list(shares), math.fsum(shares.values())
    edges, sum_to_here, start = [0], 0.0, rng.random()
    for key in keys[:-1]:
        sum_to_here += shares[key]
        edges.append(min(number, int(sum_to_here / total * number + start)))
    counts = np.diff([*edges, number])
    return np.array(keys, dtype=object)[rng.permutation(np.repeat(np.arange(len(keys)), counts))]


def pick(rng, number, share):
    """Return a mask with that share of `number` true, in random order."""
    return deal(rng, number, {True: share, False: 1 - share}).astype(bool)


def choose_authorities(rng, authorities, share):
    """Return the authorities of a share of England: in each region neighbouring whole ones, about that share of its schools."""
    if share >= 1:
        return authorities
    schools = authorities["primary"] + authorities["secondary"]
    chosen = []
    for _, region in authorities.groupby("region", sort=True):
        centre = region.iloc[int(rng.integers(len(region)))]
        apart = (region["mean_easting"] - centre["mean_easting"]) ** 2 + (region["mean_northing"] - centre["mean_northing"]) ** 2
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


def percent(part, whole):
    """Return whole percentages, halves rounded up; 0 of nothing is 0."""
    whole = np.maximum(whole, 1)
    return (200 * part + whole) // (2 * whole)


def is_none(codes):
    return np.array([code is None for code in codes], dtype=bool)


def decimals_of(model, field):
    """Return how many decimals a results file prints of a field."""
    return 0 if field.endswith(("pct", "pupils")) else model["decimals"].get(field.split("_")[0], 0)


def phase_followed(establishments):
    """Return the phase whose shares a school follows: an all-through school goes with the secondaries."""
    return np.where(establishments["kind"].to_numpy() == "primary", "primary", "secondary")


def takes(establishments, phase):
    """Return which establishments have pupils at the end of the phase's key stage, if they are old enough."""
    kind, phase_of_education, high_age, role = (establishments[c].to_numpy() for c in ("kind", "phase", "high_age", "role"))
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
        schools = self.histories(self.types(self.places(self.kinds())))
        self.grades(schools)
        everyone = self.with_others(schools)
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
        """One row an establishment, with its authority: primary, secondary, or all-through, which counts as one of each."""
        a = self.authorities
        secondary = np.repeat(np.arange(len(a)), a["secondary"])
        through = self.rng["kinds"].permutation(secondary)[: self.count(self.model["all_through"])]
        through = np.minimum(np.bincount(through, minlength=len(a)), a["primary"].to_numpy())
        numbers = {"primary": a["primary"] - through, "secondary": a["secondary"] - through, "all_through": through}
        parts = [pd.DataFrame({"la": np.repeat(np.arange(len(a)), n), "kind": kind}) for kind, n in numbers.items()]
        schools = pd.concat(parts, ignore_index=True)
        schools["kind"] = schools["kind"].astype(object)
        return schools

    def places(self, schools):
        """Put each school in one of its authority's 5 km squares, anywhere in it; add constituency and urban or rural."""
        rng, facts = self.rng["places"], self.facts
        squares = facts.squares.reset_index(drop=True)
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
        for axis in ("easting", "northing"):
            corner = squares[f"{axis}_km"].to_numpy()[square] * 1000
            schools[axis] = corner + rng.integers(0, SQUARE_M, len(schools))
        density = squares.groupby(["easting_km", "northing_km"])[list(PHASES)].sum().sum(axis=1)
        where = pd.MultiIndex.from_arrays([squares["easting_km"].to_numpy()[square], squares["northing_km"].to_numpy()[square]])
        schools["constituency"] = self._constituencies(schools)
        schools["urban_rural"] = self._urban_rural(density.reindex(where).to_numpy(), self._of("region", la))
        step = {axis: metres for axis, metres in self.model["tile_m"].items()}
        across, up = grid_position(self.tile)
        schools["easting"] += across * step["easting"]
        schools["northing"] += up * step["northing"]
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
        """Give each school its type, phase of education and ages."""
        rng, model = self.rng["types"], self.model
        key = {named["name"]: key for key, named in model["types"].items()}
        kind = schools["kind"].to_numpy()
        kinds = np.empty(len(schools), dtype=object)
        for phase in PHASES:
            mix = {key[name]: share for name, share in self.facts.results[phase]["type_mix_pct"].items() if name in key}
            own = np.flatnonzero(kind == phase)
            if phase == "secondary":
                of_england = self.facts.authorities["secondary"].sum()
                mix["studio_school"] = model["studio_schools"] / of_england * 100
                mix["city_technology_college"] = model["city_technology_colleges"] / of_england * 100
            kinds[own] = deal(rng, len(own), mix)
        own = np.flatnonzero(kind == "all_through")
        kinds[own] = deal(rng, len(own), model["all_through_types"])
        schools["type"] = kinds
        family = self.family(kinds)
        ordinary = np.isin(family, ["maintained", "academy_converter"])
        phase = kind.copy()
        low, high = np.full(len(schools), 4), np.full(len(schools), 11)
        low[pick(rng, len(schools), 0.4)] = 3
        word = kind.copy()
        primary = np.flatnonzero((kind == "primary") & ordinary)
        order, taken = rng.permutation(primary), 0
        total = int((kind == "primary").sum())
        for name, number, ages in (
            ("infant", int(model["infant_share"] * total), (4, 7)),
            ("junior", int(model["junior_share"] * total), (7, 11)),
            ("middle_deemed_primary", self.count(model["middle_deemed_primary"]), (8, 12)),
        ):
            rows = order[taken : taken + number]
            taken += number
            low[rows], high[rows] = ages
            word[rows] = name.split("_")[0]
            if name.startswith("middle"):
                phase[rows] = name
        old = kind == "secondary"
        low[old], high[old] = 11, np.where(pick(rng, int(old.sum()), 0.6), 18, 16)
        rows = rng.permutation(np.flatnonzero(old & ordinary))[: self.count(model["middle_deemed_secondary"])]
        low[rows], high[rows], phase[rows], word[rows] = 9, 13, "middle_deemed_secondary", "middle"
        low[np.isin(kinds, ["university_technical_college", "studio_school"])] = 14
        through = kind == "all_through"
        low[through], high[through] = 3, 18
        schools["phase"], schools["low_age"], schools["high_age"], schools["word"] = phase, low, high, word
        return schools

    def family(self, types):
        """Types with one kind of history: maintained, free, or the type itself."""
        families = {key: named.get("family", key) for key, named in self.model["types"].items()}
        return np.array([families[one] for one in types], dtype=object)

    def histories(self, schools):
        """Say under which URN a school's judgement and results stand, and when it opened; see the model file."""
        rng, model = self.rng["history"], self.model
        family, phase = self.family(schools["type"]), phase_followed(schools)
        history = np.empty(len(schools), dtype=object)
        late = np.zeros(len(schools), dtype=bool)
        for of_phase in PHASES:
            for name, shares in model["history"][of_phase].items():
                own = np.flatnonzero((phase == of_phase) & (family == name))
                history[own] = deal(rng, len(own), shares)
            for name, share in model["late"].items():
                own = np.flatnonzero((phase == of_phase) & (history == name))
                late[own] = pick(rng, len(own), share)
        opened = np.full(len(schools), NO_DATE)
        academy = ~np.isin(family, ["maintained"])
        joined = np.isin(history, ["linked", "unlinked"])
        for name, own in (
            ("settled", academy & (history == "settled")),
            ("early", joined & ~late),
            ("late", joined & late),
            ("new", history == "new"),
        ):
            opened[own] = months(self.rng["dates"], int(own.sum()), model["open_dates"][name])
        cohort = np.ones(len(schools), dtype=bool)
        for name, share in model["with_cohort"].items():
            own = np.flatnonzero((schools["type"].to_numpy() == name) & (schools["kind"].to_numpy() != "primary"))
            cohort[own] = pick(rng, len(own), share)
            own = np.flatnonzero((schools["type"].to_numpy() == name) & (schools["kind"].to_numpy() == "primary"))
            cohort[own] = pick(rng, len(own), share)
        schools["family"], schools["history"], schools["late"], schools["opened"] = family, history, late, opened
        schools["cohort"] = cohort
        schools["judged"] = (history == "settled") | ((history == "linked") & (family == "academy_converter"))
        return schools

    # --- establishments outside the population ----------------------------------------------------------------------

    def with_others(self, schools):
        """Return all establishments: the schools first, then predecessors, closed ones, and those out of scope; with URNs.

        Each of the others lies where a school lies: its own successor, or one drawn at random. `role` says what it is,
        `of` which school it belongs to.
        """
        rng, model = self.rng["others"], self.model
        schools = schools.assign(role="school", of=np.arange(len(schools)), in_register=True, status="Open", closed=NO_DATE)
        schools["inspected"] = schools["history"].to_numpy() == "settled"
        history, opened = schools["history"].to_numpy(), schools["opened"].to_numpy()
        the_day_before = opened - np.timedelta64(1, "D")
        parts = []

        def add(rows, role, **columns):
            part = schools.iloc[rows].reset_index(drop=True)
            unlike = {"late": False, "history": "none", "opened": NO_DATE, "closed": NO_DATE, "status": "Open", "inspected": True}
            parts.append(part.assign(**(unlike | {"role": role, "of": np.asarray(rows)} | columns)))

        def before(rows, role, **columns):
            kinds = deal(rng, len(rows), model["predecessor_types"])
            add(rows, role, type=kinds, status="Closed", closed=the_day_before[rows], **columns)

        def anywhere(number):
            return rng.integers(0, len(schools), number)

        before(np.flatnonzero(history == "linked"), "predecessor")
        unlinked = np.flatnonzero(history == "unlinked")
        merged = rng.permutation(unlinked)[: self.count(model["merged"])]
        kept = pick(rng, len(unlinked), model["replaced_in_register"]) | np.isin(unlinked, merged)
        before(unlinked, "replaced", in_register=kept)
        before(merged, "merged")
        for phase in PHASES:
            number = self.count(model["closed"][phase])
            closed = months(self.rng["dates"], number, model["closed_dates"]) - np.timedelta64(1, "D")
            low, high = {"primary": (4, 11), "secondary": (11, 16)}[phase]
            kinds = {"kind": phase, "phase": phase, "word": phase, "low_age": low, "high_age": high, "grade": "good", "cohort": True}
            types = deal(rng, number, model["predecessor_types"])
            add(anywhere(number), "closed", type=types, status="Closed", closed=closed, **kinds)
        # Schools that an academy replaces after the reference date: still of the population, and the academy not yet.
        replaceable = np.flatnonzero(((schools["family"] == "maintained") & (schools["kind"] == "primary")).to_numpy())
        leaving = rng.permutation(replaceable)[: self.count(model["future_academies"])]
        opens = np.datetime64(model["future_date"], "D")
        add(leaving, "future", type="academy_converter", status="Proposed to open", opened=opens, inspected=False)
        schools.loc[leaving, "status"] = "Open, but proposed to close"
        schools.loc[leaving, "closed"] = opens - np.timedelta64(1, "D")
        for other in model["others"]:
            number = self.count(other["count"])
            columns = {"kind": "other", "word": "other", "outside": other.get("region", ""), "own_word": other["kind"]}
            columns |= {"low_age": other["ages"][0], "high_age": other["ages"][1], "phase": other["phase"], "type": other["type"]}
            columns |= {name: rng.random(number) < other.get(name, 0) for name in ("ks2", "ks4", "inspected")}
            if other.get("status") == "proposed":
                columns |= {"status": "Proposed to open", "opened": opens}
            if other.get("status") == "closed":
                columns |= {"status": "Closed", "closed": months(rng, number, model["long_closed_dates"])}
            add(anywhere(number), "other", **columns)
        everyone = pd.concat([schools, *parts], ignore_index=True)
        everyone = everyone.fillna({"outside": "", "own_word": "", "ks2": False, "ks4": False})
        for column in ("la_code", "la_name", "region"):
            everyone[column] = self._of(column, everyone["la"].to_numpy())
            for name, official in model["outside"].items():
                everyone.loc[everyone["outside"] == name, column] = official[column]
        opened = everyone["opened"].to_numpy().astype("datetime64[D]")
        order = np.lexsort((everyone["la"].to_numpy(), np.where(np.isnat(opened), np.datetime64("1900-01-01"), opened)))
        everyone["urn"] = 0
        everyone.loc[order, "urn"] = self.first_urn + np.arange(len(everyone))
        everyone["number"] = everyone["urn"].to_numpy()[everyone["of"]] - self.model["urn_first"] + 1
        new = everyone["role"].isin(["other", "closed"])
        everyone.loc[new, "number"] = everyone.loc[new, "urn"] - self.model["urn_first"] + 1
        return everyone

    def links(self, everyone):
        """Return the links of the register: `at`, `to` (rows of `everyone`), `kind` in the layout's words, `date`.

        Adds to `everyone` the column `in_results_file`: whether the results file names the school as the successor.
        """
        rng, forms = self.rng["links"], dict(self.model["link_forms"])
        role, of, late, opened = (everyone[c].to_numpy() for c in ("role", "of", "late", "opened"))
        before = np.flatnonzero(role == "predecessor")
        school = of[before]
        form = np.empty(len(before), dtype=object)
        is_late = late[school].astype(bool)
        form[is_late] = deal(rng, int(is_late.sum()), forms)
        # The results file can link only what stands in it under the old URN.
        del forms["results_file"]
        form[~is_late] = deal(rng, int((~is_late).sum()), forms)
        named = (form == "results_file") | (is_late & pick(rng, len(before), self.model["results_file_also"]))
        everyone["in_results_file"] = False
        everyone.loc[school[named], "in_results_file"] = True
        stated_by_school = np.isin(form.astype(str), ["both_ends", "successor_end"])
        stated_by_predecessor = np.isin(form.astype(str), ["both_ends", "predecessor_end"])
        merged = np.flatnonzero(role == "merged")
        merged = np.concatenate([merged, np.flatnonzero((role == "replaced") & np.isin(of, of[merged]))])
        future = np.flatnonzero(role == "future")
        sixth = np.flatnonzero(everyone["type"].to_numpy() == "sixth_form_college")[: self.count(self.model["sixth_form_links"])]
        stated = [
            (school[stated_by_school], before[stated_by_school], "Predecessor"),
            (before[stated_by_predecessor], school[stated_by_predecessor], "Successor"),
            (of[merged], merged, "Predecessor - merged"),
            (merged, of[merged], "Successor - merged"),
            (future, of[future], "Predecessor"),
            (of[future], future, "Successor"),
            (sixth, of[sixth], "Sixth Form Centre Link"),
        ]
        links = pd.concat([pd.DataFrame({"at": at, "to": to, "kind": kind}) for at, to, kind in stated], ignore_index=True)
        by_at, by_to = opened[links["at"]], opened[links["to"]]
        return links.assign(date=np.where(np.isnat(by_at), by_to, by_at))

    # --- judgements ------------------------------------------------------------------------------------------------

    def grades(self, schools):
        """Deal each region's and phase's grades to its judged schools; others get a grade that their results are like."""
        rng = self.rng["grades"]
        region, phase = self._of("region", schools["la"].to_numpy()), phase_followed(schools)
        judged = schools["judged"].to_numpy()
        grade = np.empty(len(schools), dtype=object)
        for row in self.facts.grades.to_dict("records"):
            own = np.flatnonzero((region == row["region"]) & (phase == row["phase"]) & judged)
            grade[own] = deal(rng, len(own), {g: row[g] for g in GRADES})
        for of_phase in PHASES:
            own = np.flatnonzero((phase == of_phase) & ~judged)
            grade[own] = deal(rng, len(own), self.model["unjudged_like"][of_phase])
        schools["grade"] = grade

    def leadership(self, everyone, results):
        """Give leadership grades. Among good schools the outstandingly led tend to be those with the better results."""
        rng, rules = self.rng["leadership"], self.model["leadership"]
        phase, grade = phase_followed(everyone), everyone["grade"].to_numpy()
        judged = everyone["judged"].to_numpy().astype(bool) & (everyone["role"] == "school").to_numpy()
        standing = np.zeros(len(everyone))
        for of_phase in PHASES:  # an all-through school's secondary results come last, and count
            standing[results[of_phase]["at"]] = results[of_phase]["standing"]
        led = np.empty(len(everyone), dtype=np.int64)
        for name in GRADES:
            own = np.flatnonzero(grade == name)
            led[own] = 2 if name == "good" else deal(rng, len(own), rules[name]).astype(np.int64)
        for of_phase in PHASES:
            own = np.flatnonzero((grade == "good") & (phase == of_phase) & judged)
            score = rules["good_by_results"][of_phase] * standing[own] + rng.standard_normal(len(own))
            best = np.argsort(-score, kind="stable")[: int(rules["good_outstanding"][of_phase] * len(own) + 0.5)]
            led[own[best]] = 1
        everyone["leadership"] = led

    def inspections(self, everyone):
        """Return inspections: `at`, `day`, `grade` and `leadership` (1 to 4, 0 for none), `kind` (full or visit)."""
        rng, model = self.rng["inspections"], self.model
        role, family = everyone["role"].to_numpy(), self.family(everyone["type"])
        at = np.flatnonzero(everyone["inspected"].to_numpy().astype(bool))
        name = everyone["grade"].to_numpy()[at].copy()
        led = everyone["leadership"].to_numpy()[at].copy()
        before = np.isin(role[at], ["predecessor", "replaced", "merged"])
        sponsored = before & (family[everyone["of"].to_numpy()[at]] == "academy_sponsor_led")
        name[sponsored] = deal(rng, int(sponsored.sum()), model["sponsored_predecessor"])
        grade = lookup({g: 1 + i for i, g in enumerate(GRADES)}, name).astype(np.int64)
        led[sponsored] = grade[sponsored]
        academy = ~before & np.isin(family[at], ["free", "academy_converter", "academy_sponsor_led"])
        day = tuesdays(rng, len(at), model["inspection_dates"]["maintained"])
        day = np.where(academy, tuesdays(rng, len(at), model["inspection_dates"]["settled"]), day)
        day = np.where(before, tuesdays(rng, len(at), model["inspection_dates"]["before_academy"]), day)
        led[rng.random(len(at)) < model["leadership"]["unknown"]] = 0
        parts = [pd.DataFrame({"at": at, "day": day, "grade": grade, "leadership": led, "kind": "full"})]
        years = (4 * 364 * rng.random(len(at))).astype(np.int64) // 7 * 7
        for share, apart, kind in (
            (model["earlier_inspection"], -(364 + years), "full"),
            (model["ungraded_visit"], 98 + years // 4 // 7 * 7, "visit"),
            (model["later_inspection"], None, "full"),
        ):
            own = rng.random(len(at)) < share
            other = lookup({g: 1 + i for i, g in enumerate(GRADES)}, deal(rng, int(own.sum()), model["other_inspections"]))
            when = tuesdays(rng, int(own.sum()), model["later_dates"]) if apart is None else day[own] + apart[own]
            given = np.where(kind == "visit", 0, other.astype(np.int64))
            parts.append(pd.DataFrame({"at": at[own], "day": when, "grade": given, "leadership": given, "kind": kind}))
        return pd.concat(parts, ignore_index=True).sort_values(["at", "day"], kind="stable", ignore_index=True)

    def designations(self, everyone):
        """Return designations: `at`, `kind`, `from`, `to` (days; no day: still held)."""
        rng, model = self.rng["designations"], self.model
        schools = everyone[everyone["role"] == "school"]
        phase, grade = phase_followed(schools), schools["grade"].to_numpy()
        grade = np.where(schools["judged"].to_numpy().astype(bool), grade, "none")
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
        ends = np.where(state == "over", begins + 200, NO_DATE)
        ends = np.where(ends >= self.reference_date, self.reference_date - 1, ends)
        kind = deal(rng, len(at), model["designation_kinds"])
        frame = pd.DataFrame({"at": at, "kind": kind, "from": begins, "to": ends})
        both = frame[frame["kind"] == "both"]
        kinds = [frame[frame["kind"] != "both"], *(both.assign(kind=k) for k in ("teaching_school", "national_support_school"))]
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
        by_pupil = 1 / np.maximum(pupils, self.model["published_from"])
        mean_by_pupil = math.fsum(1 / n for n in model["cohort_size_deciles"]) / len(model["cohort_size_deciles"])
        out, in_sd = {"at": at, "pupils": pupils}, []
        for measure, z in zip(MEASURES[phase], self._correlated(rng, phase, grade), strict=True):
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
        missing = self.model["coverage"][phase] * np.abs(rng.standard_normal(len(at)))
        out["low_coverage"] = pick(rng, len(at), self.model["low_coverage"])
        share = np.where(out["low_coverage"], 0.2 + 0.28 * rng.random(len(at)), np.maximum(0.5, 1 - missing))
        out["covered"] = half_up(share * pupils)
        for before in YEARS_BEFORE:
            out[f"unpublished_{before}"] = pick(rng, len(at), self.model["without_results"])
        out["own_blank_row"] = pick(rng, len(at), self.model["own_blank_row"])
        return out | self._earlier(phase, grade, pupils, attainment, progress)

    def _correlated(self, rng, phase, grade):
        """Standard normals, one row a measure, correlated within each grade as the real results are."""
        measures = len(MEASURES[phase])
        raw = rng.standard_normal((measures, len(grade)))
        out = np.zeros_like(raw)
        triangles = {g: cholesky(self.facts.results[phase]["by_ofsted_grade"][g]["corr"]) for g in GRADES}
        for i in range(measures):
            for k in range(i + 1):
                out[i] += lookup({g: triangles[g][i][k] for g in GRADES}, grade) * raw[k]
        # Below one and a half deviations the tail of good and outstanding schools may be drawn in.
        far = ((grade == "outstanding") | (grade == "good")) & (out < -1.5)
        return np.where(far, self.model["tail"][phase] * (out + 1.5) - 1.5, out)

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
        """Draw, as `results` does, figures of special and independent schools and colleges, which stand in the files too."""
        rng, ranges = self.rng["outside"], self.model["out_of_scope_results"]["ranges"]
        at = np.flatnonzero(everyone[KEY_STAGE[phase]].to_numpy())
        pupils = rng.integers(*ranges["pupils"], len(at))
        out = {"at": at, "pupils": pupils, "covered": half_up(pupils * (0.7 + 0.3 * rng.random(len(at))))}
        out |= dict.fromkeys(("low_coverage", "unpublished_0", "unpublished_1", "unpublished_2", "own_blank_row"), at < 0)
        earlier = [f"{measure}_{before}" for measure in self.model["earlier"][phase]["figures"] for before in YEARS_BEFORE[1:]]
        for measure in (*MEASURES[phase], *earlier):
            low, high = ranges["percent" if "pct" in measure else measure]
            out[measure] = low + (high - low) * rng.random(len(at))
        return out | dict.fromkeys(("pupils_1", "pupils_2"), pupils)

    def results_file(self, everyone, drawn, out_of_scope, phase, before):
        """Return the rows of one results file.

        Columns: `at`, `level` (in the layout's words), `successor` (row of `everyone`, or -1), `summed` (whether the row
        counts in the summary rows), and each field as whole numbers, with its `_code`.
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
            plain = np.where(is_none(figures[name]) & (code != "figure"), code, figures[name])
            figures[name] = np.where(no_progress & ("progress" in name or "coverage" in name), "NA", plain)
        level = np.where(np.isin(types.astype(str), rules["special"]), "special_school", "school")
        parts.append(pd.DataFrame({"at": at, "level": level, "summed": True, "successor": -1, **figures}))
        return pd.concat(parts, ignore_index=True)

    def _published(self, phase, before, drawn):
        """Round the figures of one year to what the file prints, and put codes where it prints none."""
        pupils, least = drawn[f"pupils_{before}" if before else "pupils"], self.model["published_from"]
        code = np.where(drawn[f"unpublished_{before}"], "NP", np.where(pupils < least, "SUPP", None))
        out = {"pupils": pupils, "pupils_code": np.full(len(pupils), None)}

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
        few = np.where(is_none(code) & (covered < least), "SUPP", code)
        low = np.where(is_none(few) & drawn["low_coverage"], "LOWCOV", few)
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
        words = {**model["kinds"], "other": ""}
        kind = [own or words[word] for own, word in zip(everyone["own_word"], everyone["word"], strict=True)]
        pattern = np.full(len(everyone), None)
        unusual = np.flatnonzero(rng.random(len(everyone)) < model["unusual_names"])
        # At least one of each pattern, however small the release.
        at_least = rng.permutation(np.flatnonzero((everyone["role"] == "school").to_numpy()))
        unusual = np.unique(np.concatenate([unusual, at_least[: len(model["unusual_name_patterns"])]]))
        pattern[unusual] = deal(rng, len(unusual), dict.fromkeys(model["unusual_name_patterns"], 1))
        pattern = pattern[np.where(everyone["role"].isin(SAME_NAME), everyone["of"], np.arange(len(everyone)))]
        everyone["name"] = [
            (p or "Synthetic {kind} {n}").format(kind=k, n=n) for p, k, n in zip(pattern, kind, everyone["number"], strict=True)
        ]
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
