"""Put the schools of two runs side by side: each in one row, followed through its URNs where it can be."""

import pandas as pd

from compared_runs import Run
from lib import authorities, domain, lineage

PLACE = ("name", "type", "la_code", "la_name", "region", "easting", "northing")
OF_GROUP = ("group", *domain.CRITERION_GROUPS)


def fates(earlier: Run, later: Run) -> tuple[dict[int, lineage.Fate], dict[int, lineage.Fate]]:
    """Return what became of the earlier release's establishments, and where the later's came from: lineage.follow."""
    links, mergers = set(), set()
    for run in (earlier, later):
        for name in ("links", "links_of_results"):
            table = run.read(f"../clean/{name}.parquet")
            links |= set(zip(table["urn"], table["predecessor_urn"], strict=True))
        table = run.read("../clean/mergers_and_splits.csv")
        mergers |= set(zip(table["urn"], table["linked_urn"], strict=True))
    onward, back = lineage.follow(earlier.standing, later.standing, sorted(links), sorted(mergers))
    register = pd.concat([later.establishments, earlier.establishments], ignore_index=True)
    return lineage.follow_unlinked(onward, back, register, sorted(links))


def side_by_side(earlier: Run, later: Run, known: pd.DataFrame) -> pd.DataFrame:
    """Return one row a school and phase of either run: the first columns of change_schemas.SCHOOLS, to `in_need_to`.

    `known`: the authorities, as lib.authorities.read gives them; an authority is that of the later reference date.
    """
    onward, back = fates(earlier, later)
    before = _one_side(earlier, later, onward, "from")
    after = _one_side(later, earlier, back, "to")
    followed = before["counterpart"].notna()
    both = before[followed].merge(
        after[["urn_to", "phase"]], left_on=["counterpart", "phase"], right_on=["urn_to", "phase"], validate="1:1"
    )
    rows = pd.concat([both, before[~followed], after[after["counterpart"].isna()]], ignore_index=True)
    for run, side in ((earlier, "from"), (later, "to")):
        of_run = run.schools[["urn", "phase", *OF_GROUP]].astype({"urn": "Int64"})
        of_run = of_run.rename(columns={name: f"{name}_{side}" for name in ("urn", *OF_GROUP)})
        rows = rows.merge(of_run, on=[f"urn_{side}", "phase"], how="left")
    rows = _placed(rows, earlier, later, known)
    return rows.sort_values(["phase", "urn_from", "urn_to"], ignore_index=True).drop(columns="counterpart")


def _one_side(run, other, fates_of, side):
    """A run's schools, each with what became of it on the other side."""
    schools = run.schools[["urn", "phase"]].copy()
    there = set(zip(other.schools["urn"], other.schools["phase"], strict=True))
    counted = {urn for urn, _ in there}
    left_out = other.read("population/left_out.csv")
    reasons = dict(zip(left_out["urn"].astype("str"), left_out["reason"], strict=True))
    in_register = set(other.establishments["urn"])
    opened = run.establishments.set_index("urn")["open_date"].dropna().to_dict()
    rows = []
    for urn, phase in zip(schools["urn"], schools["phase"], strict=True):
        fate = fates_of[urn]
        how, counterpart, why = fate.how, None, None
        if how in lineage.FOLLOWED:
            counterpart = urn if how == lineage.SAME else fate.others[0]
            if (counterpart, phase) not in there:
                how = "other_phase" if counterpart in counted else "not_counted"
                why = reasons.get(str(counterpart)) if how == "not_counted" else None
                counterpart = None
        elif how in (lineage.CLOSED, lineage.OPENED) and urn not in in_register:
            # Of a school that the earlier register lacks, the date tells whether it opened since.
            since = how == lineage.OPENED and opened.get(urn, "") > other.reference_date
            how = how if since else "not_in_register"
        rows.append((how, fate.steps, fate.by, ";".join(map(str, fate.others)) or None, why, counterpart))
    columns = ["followed", "steps", "found_by", "others", "why", "counterpart"]
    told = pd.DataFrame(rows, columns=columns, index=schools.index).astype({"counterpart": "Int64"})
    schools = schools.rename(columns={"urn": f"urn_{side}"}).astype({f"urn_{side}": "Int64"})
    return pd.concat([schools, told], axis=1)


def _placed(rows, earlier, later, known):
    """Add name, type and place: those of the later run where the school is counted there."""
    there = rows["urn_to"].notna()
    of = {
        side: run.schools.set_index(["urn", "phase"])[list(PLACE)]
        .reindex(pd.MultiIndex.from_frame(rows.loc[which, [f"urn_{side}", "phase"]]))
        .set_axis(rows.index[which])
        for side, run, which in (("to", later, there), ("from", earlier, ~there))
    }
    gone = of["from"]
    register = earlier.read("population/schools.parquet").drop_duplicates("urn").set_index("urn")["register_la_code"]
    register = register.reindex(rows.loc[~there, "urn_from"]).set_axis(gone.index)
    moved = authorities.on_day(gone[["la_name"]].assign(la_code=register), known, later.reference_date)
    names = of["to"].dropna(subset=["la_code"]).groupby("la_code")["la_name"].first()
    gone = gone.assign(la_code=moved["la_code"], la_name=moved["la_code"].map(names).fillna(moved["la_name"]))
    return rows.join(pd.concat([of["to"], gone]))
