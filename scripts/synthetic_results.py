"""Draw the results of invented schools, and say what each results file prints of them.

A school's results have, within its grade, the real mean, spread and correlations (docs/synthetic-model.md).
"""

import math

import numpy as np
import pandas as pd

from synthetic_draws import FIGURE, GRADES, MEASURES, YEARS_BEFORE, Facts, deal, decimals_of, half_up, lookup, pick

Arrays = dict[str, np.ndarray]
KEY_STAGE = {"primary": "ks2", "secondary": "ks4"}


class Results:
    """Draws results from the aggregate figures, and rounds them to what the files print."""

    def __init__(self, facts: Facts, rng: dict[str, np.random.Generator], year: int):
        self.facts, self.model, self.rng, self.year = facts, facts.model, rng, year

    def draw(self, everyone: pd.DataFrame, phase: str) -> Arrays:
        """Draw the results of the schools with pupils at the end of the phase's key stage, and of those closed since.

        Returns {name: array}: `at` (row of `everyone`), `standing` (attainment and progress in standard deviations),
        cohorts, and the figures of three years (those of earlier years end in `_1` and `_2`), not yet rounded.
        """
        model, own, rng = self.facts.results[phase], self.model, self.rng[KEY_STAGE[phase]]
        at = np.flatnonzero(takes(everyone, phase) & everyone["cohort"])
        schools = everyone.iloc[at]
        grade, region, local = (schools[column].to_numpy() for column in ("grade", "region", "local"))
        deciles, by_grade = model["cohort_size_deciles"], model["by_ofsted_grade"]
        pupils = cohorts(rng, len(at), deciles, own["cohort_ends"][phase])
        # The share of the variance of results, within a grade, that lies between places.
        of_place = math.fsum(own["local"][phase].values())
        of_place = of_place * (1 - of_place)
        drawn = self._correlated(rng, phase, grade, of_place)
        correlated = [standardised(np.sqrt(1 - of_place) * z + local, grade) for z in drawn]
        by_pupil = 1 / np.maximum(pupils, own["published_from"])
        mean_by_pupil = math.fsum(1 / n for n in deciles) / len(deciles)
        out, in_sd = {"at": at, "pupils": pupils}, []
        for measure, z in zip(MEASURES[phase], correlated, strict=True):
            mean, sd = (lookup({g: by_grade[g][of][measure] for g in GRADES}, grade) for of in ("mean", "sd"))
            offsets = {name: values[measure] for name, values in model["region_offset"].items()}
            # The real spread within a grade has three parts: regions, chance in small cohorts, the schools themselves.
            regions = math.fsum(offset * offset for offset in offsets.values()) / len(offsets)
            pupil = own["pupil_sd"][measure] ** 2
            spread = np.sqrt(np.maximum(sd * sd - regions - pupil * mean_by_pupil, 0) + pupil * by_pupil)
            out[measure] = mean + lookup(offsets, region) + spread * z
            in_sd.append((out[measure] - by_grade["good"]["mean"][measure]) / by_grade["good"]["sd"][measure])
        attainment, progress = in_sd[0], sum(in_sd[1:]) / (len(in_sd) - 1)
        out["standing"] = (attainment + progress) / 2
        rules, (least, most) = own["coverage"], own["coverage"]["low"]
        covered = np.maximum(most, 1 - rules[phase] * np.abs(rng.standard_normal(len(at))))
        out["low_coverage"] = pick(rng, len(at), rules["low_share"])
        low = least + (most - least) * rng.random(len(at))
        out["covered"] = half_up(np.where(out["low_coverage"], low, covered) * pupils)
        out |= {f"unpublished_{before}": pick(rng, len(at), own["without_results"][phase]) for before in YEARS_BEFORE}
        out["own_blank_row"] = pick(rng, len(at), own["own_blank_row"])
        return out | self._earlier(phase, grade, pupils, attainment, progress)

    def _correlated(self, rng, phase, grade, of_place):
        """Standard normals, one row a measure, correlated within each grade as the real results are.

        `of_place`: what all measures of a school will share besides, so that much less correlation is drawn here.
        """
        raw = rng.standard_normal((len(MEASURES[phase]), len(grade)))
        out = np.zeros_like(raw)
        triangles = {
            name: cholesky([[(r - of_place) / (1 - of_place) for r in row] for row in figures["corr"]])
            for name, figures in self.facts.results[phase]["by_ofsted_grade"].items()
        }
        for i in range(len(raw)):
            for k in range(i + 1):
                out[i] += lookup({g: triangles[g][i][k] for g in GRADES}, grade) * raw[k]
        begins, factor = self.model["tail"]["begins"], lookup(self.model["tail"][phase], grade)
        return np.where(out < begins, begins + factor * (out - begins), out)

    def _earlier(self, phase, grade, pupils, attainment, progress):
        """Figures of the two years before: they follow a school's long standing, of which grade and progress tell."""
        rules, rng = self.model["earlier"][phase], self.rng[f"{KEY_STAGE[phase]}_earlier"]
        keep, common = rules["persistence"], rules["common"]
        standing = lookup(rules["standing"], grade) + keep * progress
        standing = standing + math.sqrt(1 - keep * keep) * rng.standard_normal(len(grade))
        out = {}
        for before in YEARS_BEFORE[1:]:
            change = self.model["cohort_change"] * (2 * rng.random(len(grade)) - 1)
            out[f"pupils_{before}"] = np.maximum(1, half_up(pupils * (1 + change)))
            for number, (measure, (mean, sd)) in enumerate(rules["figures"].items()):
                tied = (attainment + standing) / 2 if number == 0 else standing  # the first is the one of attainment
                chance = math.sqrt(1 - common * common) * rng.standard_normal(len(grade))
                out[f"{measure}_{before}"] = mean + sd * (common * tied + chance)
        return out

    def draw_out_of_scope(self, everyone: pd.DataFrame, phase: str) -> Arrays:
        """Draw, as `draw` does, figures of special and independent schools and colleges: the files have them."""
        rng, ranges = self.rng["outside"], self.model["out_of_scope_results"]["ranges"]
        at = np.flatnonzero(everyone[KEY_STAGE[phase]].to_numpy())
        pupils = rng.integers(*ranges["pupils"], len(at))
        out = {"at": at, "low_coverage": False} | {f"unpublished_{before}": False for before in YEARS_BEFORE}
        out |= dict.fromkeys(("pupils", "pupils_1", "pupils_2"), pupils)
        earlier = [f"{m}_{before}" for m in self.model["earlier"][phase]["figures"] for before in YEARS_BEFORE[1:]]
        for measure in ("covered", *MEASURES[phase], *earlier):
            low, high = ranges["percent" if "pct" in measure else measure]
            out[measure] = low + (high - low) * rng.random(len(at))
        return out | {"covered": half_up(out["covered"] * pupils)}

    def file(self, everyone: pd.DataFrame, drawn: Arrays, others: Arrays, phase: str, before: int) -> pd.DataFrame:
        """Return the rows of one results file, `drawn` in scope and `others` out of it.

        Columns: `at`, `level` (in the layout's words), `successor` (row of `everyone`, or -1), `summed` (whether the
        row counts in the summary rows), and each field as whole numbers, with its `_code`.
        """
        opened = everyone["opened"].to_numpy().astype("datetime64[D]")
        gone = np.flatnonzero(everyone["role"].isin(["predecessor", "replaced"]))
        before_it = np.full(len(everyone), -1)
        before_it[everyone["of"].to_numpy()[gone]] = gone
        at = drawn["at"]
        own = np.isnat(opened[at]) | (opened[at] <= np.datetime64(f"{self.year - before}-05-31"))
        successor = np.where(everyone["in_results_file"].to_numpy()[at] & ~own & (before == 0), at, -1)
        rows = {"at": np.where(own, at, before_it[at]), "level": "school", "successor": successor, "summed": True}
        rows = pd.DataFrame(rows | self._published(phase, before, drawn))
        parts = [rows[rows["at"] >= 0]]
        if before == 0:
            new = np.flatnonzero(takes(everyone, phase) & ~everyone["cohort"].to_numpy())
            blank = np.concatenate([at[~own & drawn["own_blank_row"]], new])
            code = deal(self.rng["mess"], len(blank), self.model["codes_without_results"])
            empty = {column: code if column.endswith("_code") else 0 for column in rows}
            empty |= {"at": blank, "level": "school", "successor": -1, "summed": False, "pupils_code": ""}
            parts.append(pd.DataFrame(empty))
        rules, figures = self.model["out_of_scope_results"], self._published(phase, before, others)
        types = everyone["type"].iloc[others["at"]]
        no_progress = types.isin(rules["no_progress"]).to_numpy()
        code = deal(self.rng["mess"], len(types), rules["codes"])
        for name in (c for c in figures if c.endswith("_code") and c != "pupils_code"):
            figures[name] = np.where(figures[name] == FIGURE, code, figures[name])
            if "progress" in name or "coverage" in name:
                figures[name] = np.where(no_progress, "NA", figures[name])
        level = np.where(types.isin(rules["special"]), "special_school", "school")
        parts.append(pd.DataFrame({"at": others["at"], "level": level, "successor": -1, "summed": True} | figures))
        return pd.concat(parts, ignore_index=True)

    def _published(self, phase, before, drawn):
        """Round the figures of one year to what the file prints, and put codes where it prints none."""
        pupils, least = drawn[f"pupils_{before}" if before else "pupils"], self.model["published_from"]
        code = np.where(drawn[f"unpublished_{before}"], "NP", np.where(pupils < least, "SUPP", FIGURE))
        out = {}

        def put(field, values, code):
            out[field], out[f"{field}_code"] = values, code

        def percentage(values):
            return percent(np.clip(half_up(values / 100 * pupils), 0, pupils), pupils)

        put("pupils", pupils, FIGURE)
        if before:
            for measure in self.model["earlier"][phase]["figures"]:
                put(measure, percentage(drawn[f"{measure}_{before}"]), code)
            return out
        covered, (attainment, *progress) = drawn["covered"], MEASURES[phase]
        few = np.where((code == FIGURE) & (covered < least), "SUPP", code)
        low = np.where((few == FIGURE) & drawn["low_coverage"], "LOWCOV", few)
        if phase == "primary":
            put(attainment, percentage(drawn[attainment]), code)
        else:
            put(attainment, np.maximum(half_up(drawn[attainment], decimals_of(self.model, attainment)), 0), code)
            put("progress8_pupils", covered, few)
        for measure in progress:
            decimals = decimals_of(self.model, measure)
            value = half_up(drawn[measure], decimals)
            width = self.model["confidence"] * self.model["pupil_sd"][measure] / np.sqrt(np.maximum(covered, 1))
            put(measure, value, low)
            put(f"{measure}_lower", half_up(value / 10**decimals - width, decimals), low)
            put(f"{measure}_upper", half_up(value / 10**decimals + width, decimals), low)
            put(f"{measure.removesuffix('_progress')}_coverage_pct", percent(covered, pupils), few)
        return out


def takes(establishments: pd.DataFrame, phase: str) -> np.ndarray:
    """Return which establishments have pupils at the end of the phase's key stage, if they are old enough."""
    kind, middle = establishments["kind"], establishments["phase"] == "middle_deemed_secondary"
    if phase == "primary":
        of_age = ((kind != "secondary") & (establishments["high_age"] >= 11)) | middle
    else:
        of_age = (kind != "primary") & ~middle
    return (establishments["role"].isin(["school", "closed"]) & of_age).to_numpy()


def cohorts(rng: np.random.Generator, number: int, deciles: list[float], ends: list[float]) -> np.ndarray:
    """Return cohort sizes from the 5th, 15th … 95th percentile, straight lines between them."""
    at = np.array([0.0, *[(5 + 10 * i) / 100 for i in range(len(deciles))], 1.0])
    size = np.array([ends[0], *deciles, ends[1]], dtype=float)
    u = (np.arange(number) + rng.random(number)) / max(number, 1)  # one in each of `number` equal slices
    i = np.clip(np.searchsorted(at, u, side="right") - 1, 0, len(at) - 2)
    return rng.permutation(half_up(size[i] + (u - at[i]) / (at[i + 1] - at[i]) * (size[i + 1] - size[i])))


def cholesky(matrix: list[list[float]]) -> list[list[float]]:
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


def standardised(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return values with mean 0 and standard deviation 1 within each group, so that small groups stay true to it."""
    out = values.copy()
    for group in sorted(set(groups)):
        own = groups == group
        number = int(own.sum())
        if number >= 30:  # fewer would be bent out of shape
            mean = math.fsum(values[own]) / number
            out[own] = (values[own] - mean) / math.sqrt(math.fsum((values[own] - mean) ** 2) / number)
    return out


def percent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return whole percentages, halves rounded up; 0 of nothing is 0."""
    whole = np.maximum(whole, 1)
    return (200 * part + whole) // (2 * whole)
