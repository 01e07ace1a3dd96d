"""Write the report: one HTML page with figures, tables and their CSV files inside, which opens from disk.

Inputs: summary.json; aggregated/; compared/published.csv; classified/{thresholds,sensitivity,results_files}.csv;
classified/schools and matched/reach (read only where schools are to be named); clean/{set_aside,results_summary}.csv;
audit/{ledger,dictionary,steps}.csv; raw/manifest.json; figures/; workflow/facts/published.yaml; requirements.in and
.lock; report/{templates/,house.css,report.css,report.js}.
Output: report/index.html. Same inputs, same bytes.

`read` reads the run, `page` turns it into what the templates show, `render` makes the HTML. The sentences come from
sentences.py. Nothing but our own figures goes into the page as markup; all other text is escaped.
"""

import base64
import hashlib
import io
import itertools
import json
import re
import zipfile
from pathlib import Path

import jinja2
import markupsafe

from lib import area_columns, palette, run_step, settings, tables
from lib import words as say
from lib.criteria import missing_measures, relaxed_conditions

FOLDER = Path(__file__).resolve().parent.parent / "report"
GROUPS = {"high_performing": "high-performing", "in_need": "in need"}
EARLIER_YEAR = re.compile(r"_(\d+)y_before$")
ZIP_FROM = 200_000  # octets; a larger CSV is packed, so that the page stays light

# The four numbers of a phase: entry of summary.json, groups that it depends on, id of its published counterpart.
ANSWERS = (
    ("share_high_performing", ("high_performing",), "{phase}_high_performing"),
    ("share_in_need", ("in_need",), "{phase}_in_need"),
    ("median_partners", ("high_performing", "in_need"), "{phase}_partners_nearby"),
    ("in_need_without_partner", ("high_performing", "in_need"), None),
)

# Files of the run that the page lets the reader save.
FILES = (
    ("summary.json", "The headline"),
    ("aggregated/england.csv", "England, by phase"),
    ("aggregated/regions.csv", "Regions, by phase"),
    ("aggregated/local_authorities.csv", "Local authorities, by phase"),
    ("aggregated/constituencies.csv", "Parliamentary constituencies, by phase"),
    ("aggregated/radius_curve.csv", "Partners within each radius of the ladder"),
    ("aggregated/criteria.csv", "Each criterion, by phase"),
    ("compared/published.csv", "Published figures beside the run’s own"),
    ("classified/thresholds.csv", "Every threshold, with its basis and source"),
    ("classified/sensitivity.csv", "The results under other values of each assumption"),
    ("classified/results_files.csv", "Criteria counted over the results files"),
    ("clean/set_aside.csv", "Values that the run did not use"),
    ("clean/results_summary.csv", "Summary rows of the results files"),
    ("audit/ledger.csv", "Rows in, out and left out"),
    ("audit/dictionary.csv", "Every column of every table"),
    ("audit/steps.csv", "The steps of the workflow"),
    ("raw/manifest.json", "Source files, where they came from, checksums"),
)


# ---------------------------------------------------------------- the page


def render(run, folder=FOLDER):
    """Return the page as HTML. `run`: what `read` returns. `folder`: templates/, house.css, report.css, report.js."""
    folder = Path(folder)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (folder / "report.js").read_text(encoding="utf-8").strip()
    sheets = [(folder / name).read_text(encoding="utf-8") for name in ("house.css", "report.css")]
    return environment.get_template("report.html.j2").render(
        page(run),
        say=say,
        style=markupsafe.Markup("\n".join(sheet.strip() for sheet in (palette.css(), *sheets))),
        script=markupsafe.Markup(script),
        # By this the browser itself refuses any script but ours, and any request.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def page(run):
    """Return what the templates show, from the tables of a run (see `read`)."""
    phases = {p: run["summary"]["phases"][p] for p in settings.PHASES if p in run["summary"]["phases"]}
    labels = {name: criterion["label"] for name, criterion in run["method"]["criteria"].items()}
    lacks = lacked_by(run)
    group_of = {name: criterion["group"] for name, criterion in run["method"]["criteria"].items()}
    return {
        "release": run["release"],
        "phases": phases,
        "method": run["method"],
        "study": run["facts"]["study"],
        "definitions": run["facts"]["definitions"],
        "figures": {figure["name"]: figure_view(figure, run["release"]["id"]) for figure in run["figures"]},
        "lede": lede(run, phases),
        "definition": say.definition(
            {
                group: [c["label"] for c in run["method"]["criteria"].values() if c["group"] == group]
                for group in GROUPS
            },
            {phase: facts["both"] for phase, facts in phases.items()},
        ),
        "shortfall": say.shortfall(phases),
        "not_assessed": [
            *say.not_assessed(phases, labels, lacks),
            *loosened(run, phases),
            *filter(None, [say.unlocated(phases)]),
        ],
        "lopsided": say.lopsided(phases, group_of),
        "answers": {phase: answers(run, phase, labels) for phase in phases},
        "origins": origins(run, phases),
        "regions": {phase: regions(run, phase) for phase in phases},
        "partners": {phase: partners(run, phase, facts) for phase, facts in phases.items()},
        "criteria_counts": criteria_counts(run, labels, lacks),
        "assumptions": assumptions(run, labels),
        "radius": [radius(run, phase) for phase in phases],
        "radius_sentences": [sentence for phase in phases if (sentence := radius_sentence(run, phase))],
        "worth": say.worth(run["published"]["evidence"], run["summary"]["synthetic"]),
        "published": published_table(run),
        "official": official_counts(run, labels),
        "population": population(run["method"]),
        "criteria": criteria(run),
        "thresholds": download(run, "classified/thresholds.csv"),
        "data": data(run),
        "audit": audit(run),
    }


def lede(run, phases):
    """Return the answer in words, for each phase: how many schools are in each group, how many partners they have."""
    out = []
    for phase in settings.PHASES:
        facts = phases.get(phase)
        incomplete = incomplete_groups(run, facts)
        told = (
            say.groups(phase, facts, incomplete),
            say.partners(phase, facts, run["summary"]["radius_miles"][phase], incomplete),
        )
        out.append(" ".join(filter(None, told)))
    return out


def loosened(run, phases):
    """Return a sentence for each criterion that is tested without conditions whose measures the files lack."""
    out = []
    for name, criterion in run["method"]["criteria"].items():
        without, shares, group = [], {}, criterion["group"]
        for phase, facts in phases.items():
            ignored = ignored_conditions(run["thresholds"], name, phase)
            without += [measure_label(run, phase, measure) for measure in ignored["measure"]]
            rows = run["sensitivity"]
            rows = rows[(rows["criterion"] == name) & (rows["phase"] == phase) & (rows["setting"] == "required")]
            # Where the condition is required, its absence makes the criterion not assessable: it counts for nothing.
            if len(ignored) and len(rows) and rows[f"share_{group}"].iloc[0] < facts[f"share_{group}"]:
                shares[phase] = (facts[f"share_{group}"], float(rows[f"share_{group}"].iloc[0]))
        if without:
            words = group_words(run, group, phases.values())
            out.append(say.loosened(criterion["label"], list(dict.fromkeys(without)), words, shares))
    return out


def ignored_conditions(thresholds, criterion, phase):
    """Return the rows of thresholds.csv that a criterion's test leaves out, because the release lacks the measure."""
    own = thresholds[(thresholds["criterion"] == criterion) & (thresholds["phase"] == phase)]
    return relaxed_conditions(own)


def incomplete_groups(run, facts):
    """Return the groups of which a criterion could be assessed for no school of a phase (`facts`: of summary.json)."""
    group_of = {name: criterion["group"] for name, criterion in run["method"]["criteria"].items()}
    return say.incomplete(facts["criteria"], group_of) if facts else set()


def group_words(run, group, phases):
    """Return a group in words, "known to be" so where it is incomplete in one of `phases` (facts of summary.json)."""
    return say.known_to_be(group, set().union(*(incomplete_groups(run, facts) for facts in phases))) + GROUPS[group]


def answers(run, phase, labels):
    """Return the four numbers of a phase, each with denominator, published counterpart, and what it rests on."""
    facts, within = run["summary"]["phases"][phase], f"within {say.miles(run['summary']['radius_miles'][phase])}"
    published = run["published"].set_index("id").to_dict("index")
    placed, without = facts["in_need"] - facts["in_need_without_coordinates"], facts["in_need_without_partner"]
    all_schools = say.schools(facts["schools"], phase)
    placed_schools = say.schools(placed, phase, "in need with coordinates")
    incomplete = incomplete_groups(run, facts)
    known = {group: say.known_to_be(group, incomplete) for group in GROUPS}
    words = {
        "share_high_performing": (
            say.percent(facts["share_high_performing"]),
            f"are {known['high_performing']}high-performing",
            f"{say.number(facts['high_performing'])} of {all_schools}",
        ),
        "share_in_need": (
            say.percent(facts["share_in_need"]),
            f"are {known['in_need']}in need of support",
            f"{say.number(facts['in_need'])} of {all_schools}",
        ),
        "median_partners": (
            say.number(facts["median_partners"], 1),
            f"{'known' if known['high_performing'] else 'possible'} "
            f"{say.plural(facts['median_partners'], 'partner')} {within}",
            f"the median of {placed_schools}",
        ),
        "in_need_without_partner": (
            say.number(without),
            f"in need {say.plural(without, 'has', 'have')} no {'known ' if known['high_performing'] else ''}partner "
            f"{within}",
            (f"{say.percent(without / placed)} " if placed else "") + f"of {placed_schools}",
        ),
    }
    out = []
    for key, groups, counterpart in ANSWERS:
        row = published.get(counterpart.format(phase=phase)) if counterpart else None
        own = {n: c for n, c in facts["criteria"].items() if run["method"]["criteria"][n]["group"] in groups}
        looser = any(len(ignored_conditions(run["thresholds"], criterion, phase)) for criterion in own)
        said, verdict, sign = say.compared(row, len(say.lacking(own)), looser)
        chosen = row is not None and row["kind"] == "median" and radius_is_ours(run, phase)
        value, label, of = words[key]
        out.append(
            {
                "group": groups[0] if len(groups) == 1 else "",
                "value": value,
                "label": label,
                "of": of,
                "published": said,
                "verdict": verdict,
                "sign": sign,
                "rests_on": [
                    *filter(None, [say.rests_on(own, labels, named=len(groups) == 1)]),
                    *(["The radius was chosen to give the published figure."] if chosen else []),
                ],
            }
        )
    return out


def origins(run, phases):
    """Return the table of where the numbers of the headline come from: entry, table, filter."""
    rows = []
    for phase, facts in phases.items():
        where = f"phase == '{phase}'"
        for key, what, file, filtered in (
            ("schools", "schools", "classified/schools.csv", where),
            ("high_performing", "high-performing", "classified/schools.csv", f"{where} and group == 'high_performing'"),
            ("in_need", "in need", "classified/schools.csv", f"{where} and group == 'in_need'"),
            ("both", "in need and high-performing", "classified/schools.csv", f"{where} and both == True"),
            (
                "not_assessable",
                "not assessable",
                "classified/schools.csv",
                f"{where} and group == 'not_assessable'",
            ),
            ("median_partners", "median of the column partners", "matched/reach.csv", where),
            ("in_need_without_partner", "in need, no partner", "matched/reach.csv", f"{where} and partners == 0"),
        ):
            value = say.number(facts[key], 1)
            rows.append([f"{say.capital(phase)}: {what}", value, f"phases.{phase}.{key}", file, filtered])
    columns = [
        column("What", name=True),
        column("Value", numeric=True),
        column("Entry of summary.json", code=True),
        column("Table", code=True),
        column("Filter", code=True),
    ]
    note = "A share is the count divided by the schools of the phase. The filters are as pandas’ query takes them."
    return table("origins", "Where the headline comes from", columns, rows, note, download(run, "summary.json"))


# ---------------------------------------------------------------- regions and partners


def regions(run, phase):
    """Return the sentences and the table of the regions of a phase."""
    rows, facts = of_phase(run["regions"], phase), run["summary"]["phases"][phase]
    told = [say.supply(phase, rows, incomplete_groups(run, facts))]
    for group in ("in_need", "high_performing"):
        told.append(say.region_shares(phase, rows, f"share_{group}", group_words(run, group, [facts])))
    return {"sentences": [sentence for sentence in told if sentence], "table": area_table(run, "regions", phase)}


def partners(run, phase, facts):
    """Return the sentences and tables of the partners nearby of a phase."""
    rows, miles = of_phase(run["regions"], phase), run["summary"]["radius_miles"][phase]
    quartiles = [
        (row["lower_quartile_partners"], row["upper_quartile_partners"]) for row in of_phase(run["england"], phase)
    ]
    incomplete = incomplete_groups(run, facts)
    told = (
        *(say.spread(phase, low, high, miles, incomplete) for low, high in quartiles),
        say.region_partners(phase, rows, incomplete),
        say.without_partner_by_region(phase, rows, incomplete),
        say.without_coordinates(phase, facts, rows, incomplete),
    )
    return {
        "sentences": [sentence for sentence in told if sentence],
        "authorities": area_table(run, "local_authorities", phase),
        "named": named_table(run, phase),
    }


def area_table(run, level, phase):
    """Return the table of the regions, or of the local authorities, of a phase; England stands below the regions."""
    rows = of_phase(run[level], phase)
    of_regions = level == "regions"
    name = "Region" if of_regions else "Local authority"
    within = f"within {say.miles(run['summary']['radius_miles'][phase])}"
    columns = [column(name), *([] if of_regions else [column("Region", name=True)])]
    incomplete = incomplete_groups(run, run["summary"]["phases"][phase])
    words = {"within": within, "known": "known " if "high_performing" in incomplete else ""}
    shown = [one for one in area_columns.COLUMNS if one.report]
    columns += [column(one.report[1], numeric=True, above=one.report[0].format(**words)) for one in shown]
    england = of_phase(run["england"], phase) if of_regions else []
    printed = list(zip(*(area_columns.printed(one, rows + england) for one in shown), strict=True))
    twice = shared_names(run[level])
    heads = [
        [f"{row['area']} ({row['area_code']})" if row["area"] in twice else row["area"]]
        + ([] if of_regions else [row["region"]])
        for row in rows
    ]
    return table(
        f"{level.replace('_', '-')}-{phase}",
        f"{say.capital(phase)} schools by {name.lower()}{', as far as is known' if incomplete else ''}",
        columns,
        [[*head, *cells] for head, cells in zip(heads, printed, strict=False)],
        "Middle half: from the lower to the upper quartile. Partners and distances are those of the same schools in "
        "matched/reach.csv.",
        download(run, f"aggregated/{level}.csv"),
        foot=[["England", *cells] for cells in printed[len(rows) :]],
        sort=True,
        filter_label="" if of_regions else "Show only rows that contain",
        filters=area_filters(run[level], phase, of_regions, bool(twice)),
    )


def shared_names(frame):
    """Return the names that more than one area of a level has: only with its code is such an area named."""
    codes = frame.groupby("area")["area_code"].nunique()
    return set(codes[codes > 1].index)


def area_filters(frame, phase, of_regions, with_codes):
    """Return the filters on classified/schools.csv that give the rows of a table of areas: (for which rows, filter)."""
    where = f"phase == '{phase}'"
    if of_regions:
        return [
            (
                "A row counts these rows of classified/schools.csv, with the region’s name:",
                f"{where} and region == '…'",
            ),
            ("England:", where),
        ]
    filters = [
        ("A row counts these rows of classified/schools.csv, with the authority’s name:", f"{where} and la_name == '…'")
    ]
    if with_codes:
        # Codes of digits alone are numbers to a CSV reader.
        digits = frame["area_code"].dropna().astype(str).str.fullmatch(r"\d+").all()
        code = "…" if digits else "'…'"
        filters.append(("where a code follows the name:", f"{where} and la_code == {code}"))
    return filters


def named_table(run, phase):
    """Return the schools in need without a partner, by name; None unless the config has schools named."""
    rows = of_phase(run["named"], phase) if run["named"] is not None else []
    if not rows:
        return None
    columns = [
        column("School"),
        column("URN"),
        column("Local authority"),
        column("Region"),
        column("Nearest high-performing, miles", numeric=True),
    ]
    within = say.miles(run["summary"]["radius_miles"][phase])
    return table(
        f"named-{phase}",
        f"{say.capital(phase)} schools in need without a partner within {within}",
        columns,
        [
            [row["name"], str(row["urn"]), row["la_name"], row["region"], say.metres_in_miles(row["nearest_m"])]
            for row in rows
        ],
        f"From matched/reach.csv, filter: phase == '{phase}' and partners == 0; names from classified/schools.csv.",
        sort=True,
        filter_label="Show only rows that contain",
    )


# ---------------------------------------------------------------- how sure we are


def lacked_by(run):
    """Return {(phase, criterion): [what the files lack]} of the criteria that need a measure which is not there."""
    out = {}
    missing = missing_measures(run["thresholds"])
    for (phase, criterion), rows in missing.groupby(["phase", "criterion"], sort=False):
        told = []
        for measure in rows["measure"]:
            label = measure_label(run, phase, measure)
            if measure == "designated":
                told.append("designations of Teaching Schools and National Support Schools")
            elif EARLIER_YEAR.search(measure):
                told.append("results of earlier years")
            elif measure_unit(run, phase, measure).startswith("grade,"):
                told.append(f"judgements of {label[:1].lower()}{label[1:]}")
            else:
                told.append(f"figures for “{label}”")
        out[phase, criterion] = list(dict.fromkeys(told))
    return out


def criteria_counts(run, labels, lacks):
    """Return the table of the criteria: how many schools meet each, do not, or cannot be assessed, and why not."""
    rows = []
    for row in run["criteria"].to_dict("records"):
        total = row["met"] + row["not_met"] + row["not_assessable"]
        why = lacks.get((row["phase"], row["criterion"]))
        rows.append(
            [
                labels[row["criterion"]],
                say.capital(row["phase"]),
                GROUPS[row["group"]],
                say.number(row["met"]),
                say.number(row["met_alone"]),
                say.number(row["not_met"]),
                say.number(row["not_assessable"]),
                say.tenths(row["not_assessable"] / total) if total else say.NOTHING,
                f"The files lack {say.listing(why)}" if why else "",
            ]
        )
    columns = [
        column("Criterion", wide=True),
        column("Phase"),
        column("Group"),
        column("schools", numeric=True, above="Met"),
        column("only this criterion", numeric=True, above="Met"),
        column("Not met", numeric=True),
        column("schools", numeric=True, above="Not assessable"),
        column("%", numeric=True, above="Not assessable"),
        column("Why not assessable", wide=True),
    ]
    return table(
        "criteria-counts",
        "Schools that meet each criterion, do not, or cannot be assessed",
        *without_empty(columns, rows, [8]),
        "Each row counts the values of the criterion’s column in classified/schools.csv. Only this criterion: no other "
        "of its group is met.",
        download(run, "aggregated/criteria.csv"),
        sort=True,
    )


def without_empty(columns, rows, which):
    """Return columns and rows without those of the columns `which` (their places) that are empty in every row."""
    empty = {i for i in which if not any(row[i] for row in rows)}
    keep = [i for i in range(len(columns)) if i not in empty]
    return [columns[i] for i in keep], [[row[i] for i in keep] for row in rows]


def assumptions(run, labels):
    """Return our assumptions, each with its reason and what it weighs, and the table of results under each value.

    Those that a criterion's tests of the two phases make at the same place are told as one.
    """
    stated = {c["id"]: c for _, c in settings.iter_conditions(run["method"]) if "id" in c}
    told, cells, place = {}, [], {}
    for (name, phase), rows in run["sensitivity"].groupby(["id", "phase"], sort=False):
        criterion = rows["criterion"].iloc[0]
        place[criterion, phase] = place.get((criterion, phase), -1) + 1
        key = (criterion, place[criterion, phase], name in stated)
        one = told.setdefault(key, {"names": {}, "reasons": {}, "phases": {}, "criterion": criterion})
        if name in stated:
            one["names"][phase] = measure_label(run, phase, stated[name]["measure"])
            one["reasons"][stated[name]["reason"]] = None
            title = f"What counts as high: {one['names'][phase]}"
        else:
            title = f"“{labels[criterion]}” where the files lack a figure"
            one["reasons"][if_absent_reason(run, criterion)] = None
        one["title"] = title
        one["phases"][phase] = rows.to_dict("records")
        for row in one["phases"][phase]:
            cells.append(
                [
                    title,
                    say.capital(phase),
                    setting_words(row["setting"]),
                    "yes" if row["used"] else "",
                    say.number(row["criterion_met"]),
                    say.tenths(row["share_high_performing"]),
                    say.tenths(row["share_in_need"]),
                ]
            )
    columns = [
        column("Assumption", wide=True),
        column("Phase"),
        column("Value taken"),
        column("In this run"),
        column("Schools that meet the criterion", numeric=True),
        column("High-performing, %", numeric=True),
        column("In need, %", numeric=True),
    ]
    caption = "The results under each value of our assumptions"
    link = download(run, "classified/sensitivity.csv")
    return {
        "told": [assumption(run, one) for one in told.values()],
        "table": table("assumptions", caption, columns, cells, "", link),
    }


def assumption(run, one):
    """Return an assumption as told: title, sentences. One that moves nothing is told in a sentence."""
    group = run["method"]["criteria"][one["criterion"]]["group"]
    words = group_words(run, group, [run["summary"]["phases"][phase] for phase in one["phases"]])
    sentences, moves = say.sensitivity(one["phases"], f"share_{group}", words)
    names = one["names"]
    if len(set(names.values())) > 1:
        told = say.listing(f"{name} ({phase})" for phase, name in names.items())
        title = f"What counts as high: {told}"
    else:
        title = one["title"]
    return {"title": title, "sentences": [*one["reasons"], *sentences] if moves else sentences}


def if_absent_reason(run, criterion):
    """Return why a condition that a release may lack is an assumption, and whether this release has its figures."""
    reason = (
        "The definition asks for a figure that not every release has. Where it is missing, the method leaves that "
        "condition out; the other reading is that the criterion cannot be assessed."
    )
    lacks = any(len(ignored_conditions(run["thresholds"], criterion, phase)) for phase in settings.PHASES)
    return reason if lacks else f"{reason} This release has the figure."


def setting_words(setting):
    """Return a setting of sensitivity.csv as a reader writes it."""
    kind, _, value = setting.partition(" ")
    if kind == "quantile":
        return say.capital(say.quantile(float(value)))
    return {"ignored": "Condition left out", "required": "Condition required"}.get(setting, setting)


def radius(run, phase):
    """Return the radius of a phase, its basis and the reason; one that the config sets is said to be so."""
    own, used = run["method"]["radius_miles"][phase], run["summary"]["radius_miles"][phase]
    ours = used == own["value"]  # the method's own
    return {
        "phase": phase,
        "miles": say.miles(used),
        "metres": say.number(used * settings.METRES_PER_MILE),
        "basis": own["basis"] if ours else "set in config.yaml",
        "reason": own.get("reason", "") if ours else f"The method’s own radius is {say.miles(own['value'])}.",
    }


def radius_is_ours(run, phase):
    """Whether the radius of the run is the method's reconstruction: taken because it gives the published median."""
    own = run["method"]["radius_miles"][phase]
    return own["basis"] == "reconstructed" and own["value"] == run["summary"]["radius_miles"][phase]


def radius_sentence(run, phase):
    """Return how the median of partners of a phase hangs on the radius."""
    curve = run["radius_curve"]
    curve = curve[(curve["area"] == "England") & (curve["phase"] == phase)].sort_values("radius_miles")
    published = run["published"]
    medians = published[(published["kind"] == "median") & (published["phase"] == phase)]["published"]
    return say.radius(
        phase,
        list(zip(curve["radius_miles"], curve["median_partners"], strict=True)),
        run["summary"]["radius_miles"][phase],
        run["summary"]["phases"][phase]["median_partners"],
        float(medians.iloc[0]) if len(medians) else None,
    )


def published_table(run):
    """Return the table of every published figure beside the run's own."""
    rows = []
    for row in run["published"].to_dict("records"):
        kind, source = row["kind"], run["facts"]["sources"].get(row["source"], {})
        told = say.signed(row["difference"], 0 if kind == "count" else 1) + (
            " points" if kind == "share" and say.known(row["difference"]) else ""
        )
        agrees = ("yes" if row["agrees"] else "no") if say.known(row["agrees"]) else say.NOTHING
        named = [source.get("publisher", row["source"]), *([say.date(source["date"])] if "date" in source else [])]
        rows.append(
            [
                row["label"],
                say.statistic(kind, row["published"]),
                say.statistic(kind, row["reproduced"], 1),
                told,
                agrees,
                row["evidence"],
                row["note"] if say.known(row["note"]) else "",
                ", ".join(named),
            ]
        )
    columns = [
        column("Statistic", wide=True),
        column("Published", numeric=True),
        column("This run", numeric=True),
        column("Difference", numeric=True),
        column("Agrees"),
        column("Evidence"),
        column("What stands between the two", wide=True),
        column("Published by"),
    ]
    note = "Agrees: the same at the precision in which the figure was published. Evidence: partial where a criterion "
    note += (
        "that the figure depends on could not be assessed, or only without a condition; none for synthetic data and "
    )
    note += "figures of another year."
    between = {row[6] for row in rows}
    evidence = {row[5] for row in rows}
    if len(evidence) == 1:  # what is the same for all is said once
        note = f"Evidence of all rows: {rows[0][5]}. {note}"
        rows = [[*row[:5], "", *row[6:]] for row in rows]
    if len(between) == 1:
        note = f"{rows[0][6]} {note}".strip()
        rows = [[*row[:6], "", row[7]] for row in rows]
    return table(
        "published",
        "Published figures beside those of this run",
        *without_empty(columns, rows, [5, 6]),
        note,
        download(run, "compared/published.csv"),
    )


def official_counts(run, labels):
    """Return sentences and the table of single criteria, counted over the results files, beside official counts."""
    published = run["published"].set_index("id")["published"]
    where = {
        "all_rows": "All mainstream state schools of the results file",
        "in_population": "of these, belonging to a school counted here",
        "not_in_register": "of these, not in the register",
        "type_unknown": "of these, of a type that the file leaves blank",
    }
    told, rows = [], []
    for (phase, criterion), counted in run["results_files"].groupby(["phase", "criterion"], sort=False):
        counts = counted.set_index("where")[["met", "not_met", "not_assessable"]].to_dict("index")
        official = [float(value) for name, value in published.items() if name.startswith(f"{phase}_{criterion}_")]
        told.append(say.official_count(labels[criterion], phase, counts, official[0] if official else None))
        rows += [
            [
                labels[criterion],
                say.capital(phase),
                where[name],
                *(say.number(count) for count in counts[name].values()),
            ]
            for name in where
            if name in counts
        ]
    columns = [
        column("Criterion"),
        column("Phase"),
        column("Rows counted", wide=True),
        column("Met", numeric=True),
        column("Not met", numeric=True),
        column("Not assessable", numeric=True),
    ]
    return {
        "sentences": [sentence for sentence in told if sentence],
        "table": table(
            "results-files",
            "Criteria counted over the rows of the results files",
            columns,
            rows,
            "",
            download(run, "classified/results_files.csv"),
        ),
    }


# ---------------------------------------------------------------- method


def population(method):
    """Return the population in words: types, phases of education, what is taken from predecessors."""
    own = method["population"]
    taken = own["inherits"]
    return {
        "types": say.listing([spelt(name) for name in own["establishment_types"]]),
        "phases": {phase: say.listing([spelt(name) for name in names], "or") for phase, names in own["phases"].items()},
        "inherits": {
            what: "" if types == "all" else say.listing([spelt(name) for name in types], "or")
            for what, types in taken.items()
        },
    }


def criteria(run):
    """Return the criteria by group: label, tests as trees of conditions in words, and what they are taken from."""
    used = {
        (row["criterion"], row["phase"], row["measure"], row["is"]): row for row in run["thresholds"].to_dict("records")
    }
    out = {group: [] for group in GROUPS}
    for name, criterion in run["method"]["criteria"].items():
        tests = {}
        for phase, test in criterion["test"].items():
            told = set()

            def in_words(stated, name=name, phase=phase, told=told):
                row = used.get((name, phase, stated["measure"], stated["is"]), {})
                return condition(run, phase, stated, row, told)

            tests[f"{say.capital(phase)} schools"] = tree(test, in_words)
        if len(tests) > 1 and len({json.dumps(test) for test in tests.values()}) == 1:
            tests = {"Both phases": next(iter(tests.values()))}
        sources = dict.fromkeys(
            (c["basis"], c["source"]) for n, c in settings.iter_conditions(run["method"]) if n == name
        )
        out[criterion["group"]].append(
            {
                "name": name,
                "label": criterion["label"],
                "tests": tests,
                "sources": [{"basis": basis, **cited(run, source)} for basis, source in sources],
            }
        )
    return out


def tree(test, in_words):
    """Return a test as nested dicts: {"head", "parts"}, or what `in_words` makes of a condition."""
    if "measure" in test:
        return in_words(test)
    if "at_least" in test:
        head, parts = f"At least {say.in_words(test['at_least'])} of:", test["of"]
    elif "all" in test:
        head, parts = "Both:" if len(test["all"]) == 2 else "All of:", test["all"]
    else:
        head, parts = "Either:" if len(test["any"]) == 2 else "Any of:", test["any"]
    return {"head": head, "parts": [tree(part, in_words) for part in parts]}


def condition(run, phase, stated, used, told):
    """Return a condition: its text, basis, reason where it has one, and what there is to say of it in this release.

    `stated`: of the method. `used`: its row of thresholds.csv. `told`: reasons given so far; each is given once.
    """
    value, notes = stated.get("value"), []
    label, unit = measure_label(run, phase, stated["measure"]), measure_unit(run, phase, stated["measure"])
    available = bool(used.get("available", True))
    if "quantile" in stated:
        text = say.condition(label, stated["is"], f"{say.quantile(stated['quantile'])} of the population")
        if available and say.known(used.get("threshold")):
            counted = say.number(used["schools_with_value"])
            notes.append(f"here {with_unit(float(used['threshold']), unit, 2)}, from {counted} schools with a figure")
    elif isinstance(value, bool):
        text = label if value else f"Not: {label}"
    else:
        values = [with_unit(one, "") for one in (value if isinstance(value, list) else [value])]
        text = say.condition(label, stated["is"], with_unit(say.listing(values, "or"), unit))
    if not available:
        ignored = stated.get("if_absent") == "ignore"
        notes.append("this release lacks it: " + ("left out of the test" if ignored else "not assessable"))
    reason = None if stated.get("reason") in told else stated.get("reason")
    told.add(reason)
    return {"text": text, "basis": stated["basis"], "reason": reason, "notes": notes}


def cited(run, source):
    """Return a source of the method: its words, and its address where the facts have one."""
    return {"text": run["method"]["sources"][source], "url": run["facts"]["sources"].get(source, {}).get("url")}


def spelt(name):
    """Return a name of the method file as a reader writes it: voluntary aided."""
    return name.replace("_", " ")


def with_unit(value, unit, decimals=4):
    """Return a value (a figure or a text) with its unit: 65% of pupils; grade 3 or 4; −0.5 grades."""
    value = spelt(value) if isinstance(value, str) else say.number(value, decimals)
    if unit.startswith("%"):
        return f"{value}{unit}"
    return f"grade {value}" if unit.startswith("grade,") else f"{value} {unit}".strip()


def measure_label(run, phase, measure):
    """Return a measure in words; one of an earlier year says how many years before."""
    fixed = {
        "designated": "A Teaching School or National Support School on the reference date",
        "establishment_type": "Type of establishment",
    }
    earlier = EARLIER_YEAR.search(measure)
    if earlier:
        years, own = int(earlier[1]), measure_label(run, phase, measure[: earlier.start()])
        return f"{own}, {say.in_words(years)} {say.plural(years, 'year')} before"
    return run["measures"][phase].get(measure, {}).get("label") or fixed.get(measure, measure)


def measure_unit(run, phase, measure):
    """Return the unit of a measure; blank where it has none, or where its label says it already."""
    found = run["measures"][phase].get(EARLIER_YEAR.sub("", measure), {})
    unit = found.get("unit") or ""
    return "" if unit and unit in found["label"].lower().split() else unit


# ---------------------------------------------------------------- data and audit


def data(run):
    """Return the sources with provenance and licence, those not available, and what was not used of those that were."""
    files, absent = run["manifest"]["files"], run["manifest"]["absent"]
    aside = run["set_aside"].groupby(["source", "column", "reason"]).size()
    columns = [column("Source", code=True), column("Column", code=True), column("Why", wide=True)]
    return {
        "files": [
            {
                **file,
                "size": say.file_size(file["size"]),
                # The date of a supplied file is that of its last copy, which says nothing.
                "retrieved": say.date(file["retrieved"]) if file["origin"].startswith("http") else "",
                "downloaded": file["origin"].startswith("http"),
            }
            for file in files
        ],
        "absent": absent_sources(absent),
        "register": register(run),
        "absent_sentence": say.absent([source["title"] for source in absent]),
        "licences": list({file["licence"]["name"]: file["licence"] for file in files}.values()),
        "publishers": say.listing(dict.fromkeys(file["publisher"] for file in files)),
        "set_aside": table(
            "set-aside",
            "Values of the sources that the run did not use",
            [*columns, column("Values", numeric=True)],
            [[*names, say.number(count)] for names, count in aside.items()],
            "",
            download(run, "clean/set_aside.csv"),
        )
        if len(aside)
        else None,
        "england": england_rows(run),
    }


def absent_sources(absent):
    """Return the sources that the run did not have, those of the same note as one: sources, why, note, landing_page."""
    alike = {}
    for source in absent:
        key = tuple(source.get(name) for name in ("why", "note", "landing_page"))
        alike.setdefault(key, []).append(source)
    return [
        {"sources": sources, "why": why, "note": note, "landing_page": address}
        for (why, note, address), sources in alike.items()
    ]


def register(run):
    """Return what the register does not fit: schools that opened later, rows of results files not in it."""
    ledger, files = run["ledger"], run["results_files"]
    late = ledger[(ledger["source"] == "register") & (ledger["reason"] == settings.OPENED_LATER)]
    absent = {}
    for phase, rows in files.groupby("phase"):
        own = rows[rows["criterion"] == rows["criterion"].iloc[0]].set_index("where")
        counts = own[["met", "not_met", "not_assessable"]].sum(axis=1)
        absent[phase] = (int(counts.get("not_in_register", 0)), int(counts.get("all_rows", 0)))
    return say.register(say.date(run["release"]["reference_date"]), int(late["rows_left_out"].sum()), absent)


def england_rows(run):
    """Return the table of what the results files themselves say of England; None where they say nothing."""
    levels = {"england_all": "All schools", "england_state_funded": "State-funded schools"}
    rows = []
    for row in run["results_summary"].to_dict("records"):
        for name, measure in run["measures"][row["phase"]].items() if row["level"] in levels else ():
            if say.known(row.get(name)):
                value = with_unit(row[name], measure_unit(run, row["phase"], name), 2)
                rows.append([measure["label"], say.capital(row["phase"]), levels[row["level"]], value])
    if not rows:
        return None
    columns = [column("Measure", wide=True), column("Phase"), column("Schools"), column("Value", numeric=True)]
    caption = "What the results files say of England as a whole"
    return table("england", caption, columns, rows, "", download(run, "clean/results_summary.csv"))


def audit(run):
    """Return the ledger, the files in the page, the steps, the software and the data dictionary."""
    ledger = run["ledger"].to_dict("records")
    totals = [not say.known(row["reason"]) for row in ledger]
    columns = [column("Step"), column("Source"), column("Rows", wide=True)]
    columns += [column(label, numeric=True) for label in ("In", "Out", "Left out")]
    rows = [
        [
            row["step"],
            row["source"],
            "all" if total else spelt(row["reason"]),
            *("" if not total and not say.known(row[key]) else say.number(row[key]) for key in ("rows_in", "rows_out")),
            say.number(row["rows_left_out"]),
        ]
        for row, total in zip(ledger, totals, strict=True)
    ]
    cleaned = [row for row, total in zip(ledger, totals, strict=True) if total and row["step"] == "clean"]
    return {
        "sentence": say.ledger(cleaned),
        "ledger": table(
            "ledger",
            "Rows in, rows out, and rows left out by reason, step by step",
            columns,
            rows,
            "In every line of totals, in = out + left out; the run stops where it is not so.",
            download(run, "audit/ledger.csv"),
            strong=totals,
        ),
        "files": [
            {"path": path, "says": says, "download": download(run, path)}
            for path, says in FILES
            if path in run["files"]
        ],
        "steps": steps_table(run),
        "graph": run["graph"] and markupsafe.Markup(graph(run["graph"])),
        "software": run["software"],
        "dictionary": dictionary_table(run),
    }


def steps_table(run):
    """Return the table of the steps of the workflow; None where the run has none."""
    if run["steps"] is None:
        return None
    rows = [
        [row["step"].replace("_", " "), row["description"], row["script"] if say.known(row["script"]) else ""]
        for row in run["steps"].to_dict("records")
    ]
    columns = [column("Step"), column("What it does", wide=True), column("Script", code=True)]
    return table("steps", "The steps of the workflow", columns, rows, "", download(run, "audit/steps.csv"))


def dictionary_table(run):
    """Return the data dictionary as a table; None where the run has none."""
    frame = run["dictionary"]
    if frame is None:
        return None
    code = ("table", "column")
    yes_or_no = {"True": "yes", "False": "no"}
    rows = [
        [yes_or_no.get(str(value), str(value)) if say.known(value) else say.NOTHING for value in row]
        for row in frame.astype(object).to_numpy()
    ]
    columns = [column(say.capital(name), code=name in code, wide=name == "meaning") for name in frame.columns]
    return table(
        "dictionary",
        "Every column of every table",
        columns,
        rows,
        "",
        download(run, "audit/dictionary.csv"),
        filter_label="Show only rows that contain",
    )


# ---------------------------------------------------------------- parts of the page


def of_phase(frame, phase):
    """Return the rows of a phase as dicts."""
    return frame[frame["phase"] == phase].to_dict("records")


def column(label, numeric=False, code=False, wide=False, name=False, above=""):
    """Return a table's column.

    `numeric`: set right. `code`: set as code. `wide`: text that needs room. `name`: kept on one line. `above`: the
    heading that it shares with its neighbours.
    """
    kinds = {"number": numeric, "code": code, "wide": wide, "name": name}
    return {"label": label, "kind": next((kind for kind, is_so in kinds.items() if is_so), ""), "above": above}


def table(
    name, caption, columns, rows, note="", download=None, foot=(), sort=False, filter_label="", strong=(), filters=()
):
    """Return a table for the template.

    `rows`, `foot`: lists of texts; those of `foot` stay in their place when rows are sorted. `download`: the file
    behind it. `sort`: whether the reader may sort. `filter_label`: of the field that filters rows, blank for none.
    `strong`: whether each row is one of totals. `filters`: how its rows come about: (for which rows, filter).
    """
    above = [(heading, len(list(same))) for heading, same in itertools.groupby(columns, key=lambda c: c["above"])]
    return {
        "id": name,
        "caption": caption,
        "above": [{"label": label, "span": span} for label, span in above] if any(label for label, _ in above) else [],
        "columns": columns,
        "rows": [{"cells": cells, "strong": bool(strong) and strong[i]} for i, cells in enumerate(rows)],
        "foot": list(foot),
        "note": note,
        "filters": list(filters),
        "download": download,
        "sort": sort,
        "filter_label": filter_label,
    }


def download(run, path):
    """Return a link that saves one of the run's files, held in the page itself; None where the run has no such file."""
    if path not in run["files"]:
        return None
    return embedded(f"{run['release']['id']}-{Path(path).name}", run["files"][path], path)


def embedded(name, content, path):
    """Return a file as a link that works from disk and without scripts: name, href, size, path.

    A large file is packed, with a fixed date, so that the same content gives the same bytes.
    """
    kind = "application/json" if name.endswith(".json") else "text/csv;charset=utf-8"
    if len(content) > ZIP_FROM:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
        name, kind, content = f"{name}.zip", "application/zip", packed.getvalue()
    href = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return {"name": name, "href": href, "size": say.file_size(len(content)), "path": path}


def figure_view(figure, release):
    """Return a figure for the template: its drawing as markup, which our own code made, and the CSV that it draws."""
    name = figure["name"]
    return {
        "name": name,
        "title": figure["title"],
        "caption": figure["caption"],
        "svg": markupsafe.Markup(figure["svg"].strip()),
        "download": embedded(f"{release}-figure-{name}.csv", figure["csv_content"], f"figures/{figure['csv']}"),
    }


def graph(svg):
    """Return the graph of the steps as an image with a name; the table beside it says the same in words."""
    return svg.strip().replace(
        "<svg ", '<svg role="img" aria-label="Which step needs which, as listed in the table" ', 1
    )


# ---------------------------------------------------------------- reading


def read(files, below, params):
    """Return a run as `page` takes it.

    `files`: {name: path} as the rule names its inputs. `below`: the folder of the release. `params`: release, method,
    layouts (see `measures_of`), name_schools. The result has a data frame a table; `summary`, `manifest` and `facts` as
    in their files; `figures` with `svg` and `csv_content`; `files`: {path below the folder: content}; `measures`.
    """
    frames = ("england", "regions", "local_authorities", "radius_curve", "criteria", "published", "thresholds")
    frames += ("sensitivity", "results_files", "set_aside", "results_summary", "ledger")
    run = {name: tables.read(files[name]) for name in frames}
    for name in ("steps", "dictionary"):
        run[name] = tables.read(files[name]) if name in files else None
    for name in ("summary", "manifest"):
        run[name] = json.loads(Path(files[name]).read_text(encoding="utf-8"))
    run["facts"] = settings.read_yaml(files["facts"])
    run["figures"] = figures(files["figures"])
    run["graph"] = Path(files["graph"]).read_text(encoding="utf-8") if "graph" in files else None
    named = params["name_schools"]
    run["named"] = named_schools(tables.read(files["schools"]), tables.read(files["reach"])) if named else None
    run["software"] = software(
        Path(files["requirements"]).read_text(encoding="utf-8"), Path(files["lock"]).read_text(encoding="utf-8")
    )
    listed = {path for path, _ in FILES}
    run["files"] = {
        path: (Path(below) / path).read_bytes()
        for path in listed
        if any(str(file) == str(Path(below) / path) for file in files.values())
    }
    run["measures"] = measures_of(params["layouts"], params["method"])
    return run | {name: params[name] for name in ("release", "method")}


def measures_of(layouts, method):
    """Return {phase: {measure: {label, unit}}} of what the files and the method know.

    `layouts`: [{phase, columns}] of the release's sources; one without a phase is of both. The first label counts.
    """
    measures = {phase: {} for phase in settings.PHASES}
    for layout in layouts:
        for phase in [layout["phase"]] if layout["phase"] else settings.PHASES:
            for name, stated in layout["columns"].items():
                measures[phase].setdefault(name, {"label": stated["label"], "unit": stated.get("unit")})
    for name, stated in method.get("derived", {}).items():
        measures[stated["phase"]][name] = {"label": stated["label"], "unit": stated.get("unit")}
    return measures


def figures(index):
    """Return the figures that index.json lists, each with its drawing and the CSV that it draws."""
    folder, out = Path(index).parent, []
    for figure in json.loads(Path(index).read_text(encoding="utf-8")):
        svg = (folder / f"{figure['name']}.svg").read_text(encoding="utf-8")
        out.append({**figure, "svg": svg, "csv_content": (folder / figure["csv"]).read_bytes()})
    return out


def named_schools(schools, reach):
    """Return the schools in need without a partner: phase, urn, name, la_name, region, nearest_m; farthest first."""
    names = schools[["urn", "phase", "name", "la_name", "region"]]
    frame = reach[reach["partners"] == 0].merge(names, on=["urn", "phase"])
    return frame.sort_values(["phase", "nearest_m", "urn"], ascending=[True, False, True], na_position="first")


def software(wanted, lock):
    """Return [(package, version)] of what requirements.in names, as the lock pins it."""
    names = [re.split(r"[\[<>=;\s]", line)[0].lower() for line in wanted.splitlines() if line and line[0] != "#"]
    versions = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", lock, flags=re.MULTILINE))
    return [(name, versions[name]) for name in names if name in versions]


def main(snakemake):
    files = {name: path for name, path in snakemake.input.items() if isinstance(path, str)}
    run = read(files, Path(files["summary"]).parent, snakemake.params)
    with open(snakemake.output[0], "w", encoding="utf-8", newline="\n") as file:
        file.write(render(run))


if "snakemake" in globals():
    run_step.run(main, snakemake)
