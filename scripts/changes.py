"""Compare two runs: what became of each school, of its group and its partners, and why.

Inputs: the tables of two runs and of their releases, as scripts/compared_runs.py lists them; the authorities and the
published figures of workflow/facts/.
Outputs: results/changes/{earlier}-{later}/{runs}/: schools.csv (each school of either in one row), criteria.csv and
conditions.csv (those that are another), partners.csv (pairs gained and lost), flows.csv, reasons.csv and areas.csv (by
England, region and authority), published.csv (official counts of both years), differences.csv (cells that differ, of
runs of one release), summary.json, provenance.json, dictionary.csv. Their columns: scripts/lib/change_schemas.py.
How a school is followed: scripts/lib/lineage.py; how a reason is found: scripts/change_reasons.py.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

import change_areas
import change_differences
import change_lineage
import change_partners
import change_reasons
import dictionary
from compared_runs import Run, check_same
from lib import authorities, change_schemas, domain, run_step, tables
from lib.change_schemas import REASONS
from lib.files import sha256, write_json
from lib.run_files import COMPARED_TABLES, sum_of
from lib.run_step import UserError
from lib.yaml_files import PROJECT, read_yaml

SUMMARY, PROVENANCE, DICTIONARY = "summary.json", "provenance.json", "dictionary.csv"


def compare(earlier: Run, later: Run, known: pd.DataFrame, published: dict, how: dict) -> tuple[dict, dict]:
    """Return ({file: table} of change_schemas.TABLES, summary).

    `known`: the authorities (lib.authorities.read). `published`, `how`: workflow/facts/published.yaml and
    comparisons.yaml. Raises UserError where one run alone is synthetic, or the earlier is of the later reference date.
    """
    if earlier.synthetic != later.synthetic:
        invented, real = (earlier, later) if earlier.synthetic else (later, earlier)
        raise UserError(
            f"{invented.title} (release {invented.release}) is synthetic and {real.title} (release {real.release}) is "
            f"not: they have no school in common. Name two releases that are both real, or both synthetic."
        )
    if earlier.reference_date > later.reference_date:
        raise UserError(
            f"{earlier.title} ({earlier.reference_date}) is of a later date than {later.title} "
            f"({later.reference_date}). Compare them the other way round: exchange FROM and TO, or OLD and NEW."
        )
    rows = change_lineage.side_by_side(earlier, later, known)
    criteria, steps, judged_of, untold = [], [], {"from": {}, "to": {}}, {}
    for phase in (phase for phase in domain.PHASES if phase in earlier.measured and phase in later.measured):
        of_phase = rows[rows["phase"] == phase]
        found, judged = change_reasons.steps(earlier, later, of_phase, phase)
        steps.append(found)
        both = of_phase[of_phase["urn_from"].notna() & of_phase["urn_to"].notna()]
        criteria.append(change_reasons.changed_criteria(both, judged, earlier, later))
        untold[phase] = change_reasons.untold(judged, later)
        for side in judged_of:
            judged_of[side][phase] = judged[side]
    check_same(earlier, judged_of["from"])
    check_same(later, judged_of["to"])
    rows = rows.join(pd.concat(steps))
    criteria = pd.concat([tables.empty(change_schemas.CRITERIA), *criteria], ignore_index=True)
    criteria = criteria.sort_values(["phase", "urn_from", "urn_to"], kind="stable", ignore_index=True)
    conditions = change_reasons.changed_conditions(criteria, earlier, later)
    conditions["reason"] = change_reasons.condition_reasons(conditions, rows, earlier, later)
    conditions = conditions.sort_values(["phase", "urn_from", "urn_to"], kind="stable", ignore_index=True)
    rows = change_reasons.with_reasons(rows, conditions, criteria)
    rows = rows.drop(columns=["kind", "needs_rules", "needs_thresholds"])
    partners, kept = change_partners.changed_pairs(rows, earlier, later)
    placed = change_areas.in_areas(rows)
    made = {
        "schools.csv": rows,
        "criteria.csv": criteria,
        "conditions.csv": conditions.drop(columns=["quantile_from", "quantile_to"]),
        "partners.csv": partners,
        "flows.csv": change_areas.flows(placed),
        "reasons.csv": change_areas.reasons(placed),
        "areas.csv": change_areas.areas(placed),
        "published.csv": published_changes(earlier, later, published, how),
        "differences.csv": change_differences.differences(earlier, later),
    }
    made = {name: tables.conform(table, change_schemas.TABLES[name], name) for name, table in made.items()}
    return made, summary(earlier, later, made, kept, untold)


def published_changes(earlier: Run, later: Run, published: dict, how: dict) -> pd.DataFrame:
    """Return change_schemas.PUBLISHED: the official counts that there are of both years, beside the runs' own.

    Own counts are over the rows of the results files (classified/results_files.csv), as the Department's are.
    """
    facts = {fact["id"]: fact for fact in published["official_benchmarks"]}
    of_years = {run: {} for run in ("from", "to")}
    for name, recipe in how["official_benchmarks"].items():
        for side, run in (("from", earlier), ("to", later)):
            if "results_file" in recipe and recipe.get("results_year", how["results_year"]) == run.results_year:
                of_years[side][recipe["phase"], recipe["results_file"]] = (facts[name], recipe["label"])
    rows = []
    counts = {side: _counts(run) for side, run in (("from", earlier), ("to", later))}
    if earlier.results_year == later.results_year or earlier.synthetic or later.synthetic:
        of_years = {"from": {}, "to": {}}  # nothing was published of the change
    for key in (key for key in of_years["from"] if key in of_years["to"]):
        (old, label), (new, _) = of_years["from"][key], of_years["to"][key]
        own_old, own_new = counts["from"].get(key), counts["to"].get(key)
        known = own_old is not None and own_new is not None
        rows.append(
            {
                "phase": key[0],
                "criterion": key[1],
                "label": label,
                "published_from": old["value"],
                "published_to": new["value"],
                "published_change": new["value"] - old["value"],
                "own_from": own_old[0] if own_old else None,
                "own_to": own_new[0] if own_new else None,
                "own_change": own_new[0] - own_old[0] if known else None,
                "own_change_lower": own_new[0] - own_old[1] if known else None,
                "own_change_upper": own_new[1] - own_old[0] if known else None,
                "source_from": old["source"],
                "source_to": new["source"],
            }
        )
    return pd.DataFrame(rows, columns=list(change_schemas.PUBLISHED.columns))


def _counts(run):
    """{(phase, criterion): (rows that meet it, rows that may)} over a run's results files; without the unassessable."""
    table = run.read("classified/results_files.csv")
    table = table[(table["where"] == "all_rows") & (table["met"] + table["not_met"] > 0)]
    return {
        (row["phase"], row["criterion"]): (int(row["met"]), int(row["met"] + row["not_assessable"]))
        for row in table.to_dict("records")
    }


def summary(earlier: Run, later: Run, made: Mapping[str, pd.DataFrame], kept: Mapping, untold: Mapping) -> dict:
    """Return what summary.json says: who came, left and stayed in each group, the reasons and the partners.

    `kept`: {phase: pairs in both}. `untold`: {phase: as of change_reasons.untold}.
    """
    schools, partners, areas, reasons = (made[f"{name}.csv"] for name in ("schools", "partners", "areas", "reasons"))
    areas, reasons = areas[areas["level"] == "england"], reasons[reasons["level"] == "england"]
    phases = {}
    for phase in (phase for phase in domain.PHASES if (schools["phase"] == phase).any()):
        rows = schools[schools["phase"] == phase]
        changed = rows[rows["change"] != "same"]
        origins = changed["reason"].map(change_schemas.ORIGIN_OF)
        of_phase = partners[partners["phase"] == phase]
        gained, lost = (of_phase[of_phase["change"] == change] for change in ("gained", "lost"))
        phases[phase] = {
            "schools": {"from": int(rows["urn_from"].notna().sum()), "to": int(rows["urn_to"].notna().sum())},
            "followed": _counted(rows["followed"], change_schemas.FOLLOWED),
            "change": _counted(rows["change"], change_schemas.CHANGES),
            "origins": _counted(origins, change_schemas.ORIGINS),
            "untold": untold.get(phase, {side: [] for side in change_schemas.SIDES}),
            "groups": {
                group: _of_group(areas[(areas["phase"] == phase) & (areas["group"] == group)], reasons, phase, group)
                for group in domain.CRITERION_GROUPS
            },
            "partners": {
                "kept": int(kept.get(phase, 0)),
                "gained": len(gained),
                "lost": len(lost),
                "gained_reasons": _largest_first(gained["reason"].value_counts(), change_schemas.PARTNER_REASONS),
                "lost_reasons": _largest_first(lost["reason"].value_counts(), change_schemas.PARTNER_REASONS),
            },
        }
    return {
        "from": told(earlier),
        "to": told(later),
        "of_one_release": earlier.of_one_release(later),
        "same_method": earlier.method["id"] == later.method["id"],
        "phases": phases,
        "differences": len(made["differences.csv"]),
    }


def told(run: Run) -> dict:
    """Return what summary and provenance say of a run."""
    return {
        "release": run.release,
        "title": run.title,
        "results_year": run.results_year,
        "reference_date": run.reference_date,
        "synthetic": run.synthetic,
        "run": run.folder.name,
        "method": run.method["id"],
        "method_title": run.method["title"],
        "radius_miles": run.method["radius_used_miles"],
    }


def _counted(values, words):
    counts = values.value_counts()
    return {word: int(counts[word]) for word in words if word in counts}


def _largest_first(counts, words):
    """[[word, count], …] with the largest first; of equal ones in the order of the words."""
    order = list(words)
    found = [[word, int(count)] for word, count in counts.items() if count]
    return sorted(found, key=lambda pair: (-pair[1], order.index(pair[0])))


def _of_group(areas, reasons, phase, group):
    (row,) = areas.to_dict("records")
    names = {"schools_from": "from", "schools_to": "to"} | {name: name for name in ("stayed", "came", "left", "net")}
    counts = {told: int(row[name]) for name, told in names.items()}
    ends = {told: [int(row[f"{name}_lower"]), int(row[f"{name}_upper"])] for name, told in names.items()}
    of_group = reasons[(reasons["phase"] == phase) & (reasons["group"] == group)]
    why = {
        f"{direction}_reasons": _largest_first(
            of_group[of_group["direction"] == direction].set_index("reason")["schools"], REASONS
        )
        for direction in change_schemas.DIRECTIONS
    }
    churn = None if pd.isna(row["churn"]) else round(row["churn"], 6)
    return {**counts, "churn": churn, "bounds": ends, **why}


def provenance(earlier: Run, later: Run, code: Mapping[str, str], folder: Path) -> dict:
    """Return what the comparison was made of: each run and its tables with their sums, the code, and what it left.

    `code`: {path: sha256}. `folder`: of the comparison, with its tables.
    """
    runs = {
        side: {
            **told(run),
            "inputs": [{"file": path, **sum_of(run.folder / path)} for path in COMPARED_TABLES],
        }
        for side, run in (("from", earlier), ("to", later))
    }
    names = [*change_schemas.TABLES, SUMMARY, DICTIONARY]
    outputs = [{"file": name, **sum_of(folder / name)} for name in names]
    return {**runs, "code": [{"file": path, "sha256": code[path]} for path in sorted(code)], "outputs": outputs}


def write(
    folder: Path, earlier: Run, later: Run, made: Mapping[str, pd.DataFrame], summed: dict, code: list[str]
) -> None:
    """Write a comparison to its folder. `code`: the project's files that decide it, from the top of the project."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in made.items():
        tables.write(table, change_schemas.TABLES[name], csv=folder / name)
    write_json(summed, folder / SUMMARY)
    headers = {name: list(table.columns) for name, table in made.items()}
    headers[DICTIONARY] = list(dictionary.DICTIONARY.columns)
    contract = {**change_schemas.TABLES, DICTIONARY: dictionary.DICTIONARY}
    described = dictionary.dictionary(contract, headers, {}, dict.fromkeys(headers, "changes"))
    tables.write(described, dictionary.DICTIONARY, csv=folder / DICTIONARY)
    sums = {path: sha256(PROJECT / path) for path in code}
    write_json(provenance(earlier, later, sums, folder), folder / PROVENANCE)


def main(snakemake):
    params, files = snakemake.params, snakemake.input
    runs = [
        Run(**{**stated, "folder": Path(paths[0]).parents[1], "partial": tuple(stated["partial"])})
        for stated, paths in zip(params.runs, (files.earlier, files.later), strict=True)
    ]
    published, how = read_yaml(files.published), read_yaml(files.how)
    made, summed = compare(*runs, authorities.read(files.authorities), published, how)
    write(Path(snakemake.output.summary).parent, *runs, made, summed, params.code)


if "snakemake" in globals():
    run_step.run(main, snakemake)
