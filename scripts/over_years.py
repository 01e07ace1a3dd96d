"""Count over the years: in how many releases a school is in need, of those that can say, and who is so throughout.

Inputs: classified/schools of the runs of three or more releases under one method, and the comparisons of each with the
next (schools.csv of scripts/changes.py), by which schools are followed.
Outputs: results/changes/over_years/{run}/schools.csv (one row a school and phase), years.csv (one row a school, phase
and release). What is counted is releases in which a school meets a criterion of need, and nothing else.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib import change_schemas, domain, run_step, tables

NOT_COUNTED = "–"  # in place of the group


def lineages(releases: Sequence[pd.DataFrame], changes: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return lineage, phase, number (of the release, from 0), urn: one row a school of each release.

    `releases`: classified/schools, in order. `changes`: change_schemas.SCHOOLS between each and the next. A school that
    one release does not count is the same one again in a later one under the same URN, or under that of its successor
    where it was between the two.
    """
    lineage_of = [{key: number for number, key in enumerate(_keys(releases[0], "urn"))}]
    last, away = len(lineage_of[0]), {}  # those that the release before does not count, by the URNs to look for
    for table in changes:
        before, now = lineage_of[-1], {}
        counted = table["urn_from"].notna(), table["urn_to"].notna()
        both = table[counted[0] & counted[1]]
        for old, new in zip(_keys(both, "urn_from"), _keys(both, "urn_to"), strict=True):
            now[new] = before[old]
        found = table[~counted[0]]
        for (urn, phase), others, how in zip(_keys(found, "urn_to"), found["others"], found["followed"], strict=True):
            looked_for = [(urn, phase), *((other, phase) for other in _between(others, how))]
            known = next((away.pop(key) for key in looked_for if key in away), None)
            now[urn, phase] = last if known is None else known
            last += known is None
        gone = table[~counted[1]]
        for (urn, phase), others, how in zip(_keys(gone, "urn_from"), gone["others"], gone["followed"], strict=True):
            for key in [(urn, phase), *((other, phase) for other in _between(others, how))]:
                away[key] = before[urn, phase]
        lineage_of.append(now)
    rows = [(n, phase, at, urn) for at, found in enumerate(lineage_of) for (urn, phase), n in found.items()]
    table = pd.DataFrame(rows, columns=["lineage", "phase", "number", "urn"])
    first = table.drop_duplicates("lineage").sort_values(["phase", "urn", "number"])["lineage"]
    renumbered = pd.Series(np.arange(1, len(first) + 1), index=first)
    return table.assign(lineage=table["lineage"].map(renumbered)).sort_values(["lineage", "number"], ignore_index=True)


def _keys(table, name):
    return list(zip(table[name].astype("int64"), table["phase"], strict=True))


def _between(others, how):
    return [int(other) for other in str(others).split(";")] if how == "between_urns" else []


def years(followed: pd.DataFrame, names: Sequence[str], releases: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return change_schemas.YEARS, with name and area of the school. `followed`: as of `lineages`; `names`: of the
    releases.
    """
    columns = ["urn", "phase", *domain.CRITERION_GROUPS, "group", "name", "la_code", "la_name", "region"]
    parts = [table[columns].assign(number=number) for number, table in enumerate(releases)]
    told = followed.merge(pd.concat(parts, ignore_index=True), on=["urn", "phase", "number"], validate="1:1")
    return told.assign(release=told["number"].map(dict(enumerate(names)))).sort_values(
        ["lineage", "number"], ignore_index=True
    )


def over_years(told: pd.DataFrame, releases: int) -> pd.DataFrame:
    """Return change_schemas.OVER_YEARS. `told`: as of `years`. `releases`: how many there are."""
    by = told.groupby("lineage")
    found = by[["phase", "name", "la_code", "la_name", "region"]].last()
    found["urns"] = by["urn"].agg(lambda urns: ";".join(map(str, dict.fromkeys(urns))))
    found["years"] = by.size()
    found["years_assessable"] = by["in_need"].count()
    found["years_in_need"] = by["in_need"].sum()
    need = told.pivot(index="lineage", columns="number", values="in_need").astype("boolean")
    there = told.pivot(index="lineage", columns="number", values="urn").notna()
    group = told.pivot(index="lineage", columns="number", values="group")
    need, there, group = (table.reindex(columns=range(releases)) for table in (need, there.astype("boolean"), group))
    there = there.fillna(False).astype(bool)
    found["in_need_throughout"] = _throughout(need.where(there, False))
    high = group.eq("high_performing").astype("boolean").mask(group.eq("not_assessable"))
    found["high_performing_throughout"] = _throughout(high.where(there, False))
    yes, no = (flag.fillna(False).to_numpy(dtype=bool) for flag in (need, ~need))
    before = np.maximum.accumulate(yes, axis=1)
    after = np.maximum.accumulate(yes[:, ::-1], axis=1)[:, ::-1]
    found["returning"] = (no & before & after).any(axis=1)
    found["groups"] = group.fillna(NOT_COUNTED).astype("str").agg(";".join, axis=1)
    return found.reset_index()


def _throughout(flags):
    """Whether all of a row are true, three-valued."""
    true, false = flags.fillna(False).all(axis=1), (~flags).fillna(False).any(axis=1)
    return pd.Series(np.where(true, True, np.where(false, False, None)), index=flags.index).astype("boolean")


def main(snakemake):
    files, out = snakemake.input, snakemake.output
    releases = [tables.read(path) for path in files.classified]
    wanted = ["urn_from", "urn_to", "phase", "followed", "others"]
    changes = [pd.read_csv(path, usecols=wanted, dtype={"others": "str"}) for path in files.changes]
    told = years(lineages(releases, changes), snakemake.params.releases, releases)
    tables.write(over_years(told, len(releases)), change_schemas.OVER_YEARS, csv=out.schools)
    tables.write(told[list(change_schemas.YEARS.columns)], change_schemas.YEARS, csv=out.years)


if "snakemake" in globals():
    run_step.run(main, snakemake)
