"""Follow schools through their URNs, from one day to another.

A school keeps its URN until it converts, merges, splits or closes. One that became one other by links, over however
many steps, is one school. Where several became one, or one several, none of them is said to be another. A register does
not link every conversion (an extract of links may be older than the day): a school that closed without any link, and
one that opened within a month under the same establishment number, or else at the same postcode in the same phase, are
one as well, where they are one to one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

# What became of a school between two days: the first two are followed, of the others there is no one counterpart.
SAME, CONVERTED, MERGED, SPLIT, AMBIGUOUS, CLOSED, OPENED, BETWEEN = FATES = (
    *("same_urn", "converted", "merged", "split", "ambiguous", "closed", "opened", "between_urns"),
)
FOLLOWED = (SAME, CONVERTED)
# What tells that two URNs are of one school, where no link does, in order: both give the same in all of these columns.
ALIKE = {
    "number": ["la_code", "establishment_number", "phase_of_education"],
    "place": ["postcode", "phase_of_education"],
}
FOUND_BY = ("link", *ALIKE)
MOST_DAYS = 31  # from the last day of the one to the first of the other, where no link tells


@dataclass(frozen=True)
class Fate:
    """What became of an establishment, or where it came from: a word of FATES, those of the other day that it became,
    came of or joined, by how many links the furthest of them is reached, and how they are found (FOUND_BY).
    """

    how: str
    others: tuple[int, ...] = ()
    steps: int = 0
    by: str | None = None


def standing(establishments: pd.DataFrame, day: str) -> set[int]:
    """Return the URNs of the establishments (schemas.ESTABLISHMENTS) that were open on a day, of any type and phase."""
    opened, closed = establishments["open_date"].fillna(""), establishments["close_date"].fillna("9999-99-99")
    status = establishments["establishment_status"]
    never = status.isin(["proposed", "created_in_error"]) | ((status == "closed") & establishments["close_date"].isna())
    return set(establishments.loc[~never & (opened <= day) & (closed > day), "urn"])


def follow(
    before: Collection[int],
    after: Collection[int],
    links: Iterable[tuple[int, int]],
    mergers: Iterable[tuple[int, int]] = (),
) -> tuple[dict[int, Fate], dict[int, Fate]]:
    """Return ({urn before: fate}, {urn after: fate}) of all establishments that stand on either day.

    `links`: (successor, predecessor), of which a chain goes through establishments that stand on neither of the days it
    looks between. `mergers`: pairs that merged or split, whichever way round; they are linked, and never one to one.
    An establishment that stands on both days is itself, whatever joined it or came out of it.
    """
    before, after = set(before), set(after)
    successors, predecessors, merged = {}, {}, {}
    for urn, predecessor in links:
        if urn != predecessor:
            successors.setdefault(predecessor, set()).add(urn)
            predecessors.setdefault(urn, set()).add(predecessor)
    for one, other in mergers:
        if one != other:
            merged.setdefault(one, set()).add(other)
            merged.setdefault(other, set()).add(one)
    steps, several = {}, set()  # of each pair (before, after); pairs that are linked by a merger or a split
    for urn in before - after:
        for other, (number, by_merger) in _reached(urn, after, successors, merged).items():
            _add(steps, several, (urn, other), number, by_merger)
    for urn in after - before:
        for other, (number, by_merger) in _reached(urn, before, predecessors, merged).items():
            _add(steps, several, (other, urn), number, by_merger)
    onward, back = {}, {}
    for one, other in steps:
        onward.setdefault(one, set()).add(other)
        back.setdefault(other, set()).add(one)
    for urn in before & after:  # it is among those that became the one, and among those that came of the other
        onward.setdefault(urn, set()).add(urn)
        back.setdefault(urn, set()).add(urn)
    fates_before = {urn: _fate(urn, urn in after, onward, back, steps, several, CLOSED, False) for urn in before}
    fates_after = {urn: _fate(urn, urn in before, back, onward, steps, several, OPENED, True) for urn in after}
    return fates_before, fates_after


def _add(steps, several, pair, number, by_merger):
    steps[pair] = min(number, steps.get(pair, number))
    if by_merger:
        several.add(pair)


def _reached(start, goals, links, merged):
    """The nearest goals that links lead to from a URN: {goal: (steps, whether by a merger or a split on the way)}."""
    found, seen, ends = {}, {start}, [(start, False)]
    number = 0
    while ends:
        number += 1
        ahead = {}
        for at, by_merger in ends:
            for other in links.get(at, ()):
                ahead[other] = ahead.get(other, False) or by_merger
            for other in merged.get(at, ()):
                ahead[other] = True
        ends = []
        for other in sorted(ahead):
            if other in seen:
                continue
            seen.add(other)
            if other in goals:
                found[other] = (number, ahead[other])
            else:
                ends.append((other, ahead[other]))
    return found


def _fate(urn, stands, there, back, steps, several, alone, turned):
    """The fate of a URN. `there`, `back`: its counterparts on the other day, and theirs on this one."""
    others = there.get(urn, set()) - {urn}
    if stands:
        return Fate(SAME, tuple(sorted(others)), by="link" if others else None)
    if not others:
        return Fate(alone)
    pairs = [(other, urn) if turned else (urn, other) for other in others]
    fan_out, fan_in = len(others) > 1, any(len(back[other]) > 1 for other in others)
    if not fan_out and not fan_in:
        how = MERGED if pairs[0] in several else CONVERTED
    elif fan_out and fan_in:
        how = AMBIGUOUS
    else:
        how = MERGED if fan_out == turned else SPLIT
    return Fate(how, tuple(sorted(others)), max(steps[pair] for pair in pairs), "link")


def follow_unlinked(
    onward: Mapping[int, Fate],
    back: Mapping[int, Fate],
    register: pd.DataFrame,
    links: Iterable[tuple[int, int]],
) -> tuple[dict[int, Fate], dict[int, Fate]]:
    """Return the fates of `follow` with those that no link connects, or that lie between two URNs on one of the days.

    `register`: schemas.ESTABLISHMENTS of both days. A school that closed, and whose one successor opened within
    MOST_DAYS but after the later day, is `between_urns` then; so is one that opened, on the earlier day.
    """
    onward, back, register = dict(onward), dict(back), register.drop_duplicates("urn").set_index("urn")
    closed, opened = _alone(onward, CLOSED), _alone(back, OPENED)
    for by, one, other in _pairs(closed, opened, register):
        onward[one], back[other] = Fate(CONVERTED, (other,), 0, by), Fate(CONVERTED, (one,), 0, by)
    closed, opened = _alone(onward, CLOSED), _alone(back, OPENED)
    standing_then = set(onward) | set(back)
    others = [urn for urn in register.index if urn not in standing_then]
    linked = {(predecessor, urn) for urn, predecessor in links if urn != predecessor}
    for fates, given in ((onward, (closed, others)), (back, (others, opened))):
        for by, one, other in _pairs(*given, register, linked):
            urn, counterpart = (one, other) if fates is onward else (other, one)
            fates[urn] = replace(fates[urn], how=BETWEEN, others=(counterpart,), by=by)
    return onward, back


def _alone(fates, how):
    return [urn for urn, fate in fates.items() if fate.how == how]


def _pairs(closed, opened, register, linked=()):
    """Yield (how found, closed, opened): one to one, and the one opened within MOST_DAYS of the other's end."""
    dates = {name: pd.to_datetime(register[name], errors="coerce") for name in ("close_date", "open_date")}
    closed, opened = set(closed) & set(register.index), set(opened) & set(register.index)
    pairs = {"link": [pair for pair in linked if pair[0] in closed and pair[1] in opened]} if linked else {}
    for by, columns in {**dict.fromkeys(pairs), **ALIKE}.items():
        if by == "link":
            found = pd.DataFrame(pairs[by], columns=["one", "other"])
        else:
            of = {
                name: register.loc[sorted(urns), columns].dropna()
                for name, urns in (("one", closed), ("other", opened))
            }
            one, other = (table.rename_axis(name).reset_index() for name, table in of.items())
            found = one.merge(other, on=columns)[["one", "other"]]
        if found.empty:
            continue
        days = (
            dates["open_date"].reindex(found["other"]).to_numpy() - dates["close_date"].reindex(found["one"]).to_numpy()
        )
        days = pd.Series(days, index=found.index).dt.days
        found = found[days.between(0, MOST_DAYS)]
        single = ~found.duplicated("one", keep=False) & ~found.duplicated("other", keep=False)
        for one, other in zip(found.loc[single, "one"], found.loc[single, "other"], strict=True):
            yield by, one, other
        closed, opened = closed - set(found["one"]), opened - set(found["other"])
