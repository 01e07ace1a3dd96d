"""
Comparisons: which runs are set beside which, and what the step `changes` is told of them. Functions only.
"""

from itertools import pairwise

from lib.methods import groups_of

RELEASES_IN_ORDER = sorted(RELEASE_FILES, key=lambda name: (RELEASE_FILES[name]["reference_date"], name))
BETWEEN_RUNS = "--"  # in the name of a comparison's folder


def runs_of(release):
    """The runs of a release, in the order of the config."""
    return [run for name, run in RUNS if name == release]


def folder_of(earlier, later):
    """The folder of the comparison of two runs, each (release, run)."""
    runs = earlier[1] if earlier[1] == later[1] else f"{earlier[1]}{BETWEEN_RUNS}{later[1]}"
    return f"results/changes/{earlier[0]}-{later[0]}/{runs}"


def page_of(earlier, later):
    """The page of the comparison of two runs, which is made last."""
    return f"{folder_of(earlier, later)}/report/changes.html"


def finished_runs():
    """What is made last of each run that the config asks for: its pages, and what states how it was made."""
    last = ("report/index.html", "report/map.html", "ro-crate-metadata.json")
    return [f"results/{release}/{run}/{path}" for release, run in RUNS for path in last]


def of_run(run):
    """The releases of which a run is, in order; synthetic and real ones are never set beside each other."""
    return [release for release in RELEASES_IN_ORDER if (release, run) in METHODS]


def neighbours():
    """Each release with the next, real ones and synthetic ones by themselves."""
    for synthetic in (False, True):
        alike = [name for name in RELEASES_IN_ORDER if RELEASE_FILES[name]["synthetic"] == synthetic]
        yield from pairwise(alike)


# What is compared: each release with the one before, under each method that both have …
OVER_TIME = [
    ((earlier, run), (later, run))
    for earlier, later in neighbours()
    for run in runs_of(earlier)
    if run in runs_of(later)
]
# … and, where it is asked for, under two methods where they have none in common, and each run of one release with the
# one listed before it.
ON_REQUEST = [
    ((earlier, runs_of(earlier)[0]), (later, runs_of(later)[0]))
    for earlier, later in neighbours()
    if not set(runs_of(earlier)) & set(runs_of(later))
]
ON_REQUEST += [
    ((release, run), (release, other)) for release in RELEASES_IN_ORDER for run, other in pairwise(runs_of(release))
]
# The runs that are counted over the years: of three releases at the least, all real or all synthetic.
OVER_YEARS = [
    run
    for run in dict.fromkeys(run for _, run in RUNS)
    if len(of_run(run)) >= 3 and len({RELEASE_FILES[release]["synthetic"] for release in of_run(run)}) == 1
]


def compared_paths(wildcards=None):
    """An input function: the comparisons that the config asks for."""
    if not [*OVER_TIME, *ON_REQUEST]:
        raise WorkflowError(
            "There is nothing to compare: name two releases that are both real or both synthetic, or two methods of one "
            "(releases and method in the config; make compare FROM=2016 TO=2017)."
        )
    if list(RELEASE_FILES) != RELEASES_IN_ORDER:
        dated = [f"{name} ({RELEASE_FILES[name]['reference_date']})" for name in RELEASES_IN_ORDER]
        print(f"Compared in the order of their dates, not as named: {', then '.join(dated)}", file=sys.stderr)
    return [
        *(page_of(*pair) for pair in [*OVER_TIME, *ON_REQUEST]),
        *(f"results/changes/over_years/{run}/schools.csv" for run in OVER_YEARS),
    ]


# The wildcards of a comparison, as its rules take them.
OF_A_COMPARISON = {
    "earlier": "|".join(map(re.escape, RELEASE_FILES)),
    "later": "|".join(map(re.escape, RELEASE_FILES)),
    "runs": rf"({'|'.join(map(re.escape, {run for _, run in RUNS}))}|{BETWEEN_RUNS})+",
}


def sides_of(wildcards):
    """The two runs of a comparison, each (release, run)."""
    first, _, second = wildcards.runs.partition(BETWEEN_RUNS)
    return (wildcards.earlier, first), (wildcards.later, second or first)


def tables_compared(side):
    """An input function: the tables of one of the two runs that are compared."""

    def paths(wildcards):
        release, run = sides_of(wildcards)[side]
        return [os.path.normpath(f"results/{release}/{run}/{path}") for path in COMPARED_TABLES]

    return paths


def compared_runs(wildcards):
    """A params function: what each of the two runs is, as scripts/compared_runs.py knows it."""
    told = []
    for release, run in sides_of(wildcards):
        stated = RELEASE_FILES[release]
        partial = settings.partial_data(present(release), stated["reference_date"])
        keys = ("title", "results_year", "reference_date", "synthetic")
        told.append(
            {
                "release": release,
                **{key: stated[key] for key in keys},
                "method": METHODS[release, run],
                "partial": partial,
            }
        )
    return told


def code_of_comparison(wildcards):
    """A params function: the project's files that decide a comparison of two finished runs, from the top of it."""
    code = {"scripts/changes.py", *(path.removeprefix(f"{PROJECT}/") for path in imports("changes"))}
    code |= {f"workflow/facts/{name}" for name in ("authorities.csv", "comparisons.yaml", "published.yaml")}
    for release, run in sides_of(wildcards):
        code |= {f"workflow/releases/{release}.yaml", *method_files(METHODS[release, run]["id"])}
    return sorted(code)


def groups_compared(wildcards):
    """A params function: the groups of which one of the two methods has criteria."""
    criteria = {}
    for run in sides_of(wildcards):
        criteria |= METHODS[run]["criteria"]
    return groups_of(criteria)


def counted_over_years(wildcards):
    """The run that is counted over the years and of which both sides of a comparison are; None where there is none."""
    runs = {run for _, run in sides_of(wildcards)}
    return (
        wildcards.runs if len(runs) == 1 and runs <= set(OVER_YEARS) and wildcards.earlier != wildcards.later else None
    )


def over_years_of(wildcards):
    """An input function: how many years schools are in need, of a run of which that is counted."""
    run = counted_over_years(wildcards)
    return f"results/changes/over_years/{run}/schools.csv" if run else []


def titles_over_years(wildcards):
    """A params function: the titles of the releases that are counted over the years."""
    return (
        [RELEASE_FILES[release]["title"] for release in of_run(wildcards.runs)] if counted_over_years(wildcards) else []
    )
