"""Independent recount of a comparison: who is followed, and the flows between groups by area, in plain loops.

For reviewers. It shares no code with the scripts of the workflow: standard library only, no data frames. It starts from
clean/, population/ and classified/ of two runs and works out what flows.csv should hold, what became of every school,
and the counts of areas.csv but for their bounds. tests/test_changes.py sets the two side by side.
"""

import csv
import datetime
from collections import Counter, defaultdict
from pathlib import Path

MOST_DAYS = 31  # from the end of one URN to the beginning of the other, where no link says that they are one school
NOT_STATED = "Not stated in the register"


def read_rows(path):
    """The rows of a CSV file as dicts of text."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Release:
    """What is read of one run: `folder` is that of the run, `date` the reference date."""

    def __init__(self, folder, date):
        folder, self.date = Path(folder), date
        self.register = {row["urn"]: row for row in read_rows(folder / "../clean/establishments.csv")}
        self.links = []
        for name in ("links", "links_of_results"):
            self.links += [(row["predecessor_urn"], row["urn"]) for row in read_rows(folder / f"../clean/{name}.csv")]
        self.links = [(old, new) for old, new in self.links if old != new]
        mergers = read_rows(folder / "../clean/mergers_and_splits.csv")
        self.mergers = [(row["urn"], row["linked_urn"]) for row in mergers if row["urn"] != row["linked_urn"]]
        self.schools = {(row["urn"], row["phase"]): row for row in read_rows(folder / "classified/schools.csv")}
        population = read_rows(folder / "population/schools.csv")
        self.register_authority = {row["urn"]: row["register_la_code"] for row in population}
        self.open = {urn for urn, row in self.register.items() if self.was_open(row)}

    def was_open(self, row):
        if row["establishment_status"] in ("proposed", "created_in_error"):
            return False
        if row["establishment_status"] == "closed" and not row["close_date"]:
            return False
        return row["open_date"] <= self.date and (not row["close_date"] or row["close_date"] > self.date)


def reached(start, goals, steps, mergers):
    """{goal: whether a merger or split is among the links of a shortest way}: the first goals on every way."""
    found, seen, ring = {}, {start}, {start: False}
    while ring:
        following = {}
        for urn, merged in ring.items():
            for other in steps[urn]:
                following[other] = following.get(other, False) or merged
            for other in mergers[urn]:
                following[other] = True
        ring = {}
        for urn, merged in following.items():
            if urn in seen:
                continue
            seen.add(urn)
            if urn in goals:
                found[urn] = merged
            else:
                ring[urn] = merged
    return found


def days_between(one, other):
    """Days from the end of one row of the register to the beginning of another; None where a date is not stated."""
    if not one["close_date"] or not other["open_date"]:
        return None
    end, begin = (datetime.date.fromisoformat(day) for day in (one["close_date"], other["open_date"]))
    return (begin - end).days


def soon(one, other):
    days = days_between(one, other)
    return days is not None and 0 <= days <= MOST_DAYS


def alike(one, other, number):
    columns = ("la_code", "establishment_number") if number else ("postcode",)
    return all(one[c] and one[c] == other[c] for c in (*columns, "phase_of_education"))


def only_pairs(closed, opened, register, tests):
    """Yield the pairs (closed, opened) that one test after another finds one to one; a test takes two URNs.

    Who has been found by one test, be it with several, is not looked for by the next.
    """
    closed, opened = set(closed) & register.keys(), set(opened) & register.keys()
    by_day = defaultdict(list)
    for urn in opened:
        by_day[register[urn]["open_date"]].append(urn)
    near = defaultdict(list)
    for urn in closed:
        if register[urn]["close_date"]:
            end = datetime.date.fromisoformat(register[urn]["close_date"])
            for days in range(MOST_DAYS + 1):
                near[urn] += by_day[(end + datetime.timedelta(days)).isoformat()]
    for test in tests:
        pairs = [(one, other) for one in closed for other in near[one] if other in opened and test(one, other)]
        ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
        yield from (pair for pair in pairs if ones[pair[0]] == 1 and others[pair[1]] == 1)
        closed, opened = closed - set(ones), opened - set(others)


def follow(earlier, later):
    """({URN: (how, URN or None)} of the earlier release's establishments, the same of the later's)."""
    successors, predecessors, mergers = defaultdict(set), defaultdict(set), defaultdict(set)
    links = set(earlier.links + later.links)
    for old, new in links:
        successors[old].add(new)
        predecessors[new].add(old)
    for one, other in earlier.mergers + later.mergers:
        mergers[one].add(other)
        mergers[other].add(one)
    there, back, merged = defaultdict(set), defaultdict(set), set()
    for steps, starts, goals in (
        (successors, earlier.open - later.open, later.open),
        (predecessors, later.open - earlier.open, earlier.open),
    ):
        for start in starts:
            for goal, by_merger in reached(start, goals, steps, mergers).items():
                old, new = (start, goal) if steps is successors else (goal, start)
                there[old].add(new)
                back[new].add(old)
                if by_merger:
                    merged.add((old, new))
    for urn in earlier.open & later.open:
        there[urn].add(urn)
        back[urn].add(urn)

    def what_became(urn, here, away, own_side, other_side, nothing):
        if urn in other_side:
            return "same_urn", urn
        ends = here[urn]
        if not ends:
            return nothing, None
        many, shared = len(ends) > 1, any(len(away[end]) > 1 for end in ends)
        if many and shared:
            return "ambiguous", None
        forward = nothing == "closed"
        if many:
            return ("split" if forward else "merged"), None
        if shared:
            return ("merged" if forward else "split"), None
        (end,) = ends
        pair = (urn, end) if forward else (end, urn)
        return ("merged", None) if pair in merged else ("converted", end)

    before = {urn: what_became(urn, there, back, earlier.open, later.open, "closed") for urn in earlier.open}
    after = {urn: what_became(urn, back, there, later.open, earlier.open, "opened") for urn in later.open}
    register = earlier.register | later.register

    def by_number(one, other):
        return alike(register[one], register[other], True)

    def by_place(one, other):
        return alike(register[one], register[other], False)

    closed, opened = alone(before, "closed"), alone(after, "opened")
    for old, new in list(only_pairs(closed, opened, register, [by_number, by_place])):
        before[old], after[new] = ("converted", new), ("converted", old)
    tests = [lambda one, other: (one, other) in links, by_number, by_place]
    elsewhere = register.keys() - earlier.open - later.open
    closed, opened = alone(before, "closed"), alone(after, "opened")
    for old, _ in list(only_pairs(closed, elsewhere, register, tests)):
        before[old] = ("between_urns", None)
    for _, new in list(only_pairs(elsewhere, opened, register, tests)):
        after[new] = ("between_urns", None)
    return before, after


def alone(fates, how):
    return {urn for urn, (found, _) in fates.items() if found == how}


def rows_of(earlier, later):
    """One row a school and phase of either: [URN before, URN after, phase, how, school before, school after]."""
    before, after = follow(earlier, later)
    rows, taken = [], set()
    for (urn, phase), school in earlier.schools.items():
        how, other = before[urn]
        if (other, phase) in later.schools:
            taken.add((other, phase))
            rows.append((urn, other, phase, how, school, later.schools[other, phase]))
        else:
            rows.append((urn, None, phase, absent(urn, other, how, later), school, None))
    for (urn, phase), school in later.schools.items():
        if (urn, phase) not in taken:
            how, other = after[urn]
            how = absent(urn, other, how, earlier)
            if how == "opened" and urn not in earlier.register and later.register[urn]["open_date"] <= earlier.date:
                how = "not_in_register"
            rows.append((None, urn, phase, how, None, school))
    return rows


def absent(urn, other, how, release):
    """Why a school is not counted in a release. `other`: the URN under which it would be."""
    if other is not None:
        return "other_phase" if any(u == other for u, _ in release.schools) else "not_counted"
    return "not_in_register" if how == "closed" and urn not in release.register else how


def authority_on(code, day, authorities):
    """The code of the authority that held on a day what this one did; itself where that cannot be said."""
    held = holders(code, day, authorities)
    return held.pop() if len(held) == 1 else code


def holders(code, day, authorities):
    if code not in authorities:
        return set()
    row = authorities[code]
    if row["from"] and day < row["from"]:
        others = [other for other, stated in authorities.items() if code in stated["successor"].split(";")]
    elif row["to"] and day > row["to"]:
        others = row["successor"].split(";")
    else:
        return {code}
    return set().union(*(holders(other, day, authorities) for other in others))


def recount(folders, dates, authorities):
    """Recount a comparison. `folders`, `dates`: of both runs, the earlier first. `authorities`: path of the table.

    Returns {"schools": {(URN before, URN after, phase): how},
    "flows": {(level, area, region, phase, before, after): n},
    "areas": {(level, area, region, phase, group): {from, to, stayed, came, left}}}. `area` is the code of a local
    authority, else a name.
    """
    earlier, later = (Release(folder, date) for folder, date in zip(folders, dates, strict=True))
    known = {row["code"]: row for row in read_rows(authorities)}
    rows = rows_of(earlier, later)
    placed = []
    for old, new, phase, how, before, after in rows:
        if after is not None:
            code, region = after["la_code"], after["region"]
        else:
            code, region = authority_on(earlier.register_authority[old], later.date, known), before["region"]
        groups = tuple(how if side is None else side["group"] for side in (before, after))
        placed.append((old, new, phase, how, groups, code, region))
    regions = defaultdict(Counter)
    for *_, code, region in placed:
        if code and region:
            regions[code][region] += 1
    home = {code: min(found, key=lambda r, f=found: (-f[r], r)) for code, found in regions.items()}
    flows, areas = Counter(), defaultdict(Counter)
    for _, _, phase, _, groups, code, region in placed:
        for level, area, lies_in in (
            ("england", "England", ""),
            ("region", region or NOT_STATED, region),
            ("local_authority", code, home.get(code, "")),
        ):
            flows[level, area, lies_in, phase, *groups] += 1
            for group in ("high_performing", "in_need"):
                was, is_ = (of == group for of in groups)
                count = areas[level, area, lies_in, phase, group]
                count.update({"from": was, "to": is_, "stayed": was and is_})
                count.update({"came": is_ and not was, "left": was and not is_})
    schools = {(old or "", new or "", phase): how for old, new, phase, how, *_ in placed}
    return {"schools": schools, "flows": dict(flows), "areas": dict(areas)}
