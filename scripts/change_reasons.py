"""Say why a school's group is another than before.

A change comes about in steps: the earlier release under its own rules; under the later rules; with every quantile as
it is in the later release; and then with what the later release says of the school itself, in turn its type, its
inspections, its designations and its results. Where the rules alone give the later group, they are the reason, else
where the thresholds do. Of the kinds of data, the reason is the first that gives the later group alone, else the first
without which it would not come about. What of that kind is another (a result crossed a threshold, became known …) is
read from the conditions of the criteria that decided. That a condition is of another rule, or its threshold elsewhere,
counts only where the school would be in another group without the later rules, or thresholds: conditions that one
year alone has often decide nothing.
"""

import operator

import numpy as np
import pandas as pd

from compared_runs import Judged, Run, judge
from lib import domain
from lib.change_schemas import PLACE_OF

KINDS = ("type", "inspections", "designations", "results")  # of measures, in the order in which they are a reason
WORDS = np.array(["not_met", "met", "not_assessable"])  # by outcome, -1 the last
IS = {"<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt}
# Why a figure of a school that converted is not there: it stands under the earlier URN, or is too new.
LOST_BY_CONVERSION = ("another_urn", "no_inspection", "no_row", "new_school", "no_report_card")
INSPECTED_ON = {"previous_": "previous_inspection_date", "card_": "report_card_date", "headline": "headline_date"}


def kind_of(measure: str) -> str:
    """Return which of KINDS a measure, or its column of statuses, is of."""
    measure = measure.removesuffix("_status")
    if measure == "establishment_type":
        return "type"
    if measure in domain.DESIGNATIONS:
        return "designations"
    return "inspections" if measure in domain.NOT_OF_RESULTS else "results"


def steps(earlier: Run, later: Run, rows: pd.DataFrame, phase: str) -> tuple[pd.DataFrame, dict[str, Judged]]:
    """Return (table, {step: Judged}) of the schools of one phase.

    `rows`: as of change_lineage.side_by_side. `table`, by index of `rows`: group_from_later_rules,
    group_from_later_thresholds of every school of the earlier release; and of those whose change neither brings about,
    `kind`, the kind of data that is the reason, and `needs_rules`, `needs_thresholds`: whether the later data do not
    give the later group without the later rules, or thresholds. The steps are `from`, `rules`, `thresholds` and `to`,
    each of all schools of its release.
    """
    old, new = earlier.measured[phase], later.measured[phase]
    rules = later.method
    judged = {
        "from": judge(old, earlier.method, phase, old),
        "rules": judge(old, rules, phase, old),
        "thresholds": judge(old, rules, phase, new),
        "to": judge(new, rules, phase, new),
    }
    table = pd.DataFrame(index=rows.index)
    in_old, in_new = rows["urn_from"].notna(), rows["urn_to"].notna()
    at_old = _places(old, rows.loc[in_old, "urn_from"])
    for step, name in (("rules", "group_from_later_rules"), ("thresholds", "group_from_later_thresholds")):
        table.loc[in_old, name] = judged[step].groups["group"].to_numpy()[at_old]
    told = rows[in_old & in_new & (rows["group_from"] != rows["group_to"])]
    wanted = told[table.loc[told.index, "group_from_later_thresholds"] != told["group_to"]]
    wanted = wanted[table.loc[wanted.index, "group_from_later_rules"] != wanted["group_to"]]
    before = old.iloc[_places(old, wanted["urn_from"])].reset_index(drop=True)
    after = new.iloc[_places(new, wanted["urn_to"])].reset_index(drop=True)
    table["kind"] = pd.Series(
        _kind(before, after, rules, phase, new, wanted["group_to"]), index=wanted.index, dtype="str"
    )
    for name, method, reference in (("needs_rules", earlier.method, new), ("needs_thresholds", rules, old)):
        without = judge(after, method, phase, reference).groups["group"].to_numpy() if len(wanted) else []
        table[name] = pd.Series(without != wanted["group_to"].to_numpy(), index=wanted.index).reindex(table.index)
        table[name] = table[name].eq(True)
    return table, judged


def untold(judged: dict[str, Judged], later: Run) -> dict[str, list[str]]:
    """Return {side: labels of criteria} of one phase: those of which that release tells of no school whether it meets
    them, and the other does of some, by the same rules: what it takes is not in that release's files.

    `judged`: as of `steps`.
    """
    sides = {"from": judged["rules"].outcomes, "to": judged["to"].outcomes}
    blank = {side: {name for name, found in of.items() if (found == -1).all()} for side, of in sides.items()}
    criteria = later.method["criteria"]
    alone = {"from": blank["from"] - blank["to"], "to": blank["to"] - blank["from"]}
    return {side: [criteria[name]["label"] for name in criteria if name in names] for side, names in alone.items()}


def _places(schools, urns):
    return pd.Index(schools["urn"]).get_indexer(urns.to_numpy(dtype=np.int64))


def _kind(before, after, rules, phase, reference, group_to):
    """Of each school the first kind of data that alone gives the later group, else the first that it cannot lack."""
    if before.empty:
        return []
    reached, needed = [], []
    for kind in KINDS:
        alone = judge(_mixed(before, after, {kind}), rules, phase, reference).groups["group"]
        without = judge(_mixed(before, after, set(KINDS) - {kind}), rules, phase, reference).groups["group"]
        reached.append(alone.to_numpy() == group_to.to_numpy())
        needed.append(without.to_numpy() != group_to.to_numpy())
    return np.select([*reached, *needed], [*KINDS, *KINDS], default="results").tolist()


def _mixed(before, after, kinds):
    """The schools as they were before, with what the later release says of the measures of some kinds."""
    base = ["urn", "phase"]
    measures = [
        side[[c for c in side if f"{c.removesuffix('_status')}_status" in side and (kind_of(c) in kinds) == later]]
        for side, later in ((before, False), (after, True))
    ]
    return pd.concat([before[base], *measures], axis=1)


def changed_criteria(rows: pd.DataFrame, judged: dict[str, Judged], earlier: Run, later: Run) -> pd.DataFrame:
    """Return change_schemas.CRITERIA of one phase: the criteria whose outcome is another. `rows`: of schools followed.

    `judged`: as of `steps`.
    """
    (phase,) = rows["phase"].unique() if len(rows) else ("",)
    if not len(rows):
        return pd.DataFrame()
    at_old = _places(earlier.measured[phase], rows["urn_from"])
    at_new = _places(later.measured[phase], rows["urn_to"])
    stated = {**earlier.method["criteria"], **later.method["criteria"]}
    parts = []
    for name, criterion in stated.items():
        sides = [(judged["from"], at_old), (judged["rules"], at_old), (judged["to"], at_new)]
        words = [
            WORDS[side.outcomes[name][at]] if name in side.outcomes else np.full(len(rows), None) for side, at in sides
        ]
        columns = dict(zip(("outcome_from", "outcome_later_rules", "outcome_to"), words, strict=True))
        part = rows[["urn_from", "urn_to", "phase"]].assign(criterion=name, group=criterion["group"], **columns)
        differs = np.array([one != other for one, other in zip(words[0], words[2], strict=True)])
        parts.append(part[differs])
    return pd.concat(parts, ignore_index=True)


def changed_conditions(of_criteria: pd.DataFrame, earlier: Run, later: Run) -> pd.DataFrame:
    """Return change_schemas.CONDITIONS without `reason`: the conditions that are another, of criteria that are.

    `of_criteria`: change_schemas.CRITERIA.
    """
    keys = ["urn_from", "urn_to", "phase", "criterion"]
    sides = []
    for run, side in ((earlier, "from"), (later, "to")):
        wanted = of_criteria[keys]
        conditions = run.read("classified/conditions.parquet").rename(columns={"urn": f"urn_{side}"})
        conditions = conditions[conditions[f"urn_{side}"].isin(wanted[f"urn_{side}"])]
        found = wanted.merge(conditions.astype({f"urn_{side}": "Int64"}), on=[f"urn_{side}", "phase", "criterion"])
        # Of two conditions of one criterion on one measure, the first is set beside the first.
        places = run.read("classified/thresholds.csv")
        places = places.assign(quantile=places["quantile"].notna())
        places = places[["phase", "criterion", "place", "measure", "is", "quantile"]]
        places["number"] = places.groupby(["phase", "criterion", "measure", "is"]).cumcount()
        found = found.merge(places, on=["phase", "criterion", "place", "measure", "is"]).drop(columns="place")
        told = ("threshold", "value", "status", "outcome", "quantile")
        sides.append(found.rename(columns={name: f"{name}_{side}" for name in told}))
    both = sides[0].merge(sides[1], on=[*keys, "measure", "is", "number"], how="outer")
    differs = both["outcome_from"].fillna("-") != both["outcome_to"].fillna("-")
    order = [*keys, "measure", "is", "number"]
    return both[differs].sort_values(order, ignore_index=True).drop(columns="number")


def condition_reasons(conditions: pd.DataFrame, rows: pd.DataFrame, earlier: Run, later: Run) -> pd.Series:
    """Return why each condition is another: a word of change_schemas.REASONS. Arguments as of the functions above.

    The words, in order: another rule; the files of one release alone, or its method; a threshold that moved; the
    conversion of the school; an inspection, designation or result; become known or unknown, by the school or the files.
    """
    c = conditions
    if c.empty:
        return pd.Series(dtype="str", index=c.index)
    one_sided = c["outcome_from"].isna() | c["outcome_to"].isna()
    known_from, known_to = (c[f"outcome_{side}"].isin(["true", "false"]) for side in ("from", "to"))
    ignored = (c["outcome_from"] == "ignored") | (c["outcome_to"] == "ignored")
    kinds = c["measure"].map({measure: kind_of(measure) for measure in c["measure"].unique()})
    how = rows.set_index(["urn_from", "urn_to", "phase"])["followed"]
    converted = how.reindex(pd.MultiIndex.from_frame(c[["urn_from", "urn_to", "phase"]])).to_numpy() == "converted"
    crossed = known_from & known_to
    # Why it is not known: of the side on which it is not.
    lacking = c["status_to"].where(known_from, c["status_from"])
    nobody = lacking.isin(domain.NOBODY_KNOWS)
    lost = converted & lacking.isin(LOST_BY_CONVERSION)
    become = np.where(known_to, "became_known", "became_unknown")
    of_kind = kinds.map({"type": "converted", "designations": "designated", "results": "result_crossed"})
    of_kind = of_kind.fillna("inspected")
    same_inspection = crossed & (kinds == "inspections") & ~_another_inspection(c, earlier, later)
    own_type = crossed & (kinds == "type") & ~converted
    if earlier.of_one_release(later):  # nothing has happened between the two
        data = "rule_changed" if earlier.method["id"] != later.method["id"] else "other_file"
        words = np.select([one_sided, crossed & _moved(c)], ["rule_changed", _why_moved(c)], data)
        return pd.Series(words, index=c.index)
    cases = [
        (one_sided, "rule_changed"),
        (crossed & _moved(c), _why_moved(c)),
        (ignored, "other_file"),
        (same_inspection | own_type, "other_file"),
        (crossed, of_kind),
        (lost, "converted"),
        (nobody, become),
    ]
    conditions_of = [case for case, _ in cases]
    return pd.Series(np.select(conditions_of, [word for _, word in cases], "other_file"), index=c.index)


def _moved(c):
    """Whether the later value would still have the earlier outcome under the earlier threshold."""
    value, threshold = (pd.to_numeric(c[name], errors="coerce") for name in ("value_to", "threshold_from"))
    found = pd.Series(False, index=c.index)
    for comparison, holds in IS.items():
        of = (c["is"] == comparison) & value.notna() & threshold.notna()
        as_before = holds(value, threshold).map({True: "true", False: "false"}) == c["outcome_from"]
        found |= of & as_before
    return found & (c["threshold_from"] != c["threshold_to"]).fillna(False)


def _why_moved(c):
    """A threshold that is worked out from the schools moves with them; a stated one is another rule."""
    return np.where(
        (c["quantile_from"].eq(True) & c["quantile_to"].eq(True)).to_numpy(), "threshold_moved", "rule_changed"
    )


def _another_inspection(c, earlier, later):
    """Whether the inspections that a condition goes by are of other days, or of days that one file does not state."""
    another = pd.Series(True, index=c.index)
    of_kind = c["measure"].isin(domain.NOT_OF_RESULTS - set(domain.DESIGNATIONS))
    tables_of = {side: _dates(run) for side, run in (("from", earlier), ("to", later))}
    for measure in c.loc[of_kind, "measure"].unique():
        column = next((date for start, date in INSPECTED_ON.items() if measure.startswith(start)), "inspection_date")
        of = c["measure"] == measure
        dates = [
            tables_of[side][column].reindex(c.loc[of, f"urn_{side}"]).to_numpy()
            if column in tables_of[side]
            else np.full(int(of.sum()), None)
            for side in ("from", "to")
        ]
        another[of] = [pd.isna(one) or pd.isna(two) or one != two for one, two in zip(*dates, strict=True)]
    return another


def _dates(run):
    """The days of the inspections that a run's schools go by, by their own URN."""
    schools = run.read("population/schools.parquet").drop_duplicates("urn")
    inspections = run.read("../clean/inspections.parquet")
    columns = [c for c in dict.fromkeys(("inspection_date", *INSPECTED_ON.values())) if c in inspections]
    found = schools[["urn", "inspection_urn"]].merge(
        inspections[["urn", *columns]].rename(columns={"urn": "inspection_urn"}).astype({"inspection_urn": "Int64"}),
        on="inspection_urn",
        how="left",
    )
    return found.set_index("urn")


def with_reasons(rows: pd.DataFrame, conditions: pd.DataFrame, of_criteria: pd.DataFrame) -> pd.DataFrame:
    """Add `change`, `reason` and `reasons` to the rows of schools (change_schemas.SCHOOLS), which have the columns of
    `steps`. `conditions`: with their reasons.
    """
    counted = {side: rows[f"urn_{side}"].notna() for side in ("from", "to")}
    both = counted["from"] & counted["to"]
    changed = both & (rows["group_from"] != rows["group_to"])
    change = np.select([~counted["to"], ~counted["from"], changed], ["gone", "new", "changed"], "same")
    by_rules = changed & (rows["group_from_later_rules"] == rows["group_to"])
    by_thresholds = changed & ~by_rules & (rows["group_from_later_thresholds"] == rows["group_to"])
    reason = rows["followed"].where(~both).astype("str")
    reason = reason.mask(by_rules, "rule_changed").mask(by_thresholds, "threshold_moved")
    own = rows[changed & ~by_rules & ~by_thresholds]
    reason.loc[own.index] = _own_reasons(own, conditions, of_criteria)
    moved = {
        "rule_changed": changed & (rows["group_from_later_rules"] != rows["group_from"]),
        "threshold_moved": changed & (rows["group_from_later_thresholds"] != rows["group_from_later_rules"]),
    }
    keys = ["urn_from", "urn_to", "phase"]
    moved["rule_changed"] |= by_rules | rows["needs_rules"]
    moved["threshold_moved"] |= by_thresholds | rows["needs_thresholds"]
    of_conditions = rows.loc[changed, keys].reset_index().merge(conditions[[*keys, "reason"]], on=keys)
    decided_nothing = pd.Series(False, index=of_conditions.index)
    for word, which in moved.items():
        decided_nothing |= (of_conditions["reason"] == word) & ~which[of_conditions["index"]].to_numpy(dtype=bool)
    of_conditions = of_conditions[~decided_nothing]
    every = pd.concat(
        [
            pd.DataFrame({"index": reason.index[reason.notna()], "reason": reason.dropna()}),
            of_conditions[["index", "reason"]],
            *(pd.DataFrame({"index": rows.index[which], "reason": word}) for word, which in moved.items()),
        ]
    ).drop_duplicates()
    every = every.sort_values("reason", key=lambda words: words.map(PLACE_OF).astype("float64"))
    reasons = every.groupby("index")["reason"].agg(";".join).reindex(rows.index).astype("str")
    return rows.assign(change=change, reason=reason, reasons=reasons)


def _own_reasons(rows, conditions, of_criteria):
    """The main reason of each school of which the rules and thresholds alone do not tell.

    The first reason, in the order of REASONS, of the conditions of its `kind` in the criteria that decided; where those
    say nothing, of the others of that kind, and then of all its conditions.
    """
    keys = ["urn_from", "urn_to", "phase"]
    found = rows[[*keys, "kind"]].reset_index().merge(conditions[[*keys, "criterion", "measure", "reason"]], on=keys)
    for word, needed in (("rule_changed", "needs_rules"), ("threshold_moved", "needs_thresholds")):
        found = found[(found["reason"] != word) | rows[needed].reindex(found["index"]).to_numpy(dtype=bool)]
    decided = deciding(rows, of_criteria)
    found = found.merge(decided.assign(decides=True), on=[*keys, "criterion"], how="left")
    other_kind = found["measure"].map({m: kind_of(m) for m in found["measure"].unique()}) != found["kind"]
    found["rank"] = found["reason"].map(PLACE_OF).astype("float64")  # with no rows, a text
    found["rank"] += found["decides"].isna() * 100 + other_kind.astype(bool) * 1000
    first = found.sort_values(["index", "rank"]).drop_duplicates("index").set_index("index")["reason"]
    return first.reindex(rows.index).fillna("other_file")


def deciding(rows: pd.DataFrame, of_criteria: pd.DataFrame) -> pd.DataFrame:
    """Return the criteria (urn_from, urn_to, phase, criterion) that brought about the change of a group's flag.

    Where the flag became true, those that came to be met; where it was true, those no longer met; where it became
    unknown, those that did; where it was unknown and is false, those that were.
    """
    keys = ["urn_from", "urn_to", "phase"]
    flags = [f"{group}_{side}" for group in domain.CRITERION_GROUPS for side in ("from", "to")]
    found = of_criteria.merge(rows[[*keys, *flags]], on=keys)
    was, is_ = (
        np.select(
            [found["group"] == group for group in domain.CRITERION_GROUPS],
            [found[f"{group}_{side}"].astype("object").map(_word) for group in domain.CRITERION_GROUPS],
            "",
        )
        for side in ("from", "to")
    )
    before, after = found["outcome_from"], found["outcome_to"]
    decides = np.select(
        [is_ == was, is_ == "met", was == "met", is_ == "not_assessable"],
        [False, after == "met", before == "met", after == "not_assessable"],
        before == "not_assessable",
    )
    return found.loc[decides.astype(bool), [*keys, "criterion"]]


def _word(flag):
    return "not_assessable" if pd.isna(flag) else "met" if flag else "not_met"
