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
        schools = self.places(self.kinds())
        schools = self.histories(self.types(schools))
        self.grades(schools)
        results = self.results(schools)
        self.leadership(schools, results)
        establishments = self.with_others(schools)
        links = self.links(establishments)
        files = self.results_files(establishments, results)
        inspections = self.inspections(establishments)
        designations = self.designations(establishments)
        self.number(establishments)
        self.blemish(establishments)
        return Drawn(establishments, links, files, inspections, designations)

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

    # --- judgements ------------------------------------------------------------------------------------------------

    def grades(self, schools):
        """Deal the grades of each region and phase to its judged schools. Others get the grade that their results are like."""
        rng = self.rng["grades"]
        region, phase = self._of("region", schools["la"]), self.phase_of(schools)
        judged = schools["judged"].to_numpy()
        grade = np.empty(len(schools), dtype=object)
        for row in self.facts.grades.to_dict("records"):
            own = np.flatnonzero((region == row["region"]) & (phase == row["phase"]) & judged)
            grade[own] = deal(rng, len(own), {g: row[g] for g in GRADES})
        for of_phase in PHASES:
            own = np.flatnonzero((phase == of_phase) & ~judged)
            grade[own] = deal(rng, len(own), self.model["unjudged_like"][of_phase])
        schools["grade"] = grade

    def leadership(self, schools, results):
        """Give leadership grades. Among good schools the outstandingly led tend to be those with the better results."""
        rng, rules = self.rng["leadership"], self.model["leadership"]
        phase, grade = self.phase_of(schools), schools["grade"].to_numpy()
        standing = np.zeros(len(schools))
        for of_phase in PHASES:
            # An all-through school's secondary results come last, and count.
            standing[results[of_phase]["school"]] = results[of_phase]["standing"]
        led = np.empty(len(schools), dtype=np.int64)
        for name in GRADES:
            own = np.flatnonzero(grade == name)
            if name != "good":
                led[own] = deal(rng, len(own), rules[name])
                continue
            led[own] = 2
            for of_phase in PHASES:
                rows = own[(phase[own] == of_phase) & schools["judged"].to_numpy()[own]]
                score = rules["good_by_results"][of_phase] * standing[rows] + rng.standard_normal(len(rows))
                best = np.argsort(-score, kind="stable")[: int(rules["good_outstanding"][of_phase] * len(rows) + 0.5)]
                led[rows[best]] = 1
        schools["leadership"] = led

    # --- results ---------------------------------------------------------------------------------------------------

    def results(self, schools):
        """Draw the results of every school with pupils at the end of a key stage, and of schools that have closed since.

        Returns {phase: {column: array}}; `school` is a row of `schools`.
        """
        kind, phase = schools["kind"].to_numpy(), schools["phase"].to_numpy()
        ks2 = (kind != "secondary") & (schools["high_age"].to_numpy() >= 11) | (phase == "middle_deemed_secondary")
        ks4 = (kind != "primary") & (phase != "middle_deemed_secondary")
        taking = {"primary": ks2, "secondary": ks4}
        out = {}
        for of_phase in PHASES:
            rows = np.flatnonzero(taking[of_phase] & schools["cohort"].to_numpy())
            closed = self.count(self.model["closed"][of_phase])
            places = self.rng["others"].integers(0, len(schools), closed)
            at = np.concatenate([rows, places])
            ended = np.arange(len(at)) >= len(rows)
            replaced = ended | ((schools["history"].to_numpy() == "unlinked") & schools["late"].to_numpy())[at]
            grade = np.where(ended, "good", schools["grade"].to_numpy()[at])
            drawn = self._figures(of_phase, grade, self._of("region", schools["la"].to_numpy()[at]), replaced)
            out[of_phase] = {
                "school": rows,
                "place": at,
                "ended": ended,
                "without": np.flatnonzero(taking[of_phase] & ~schools["cohort"].to_numpy()),
                **drawn,
            }
            out[of_phase]["standing"] = drawn["standing"][: len(rows)]
        return out

    def _figures(self, phase, grade, region, replaced):
        """Figures of the results year from grade, region and cohort, and of the two years before."""
        model, part = self.facts.results[phase], {"primary": "ks2", "secondary": "ks4"}[phase]
        measures = {"primary": KS2, "secondary": KS4}[phase]
        rng = self.rng[part]
        pupils = cohorts(rng, len(grade), model["cohort_size_deciles"], self.model["cohort_ends"][phase])
        z = self._correlated(rng, model, measures, grade)
        noise = 1 / np.sqrt(np.maximum(pupils, self.model["published_from"]))
        mean_noise = math.fsum(1 / n for n in model["cohort_size_deciles"]) / len(model["cohort_size_deciles"])
        out = {"pupils": pupils}
        scaled = []
        for i, measure in enumerate(measures):
            offsets = {name: values[measure] for name, values in model["region_offset"].items()}
            offset = _lookup(offsets, region)
            mean = _lookup({g: model["by_ofsted_grade"][g]["mean"][measure] for g in GRADES}, grade)
            sd = _lookup({g: model["by_ofsted_grade"][g]["sd"][measure] for g in GRADES}, grade)
            # The spread within a grade has three parts: regions, chance in small cohorts, and the schools themselves.
            between_regions = math.fsum(value * value for value in offsets.values()) / len(offsets)
            pupil_sd = self.model["pupil_sd"][measure]
            schools_own = np.maximum(sd * sd - between_regions - pupil_sd * pupil_sd * mean_noise, 0.1)
            spread = np.sqrt(schools_own + pupil_sd * pupil_sd * (noise * noise))
            shift = self.model["replaced_results"][phase]["progress" if "progress" in measure else "attainment"]
            out[measure] = mean + offset + spread * z[i] + np.where(replaced, shift, 0.0)
            scaled.append(self._scaled(model, measure, out[measure]))
        attainment, progress = scaled[0], scaled[1]
        for other in scaled[2:]:
            progress = progress + other
        progress = progress / (len(scaled) - 1)
        out["standing"] = (attainment + progress) / 2
        out |= self._earlier(phase, grade, pupils, attainment, progress)
        missing = self.model["coverage"][phase]
        share = np.maximum(0.5, 1 - missing * np.abs(rng.standard_normal(len(grade))) * 1.25)
        low = pick(rng, len(grade), self.model["low_coverage"])
        share[low] = 0.2 + 0.28 * rng.random(int(low.sum()))
        out["low_coverage"] = low
        out["covered"] = half_up(share * pupils)
        out["unpublished"] = pick(rng, len(grade), self.model["without_results"])
        out["blank_row"] = rng.random(len(grade)) < self.model["own_blank_row"]
        return out

    def _correlated(self, rng, model, measures, grade):
        """Standard normals, correlated within each grade as in the real results."""
        raw = rng.standard_normal((len(measures), len(grade)))
        out = np.zeros_like(raw)
        triangles = {g: cholesky(model["by_ofsted_grade"][g]["corr"]) for g in GRADES}
        for i in range(len(measures)):
            for k in range(i + 1):
                out[i] += _lookup({g: triangles[g][i][k] for g in GRADES}, grade) * raw[k]
        # Beyond one and a half deviations below the mean of a grade that is good or better.
        phase = "primary" if len(measures) == len(KS2) else "secondary"
        fine = np.isin(grade.astype(str), ["outstanding", "good"]) & (out < -1.5)
        return np.where(fine, -1.5 + self.model["tail"][phase] * (out + 1.5), out)

    def _scaled(self, model, measure, values):
        """Values in standard deviations from the mean of good schools, the largest grade."""
        good = model["by_ofsted_grade"]["good"]
        return (values - good["mean"][measure]) / good["sd"][measure]

    def _earlier(self, phase, grade, pupils, attainment, progress):
        """Figures of the two years before, tied to the results year by the school's standing."""
        rules, rng = self.model["earlier"][phase], self.rng["ks2_earlier" if phase == "primary" else "ks4_earlier"]
        keep, common = rules["persistence"], rules["common"]
        own_chance = math.sqrt(1 - keep * keep)
        chance = math.sqrt(1 - common * common)
        size = len(grade)
        long_run = _lookup(rules["standing"], grade) + keep * progress + own_chance * rng.standard_normal(size)
        out = {}
        named = "level4" if phase == "primary" else "five_good"
        for before in (1, 2):
            change = self.model["cohort_change"] * (2 * rng.random(size) - 1)
            out[f"pupils_{before}"] = np.maximum(1, half_up(pupils * (1 + change)))
            first = rules[named]
            standing = 0.5 * attainment + 0.5 * long_run
            value = common * standing + chance * rng.standard_normal(size)
            out[f"{named}_{before}"] = first["mean"] + first["sd"] * value
            for subject, (mean, sd) in rules["expected_progress"].items():
                value = common * long_run + chance * rng.standard_normal(size)
                out[f"{subject}_{before}"] = mean + sd * value
        return out

    # --- establishments outside the population ----------------------------------------------------------------------

    def with_others(self, schools):
        """Return all establishments: schools first, then predecessors, closed ones, and those out of the method's scope."""
        rng, model = self.rng["others"], self.model
        schools["role"], schools["of"], schools["in_register"] = "school", np.arange(len(schools)), True
        schools["closed"], schools["status"] = NO_DATE, "Open"
        schools["inspected"] = schools["history"] == "settled"
        parts = [schools]

        def placed_like(rows, role, **columns):
            part = schools.iloc[rows].reset_index(drop=True)
            part = part.assign(role=role, opened=NO_DATE, of=np.asarray(rows), late=False, history="none", **columns)
            part["family"] = self.family(part["type"])
            return part

        def maintained(number):
            shares = {"community": 0.62, "voluntary_controlled": 0.18, "voluntary_aided": 0.2}
            return deal(rng, number, shares)

        history = schools["history"].to_numpy()
        day_before = schools["opened"].to_numpy() - np.timedelta64(1, "D")
        linked, unlinked = np.flatnonzero(history == "linked"), np.flatnonzero(history == "unlinked")
        parts.append(
            placed_like(linked, "predecessor", type=maintained(len(linked)), closed=day_before[linked], status="Closed", inspected=True)
        )
        merged = rng.permutation(unlinked)[: self.count(model["merged"])]
        kept = pick(rng, len(unlinked), model["replaced_in_register"]) | np.isin(unlinked, merged)
        parts.append(
            placed_like(
                unlinked, "replaced", type=maintained(len(unlinked)), closed=day_before[unlinked], status="Closed",
                in_register=kept, inspected=True,
            )
        )  # fmt: skip
        parts.append(
            placed_like(merged, "merged", type=maintained(len(merged)), closed=day_before[merged], status="Closed", inspected=True)
        )
        for phase in PHASES:
            number = self.count(model["closed"][phase])
            rows = self._closed_places(phase, schools)
            assert len(rows) == number
            ages = (4, 11) if phase == "primary" else (11, 16)
            closed = months(self.rng["dates"], number, model["closed_dates"]) - np.timedelta64(1, "D")
            part = placed_like(
                rows, f"closed_{phase}", type=maintained(number), closed=closed, status="Closed", inspected=True,
                phase=phase, kind=phase, word=phase, low_age=ages[0], high_age=ages[1],
            )  # fmt: skip
            parts.append(part)
        self._future(schools, parts, placed_like)
        for other in model["others"]:
            parts.append(self._other(other, schools, placed_like))
        everything = pd.concat(parts, ignore_index=True)
        outside = everything["outside"].fillna("").to_numpy() if "outside" in everything else np.full(len(everything), "")
        for column, source in (("la_code", "la_code"), ("la_name", "la_name"), ("region", "region")):
            values = self._of(source, everything["la"].to_numpy()).astype(object)
            for name, official in model["outside"].items():
                values[outside == name] = official[column]
            everything[column] = values
        away = outside != ""
        for column in ("easting", "northing", "constituency"):
            everything.loc[away, column] = 0
        everything["urban_rural"] = everything["urban_rural"].astype(object).where(~away, "")
        order = np.lexsort((np.arange(len(everything)), everything["la"], everything["opened"].fillna(pd.Timestamp(0))))
        urn = np.empty(len(everything), dtype=np.int64)
        urn[order] = self.first_urn + np.arange(len(everything))
        everything["urn"] = urn
        return everything

    def _closed_places(self, phase, schools):
        return self._ended[phase]

    def _future(self, schools, parts, placed_like):
        """Schools that an academy replaces after the reference date: still of the population, the academy not yet."""
        rng = self.rng["others"]
        settled = (schools["family"] == "maintained") & (schools["kind"] == "primary")
        rows = rng.permutation(np.flatnonzero(settled.to_numpy()))[: self.count(self.model["future_academies"])]
        opens = np.datetime64(self.model["future_date"], "D")
        part = placed_like(rows, "future", type="academy_converter", status="Proposed to open", inspected=False)
        part["opened"] = opens
        part["closed"] = NO_DATE
        parts.append(part)
        schools.loc[rows, "status"] = "Open, but proposed to close"
        schools.loc[rows, "closed"] = opens - np.timedelta64(1, "D")

    def _other(self, other, schools, placed_like):
        rng = self.rng["others"]
        number = self.count(other["count"])
        rows = rng.integers(0, len(schools), number)
        status = {"proposed": "Proposed to open", "closed": "Closed"}.get(other.get("status"), "Open")
        part = placed_like(
            rows, "other", type=other["type"], phase=other["phase"], kind="other", word=other["kind"], status=status,
            low_age=other["ages"][0], high_age=other["ages"][1], outside=other.get("region", ""),
            inspected=rng.random(number) < other.get("inspected", 0),
            ks2=rng.random(number) < other.get("ks2", 0), ks4=rng.random(number) < other.get("ks4", 0),
        )  # fmt: skip
        if status == "Closed":
            part["closed"] = months(self.rng["dates"], number, ["2012-01", "2016-09"]) - np.timedelta64(1, "D")
        if status == "Proposed to open":
            part["opened"] = np.datetime64(self.model["future_date"], "D")
        return part
