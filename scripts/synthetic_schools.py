"""Draw invented schools from aggregate figures: the model of the synthetic release, in field terms.

Output: `draw` gives England, or a share of it, as data frames; scripts/generate.py writes them in the official
layouts. The model is described in docs/synthetic-model.md; scripts/synthetic_results.py draws the results,
scripts/synthetic_attributes.py pupils, trusts and what else the register says of a school.

A school's group is nowhere drawn or stored here: it is what the pipeline makes of the files.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

import synthetic_attributes
from lib.domain import PHASES
from synthetic_draws import GRADES, YEARS_BEFORE, Facts, deal, lookup, pick, streams
from synthetic_results import Results

SAME_NAME = ("predecessor", "replaced", "future")  # what bears its school's name
SQUARE_M = 5000
NO_DATE = np.datetime64("NaT", "D")
DAY = np.timedelta64(1, "D")


@dataclass
class Drawn:
    """What was drawn: schools and others, and what the files say of them. `at` is a row of `establishments`.

    `results` is keyed by (phase, years before). Its figures are whole numbers of their last decimal (12 for 1.2); what
    `{field}_code` says is printed in the file instead, unless it says FIGURE.
    """

    establishments: pd.DataFrame
    links: pd.DataFrame
    results: dict[tuple[str, int], pd.DataFrame]
    inspections: pd.DataFrame
    designations: pd.DataFrame


def draw(seed: int, share: float, facts: Facts, year: int, reference_date: str) -> Drawn:
    """Draw England (`share` 1) or that share of it in whole local authorities, over all nine regions.

    `year`: the summer of the results, e.g. 2016.
    """
    return _England(seed, share, facts, year, np.datetime64(reference_date, "D")).drawn()


def choose_authorities(rng: np.random.Generator, authorities: pd.DataFrame, share: float) -> pd.DataFrame:
    """Return the authorities of a share of England: in each region neighbours with about that share of its schools."""
    if share >= 1:
        return authorities
    schools, chosen = authorities["primary"] + authorities["secondary"], []
    for _, region in authorities.groupby("region", sort=True):
        centre = region.iloc[int(rng.integers(len(region)))]
        squared_distance = sum((region[axis] - centre[axis]) ** 2 for axis in ("mean_easting", "mean_northing"))
        wanted, total, kept = share * schools[region.index].sum(), 0, []
        for at in squared_distance.sort_values(kind="stable").index:
            if not kept or abs(total + schools[at] - wanted) < abs(total - wanted):
                kept.append(at)
                total += schools[at]
        chosen += kept
    return authorities.loc[sorted(chosen)]


class _England:
    """England being drawn: the establishments grow step by step, each step in the order of `drawn`."""

    def __init__(self, seed, share, facts, year, reference_date):
        self.model, self.facts, self.reference_date = facts.model, facts, reference_date
        self.rng = streams(seed)
        self.results = Results(facts, self.rng, year)
        self.authorities = choose_authorities(self.rng["authorities"], facts.authorities, share).reset_index(drop=True)
        here, england = (a["primary"].sum() + a["secondary"].sum() for a in (self.authorities, facts.authorities))
        self.size = here / england

    def drawn(self):
        everyone = self.with_others(self.grades(self.histories(self.types(self.places(self.kinds())))))
        results = {phase: self.results.draw(everyone, phase) for phase in PHASES}
        self.leadership(everyone, results)
        links = self.links(everyone)
        files = {}
        for phase in PHASES:
            others = self.results.draw_out_of_scope(everyone, phase)
            for before in YEARS_BEFORE:
                files[phase, before] = self.results.file(everyone, results[phase], others, phase, before)
        inspections, designations = self.inspections(everyone), self.designations(everyone)
        attributes = synthetic_attributes.draw(everyone, results, self.facts, self.rng, self.size)
        everyone = self.blemished(everyone.join(attributes))
        return Drawn(everyone, links, files, inspections, designations)

    def count(self, of_england):
        return int(of_england * self.size + 0.5)

    def _of(self, column, la):
        return self.authorities[column].to_numpy()[la]

    def kinds(self):
        """One row an establishment: primary, secondary, or all-through, which counts as one of each."""
        a, la = self.authorities, np.arange(len(self.authorities))
        through = self.rng["kinds"].permutation(np.repeat(la, a["secondary"]))[: self.count(self.model["all_through"])]
        through = np.minimum(np.bincount(through, minlength=len(a)), a["primary"].to_numpy())
        numbers = {"primary": a["primary"] - through, "secondary": a["secondary"] - through, "all_through": through}
        parts = [pd.DataFrame({"la": np.repeat(la, n), "kind": kind}) for kind, n in numbers.items()]
        return pd.concat(parts, ignore_index=True)

    def places(self, schools):
        """Put each school in a 5 km square of its authority, anywhere in it; add constituency and urban or rural."""
        rng, squares = self.rng["places"], self.facts.squares
        of_authority, square = squares.groupby("la_code").indices, np.empty(len(schools), dtype=np.int64)
        la, phases = schools["la"].to_numpy(), phase_followed(schools)
        of_school = schools.groupby([la, phases]).indices
        for at, code in enumerate(self.authorities["la_code"]):
            here = of_authority[code]
            slots = {phase: np.repeat(here, squares[phase].to_numpy()[here]) for phase in PHASES}
            for phase in PHASES:
                rows = of_school.get((at, phase), [])
                known = slots[phase] if len(slots[phase]) else slots["primary"]
                # The authority has more schools than known places: the rest lie where its schools are dense.
                extra = known[rng.integers(0, len(known), max(0, len(rows) - len(known)))]
                square[rows] = rng.permutation(np.concatenate([known, extra]))[: len(rows)]
        for axis in ("easting", "northing"):
            schools[axis] = squares[f"{axis}_km"].to_numpy()[square] * 1000 + rng.integers(0, SQUARE_M, len(schools))
        in_square = squares.groupby(["easting_km", "northing_km"])[list(PHASES)].transform("sum").sum(axis=1)
        density, region = in_square.to_numpy()[square], self._of("region", la).astype(str)
        rules = self.model["urban_rural"]
        fits = [(density >= rule["schools"]) & np.isin(region, rule.get("regions", region)) for rule in rules]
        urban_rural = np.select(fits, [rule["name"] for rule in rules], "")
        return schools.assign(square=square, constituency=self._constituencies(schools), urban_rural=urban_rural)

    def _constituencies(self, schools):
        """Cut each authority, from west to east in strips of 15 km, into its number of constituencies."""
        order = schools.assign(strip=schools["easting"] // 15000).sort_values(["la", "strip", "northing"])
        la, rank = schools["la"].to_numpy(), order.groupby("la").cumcount().sort_index().to_numpy()
        part = rank * self._of("constituencies", la) // np.bincount(la)[la]
        return 1 + self._of("first_constituency", la) + part

    def types(self, schools):
        """Give each school its type, phase of education and ages; `word` says what its name calls it."""
        rng, model = self.rng["types"], self.model
        key = {named["name"]: key for key, named in model["types"].items()}
        mixes = {phase: self.facts.results[phase]["type_mix_pct"].items() for phase in PHASES}
        mixes = {phase: {key[name]: share for name, share in mix if name in key} for phase, mix in mixes.items()}
        mixes["secondary"] |= model["secondary_types_pct"]
        mixes["all_through"] = model["all_through_types"]
        kind, types = schools["kind"].to_numpy(dtype=object), np.empty(len(schools), dtype=object)
        for of_kind, mix in mixes.items():
            own = np.flatnonzero(kind == of_kind)
            types[own] = deal(rng, len(own), mix)
        # Types with one kind of history: maintained, free, or the type itself.
        families = {key: named.get("family", key) for key, named in model["types"].items()}
        family = np.array([families[one] for one in types], dtype=object)
        ordinary = (family == "maintained") | (family == "academy_converter")
        phase, word, secondary = kind.copy(), kind.copy(), kind == "secondary"
        low = np.where(secondary, 11, np.where(pick(rng, len(schools), model["from_three"]), 3, 4))
        high = np.where(secondary, np.where(pick(rng, len(schools), model["sixth_form"]), 18, 16), 11)
        low[np.isin(types.astype(str), model["from_fourteen"])] = 14
        low[kind == "all_through"], high[kind == "all_through"] = 3, 18
        untaken = rng.permutation(np.flatnonzero(ordinary & (kind == "primary")))
        secondaries = rng.permutation(np.flatnonzero(ordinary & secondary))
        infant, junior = (int(model[f"{name}_share"] * (kind == "primary").sum()) for name in ("infant", "junior"))
        for rows, name, ages in (
            (untaken[:infant], "infant", (4, 7)),
            (untaken[infant : infant + junior], "junior", (7, 11)),
            (untaken[infant + junior :][: self.count(model["middle_deemed_primary"])], "middle", (8, 12)),
            (secondaries[: self.count(model["middle_deemed_secondary"])], "middle", (9, 13)),
        ):
            word[rows], (low[rows], high[rows]) = name, ages
            if name == "middle":
                phase[rows] = "middle_deemed_" + kind[rows]
        return schools.assign(type=types, family=family, phase=phase, low_age=low, high_age=high, word=word)

    def histories(self, schools):
        """Say under which URN a school's judgement and results stand, and when it opened; see the model file.

        `late`: opened after the tests of the results year. `cohort`: old enough to have results. `judged`: with a
        judgement of its own or one that it inherits.
        """
        rng, model, number = self.rng["history"], self.model, len(schools)
        family, types, followed = schools["family"].to_numpy(), schools["type"].to_numpy(), phase_followed(schools)
        history, late = np.empty(number, dtype=object), np.zeros(number, dtype=bool)
        cohort = ~late
        for phase in PHASES:
            for name, shares in model["history"][phase].items():
                own = np.flatnonzero((followed == phase) & (family == name))
                history[own] = deal(rng, len(own), shares)
            for out, by, shares in ((late, history, model["late"][phase]), (cohort, types, model["with_cohort"])):
                for name, share in shares.items():
                    own = np.flatnonzero((followed == phase) & (by == name))
                    out[own] = pick(rng, len(own), share)
        opened, joined = np.full(number, NO_DATE), (history == "linked") | (history == "unlinked")
        for name, own in (
            ("settled", (family != "maintained") & (history == "settled")),
            ("early", joined & ~late),
            ("late", joined & late),
            ("new", history == "new"),
        ):
            opened[own] = months(self.rng["dates"], int(own.sum()), model["open_dates"][name])
        judged = (history == "settled") | ((history == "linked") & (family == "academy_converter"))
        return schools.assign(history=history, late=late, cohort=cohort, opened=opened, judged=judged)

    def grades(self, schools):
        """Deal each region's and phase's grades to the schools judged themselves; others get a predecessor's.

        Within a region the better grades go more often to some authorities, squares and types. What of the place the
        grade does not tell already, `local`, goes into the results, so that those by grade stay as they are.
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
        settled, family = (schools["history"] == "settled").to_numpy(), schools["family"].to_numpy()
        for row in self.facts.grades.to_dict("records"):
            own = np.flatnonzero((region == row["region"]) & (phase == row["phase"]) & settled)
            by_type = score[own] + lookup(model["grade_by_type"][row["phase"]], family[own])
            grade[own] = deal(rng, len(own), {g: row[g] for g in GRADES}, by_type)
        for of_phase in PHASES:
            for name, of_history in (("inherited_grades", judged & ~settled), ("unjudged_like", ~judged)):
                own = np.flatnonzero((phase == of_phase) & of_history)
                grade[own] = deal(rng, len(own), model[name][of_phase], score[own])
        return schools.assign(grade=grade, local=place_itself - of_place * score)

    def with_others(self, schools):
        """Return all establishments: the schools first, then predecessors, closed and others, each with its URN.

        Each of the others lies where a school lies: its own successor, or one drawn at random. `role` says what it is,
        `of` which school it belongs to, `in_register` whether the register has it.
        """
        rng, model = self.rng["others"], self.model
        schools = schools.assign(role="school", of=np.arange(len(schools)), in_register=True, status="open")
        schools = schools.assign(closed=NO_DATE, outside="", own_word="", ks2=False, ks4=False)
        history, opened = schools["history"].to_numpy(), schools["opened"].to_numpy()
        schools["inspected"] = history == "settled"
        # Plain Python texts, which are taken by row, as here and in the results, much faster than Arrow's.
        schools = schools.astype(dict.fromkeys(schools.select_dtypes("str"), object))
        opens, parts = np.datetime64(model["future_date"], "D"), []

        def add(rows, role, **columns):
            unlike = {"late": False, "history": "none", "opened": NO_DATE, "closed": NO_DATE, "inspected": True}
            parts.append(schools.iloc[rows].assign(**(unlike | {"role": role, "of": np.asarray(rows)} | columns)))

        def add_closed(rows, role, closed, **columns):
            types = deal(rng, len(rows), model["predecessor_types"])
            add(rows, role, type=types, status="closed", closed=closed, **columns)

        linked, unlinked = np.flatnonzero(history == "linked"), np.flatnonzero(history == "unlinked")
        merged = rng.permutation(unlinked)[: self.count(model["merged"])]
        kept = pick(rng, len(unlinked), model["replaced_in_register"]) | np.isin(unlinked, merged)
        add_closed(linked, "predecessor", opened[linked] - DAY)
        add_closed(unlinked, "replaced", opened[unlinked] - DAY, in_register=kept)
        add_closed(merged, "merged", opened[merged] - DAY)
        for phase, (low, high) in model["closed_ages"].items():
            rows = rng.integers(0, len(schools), self.count(model["closed"][phase]))
            closed = months(self.rng["dates"], len(rows), model["closed_dates"]) - DAY
            like = dict.fromkeys(("kind", "phase", "word"), phase) | {"low_age": low, "high_age": high}
            add_closed(rows, "closed", closed, grade="good", cohort=True, **like)
        # Schools that an academy replaces after the reference date: still of the population, and the academy not yet.
        replaceable = ((schools["family"] == "maintained") & (schools["kind"] == "primary")).to_numpy()
        leaving = rng.permutation(np.flatnonzero(replaceable))[: self.count(model["future_academies"])]
        add(leaving, "future", type="academy_converter", status="proposed", opened=opens, inspected=False)
        for other in model["others"]:
            number, status, (low, high) = self.count(other["count"]), other.get("status", "open"), other["ages"]
            columns = {"kind": "other", "outside": other.get("region", ""), "own_word": other["kind"], "status": status}
            columns |= {"phase": other["phase"], "type": other["type"], "low_age": low, "high_age": high}
            columns |= {name: rng.random(number) < other.get(name, 0) for name in ("ks2", "ks4", "inspected")}
            if status == "proposed":
                columns["opened"] = opens
            elif status == "closed":
                columns["closed"] = months(rng, number, model["long_closed_dates"])
            add(rng.integers(0, len(schools), number), "other", **columns)
        schools.loc[leaving, "closed"] = opens - DAY
        everyone = pd.concat([schools, *parts], ignore_index=True)
        for column in ("la_code", "la_name", "region"):
            everyone[column] = self._of(column, everyone["la"].to_numpy())
            for name, official in model["outside"].items():
                everyone.loc[everyone["outside"] == name, column] = official[column]
        everyone = everyone.astype(dict.fromkeys(everyone.select_dtypes("str"), object))
        # URNs, older establishments first as in the register, and the number that a name bears.
        opened = everyone["opened"].fillna(pd.Timestamp("1900-01-01"))
        order, urn = np.lexsort((everyone["la"], opened)), np.empty(len(everyone), dtype=np.int64)
        urn[order] = model["urn_first"] + np.arange(len(everyone))
        named_after = np.where(everyone["role"].isin(SAME_NAME), everyone["of"], np.arange(len(everyone)))
        return everyone.assign(urn=urn, named_after=named_after, number=urn[named_after] - model["urn_first"] + 1)

    def links(self, everyone):
        """Return the links of the register: `at`, `to` (rows of `everyone`), `kind` as the register calls it, `date`.

        Adds to `everyone` the column `in_results_file`: whether the results file names the school as the successor.
        """
        rng, forms = self.rng["links"], dict(self.model["link_forms"])
        role, of, late, opened = (everyone[c].to_numpy() for c in ("role", "of", "late", "opened"))
        before = np.flatnonzero(role == "predecessor")
        school, form = of[before], np.empty(len(before), dtype=object)
        is_late = late[school]
        form[is_late] = deal(rng, int(is_late.sum()), forms)
        # The results file can link only what it has under the old URN.
        del forms["results_file"]
        form[~is_late] = deal(rng, int((~is_late).sum()), forms)
        named = (form == "results_file") | (is_late & pick(rng, len(before), self.model["results_file_also"]))
        everyone["in_results_file"] = np.isin(np.arange(len(everyone)), school[named])
        by_school = (form == "both_ends") | (form == "successor_end")
        by_predecessor = (form == "both_ends") | (form == "predecessor_end")
        merged, future = np.flatnonzero(role == "merged"), np.flatnonzero(role == "future")
        merged = np.concatenate([merged, np.flatnonzero((role == "replaced") & np.isin(of, of[merged]))])
        sixth = np.flatnonzero(everyone["type"] == "sixth_form_college")[: self.count(self.model["sixth_form_links"])]
        ends = [
            (school[by_school], before[by_school], "Predecessor"),
            (before[by_predecessor], school[by_predecessor], "Successor"),
            (of[merged], merged, "Predecessor - merged"),
            (merged, of[merged], "Successor - merged"),
            (future, of[future], "Predecessor"),
            (of[future], future, "Successor"),
            (sixth, of[sixth], "Sixth Form Centre Link"),
        ]
        parts = [pd.DataFrame({"at": at, "to": to, "kind": kind}) for at, to, kind in ends]
        links = pd.concat(parts, ignore_index=True)
        by_at, by_to = opened[links["at"]], opened[links["to"]]
        return links.assign(date=np.where(np.isnat(by_at), by_to, by_at))

    def leadership(self, everyone, results):
        """Give leadership grades. Among good schools the outstandingly led tend to be those with the better results."""
        rng, rules = self.rng["leadership"], self.model["leadership"]
        phase, grade = phase_followed(everyone), everyone["grade"].to_numpy()
        good = everyone["judged"].to_numpy() & (everyone["role"] == "school").to_numpy() & (grade == "good")
        standing, led = np.zeros(len(everyone)), np.full(len(everyone), 2)
        for of_phase in PHASES:  # an all-through school's secondary results come last, and count
            standing[results[of_phase]["at"]] = results[of_phase]["standing"]
        for name in (grade for grade in GRADES if grade != "good"):
            own = np.flatnonzero(grade == name)
            led[own] = deal(rng, len(own), rules[name])
        for of_phase in PHASES:
            own = np.flatnonzero(good & (phase == of_phase))
            score = rules["good_by_results"][of_phase] * standing[own] + rng.standard_normal(len(own))
            share = rules["good_outstanding"][of_phase]
            led[own] = deal(rng, len(own), {1: share, 2: 1 - share}, score)
        everyone["leadership"] = led

    def inspections(self, everyone):
        """Return inspections: `at`, `day`, `grade` and `leadership` (1 to 4, 0 for none), `kind` (full or visit)."""
        rng, model = self.rng["inspections"], self.model
        at = np.flatnonzero(everyone["inspected"])
        before = everyone["role"].isin(["predecessor", "replaced", "merged"]).to_numpy()[at]
        school = np.where(before, everyone["of"].to_numpy()[at], at)
        # A predecessor's judgement is the one that its converter inherits; a sponsor took over what was failing.
        grade, led, family = (everyone[c].to_numpy()[school] for c in ("grade", "leadership", "family"))
        grade = grade_numbers(grade)
        sponsored = np.flatnonzero(before & (family == "academy_sponsor_led"))
        failing = deal(rng, len(sponsored), model["sponsored_predecessor"])
        grade[sponsored] = led[sponsored] = grade_numbers(failing)
        led[pick(rng, len(at), model["leadership"]["unknown"])] = 0
        when = np.where(before, "before_academy", np.where(family == "maintained", "maintained", "settled"))
        day = np.empty(len(at), dtype="datetime64[D]")
        for name, first_and_last in model["inspection_dates"].items():
            day[when == name] = tuesdays(rng, int((when == name).sum()), first_and_last)
        parts = [pd.DataFrame({"at": at, "day": day, "grade": grade, "leadership": led, "kind": "full"})]
        weeks = rng.integers(0, 200, len(at))
        for name, kind, days in (
            ("earlier_inspection", "full", day - 7 * (52 + weeks)),
            ("ungraded_visit", "visit", day + 7 * (14 + weeks // 4)),
            ("later_inspection", "full", tuesdays(rng, len(at), model["later_dates"])),
        ):
            own = np.flatnonzero(pick(rng, len(at), model[name]))
            given = grade_numbers(deal(rng, len(own), model["other_inspections"])) * (kind == "full")
            columns = {"at": at[own], "day": days[own], "grade": given, "leadership": given, "kind": kind}
            parts.append(pd.DataFrame(columns))
        return pd.concat(parts, ignore_index=True).sort_values(["at", "day"], kind="stable", ignore_index=True)

    def designations(self, everyone):
        """Return designations: `at`, `kind`, `from`, `to` (days; no day: still held)."""
        rng, model = self.rng["designations"], self.model
        schools = everyone[everyone["role"] == "school"]
        phase, grade = phase_followed(schools), schools["grade"].where(schools["judged"], "none").to_numpy()
        parts = []
        for kind, of_kind in model["designated"].items():
            for of_phase, shares in of_kind.items():
                for name, share in shares.items():
                    own = np.flatnonzero((phase == of_phase) & (grade == name))
                    parts.append(pd.DataFrame({"at": own[pick(rng, len(own), share)], "kind": kind, "state": "held"}))
        held = pd.concat(parts)
        free = rng.permutation(np.setdiff1d(np.arange(len(schools)), held["at"]))
        state = np.repeat(["over", "to_come"], [self.count(model[f"designations_{s}"]) for s in ("over", "to_come")])
        kinds = deal(rng, len(state), dict.fromkeys(model["designated"], 1))
        others = pd.DataFrame({"at": free[: len(state)], "kind": kinds, "state": state})
        frame = pd.concat([held, others], ignore_index=True)
        state = frame.pop("state").to_numpy()
        begins = months(rng, len(frame), model["designation_dates"])
        begins = np.where(state == "to_come", np.datetime64(model["future_date"], "D"), begins)
        ends = np.where(state == "over", np.minimum(begins + 200 * DAY, self.reference_date - DAY), NO_DATE)
        return frame.assign(**{"from": begins, "to": ends}).sort_values(["at", "kind"], ignore_index=True)

    def blemished(self, everyone):
        """Add names, a few of them unusual, and take the coordinates of a few away or damage them."""
        rng, model, patterns = self.rng["names"], self.model, self.model["name_patterns"]
        # Some of each pattern, however small the release.
        unusual = max(len(patterns["unusual"]), int(model["unusual_names"] * len(everyone)))
        pattern = np.full(len(everyone), patterns["usual"], dtype=object)
        rows = rng.permutation(len(everyone))[:unusual]
        pattern[rows] = deal(rng, unusual, dict.fromkeys(patterns["unusual"], 1))
        named = (pattern[everyone["named_after"]], everyone["own_word"], everyone["word"], everyone["number"])
        named = zip(*named, strict=True)
        everyone["name"] = [text.format(kind=own or model["kinds"][word], n=n) for text, own, word, n in named]
        rng = self.rng["mess"]
        away = (everyone["outside"] != "").to_numpy()
        lost = away | (rng.random(len(everyone)) < lookup(model["missing_coordinates"], phase_followed(everyone)))
        wrong = rng.permutation(np.flatnonzero(~lost))[: self.count(model["wrong_coordinates"])]
        everyone.loc[wrong, "easting"] //= 10
        zero = pick(rng, len(everyone), 0.5)
        for column in ("easting", "northing"):
            everyone[column] = np.where(lost, np.where(zero, 0, -1), everyone[column])
        everyone.loc[away, ["constituency", "urban_rural"]] = 0, ""
        return everyone


def in_order(drawn: Drawn) -> pd.DataFrame:
    """Return the inspections by URN, the latest first, with `number`: that of the inspection, a text that stays."""
    urn = drawn.establishments["urn"].to_numpy()
    frame = drawn.inspections.assign(urn=urn[drawn.inspections["at"]])
    frame = frame.sort_values(["urn", "day"], ascending=[True, False], kind="stable", ignore_index=True)
    if "number" not in frame:
        numbers = frame["urn"] * 10 % 10_000_000 + np.arange(len(frame)) % 10
        frame["number"] = [f"SYN{number:07d}" for number in numbers]
    return frame.drop(columns="urn")


def grade_numbers(grades: np.ndarray) -> np.ndarray:
    """Return the number, 1 to 4, of each grade."""
    return lookup({grade: number for number, grade in enumerate(GRADES, start=1)}, grades).astype(np.int64)


def months(rng: np.random.Generator, number: int, first_and_last: list[str]) -> np.ndarray:
    """Return the first days of `number` months drawn between two months, both included."""
    first, last = (np.datetime64(month, "M") for month in first_and_last)
    return (first + rng.integers(0, int((last - first).astype(int)) + 1, number)).astype("datetime64[D]")


def tuesdays(rng: np.random.Generator, number: int, first_and_last: list[str]) -> np.ndarray:
    """Return `number` Tuesdays between two days: inspections begin on school days."""
    first, last = (np.datetime64(day, "D") for day in first_and_last)
    days = first + rng.integers(0, int((last - first).astype(int)) + 1, number)
    return days - (days.astype(int) - 5) % 7  # day 5 of 1970 was a Tuesday


def phase_followed(establishments: pd.DataFrame) -> np.ndarray:
    """Return the phase whose shares a school follows: an all-through school goes with the secondaries."""
    return np.where(establishments["kind"].to_numpy() == "primary", "primary", "secondary")
