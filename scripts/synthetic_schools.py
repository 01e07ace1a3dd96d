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
SUBJECTS = ("reading", "writing", "maths")
KS2 = ("rwm_expected_pct", "reading_progress", "writing_progress", "maths_progress")
KS4 = ("attainment8", "progress8")
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
        files = {(phase, before): self.results_file(everyone, results[phase], phase, before) for phase in PHASES for before in (0, 1, 2)}
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
        family, phase = self.family(schools["type"]), self.phase_of(schools)
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

    def phase_of(self, schools):
        """The phase whose shares a school follows: an all-through school goes with the secondaries."""
        return np.where(schools["kind"].to_numpy() == "primary", "primary", "secondary")

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

        Returns {column: array}: `at` (row of `everyone`), cohorts, the figures of three years, not yet rounded.
        """
        model, rng = self.facts.results[phase], self.rng[{"primary": "ks2", "secondary": "ks4"}[phase]]
        at = np.flatnonzero(takes(everyone, phase) & everyone["cohort"].to_numpy().astype(bool))
        grade, region = everyone["grade"].to_numpy()[at], everyone["region"].to_numpy()[at]
        history, role = everyone["history"].to_numpy()[at], everyone["role"].to_numpy()[at]
        replaced = (role == "closed") | ((history == "unlinked") & everyone["late"].to_numpy()[at].astype(bool))
        pupils = cohorts(rng, len(at), model["cohort_size_deciles"], self.model["cohort_ends"][phase])
        out = {"at": at, "pupils": pupils}
        measures = {"primary": KS2, "secondary": KS4}[phase]
        correlated = self._correlated(rng, phase, len(measures), grade)
        by_pupil = 1 / np.maximum(pupils, self.model["published_from"])
        mean_by_pupil = math.fsum(1 / n for n in model["cohort_size_deciles"]) / len(model["cohort_size_deciles"])
        standing = {"attainment": 0.0, "progress": 0.0}
        for measure, z in zip(measures, correlated, strict=True):
            kind = "progress" if "progress" in measure else "attainment"
            offsets = {name: values[measure] for name, values in model["region_offset"].items()}
            mean, sd = (
                lookup({g: model["by_ofsted_grade"][g][figure][measure] for g in GRADES}, grade) for figure in ("mean", "sd")
            )
            # The real spread within a grade has three parts: regions, chance in small cohorts, the schools themselves.
            regions = math.fsum(offset * offset for offset in offsets.values()) / len(offsets)
            pupil = self.model["pupil_sd"][measure] ** 2
            spread = np.sqrt(np.maximum(sd * sd - regions - pupil * mean_by_pupil, 0) + pupil * by_pupil)
            shift = np.where(replaced, self.model["replaced_results"][phase][kind], 0.0)
            out[measure] = mean + lookup(offsets, region) + shift + spread * z
            good = model["by_ofsted_grade"]["good"]
            own = (out[measure] - good["mean"][measure]) / good["sd"][measure]
            standing[kind] = standing[kind] + own / sum(kind == "progress" or m == measure for m in measures if kind in m or m == measure)
        out["standing"] = (standing["attainment"] + standing["progress"]) / 2
        missing = self.model["coverage"][phase] * np.abs(rng.standard_normal(len(at)))
        share = np.maximum(0.5, 1 - missing)
        out["low_coverage"] = pick(rng, len(at), self.model["low_coverage"])
        share = np.where(out["low_coverage"], 0.2 + 0.28 * rng.random(len(at)), share)
        out["covered"] = half_up(share * pupils)
        for before in (0, 1, 2):
            out[f"unpublished_{before}"] = pick(rng, len(at), self.model["without_results"])
        out["own_blank_row"] = pick(rng, len(at), self.model["own_blank_row"])
        return out | self._earlier(phase, grade, pupils, standing)

    def _correlated(self, rng, phase, measures, grade):
        """Standard normals, one row a measure, correlated within each grade as the real results are."""
        raw = rng.standard_normal((measures, len(grade)))
        out = np.zeros_like(raw)
        triangles = {g: cholesky(self.facts.results[phase]["by_ofsted_grade"][g]["corr"]) for g in GRADES}
        for i in range(measures):
            for k in range(i + 1):
                out[i] += lookup({g: triangles[g][i][k] for g in GRADES}, grade) * raw[k]
        # Where the tail of good and outstanding schools is drawn in: from one and a half deviations below their mean.
        far = np.isin(grade.astype(str), ["outstanding", "good"]) & (out < -1.5)
        return np.where(far, self.model["tail"][phase] * (out + 1.5) - 1.5, out)

    def _earlier(self, phase, grade, pupils, standing):
        """Figures of the two years before: they follow the school's long standing, which its grade and results tell."""
        rules, rng = self.model["earlier"][phase], self.rng[{"primary": "ks2_earlier", "secondary": "ks4_earlier"}[phase]]
        keep, common = rules["persistence"], rules["common"]
        chance = math.sqrt(1 - common * common)

        def normal():
            return rng.standard_normal(len(grade))

        long_standing = lookup(rules["standing"], grade) + keep * standing["progress"] + math.sqrt(1 - keep * keep) * normal()
        out = {}
        for before in (1, 2):
            change = self.model["cohort_change"] * (2 * rng.random(len(grade)) - 1)
            out[f"pupils_{before}"] = np.maximum(1, half_up(pupils * (1 + change)))
            for measure, (mean, sd) in rules["figures"].items():
                tied = (standing["attainment"] + long_standing) / 2 if measure in rules["by_attainment"] else long_standing
                out[f"{measure}_{before}"] = mean + sd * (common * tied + chance * normal())
        return out

    def results_file(self, everyone, drawn, phase, before):
        """Return the rows of one results file: `at`, `level`, `successor` (row of `everyone`, or -1), `summed` (whether
        the row counts in the summary rows) and each field as whole numbers, with its `_code`."""
        opened = everyone["opened"].to_numpy().astype("datetime64[D]")
        role, of = everyone["role"].to_numpy(), everyone["of"].to_numpy()
        old = np.full(len(everyone), -1)
        is_old = np.isin(role, ["predecessor", "replaced"])
        old[of[is_old]] = np.flatnonzero(is_old)
        at = drawn["at"]
        under_own = np.isnat(opened[at]) | (opened[at] <= np.datetime64(f"{self.year - before}-05-31"))
        rows = pd.DataFrame({"at": np.where(under_own, at, old[at]), "level": "school", "summed": True})
        named = everyone["in_results_file"].to_numpy()[at] & ~under_own & (before == 0)
        rows["successor"] = np.where(named, at, -1)
        figures = self._figures(phase, before, drawn)
        parts = [rows.assign(**figures)[rows["at"] >= 0]]
        blank = {c: np.int64(0) for c in figures if not c.endswith("_code")}
        if before == 0:
            new = np.flatnonzero(takes(everyone, phase) & ~everyone["cohort"].to_numpy().astype(bool))
            at = np.concatenate([at[~under_own & drawn["own_blank_row"]], new])
            codes = deal(self.rng["mess"], len(at), self.model["codes_without_results"])
            rows = pd.DataFrame({"at": at, "level": "school", "summed": False, "successor": -1})
            parts.append(rows.assign(**blank, **{f"{c}_code": "" if c == "pupils" else codes for c in blank}))
        parts.append(self._out_of_scope(everyone, phase, before, list(blank)))
        return pd.concat(parts, ignore_index=True)

    def _figures(self, phase, before, drawn):
        """Round the figures of one year to what the file prints, and put codes where nothing is published."""
        pupils = drawn[f"pupils_{before}"] if before else drawn["pupils"]
        least = self.model["published_from"]
        code = np.where(drawn[f"unpublished_{before}"], "NP", np.where(pupils < least, "SUPP", None)).astype(object)
        out = {"pupils": pupils, "pupils_code": np.full(len(pupils), None)}

        def put(field, values, code):
            out[field], out[f"{field}_code"] = values, code

        def percent_of_pupils(share):
            achieved = np.clip(half_up(share / 100 * pupils), 0, pupils)
            return (200 * achieved + pupils) // (2 * pupils)

        if before:
            for measure in self.model["earlier"][phase]["figures"]:
                put(measure, percent_of_pupils(drawn[f"{measure}_{before}"]), code)
            return out
        covered = drawn["covered"]
        hidden = np.where((covered < least) & (code == None), "SUPP", code)  # noqa: E711
        of_progress = np.where(drawn["low_coverage"] & (hidden == None), "LOWCOV", hidden)  # noqa: E711
        coverage = (200 * covered + pupils) // (2 * pupils)
        attainment = {"primary": "rwm_expected_pct", "secondary": "attainment8"}[phase]
        if phase == "primary":
            put(attainment, percent_of_pupils(drawn[attainment]), code)
        else:
            put(attainment, np.maximum(half_up(drawn[attainment], 1), 0), code)
            put("progress8_pupils", covered, hidden)
            put("progress8_coverage_pct", coverage, hidden)
        for measure in {"primary": KS2, "secondary": KS4}[phase][1:]:
            decimals = self.decimals(measure)
            value = half_up(drawn[measure], decimals)
            width = self.model["confidence"] * self.model["pupil_sd"][measure] / np.sqrt(np.maximum(covered, 1))
            put(measure, value, of_progress)
            put(f"{measure}_lower", half_up(value / 10**decimals - width, decimals), of_progress)
            put(f"{measure}_upper", half_up(value / 10**decimals + width, decimals), of_progress)
            if phase == "primary":
                put(measure.replace("progress", "coverage_pct"), coverage, hidden)
        return out

    def decimals(self, field):
        return self.model["decimals"].get(field.split("_")[0], 0)

    def _out_of_scope(self, everyone, phase, before, fields):
        """Rows of special and independent schools and colleges: in the files, and not in the population."""
        rng, rules = self.rng["outside"], self.model["out_of_scope_results"]
        key_stage = {"primary": "ks2", "secondary": "ks4"}[phase]
        at = np.flatnonzero(everyone[key_stage].to_numpy().astype(bool))
        types = everyone["type"].to_numpy()[at]
        special = np.isin(types.astype(str), rules["special"])
        rows = pd.DataFrame({"at": at, "successor": -1, "summed": True})
        rows["level"] = np.where(special, "special_school", "school")
        pupils = np.where(special, rng.integers(1, 26, len(at)), rng.integers(8, 130, len(at)))
        no_progress = np.isin(types.astype(str), rules["no_progress"])
        rows["pupils"], rows["pupils_code"] = pupils, None
        for field in fields:
            if field == "pupils":
                continue
            decimals = self.decimals(field)
            low, high = rules["special_figures" if False else "figures"][_figure_kind(field)]
            rows[field] = half_up(low + (high - low) * rng.random(len(at)), decimals)
            code = deal(rng, len(at), rules["codes"])
            code = np.where(pupils < self.model["published_from"], "SUPP", np.where(code == "figure", None, code))
            in_progress = "progress" in field or "coverage" in field
            rows[f"{field}_code"] = np.where(no_progress & in_progress, "NA", code)
        return rows
