"""Make a next year of an invented England from a year of it, with moves that are known.

Output: `follow` gives what a release a year later says, and the moves. What moves, and how often, is stated under
`next_year` in workflow/facts/synthetic_model.yaml; docs/synthetic-model.md describes it. Everything else stays, so that
nothing changes by chance:
- Results, judgements and designations stay. What lies after the earlier reference date (schools to open, later
  inspections, designations to come) is put off by a year.
- Results stand under the URN that was open on 31 May of the results year: schools that had converted after that day
  the year before now have their own (`own_results` among the moves). Schools that closed have none any more.

A school's group is nowhere set: a move is another judgement, figure, type or URN.
"""

import numpy as np
import pandas as pd

from lib.domain import PHASES
from synthetic_draws import FIGURE, MEASURES, Facts, decimals_of, follower_stream
from synthetic_schools import DAY, Drawn, grade_numbers, in_order

WHOLE_WEEKS = np.timedelta64(52 * 7, "D")  # a year, after which an inspection is still on a Tuesday
LAST_OF_TESTS = "05-31"  # under whose URN the results of a year stand
MOVES = ["kind", "phase", "urn_from", "urn_to"]
OWN_RESULTS = "own_results"


def follow(drawn: Drawn, facts: Facts, seed: int, year: int, before: str, day: str) -> tuple[Drawn, pd.DataFrame]:
    """Return (what the release a year later says, its moves).

    `drawn`: of the earlier release, whose reference date is `before`. `year`: the summer of the later results; `day`:
    the later reference date. Of the results the first has those of `year` alone. The moves, a row a school: `kind` (of
    the model, or own_results), `phase`, `urn_from`, `urn_to` (Int64; missing where it is not counted on that side).
    """
    return _NextYear(drawn, facts, seed, year, np.datetime64(before, "D"), np.datetime64(day, "D")).followed()


class _NextYear:
    """The establishments a year on; `at` is a row of theirs, as in Drawn. New ones are added below the others.

    `became`: the row that a school became, -1 for none. `moved`: the kind of move of the year before.
    """

    def __init__(self, drawn, facts, seed, year, before, day):
        self.facts, self.model, self.own = facts, facts.model, facts.model["next_year"]
        self.year, self.before, self.day, self.rng = year, before, day, follower_stream(seed, year)
        self.e = drawn.establishments.copy()
        if "became" not in self.e:
            successor = self.e["role"].isin(["predecessor", "replaced"])
            self.e = self.e.assign(became=self.e["of"].where(successor, -1), moved="")
        for end in ("opened", "closed"):
            self.e[end] = put_off(self.e[end].to_numpy(), before)
        self.was_moved, self.number = self.e["moved"].to_numpy(), len(self.e)
        self.e["moved"] = ""
        self.links = [self._stated(drawn.links)]
        self.rows = {phase: drawn.results[phase, 0].copy() for phase in PHASES}
        self.inspections = in_order(drawn)
        later = self.inspections["day"] > before
        self.inspections.loc[later, "day"] += WHOLE_WEEKS
        self.designations = drawn.designations.assign(
            **{end: put_off(drawn.designations[end].to_numpy(), before) for end in ("from", "to")}
        )
        self.added, self.inspected, self.moves = [], [], []

    def followed(self):
        for move in self.own["moves"]:
            for phase in PHASES:
                self._move(move, phase)
        self.e = pd.concat([self.e, *self.added], ignore_index=True)
        results = {(phase, 0): self._results(phase) for phase in PHASES}
        links = pd.concat(self.links, ignore_index=True)
        inspections = pd.concat([self.inspections, *self.inspected], ignore_index=True)
        inspections = inspections.sort_values(["at", "day"], kind="stable", ignore_index=True)
        urn = self.e["urn"].astype("Int64")
        moves = pd.DataFrame(self.moves, columns=MOVES)
        for side in ("urn_from", "urn_to"):
            at = moves[side].astype("Int64")
            moves[side] = at.map(urn).astype("Int64")
        return Drawn(self.e, links, results, inspections, self.designations), moves

    # --- which schools -------------------------------------------------------------------------------------------

    def _move(self, move, phase):
        """Make the moves of one kind in one phase."""
        wanted = self._count(move.get(phase, 0))
        rows = self.rng.permutation(np.flatnonzero(self._may(move["of"], phase)))
        how = getattr(self, f"_{move['how']}")
        if wanted:
            how(move, phase, rows if move["how"] == "merged" else rows[:wanted], wanted)

    def _count(self, of_england):
        """The share of a count; at least one where there is any."""
        schools, a = self.e[self.e["role"] == "school"], self.facts.authorities
        here = len(schools) + (schools["kind"] == "all_through").sum()
        share = here / (a["primary"].sum() + a["secondary"].sum())
        return max(1, int(of_england * share + 0.5)) if of_england else 0

    def _may(self, of, phase):
        """Which establishments may be moved: those that no other move is of, and that are as stated."""
        e = self.e
        may = (e["status"] == "open") & e["closed"].isna() & (e["kind"] == phase) & (e["moved"] == "")
        if "moved" in of:
            return (may & (self.was_moved == of["moved"])).to_numpy()
        may &= (e["role"] == "school") & (e["history"] == "settled") & (self.was_moved == "")
        may &= ~e.index.isin(self.designations["at"])
        if "family" in of:
            may &= e["family"] == of["family"]
        if "grade" in of:
            may &= e["grade"] == of["grade"]
        if "results" in of:
            may &= self._with(phase, self.own["results"][phase][of["results"]]["within"])
        if "without" in of:
            rows = self._figures_of(phase)
            may &= e.index.isin(rows.loc[rows[f"{MEASURES[phase][0]}_code"].isin(of["without"]), "at"])
        if {"results", "without"} & of.keys():  # nfer-2017 has no school with a sponsor in need, so no move would show
            may &= e["type"] != "academy_sponsor_led"
        return may.to_numpy()

    def _figures_of(self, phase):
        rows = self.rows[phase]
        return rows[rows["summed"]]

    def _with(self, phase, within):
        """Which establishments have published results within these ends."""
        rows = self._figures_of(phase)
        known = rows["pupils"] >= self.own["results_from"]
        for measure, ends in within.items():
            least, most = self._scaled(measure, ends)
            known &= (rows[f"{measure}_code"] == FIGURE) & rows[measure].between(least, most)
        return self.e.index.isin(rows.loc[known, "at"])

    def _scaled(self, measure, ends):
        """Figures as whole numbers of their last decimal."""
        return [round(end * 10 ** decimals_of(self.model, measure)) for end in ends]

    def _note(self, kind, phase, pairs):
        """Write down moves; `pairs`: (at, at), None where the school is not there."""
        self.moves += [(kind, phase, one, other) for one, other in pairs]
        self.e.loc[[one for one, _ in pairs if one is not None], "moved"] = kind

    # --- what moves ----------------------------------------------------------------------------------------------

    def _inspected(self, move, phase, rows, _):
        first, last = self.own["inspection_days"]
        days = self.before + self.rng.integers(first, last + 1, len(rows))
        days = days - (days.astype(int) - 5) % 7  # a Tuesday, as all are
        grade = int(grade_numbers(np.array([move["grade"]]))[0])
        number = [f"SYN{self.year}{urn}" for urn in self.e["urn"].to_numpy()[rows]]
        of = {"at": rows, "day": days, "grade": grade, "leadership": grade, "kind": "full", "number": number}
        self.inspected.append(pd.DataFrame(of))
        self.e.loc[rows, "grade"] = move["grade"]
        self._note(move["kind"], phase, list(zip(rows, rows, strict=True)))

    def _results_of(self, phase, rows):
        """The row of the results file of each school."""
        places = pd.Series(self._figures_of(phase).index, index=self._figures_of(phase)["at"])
        return places.loc[rows].to_numpy()

    def _figures(self, move, phase, rows, _):
        table, places = self.rows[phase], self._results_of(phase, rows)
        if "without" in move["of"]:
            codes = [name for name in table if name.endswith("_code")]
            table.loc[places, codes] = FIGURE
            for field in (name for name in ("pupils", f"{MEASURES[phase][-1]}_pupils") if name in table):
                table.loc[places, field] = table.loc[places, field].clip(lower=self.own["results_from"])
        for measure, ends in self.own["results"][phase][move["results"]]["drawn"].items():
            least, most = self._scaled(measure, ends)
            drawn = self.rng.integers(least, most + 1, len(rows))
            # The confidence limits stay as far from the figure as they were.
            by = drawn - table.loc[places, measure].to_numpy()
            for field in (name for name in (measure, f"{measure}_lower", f"{measure}_upper") if name in table):
                table.loc[places, field] += by
        self._note(move["kind"], phase, list(zip(rows, rows, strict=True)))

    def _withheld(self, move, phase, rows, _):
        table, places, code = self.rows[phase], self._results_of(phase, rows), self.own["withheld"][phase]
        table.loc[places, [name for name in table if name.endswith("_code") and name != "pupils_code"]] = code
        if code == "SUPP":
            table.loc[places, "pupils"] = self.model["published_from"] - 1
        self._note(move["kind"], phase, list(zip(rows, rows, strict=True)))

    def _converted(self, move, phase, rows, _):
        to, opened = self._new(rows, type=move["type"], history="converted", in_results_file=True, moved=move["kind"])
        self._close(rows, opened, to)
        self._link(rows, to, opened, "Predecessor", "Successor")
        self._note(move["kind"], phase, list(zip(rows, to, strict=True)))

    def _merged(self, move, phase, rows, wanted):
        """Neighbours of one authority, two by two, which close for a new school of the first one's type."""
        la, place = self.e["la"].to_numpy()[rows], self.e[["easting", "northing"]].to_numpy()[rows]
        free = np.ones(len(rows), dtype=bool)
        for at in range(len(rows)):
            if not wanted:
                break
            near = np.flatnonzero(free & (la == la[at]) & (np.arange(len(rows)) != at)) if free[at] else ()
            if not len(near):
                continue
            other = near[((place[near] - place[at]) ** 2).sum(axis=1).argmin()]
            pair, free[[at, other]], wanted = rows[[at, other]], False, wanted - 1
            to, opened = self._new(pair[:1], history="new", named_anew=True)
            to, opened = np.repeat(to, 2), np.repeat(opened, 2)
            self._close(pair, opened, to)
            self._link(pair, to, opened, "Predecessor - merged", "Successor - merged")
            self._note(move["kind"], phase, [*((one, None) for one in pair), (None, to[0])])

    def _split(self, move, phase, rows, _):
        """Each closes for two new schools, of which the first has its results."""
        for one in rows:
            both = np.array([one, one])
            to, opened = self._new(both, history="new", named_anew=True)
            opened[:] = opened[0]
            self.added[-1]["opened"] = opened
            self._close(both[:1], opened[:1], to[:1])
            self._link(both, to, opened, "Predecessor - Split School", "Successor - Split School")
            self._note(move["kind"], phase, [(one, None), (None, to[0]), (None, to[1])])

    def _closed(self, move, phase, rows, _):
        self._close(rows, self._days(len(rows)), np.full(len(rows), -1))
        self._note(move["kind"], phase, [(one, None) for one in rows])

    def _opened(self, move, phase, rows, _):
        """Beside schools that stay as they are."""
        to, _ = self._new(rows, type=move["type"], history="new", cohort=False, named_anew=True)
        aside = self.rng.integers(-1500, 1500, (2, len(rows)))
        for axis, by in zip(("easting", "northing"), aside, strict=True):
            place = self.added[-1][axis]
            self.added[-1][axis] = np.where(place > 0, place + by, place)
        self._note(move["kind"], phase, [(None, one) for one in to])

    # --- how it is written down ----------------------------------------------------------------------------------

    def _days(self, number):
        """First days of months of the year."""
        first, last = self.own["open_months"]
        months = self.before.astype("datetime64[M]") + self.rng.integers(first, last + 1, number)
        return months.astype("datetime64[D]")

    def _new(self, rows, named_anew=False, **columns):
        """Add establishments like those of `rows`; return their rows and the days on which they open."""
        like = self.e.iloc[rows]
        to = np.arange(len(rows)) + self.number
        self.number += len(rows)
        opened, urn = self._days(len(rows)), self.e["urn"].max() + 1 + to - len(self.e)
        given = {"role": "new", "of": to, "opened": opened, "urn": urn, "inspected": False, "judged": False}
        given |= {"in_results_file": False, "became": -1, "moved": "", "named_after": to} | columns
        if named_anew:
            n = urn - self.model["urn_first"] + 1
            usual, kinds = self.model["name_patterns"]["usual"], self.model["kinds"]
            named = zip(like["word"], n, strict=True)
            given |= {"number": n, "name": [usual.format(kind=kinds[word], n=number) for word, number in named]}
        if "type" in columns:
            given["family"] = self.model["types"][columns["type"]].get("family", columns["type"])
            trusts = self.model["attributes"]["trusts"]  # one of its own
            taken = pd.to_numeric(pd.concat([e["trust_code"] for e in (self.e, *self.added)])).max()
            codes = np.arange(len(rows)) + int(max(trusts["first_code"], taken + 1))
            given["trust_code"] = [str(code) for code in codes]
            given["trust"] = [trusts["kinds"][0]["name"].format(n=code - trusts["first_code"] + 1) for code in codes]
        self.added.append(like.assign(**given))
        return to, opened

    def _close(self, rows, opened, to):
        """Close establishments on the day before their successors open, or without one (-1)."""
        self.e.loc[rows, "status"] = "closed"
        self.e.loc[rows, "closed"] = opened - DAY
        self.e.loc[rows, "became"] = to

    def _link(self, rows, to, opened, back, onward):
        """Link both ends, as the register does."""
        ends = [{"at": to, "to": rows, "kind": back}, {"at": rows, "to": to, "kind": onward}]
        self.links += [pd.DataFrame(end | {"date": opened}) for end in ends]

    def _stated(self, links):
        """The links of the year before; where only the results file told of a predecessor, the register does by now."""
        links = links.assign(date=put_off(links["date"].to_numpy(), self.before))
        e = self.e
        before = np.flatnonzero((e["role"] == "predecessor") & (e["became"] >= 0))
        school = e["became"].to_numpy()[before]
        linked = links.loc[links["kind"] == "Predecessor", "at"]
        linked = pd.concat([linked, links.loc[links["kind"] == "Successor", "to"]])
        untold = ~np.isin(school, linked)
        told = {"at": school[untold], "to": before[untold], "kind": "Predecessor"}
        told["date"] = e["opened"].to_numpy()[school[untold]]
        return pd.concat([links, pd.DataFrame(told)], ignore_index=True)

    def _results(self, phase):
        """The rows of the results file of the year: each under the URN that was open when the tests were over."""
        e, rows = self.e, self.rows[phase].copy()
        over = np.datetime64(f"{self.year}-{LAST_OF_TESTS}")
        opened, closed, became = (e[name].to_numpy() for name in ("opened", "closed", "became"))
        at = rows["at"].to_numpy()
        while True:
            to = became[at]
            moves = (to >= 0) & (opened[np.maximum(to, 0)] <= over)
            if not moves.any():
                break
            at = np.where(moves, to, at)
        new = rows["summed"] & (at != rows["at"]) & (opened[at] <= self.before) & (e["status"].to_numpy()[at] == "open")
        own, kind = np.unique(at[new]), e["kind"].to_numpy()
        # Of a middle school the phase in which it counts, whichever key stage it has.
        for of_phase in PHASES:
            theirs = own[(kind[own] == of_phase) | ((kind[own] == "all_through") & (phase == of_phase))]
            self._note(OWN_RESULTS, of_phase, [(one, one) for one in theirs])
        rows["at"] = at
        heir = became[at]
        follows = (heir >= 0) & (opened[np.maximum(heir, 0)] <= self.day) & e["in_results_file"].to_numpy()[heir]
        rows["successor"] = np.where(follows, heir, -1)
        rows = rows[~(closed[at] <= over)]
        rows = rows.sort_values("summed", ascending=False, kind="stable").drop_duplicates("at").sort_index()
        young = (e["role"] == "new") & (e["kind"] == phase) & (e["opened"] <= over) & (e["status"] == "open")
        young &= (e["high_age"] >= 11) & (e["phase"] != "middle_deemed_secondary") & ~e.index.isin(rows["at"])
        blank = {column: "NEW" if column.endswith("_code") else 0 for column in rows}
        blank |= {"at": np.flatnonzero(young), "level": "school", "successor": -1, "summed": False, "pupils_code": ""}
        return pd.concat([rows, pd.DataFrame(blank)], ignore_index=True)


def put_off(days: np.ndarray, after: np.datetime64) -> np.ndarray:
    """Return days of which those after a day are a year later, on the same day of the month."""
    days = days.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    later = (months + 12).astype("datetime64[D]") + (days - months.astype("datetime64[D]"))
    return np.where(days > after, later, days)
