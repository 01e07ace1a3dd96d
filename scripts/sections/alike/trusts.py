"""Of which trusts the partners are, and which trusts could help their own schools in need."""

from lib import words
from lib.domain import PARTNER_TRUSTS
from lib.report_run import ReportRun, of_level
from lib.report_table import Column, Table, count, table

LARGEST = 20  # trusts in the table
WHOSE = {  # with whom a pair is
    "same_trust": "an academy of the same trust",
    "another_trust": "an academy of another trust",
    "maintained": "a school of no trust",
    "unknown": "an academy that may be of the same trust, since the register does not state both",
}


def sentences(run: ReportRun, phase: str) -> list[str]:
    """Return what is to be said of the trusts of a phase."""
    (row,) = of_level(run.support, "england", phase)
    return [said for said in (own_trust(phase, row, run.within(phase)), whose(phase, row)) if said]


def own_trust(phase: str, row: dict, within: str) -> str:
    """How many schools in need could be helped from within their trust. `row`: of England in aggregated/support.csv."""
    academies, near, anywhere = (row[name] for name in ("academies", "same_trust_near", "same_trust_anywhere"))
    if not academies:
        return f"Of no {phase} school in need the register gives an academy trust."
    of = f"Of {words.schools(row['in_need'], phase, 'in need')}, {words.number(academies)}"
    are = words.plural(academies, "is an academy", "are academies")
    return (
        f"{of} {are} of a known trust: {words.or_none(near)} of these {words.plural(near or 1, 'is', 'are')} known to "
        f"have a high-performing school of the same trust {within}, and "
        f"{words.or_none(anywhere)} anywhere in England."
    )


def whose(phase: str, row: dict) -> str:
    """Whose the partners are, over all pairs. `row`: of England in aggregated/support.csv."""
    counts = {name: row[f"pairs_{name}"] for name in PARTNER_TRUSTS}
    total = sum(counts.values())
    if not total:
        return ""
    known = [(count, words.number(count), WHOSE[name]) for name, count in counts.items() if count]
    verbs = [words.plural(known[0][0], " is", " are"), *([""] * (len(known) - 1))]
    with_whom = words.listing(
        f"{number}{verb} with {partner}" for (_, number, partner), verb in zip(known, verbs, strict=True)
    )
    pairs = f"{words.number(total)} {words.plural(total, 'pair')} of a {phase} school in need and a partner"
    return f"Of {pairs}, {with_whom}."


def largest(run: ReportRun) -> Table | None:
    """Return the table of the trusts with most schools in need; None where none has any."""
    with_need = run.trusts[run.trusts["in_need"] > 0]
    if with_need.empty:
        return None
    order = with_need.sort_values(["in_need", "schools", "trust", "phase"], ascending=[False, False, True, True])
    columns = (
        Column("Trust", "trust", kind="wide"),
        Column("Phase", "phase", words.capital),
        count("Academies", "schools"),
        count("High-performing", "high_performing"),
        count("schools", "in_need", above="In need"),
        count("of these, with a partner of the trust", "same_trust_near", above="In need"),
    )
    of = f"{words.number(len(with_need))} {words.plural(len(with_need), 'row')} with schools in need"
    cut = (
        f"The first {LARGEST} of {of}, by their number, then by that of the academies." if len(order) > LARGEST else ""
    )
    return table(
        "trusts",
        "Trusts with most schools in need",
        columns,
        order.head(LARGEST).to_dict("records"),
        note=f"{cut} A trust has a row for each phase; the file has all trusts.".strip(),
        download=run.link("aggregated/trusts.csv"),
        sort=True,
    )
