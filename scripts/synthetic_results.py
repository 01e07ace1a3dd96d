"""Draw the results of invented schools, and say what each results file prints of them.

A school's results have, within its grade, the real mean, spread and correlations (docs/synthetic-model.md).
"""

import math

import numpy as np
import pandas as pd

from synthetic_draws import (
    COVERAGE,
    FIGURE,
    GRADES,
    KEY_STAGE,
    MEASURES,
    YEARS_BEFORE,
    Facts,
    cholesky,
    cohorts,
    deal,
    decimals_of,
    half_up,
    lookup,
    percent,
    pick,
    standardised,
    takes,
)


class Results:
    """Draws results from the aggregate figures, and rounds them to what the files print."""

    def __init__(self, facts: Facts, rng: dict[str, np.random.Generator], year: int):
        self.facts, self.model, self.rng, self.year = facts, facts.model, rng, year

    def draw(self, everyone: pd.DataFrame, phase: str) -> dict[str, np.ndarray]:
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

    def draw_out_of_scope(self, everyone: pd.DataFrame, phase: str) -> dict[str, np.ndarray]:
        """Draw, as `draw` does, figures of special and independent schools and colleges: the files have them."""
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

    def file(
        self,
        everyone: pd.DataFrame,
        drawn: dict[str, np.ndarray],
        out_of_scope: dict[str, np.ndarray],
        phase: str,
        before: int,
    ) -> dict[str, np.ndarray]:
        """Return the rows of one results file, {name: array}.

        Names: `at`, `level` (in the layout's words), `successor` (row of `everyone`, or -1), `summed` (whether the
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
        successor = np.where(everyone["in_results_file"].to_numpy()[at] & ~own & (before == 0), at, -1)
        rows = {"at": np.where(own, at, before_it[at]), "successor": successor, **figures}
        there = rows["at"] >= 0
        school = {"level": "school", "summed": True}
        parts = [{name: values[there] for name, values in rows.items()} | school]
        if before == 0:
            new = np.flatnonzero(takes(everyone, phase) & ~everyone["cohort"].to_numpy())
            blank = np.concatenate([at[~own & drawn["own_blank_row"]], new])
            code = deal(self.rng["mess"], len(blank), self.model["codes_without_results"])
            empty = {c: code if c.endswith("_code") else 0 for c in figures} | {"pupils_code": ""}
            parts.append({"at": blank, "level": "school", "summed": False, "successor": -1, **empty})
        rules, at = self.model["out_of_scope_results"], out_of_scope["at"]
        figures = self._published(phase, before, out_of_scope)
        types = everyone["type"].to_numpy()[at]
        no_progress = np.isin(types.astype(str), rules["no_progress"])
        code = deal(self.rng["mess"], len(at), rules["codes"])
        for name in (c for c in figures if c.endswith("_code") and c != "pupils_code"):
            plain = np.where((figures[name] == FIGURE) & (code != FIGURE), code, figures[name])
            figures[name] = np.where(no_progress & ("progress" in name or "coverage" in name), "NA", plain)
        level = np.where(np.isin(types.astype(str), rules["special"]), "special_school", "school")
        parts.append({"at": at, "level": level, "summed": True, "successor": -1, **figures})
        return {
            name: np.concatenate([np.broadcast_to(part[name], len(part["at"])) for part in parts]) for name in parts[0]
        }

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
