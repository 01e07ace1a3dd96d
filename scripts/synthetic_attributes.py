"""Draw what the register says of invented schools beside type and place, by which schools can be told alike.

Output: `draw` gives pupils, free school meals, admissions, gender, religious character, sixth form and trust of every
establishment, as the register words them. Parameters: `attributes` in workflow/facts/synthetic_model.yaml.

Each attribute draws from a stream of its own, and nothing else is drawn from what is drawn here.
"""

import math

import numpy as np
import pandas as pd

from synthetic_draws import Facts, deal, half_up, lookup, pick
from synthetic_results import Arrays, cohorts

COLUMNS = ("pupils_on_roll", "fsm_pct", "admissions", "gender", "religious_character", "sixth_form", "trust")
OF_PREDECESSOR = ("admissions", "gender", "religious_character")  # what a school has from the one that it replaced
AT_NURSERY, AT_SCHOOL, AT_SECONDARY, LAST_YEAR, SIXTH_FORM_YEARS = 3, 4, 11, 16, 2  # ages, and a number of years


def draw(
    everyone: pd.DataFrame, results: dict[str, Arrays], facts: Facts, rng: dict[str, np.random.Generator], size: float
) -> pd.DataFrame:
    """Return COLUMNS and `trust_code` of every establishment, texts; what the register leaves out is blank.

    `everyone`: the establishments, the schools first. `results`: by phase, as drawn. `size`: the share of England.
    Schools have all of them, those that they replaced some, others none.
    """
    schools = everyone[everyone["role"] == "school"]
    drawn = _Attributes(schools, results, facts, rng, size).drawn()
    given = everyone["role"].isin(["predecessor", "replaced", "merged", "future"]).to_numpy()
    out = pd.DataFrame("", index=everyone.index, columns=[*COLUMNS, "trust_code"], dtype=object)
    for column, texts in drawn.items():
        out.loc[schools.index, column] = texts
        if column in OF_PREDECESSOR:
            out.loc[given, column] = texts[everyone["of"].to_numpy()[given]]
    return out


class _Attributes:
    """The schools, and what is drawn of them, in the order of `drawn`; arrays have a value a school."""

    def __init__(self, schools, results, facts, rng, size):
        self.schools, self.results, self.facts, self.rng, self.size = schools, results, facts, rng, size
        self.model, self.own = facts.model, facts.model["attributes"]
        self.number, self.kind = len(schools), schools["kind"].to_numpy()
        self.types, self.primary = schools["type"].to_numpy(), (schools["kind"] == "primary").to_numpy()
        self.phase = np.where(self.primary, "primary", "secondary")
        self.rural = lookup(self.own["rural"], schools["urban_rural"].to_numpy())
        self.standing = np.zeros(self.number)
        for phase in ("primary", "secondary"):  # an all-through school's secondary results come last, and count
            at, standing = (results[phase][name] for name in ("at", "standing"))
            own = at < self.number
            self.standing[at[own]] = standing[own]

    def drawn(self):
        out = {"pupils_on_roll": self.rolls(), "admissions": self.admissions()}
        selective = out["admissions"] == self.own["selective"]["name"]
        out |= {"fsm_pct": self.meals(selective), "gender": self.genders(selective)}
        out |= {"religious_character": self.faiths(), "sixth_form": self.sixth_forms()}
        return out | dict(zip(("trust", "trust_code"), self.trusts(), strict=True))

    def without(self, rng, column, texts, lacking=""):
        """The texts of a column, those of the share of schools of which the register has none replaced."""
        return np.where(pick(rng, self.number, self.own["not_given"][column]), lacking, texts)

    def rolls(self):
        """Pupils on roll: as many year groups as the school has, each about as large as that of its results."""
        rng, rules, roll = self.rng["rolls"], self.own["rolls"], np.zeros(self.number)
        low, high = (self.schools[f"{end}_age"].to_numpy() for end in ("low", "high"))
        primary_ends, secondary_begins = np.where(self.primary, high, AT_SECONDARY), np.where(self.primary, 0, low)
        ages = {
            "primary": (np.maximum(low, AT_SCHOOL), primary_ends),
            "secondary": (np.where(low < AT_SCHOOL, AT_SECONDARY, secondary_begins), np.minimum(high, LAST_YEAR)),
        }
        for phase, (begins, ends) in ages.items():
            at, pupils = (self.results[phase][name] for name in ("at", "pupils"))
            figures = self.facts.results[phase]["cohort_size_deciles"], self.model["cohort_ends"][phase]
            cohort = cohorts(rng, self.number, *figures).astype(float)
            cohort[at[at < self.number]] = pupils[at < self.number]
            years = (ends - begins).astype(float)
            if phase == "primary":
                years = years + rules["nursery"] * (low == AT_NURSERY)
                cohort = np.where(self.schools["word"] == "infant", rules["infant"] * cohort, cohort)
            else:
                staying = rules["staying"][0] + (rules["staying"][1] - rules["staying"][0]) * rng.random(self.number)
                years = years + SIXTH_FORM_YEARS * staying * (high > LAST_YEAR)
            here = (self.kind == phase) | (self.kind == "all_through")
            roll = roll + np.where(here, years * cohort, 0)
        new = ((self.schools["history"] == "new") & ~self.schools["cohort"]).to_numpy()
        roll = roll * (1 + rules["change"] * (2 * rng.random(self.number) - 1)) * np.where(new, rules["new"], 1)
        texts = np.maximum(1, half_up(roll)).astype(str).astype(object)
        nought_or_blank = np.where(pick(rng, self.number, 0.5), "0", "")
        return self.without(rng, "pupils_on_roll", texts, nought_or_blank)

    def admissions(self):
        """Some authorities' best secondaries select; the others, and the primaries, go by the shares of their phase."""
        rng, rules, out = self.rng["admissions"], self.own["selective"], np.empty(self.number, dtype=object)
        for phase, shares in self.own["admissions"].items():
            own = np.flatnonzero(self.phase == phase)
            out[own] = deal(rng, len(own), shares)
        may = (self.kind == "secondary") & np.isin(self.types.astype(str), rules["types"])
        may &= (self.schools["word"] == "secondary").to_numpy()
        la, score = self.schools["la"].to_numpy(), self.standing + rules["chance"] * rng.standard_normal(self.number)
        order = rng.permutation(np.unique(la[may]))
        begins = 0
        for authorities, share in rules["authorities"]:
            ends = begins + math.ceil(authorities * self.size)
            for one in order[begins:ends]:
                own = np.flatnonzero(may & (la == one))
                best = own[np.argsort(-score[own], kind="stable")]
                out[best[: int(share * len(own) + rng.random())]] = rules["name"]
            begins = ends
        return out

    def meals(self, selective):
        """Percentages of pupils eligible for free school meals, dealt to the schools by place, results and chance."""
        rng, rules, out = self.rng["meals"], self.own["meals"], np.empty(self.number, dtype=object)
        weights, la, square = rules["weights"], self.schools["la"].to_numpy(), self.schools["square"].to_numpy()
        score = weights["chance"] * rng.standard_normal(self.number)
        for name, place in (("authority", la), ("square", square)):
            score = score + weights[name] * rng.standard_normal(int(place.max()) + 1)[place]
        score = score + weights["rural"] * self.rural + weights["results"] * self.standing
        score = score + weights["selective"] * selective
        for phase, percentiles in rules["percentiles"].items():
            own = np.flatnonzero(self.phase == phase)
            rank = np.empty(len(own))
            rank[np.argsort(score[own], kind="stable")] = np.arange(len(own)) + 0.5
            tenths = half_up(at_percentiles(rank * 100 / max(1, len(own)), percentiles), 1)
            out[own] = [f"{n / 10:.1f}" for n in tenths.tolist()]
        return self.without(rng, "fsm_pct", out)

    def genders(self, selective):
        rng, out = self.rng["genders"], np.empty(self.number, dtype=object)
        of = np.where(self.primary, "primary", np.where(selective, "selective", "secondary"))
        for name, shares in self.own["genders"].items():
            own = np.flatnonzero(of == name)
            out[own] = deal(rng, len(own), shares)
        return out

    def faiths(self):
        """Religious characters by type: in the country more often the first one of the shares, in towns the last."""
        rng, out = self.rng["faiths"], np.empty(self.number, dtype=object)
        score = self.own["faith_rural"] * self.rural + rng.standard_normal(self.number)
        for phase, by_type in self.own["faiths"].items():
            for name in np.unique(self.types.astype(str)):
                own = np.flatnonzero((self.phase == phase) & (self.types == name))
                out[own] = deal(rng, len(own), by_type.get(name, by_type["others"]), score[own])
        others = out == self.own["other_faith"]
        out[others] = deal(rng, int(others.sum()), self.own["other_faiths"])
        return self.without(rng, "religious_character", out)

    def sixth_forms(self):
        rng, words = self.rng["sixth_forms"], self.own["sixth_forms"]
        texts = np.where(self.schools["high_age"].to_numpy() > LAST_YEAR, words["with"], words["without"])
        texts = np.where(self.primary & pick(rng, self.number, words["none_of_primaries"]), words["none"], texts)
        return self.without(rng, "sixth_form", texts)

    def trusts(self):
        """(names, codes): of academies, of which neighbours share one; and of the foundation schools that have one."""
        rng, rules = self.rng["trusts"], self.own["trusts"]
        names, codes, number = np.full(self.number, "", object), np.full(self.number, "", object), 0
        place = self.schools[["easting", "northing"]].to_numpy()
        for form in rules["kinds"]:
            own = rng.permutation(np.flatnonzero(np.isin(self.types.astype(str), form["types"])))
            with_one, alone = (int(form[name] * len(own) + 0.5) for name in ("stated", "alone"))
            groups = neighbours(rng, own[alone:with_one], place, form["sizes"], rules["near"])
            groups += [np.array([one]) for one in own[: min(alone, with_one)]]
            for n, members in enumerate(groups, start=1):
                names[members] = form["name"].format(n=n)
                codes[members] = str(rules["first_code"] + number)
                number += 1
        return names, codes


def at_percentiles(wanted: np.ndarray, percentiles: dict[int, float]) -> np.ndarray:
    """Return the values at percentages (0 to 100), on straight lines between the given {percentage: value}."""
    ends, values = (np.array(list(part), dtype=float) for part in (percentiles.keys(), percentiles.values()))
    above = np.clip(np.searchsorted(ends, wanted), 1, len(ends) - 1)
    step = (wanted - ends[above - 1]) / (ends[above] - ends[above - 1])
    return values[above - 1] + step * (values[above] - values[above - 1])


def neighbours(
    rng: np.random.Generator, schools: np.ndarray, place: np.ndarray, sizes: list[list[int]], near: int
) -> list[np.ndarray]:
    """Return `schools` (rows of `place`, eastings and northings in metres) in groups that lie near each other.

    `sizes`: [smallest, largest, how often] of groups. A group is a school and others drawn from the nearest, `near`
    times as many, that are in no group yet.
    """
    free, groups = np.ones(len(schools), dtype=bool), []
    ranges = deal(rng, len(schools), {number: often for number, (_, _, often) in enumerate(sizes)})
    for at in range(len(schools)):
        if not free[at]:
            continue
        least, most, _ = sizes[ranges[len(groups)]]
        others = int(rng.integers(least, most + 1)) - 1
        free[at] = False
        left = np.flatnonzero(free)
        squared = ((place[schools[left]] - place[schools[at]]) ** 2).sum(axis=1)
        nearest = left[np.argsort(squared, kind="stable")[: near * others]]
        joined = rng.permutation(nearest)[:others]
        free[joined] = False
        groups.append(schools[np.concatenate([[at], joined])])
    return groups
