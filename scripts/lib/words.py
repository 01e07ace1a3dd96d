"""Sentences of the report, made from numbers so that they stay right when the numbers change.

Pure functions: figures in, English out, as plain text and never as HTML. A figure that is missing is None or NaN.
Shares run from 0 to 1. `phase` is `primary` or `secondary`. A sentence that would say nothing comes back empty.
"""

import decimal
import math

from lib.settings import METRES_PER_MILE

SYNTHETIC = "Synthetic data: no evidence about schools"  # the band on every figure and on the map
NOTHING = "–"  # what stands in place of a figure that is not there
MINUS = "−"
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NOTABLE = 0.05  # the share of high-performing schools without coordinates from which the headline is to mention it
WITH_ARTICLE = ("North", "South", "East", "West")  # "the North East", but "London"
COMPARISONS = {
    "<": "under ",
    "<=": "at most ",
    "==": "",
    ">=": "at least ",
    ">": "over ",
    "in": "",
    "not in": "not ",
}
MONTHS = "January February March April May June July August September October November December".split()


# ---------------------------------------------------------------- figures


def known(value):
    """Whether there is a figure (or a text): not None, NaN or pandas' NA."""
    if value is None or isinstance(value, float) and math.isnan(value):
        return False
    return str(value) != "<NA>"


def rounded(value, decimals=0):
    """Return a figure as Decimal, halves away from zero, as printed statistics are rounded."""
    step = decimal.Decimal(1).scaleb(-decimals)
    # Six decimals first: 0.285 * 100 is a hair under 28.5.
    return decimal.Decimal(repr(round(float(value), 6))).quantize(step, rounding=decimal.ROUND_HALF_UP)


def number(value, decimals=0):
    """Return a figure with thousands separators and at most `decimals` decimals: 16,831; 8.5; –."""
    if not known(value):
        return NOTHING
    text = f"{rounded(value, decimals):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", MINUS)


def percent(share, decimals=0):
    """Return a share as a percentage; what rounds to 0% or 100% without being it is said to be under or over."""
    if not known(share):
        return NOTHING
    least = decimal.Decimal(1).scaleb(-decimals)
    value = rounded(share * 100, decimals)
    if value == 0 and share > 0:
        return f"under {least}%"
    if value == 100 and share < 1:
        return f"over {100 - least}%"
    return f"{value:f}%"


def tenths(share):
    """Return a share in percent with one decimal, for a column whose header has the percent sign."""
    return percent(share, 1).replace("under ", "<").replace("over ", ">").removesuffix("%")


def fixed(value, decimals):
    """Return a figure with just so many decimals, so that those of a column stand below each other: 4.0; −1,234.5."""
    if not known(value):
        return NOTHING
    text = f"{rounded(value, decimals):,f}".replace("-", MINUS)
    return text.removeprefix(MINUS) if not rounded(value, decimals) else text


def ratio(value):
    """Return a ratio to two figures or so, the same number of decimals for all above one and all below: 3.5; 0.86."""
    return fixed(value, 1 if known(value) and rounded(value, 2) >= 1 else 2)


def span(low, high):
    """Return two figures as a range: 4–13; 0–1.3; 4 where both are printed alike."""
    if not known(low) or not known(high):
        return NOTHING
    low, high = number(low, 1), number(high, 1)
    return low if low == high else f"{low}–{high}"


def signed(value, decimals=0):
    """Return a difference with its sign and just so many decimals: +3.0, −12.3, 0.0."""
    text = fixed(value, decimals)
    return text if text == NOTHING or text.startswith(MINUS) or not rounded(value, decimals) else f"+{text}"


def miles(value):
    """Return a distance in miles: 1 mile, 3.5 miles."""
    text = number(value, 2)
    return f"{text} mile" if text == "1" else f"{text} miles"


def metres_in_miles(metres):
    """Return a distance given in metres as miles with one decimal, without the unit."""
    return f"{rounded(metres / METRES_PER_MILE, 1):,f}" if known(metres) else NOTHING


def file_size(octets):
    """Return a file's size: 731 bytes, 27 kB, 5.7 MB."""
    if octets < 1000:
        return f"{octets} {plural(octets, 'byte')}"
    return f"{number(octets / 1000)} kB" if octets < 999_500 else f"{number(octets / 1_000_000, 1)} MB"


def date(iso):
    """Return an ISO date (or the date of an ISO time) in words: 31 March 2017. Anything else comes back as it is."""
    try:
        year, month, day = (int(part) for part in str(iso)[:10].split("-"))
        return f"{day} {MONTHS[month - 1]} {year}"
    except (ValueError, IndexError):
        return str(iso)


def statistic(kind, value, decimals=0):
    """Return a published or reproduced value as it is printed: 27%, 5,677, 9, holds. Shares are given in percent."""
    if not known(value):
        return NOTHING
    if kind == "claim":
        return {"true": "holds", "false": "does not hold"}.get(str(value).lower(), str(value))
    if kind == "share":
        return percent(float(value) / 100, decimals)
    return number(float(value), 0 if kind == "count" else 1)


# ---------------------------------------------------------------- words


def in_words(count):
    """Return a count as a word below ten, else in figures."""
    return WORDS[count] if 0 <= count < len(WORDS) else number(count)


def fraction(share):
    """Return a share as it is spoken, where a simple fraction comes within a point of it: three in four; else empty."""
    for of in range(2, 6):
        count = round(share * of)
        if 0 < count < of and abs(share - count / of) < 0.01:
            return f"{in_words(count)} in {in_words(of)}"
    return ""


def about(count):
    """Return a number of partners in a sentence: no, 4; between halves: fewer than one, between 2 and 3."""
    if count == int(count):
        return "no" if count == 0 else number(count)
    return "fewer than one" if count < 1 else f"between {number(math.floor(count))} and {number(math.ceil(count))}"


def listing(items, last="and"):
    """Return items as a list in a sentence: a; a and b; a, b and c."""
    items = [str(item) for item in items]
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items)


def plural(count, one, many=None):
    """Return the word that goes with a count."""
    return one if count == 1 else many or f"{one}s"


def schools(count, phase, kind=""):
    """Return a number of schools: no primary school, 1 secondary school in need, 16,831 primary schools."""
    figure = "no" if count == 0 else number(count)
    return f"{figure} {phase} school{'' if count in (0, 1) else 's'}{f' {kind}' if kind else ''}"


def high_performing_schools(phase, count, known):
    """Return the high-performing schools of a phase, without their number; `known`: only known to be so."""
    noun = f"{phase} school{'' if count in (0, 1) else 's'}"
    return f"{noun} known to be high-performing" if known else f"high-performing {noun}"


def place(region):
    """Return a region's name as it stands in a sentence: the North East, London."""
    return f"the {region}" if region.split()[0] in WITH_ARTICLE else region


def places(regions):
    """Return regions as a list in a sentence, in the order of the alphabet."""
    return listing(place(region) for region in sorted(regions))


def share_of_regions(names, total):
    """Return which of `total` regions `names` are: no region; all nine regions; 1 of 9 regions (London)."""
    count = len(names)
    if count == 0:
        return "no region"
    if count == total:
        few = {1: f"{place(names[0])}, the only region here", 2: "both regions"}
        return few.get(total, f"all {in_words(total)} regions")
    return f"{count} of {total} regions" + (f" ({places(names)})" if count <= 3 else "")


def capital(text):
    """Return text with a capital first letter."""
    return text[:1].upper() + text[1:]


# ---------------------------------------------------------------- the answer


def definition(criteria, both):
    """When a school is of which group. `criteria`: {group: [label]}. `both`: {phase: schools that are of both}."""
    of = {group: listing([f"“{label}”" for label in labels], "or") for group, labels in criteria.items()}
    told = listing(schools(count, phase) for phase, count in both.items() if count)
    return (
        f"A school is high-performing if it meets {_any(criteria['high_performing'])} {of['high_performing']}. "
        f"It is in need of support if it meets {_any(criteria['in_need'])} {of['in_need']}. "
        f"A school that is both counts as in need{f' ({told})' if told else ''}."
    )


def _any(labels):
    return "the criterion" if len(labels) == 1 else "any of the criteria"


def groups(phase, facts, incomplete=()):
    """How many schools of a phase are high-performing, and how many are in need.

    `facts`: the phase in summary.json, or None where the release has no school of it. `incomplete`: the groups that
    have a criterion which could not be assessed for any school; these are only `known to be` what they are.
    """
    if not facts or not facts["schools"]:
        return f"This release has no {phase} schools."
    head = f"Of {number(facts['schools'])} {phase} schools" if facts["schools"] > 1 else f"Of the one {phase} school"
    told = []
    for group, words in (("high_performing", "high-performing"), ("in_need", "in need of support")):
        count = facts[group]
        figure = f"{number(count)} ({percent(facts[f'share_{group}'])})" if count else "none"
        told.append(f"{figure} {'is' if count < 2 else 'are'} {known_to_be(group, incomplete)}{words}")
    return f"{head}, {told[0]} and {told[1]}."


def partners(phase, facts, radius_miles, incomplete=()):
    """How many partners the schools in need of a phase have, and how many have none.

    `facts`, `incomplete`: as for `groups`.
    """
    if not facts or not facts["schools"]:
        return ""
    need, lost, without = facts["in_need"], facts["in_need_without_coordinates"], facts["in_need_without_partner"]
    placed, within, median = need - lost, f"within {miles(radius_miles)}", facts["median_partners"]

    def high_performing(count):
        return _high_performing(phase, count, incomplete)

    if need == 0:
        return f"With no {phase} school in need, there is nothing to match."
    if placed == 0:
        whom = f"The one {phase} school" if need == 1 else f"None of the {number(need)} {phase} schools"
        return (
            f"{whom} in need has {'no ' if need == 1 else ''}coordinates in the register, "
            "so partners could not be looked for."
        )
    if placed == 1:
        who = f"The one {phase} school in need{' with coordinates' if lost else ''}"
        return f"{who} has {'no' if median == 0 else number(median)} {high_performing(median)} {within}."
    if without == placed:
        return f"No {phase} school in need has a {high_performing(1)} {within}."
    share = percent(without / placed)
    if 0 < median < 1:  # half of them have none, and half one or more
        half = f"Half of the {phase} schools in need ({number(without)} of {number(placed)})"
        return f"{half} have no {high_performing(1)} {within}."
    first = f"The median {phase} school in need has {about(median)} {high_performing(median)} {within}"
    if without == 0:
        return f"{first}; every one has at least one."
    return f"{first}; {number(without)} of {number(placed)} ({share}) {plural(without, 'has', 'have')} none."


def without_coordinates(phase, facts, regions=(), incomplete=()):
    """What schools without coordinates do to the numbers of partners; empty where every school has them.

    `facts`, `incomplete`: as for `groups`. `regions`: [{area, high_performing, high_performing_without_coordinates}].
    """
    lost = facts["in_need_without_coordinates"] if facts else 0
    out = []
    if lost:
        them = plural(lost, "has no coordinates in the register and is", "have no coordinates in the register and are")
        out.append(f"{capital(schools(lost, phase, 'in need'))} {them} left out of matching.")
    unplaced = facts["high_performing_without_coordinates"] if facts else 0
    if unplaced:
        total, either = facts["high_performing"], " either" if lost else ""
        verb, they = plural(unplaced, "has", "have"), plural(unplaced, "it", "they")
        out.append(
            f"{_of_the_high_performing(phase, unplaced, total, incomplete)} {verb} no coordinates{either}, so {they} "
            "cannot be counted as anyone’s partner: the numbers of partners here are if anything too low, and those "
            f"without a partner too high{_most_of_all(regions) if unplaced / total >= NOTABLE else ''}."
        )
    return " ".join(out)


def _of_the_high_performing(phase, count, total, incomplete):
    """How many of the high-performing schools of a phase: 331 of the 2,476 high-performing primary schools (13%)."""
    if total == 1:
        return f"The one {_high_performing(phase, 1, incomplete)}"
    whole = f"{number(total)} {_high_performing(phase, total, incomplete)}"
    return f"{number(count)} of the {whole} ({percent(count / total)})"


def _most_of_all(regions):
    """In which region the largest share of the high-performing schools has no coordinates; empty where several tie."""
    key = "high_performing_without_coordinates"
    shares = {row["area"]: row[key] / row["high_performing"] for row in regions if row["high_performing"]}
    top = [row for row in regions if row["high_performing"] and shares[row["area"]] == max(shares.values())]
    if len(shares) < 2 or len(top) > 1:
        return ""
    return f", most of all in {place(top[0]['area'])} ({number(top[0][key])} of {number(top[0]['high_performing'])})"


def _high_performing(phase, count, incomplete):
    noun = f"{phase} school{'' if count in (0, 1) else 's'}"
    return f"{noun} known to be high-performing" if "high_performing" in incomplete else f"high-performing {noun}"


def lacking(criteria):
    """Return the criteria that could not be assessed for any school. `criteria`: {name: counts} of summary.json."""
    return [name for name, n in criteria.items() if n["not_assessable"] and not n["met"] + n["not_met"]]


def incomplete(criteria, group_of):
    """Return the groups of which a criterion could be assessed for no school: these are only `known to be` so.

    `criteria`: {name: counts} of a phase in summary.json. `group_of`: {criterion: group}.
    """
    return {group_of[name] for name in lacking(criteria)}


def known_to_be(group, incomplete):
    """What stands before a group's name in a sentence. `incomplete`: the groups that `incomplete` returns."""
    return "known to be " if group in incomplete else ""


def missing_of(criteria, group_of):
    """Return {group: (criteria that could be assessed for no school, criteria)}. Arguments as of `incomplete`."""
    blind = lacking(criteria)
    return {
        group: tuple(sum(group_of[name] == group for name in names) for names in (blind, criteria))
        for group in dict.fromkeys(group_of[name] for name in criteria)
    }


def shortfall(phases):
    """In one sentence, that criteria could be assessed for no school; empty where none is missing.

    `phases`: of summary.json.
    """
    told = _missing_criteria(_present(phases))
    return f"These files cannot reproduce the study: {listing(told)}." if told else ""


def not_assessed(phases, labels, lacks=None):
    """What could not be assessed, to be said before the headline: a list of paragraphs.

    `phases`: of summary.json. `labels`: {criterion: label}. `lacks`: {(phase, criterion): what the files lack, a list
    in words}.
    """
    present = _present(phases)
    missing = {phase: lacking(facts["criteria"]) for phase, facts in present.items()}
    told = _missing_criteria(present)
    unplaced = _unplaced(present, spoken=bool(told))
    if not told and not unplaced:
        return ["Every school could be placed in a group."] if present else []
    if not told:
        return [
            f"{capital(unplaced)} could not be placed in a group, because their results or inspection are missing in "
            "part. They count in the total, but not as high-performing or in need."
        ]
    names = dict.fromkeys(name for phase in missing for name in missing[phase])
    files_lack = dict.fromkeys(
        thing for phase in missing for name in missing[phase] for thing in (lacks or {}).get((phase, name), [])
    )
    because = f"They lack {_things(files_lack)}, so {listing(told)}" if files_lack else capital(listing(told))
    out = [f"These files cannot reproduce the study. {because}."]
    left = {sum(name not in missing[phase] for name in facts["criteria"]) for phase, facts in present.items()}
    if left != {0}:
        others = f"the other {in_words(*left)}" if len(left) == 1 else "the others"
        could_not = f"; {unplaced} could not be placed in a group" if unplaced else ""
        out[0] += f" The figures below count only schools known from {others}{could_not}."
        if unplaced:
            out.append("They count in the total, but not as high-performing or in need.")
    out.append(f"Not assessed: {listing(f'“{labels.get(name, name)}”' for name in names)}.")
    return [out[0], " ".join(out[1:])]


def _things(items):
    """A list in a sentence, with a comma before the last of several, since a thing may have an "and" of its own."""
    *most, last = items
    return f"{', '.join(most)}, and {last}" if len(most) > 1 else listing(items)


def _present(phases):
    return {phase: facts for phase, facts in phases.items() if facts["schools"]}


def _missing_criteria(phases):
    """How many criteria could not be assessed: one clause for all phases, or one a phase where they differ."""
    counts = {phase: (tuple(lacking(facts["criteria"])), len(facts["criteria"])) for phase, facts in phases.items()}
    alike, out = len(set(counts.values())) == 1, []
    for phase, (names, total) in counts.items():
        whom = "" if alike else f" for {phase} schools"
        if names and total == 1:
            out.append(f"the one criterion could not be assessed{whom}")
        elif len(names) == total:
            out.append(f"none of the {in_words(total)} criteria could be assessed{whom}")
        elif names:
            out.append(f"{in_words(len(names))} of the {in_words(total)} criteria could not be assessed{whom}")
    return out[:1] if alike else out


def _unplaced(phases, spoken=False):
    """Which schools could not be placed in a group: 12 of 16 primary schools (75%) and …; empty where all could.

    `spoken`: in simple fractions where these are near, three in four primary schools (75%).
    """
    told = []
    for phase, facts in phases.items():
        count, total = facts["not_assessable"], facts["schools"]
        if count:
            part = fraction(count / total) if spoken else ""
            of = f"{part} {phase} schools" if part else f"{number(count)} of {schools(total, phase)}"
            told.append(f"{of} ({percent(count / total)})")
    return listing(told)


def loosened(label, without, group, shares):
    """That a criterion is tested without conditions whose measures the files lack, and what it weighs.

    `without`: the measures, in words. `group`: the criterion's, in words. `shares`: {phase: (share of the group in this
    run, share if the criterion were left out)}, of the phases where that is known and differs.
    """
    quoted = [f"“{one}”" for one in without]
    which = listing(quoted if len(quoted) < 3 else [quoted[0], f"{in_words(len(quoted) - 1)} more"])
    out = f"These files lack {which}: “{label}” is tested without, so more schools may meet it than should."
    if shares:
        told = listing(
            f"{percent(left, 1)} of {phase} schools, not {percent(here, 1)}," for phase, (here, left) in shares.items()
        )
        out += f" Without this criterion, {told} would be {group}."
    return out


def unlocated(phases):
    """That many high-performing schools have no coordinates, for those who read no further; empty where few have none.

    `phases`: of summary.json.
    """
    told = []
    for phase, facts in phases.items():
        total, count = facts["high_performing"], facts["high_performing_without_coordinates"]
        if total and count / total >= NOTABLE:
            told.append(f"{number(count)} of the {number(total)} {phase} schools ({percent(count / total)})")
    if not told:
        return ""
    return (
        f"Of those counted as high-performing, {listing(told)} have no coordinates, so they cannot be counted as "
        "anyone’s partner: the numbers of partners are if anything too low."
    )


def lopsided(phases, group_of):
    """That the two groups rest on criteria missing in unequal parts, so that they cannot be set against each other.

    `phases`: of summary.json. `group_of`: {criterion: group}. Empty where the groups are equally well known.
    """
    told = {}
    for phase, facts in _present(phases).items():
        missing = missing_of(facts["criteria"], group_of)
        if len({count / total for count, total in missing.values()}) == 2:
            told[phase] = missing
    if not told:
        return ""
    alike = len(told) == len(_present(phases)) and len({str(missing) for missing in told.values()}) == 1
    clauses = []
    for phase, missing in told.items():
        (high, of_high), (need, of_need) = missing["high_performing"], missing["in_need"]
        whom = "" if alike else f"for {phase} schools "
        if not high:
            clauses.append(f"{whom}{_of_criteria(need, of_need)} of need could not be assessed")
            continue
        some = f"{in_words(need)} of the {in_words(of_need)} of need" if need < of_need else "all of need"
        but = f", but {some}" if need else ", but all of need could"
        clauses.append(f"{whom}{_of_criteria(high, of_high)} of high performance could not be assessed{but}")
    what = clauses[0] if alike else "; ".join(clauses)
    return f"Comparing the two groups is lopsided: {what}."


def _of_criteria(count, total):
    return "the one criterion" if total == 1 else f"{in_words(count)} of the {in_words(total)} criteria"


def rests_on(criteria, labels, named=True):
    """On which criteria a figure is based, where not on all; empty where it is based on all.

    `criteria`: {name: counts} of the groups that the figure depends on. `named`: whether to name those it rests on.
    """
    missing = lacking(criteria)
    used = [name for name in criteria if name not in missing]
    if not missing:
        return ""
    if not used:
        return f"None of its {in_words(len(criteria))} criteria could be assessed."
    told = f": {listing(f'“{labels.get(name, name)}”' for name in used)}" if named else ""
    return f"Based on {in_words(len(used))} of {in_words(len(criteria))} criteria{told}."


def compared(row, missing=0, loosened=False):
    """What the comparison with a published figure says: (published value, verdict, sign), in words.

    `row`: of compared/published.csv, or None where nothing was published. `missing`: how many of the criteria of the
    figure could be assessed for no school. `loosened`: whether one is tested without a condition. The sign is `agrees`,
    `differs`, or `open` where the two cannot be set against each other like for like.
    """
    if row is None:
        return "No published figure", "", "open"
    said = f"Published: {statistic(row['kind'], row['published'])}"
    if not known(row["reproduced"]) or not known(row["agrees"]):
        return said, "cannot be compared", "open"
    gap = 0
    if row["agrees"]:
        verdict, sign = "agrees", "agrees"
    elif row["kind"] == "claim":
        verdict, sign = "differs", "differs"
    else:
        # Of the figures as they are printed, so that the reader can subtract.
        gap = rounded(row["reproduced"], 1 if row["kind"] == "median" else 0) - decimal.Decimal(str(row["published"]))
        unit = f" {plural(abs(gap), 'point')}" if row["kind"] == "share" else ""
        verdict, sign = f"{number(abs(gap), 1)}{unit} {'higher' if gap > 0 else 'lower'} here", "differs"
    if row["evidence"] == "none":
        return said, f"{'same figure' if row['agrees'] else verdict}; no evidence", "open"
    if row["evidence"] != "partial":
        return said, verdict, sign
    # A missing criterion can only lower the count of its group, a missing condition only raise it.
    if gap > 0 and row["kind"] in ("share", "count") and (missing or loosened):
        although = f", although {plural(missing, 'a criterion is', 'criteria are')} missing" if missing else ""
        one = "another" if missing else "a criterion"
        looser = f"; {one} is tested without a condition" if loosened else ""
        return said, f"{verdict}{although}{looser}", "open"
    return said, f"{verdict}, but not like for like", "open"


def worth(evidence, synthetic):
    """What the comparisons as a whole are worth. `evidence`: that column of compared/published.csv."""
    evidence = list(evidence)
    if not evidence:
        return "No published figure is available to compare with."
    if synthetic:
        return "The data are synthetic: neither agreement nor difference says anything about schools."
    says = {
        "full": ("sets like beside like", "set like beside like"),
        "partial": (
            "lacks a criterion or a condition that could not be tested here",
            "lack a criterion or a condition that could not be tested here",
        ),
        "none": ("is no evidence", "are no evidence"),
    }
    parts = []
    for kind, (one, many) in says.items():
        count = evidence.count(kind)
        if count == len(evidence):
            which = {1: "The one comparison", 2: "Both comparisons"}.get(count, f"All {in_words(count)} comparisons")
            return f"{which} {one if count == 1 else many}."
        if count:
            parts.append(f"{in_words(count)} {one if count == 1 else many}")
    return f"Of {in_words(len(evidence))} comparisons, {listing(parts)}."


# ---------------------------------------------------------------- regions and partners


def supply(phase, rows, incomplete=()):
    """In how many regions high-performing schools outnumber schools in need.

    `rows`: [{area, high_performing, in_need}], one a region. `incomplete`: as for `groups`, here and below.
    """
    if not any(row["high_performing"] or row["in_need"] for row in rows):
        return ""
    signs = {"more": [], "fewer": [], "as many": []}
    for row in rows:
        gap = row["high_performing"] - row["in_need"]
        signs["more" if gap > 0 else "fewer" if gap < 0 else "as many"].append(row["area"])
    more, fewer, level = signs.values()
    total = len(rows)
    high = _high_performing(phase, 2, incomplete)
    need = f"those {known_to_be('in_need', incomplete)}in need"
    if total == 1:
        verb = "outnumber" if more else "are outnumbered by" if fewer else "are as many as"
        counts = f"{number(rows[0]['high_performing'])} to {number(rows[0]['in_need'])}"
        return f"In {place(rows[0]['area'])}, {high} {verb} {need} ({counts})."
    out = [f"{capital(high)} outnumber {need} in {share_of_regions(more, total)}"]
    if fewer:
        out.append(f"there are fewer of them in {_the_rest(fewer, more, total)}")
    if level:
        out.append(f"there are as many of one as of the other in {_the_rest(level, more, total)}")
    return "; ".join(out) + "."


def _the_rest(names, before, total):
    """Which regions these are, after some have been counted: the other eight; London; all nine regions."""
    if len(names) == total:
        return share_of_regions(names, total)
    if len(names) + len(before) == total and len(names) > 3:
        return f"the other {in_words(len(names))}"
    return places(names) if len(names) <= 3 else f"{len(names)} of {total} regions"


def region_shares(phase, rows, key, what):
    """Where the share of schools of a group is highest and where lowest, ties named together.

    `rows`: [{area, key}]. `what`: `in need` or `high-performing`. Shares that are printed alike count as tied.
    """
    have = {row["area"]: row[key] for row in rows if known(row[key])}
    if len(have) < 2 or not any(have.values()):
        return ""
    top, low = percent(max(have.values()), 1), percent(min(have.values()), 1)
    head = f"The share of {phase} schools that are {what} is"
    if top == low:
        return f"{head} {top} in {share_of_regions(list(have), len(rows))}."
    highest = [area for area, share in have.items() if percent(share, 1) == top]
    lowest = [area for area, share in have.items() if percent(share, 1) == low]
    return f"{head} highest in {_with_value(highest, top)} and lowest in {_with_value(lowest, low)}."


def _with_value(areas, value):
    return f"{_named(areas)} ({value}{' each' if len(areas) > 1 else ''})"


def _named(areas):
    return places(areas) if len(areas) <= 3 else f"{in_words(len(areas))} regions"


def _partners(count, incomplete):
    """Partners in a sentence: no possible partner, 4 known partners, between 2 and 3 possible partners."""
    return f"{about(count)} {_kind(incomplete)} {'partner' if count <= 1 else 'partners'}"


def _kind(incomplete):
    return "known" if "high_performing" in incomplete else "possible"


def spread(phase, low, high, radius_miles, incomplete=()):
    """Between which numbers of partners the middle half of the schools in need lies. `low`, `high`: quartiles."""
    if not known(low) or not known(high):
        return ""
    within = f"within {miles(radius_miles)}"
    # Quartiles fall between schools; in a sentence there are no parts of partners.
    low, high = int(rounded(low)), int(rounded(high))
    whose = f"The middle half of {phase} schools {known_to_be('in_need', incomplete)}in need"
    if low == high:
        return f"{whose} all have {_partners(low, incomplete)} {within}."
    return f"{whose} have between {number(low)} and {number(high)} {_kind(incomplete)} partners {within}."


def region_partners(phase, rows, incomplete=()):
    """Where the median number of partners is highest and lowest. `rows`: [{area, median_partners}]."""
    have = {row["area"]: row["median_partners"] for row in rows if known(row["median_partners"])}
    none = [row["area"] for row in rows if not known(row["median_partners"])]
    if len(have) < 2:
        return ""
    head = f"The median {phase} school {known_to_be('in_need', incomplete)}in need has"
    most, least = max(have.values()), min(have.values())
    tail = f" In {_named(none)} there is no {phase} school in need to match." if none else ""
    if most == least:
        where = share_of_regions(list(have), len(have)) + (" that have one" if none else "") if most else "any region"
        return f"{head} {_partners(most, incomplete)} in {where}.{tail}"
    top = [area for area, median in have.items() if median == most]
    low = [area for area, median in have.items() if median == least]
    fewest = "none" if least == 0 else about(least)
    return f"{head} {_partners(most, incomplete)} in {_named(top)}, but {fewest} in {_named(low)}.{tail}"


def without_partner_by_region(phase, rows, incomplete=()):
    """Where the schools in need that have no partner are, and where every one has one.

    `rows`: [{area, in_need_without_partner, in_need_with_coordinates}].
    """
    placed = [row for row in rows if row["in_need_with_coordinates"]]
    without = {row["area"]: row["in_need_without_partner"] for row in placed if row["in_need_without_partner"]}
    if len(placed) < 2:
        return ""
    partner = f"{'known ' if 'high_performing' in incomplete else ''}partner"
    need = f"{known_to_be('in_need', incomplete)}in need"
    if not without:
        return f"In every region where a {phase} school is {need}, each has a {partner}."
    total, most = sum(without.values()), max(without.values())
    if len(without) == 1:
        whom = f"The one {phase} school" if total == 1 else f"All {number(total)} {phase} schools"
        return f"{whom} {need} without a {partner} {plural(total, 'is', 'are')} in {places(without)}."
    top = [area for area, count in without.items() if count == most]
    largest = plural(len(top), "the largest number is", "the largest numbers are")
    free = [row["area"] for row in placed if row["area"] not in without]
    tail = f"; in {_named(free)} every one has a {partner}" if free else ""
    where = _with_value(top, number(most))
    return f"Of the {number(total)} {phase} schools {need} without a {partner}, {largest} in {where}{tail}."


# ---------------------------------------------------------------- how sure we are


def radius(phase, curve, radius_miles, median, published):
    """How the median number of partners hangs on the radius.

    `curve`: [(miles, median)] of England in order. `median`: of this run at `radius_miles`. `published`: the published
    median, or None.
    """
    curve = [(at, value) for at, value in curve if known(value)]
    if not curve or not known(median):
        return ""
    near = [(at, value) for at, value in curve if at != radius_miles and abs(at - radius_miles) <= 1]
    out = f"For {phase} schools the median at {miles(radius_miles)}, the radius of this run, is {number(median, 1)}"
    if near:
        out += "; " + listing(f"at {miles(at)} it is {number(value, 1)}" for at, value in near)
    if not known(published):
        return f"{out}."
    told = f"{out}. The published median, {number(published, 1)},"
    same = [at for at, value in curve if value == published]
    if same:
        return f"{told} comes out at {listing([*(number(at, 2) for at in same[:-1]), miles(same[-1])])}."
    if curve[-1][1] < published:
        return f"{told} is not reached within {miles(curve[-1][0])}."
    beyond = next(at for at, value in curve if value > published)
    return f"{told} comes out at no radius that was tried: from {miles(beyond)} on the median is higher."


def sensitivity(phases, key, group):
    """What an assumption weighs: how the share of a group moves with the value taken. One sentence a phase at most.

    `phases`: {phase: rows of classified/sensitivity.csv of one assumption, as dicts}. `key`: the column of the share.
    `group`: the group in words. Returns (sentences, whether any result moves).
    """
    moved, still, blind = [], [], True
    for phase, rows in phases.items():
        used = next((row for row in rows if row["used"]), None)
        if used is None or len(rows) < 2 or not all(known(row[key]) for row in rows):
            continue
        blind = blind and not any(row["criterion_met"] for row in rows) and bool(used["criterion_not_assessable"])
        low, high = percent(min(row[key] for row in rows), 1), percent(max(row[key] for row in rows), 1)
        if low == high:
            still.append(f"{low} of {phase} schools")
        else:
            moved.append(
                f"Depending on the choice, between {low} and {high} of {phase} schools are {group}; in this run "
                f"{percent(used[key], 1)}."
            )
    if not moved and not still:
        return [], False
    if blind:
        return ["Changes nothing here: whichever is chosen, no school is known to meet the criterion."], False
    if still:
        moved.append(f"Whichever is chosen, {listing(still)} are {group}.")
    return moved, len(moved) > bool(still)


def official_count(label, phase, rows, official):
    """A criterion counted over the results files, beside the official count.

    `rows`: {where: {met, not_met, not_assessable}} of classified/results_files.csv. `official`: a count, or None.
    """
    if "all_rows" not in rows:
        return ""
    told = f" The official count is {number(official)}." if known(official) else ""
    counted = rows["all_rows"]
    if not counted["met"] + counted["not_met"]:
        return f"“{label}” could not be assessed for any {phase} school of the results file.{told}"
    met = counted["met"]
    out = f"{capital(schools(met, phase))} of the results file {'meets' if met < 2 else 'meet'} “{label}”"
    if known(official):
        gap = met - int(official)
        share = f" ({percent(abs(gap) / official)} {'more' if gap > 0 else 'fewer'} here)" if gap and official else ""
        out += f"; the official count is {number(official)}{share or ', the same'}"
    inside, outside = rows.get("in_population"), rows.get("not_in_register")
    if met and inside and outside:
        out += (
            f". Of these, {number(inside['met'])} {plural(inside['met'], 'belongs', 'belong')} to a school counted here"
        )
        out += f", and {number(outside['met'])} {plural(outside['met'], 'is', 'are')} not in the register"
    return f"{out}."


# ---------------------------------------------------------------- method, data and audit


def condition(quantity, comparison, value):
    """A condition of a test: Reading progress: under −5 points."""
    return f"{quantity}: {COMPARISONS[comparison]}{value}"


def quantile(share):
    """A quantile in words: the median, the 40th percentile."""
    if share == 0.5:
        return "the median"
    whole = int(rounded(share * 100))
    ending = "th" if 10 <= whole % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"the {whole}{ending} percentile"


def absent(titles):
    """Which optional sources the run did not have."""
    if not titles:
        return "Every source of the release was available."
    verb = plural(len(titles), "source was", "sources were")
    return f"{capital(in_words(len(titles)))} optional {verb} not available."


def register(date_in_words, opened_later, absent):
    """What the register does not fit: schools that opened after the reference date, rows of results not in it.

    `opened_later`: how many of its schools did. `absent`: {phase: (rows of results not in it, rows of results)}.
    """
    out = []
    if opened_later:
        some = f"{number(opened_later)} of its schools"
        out.append(f"The register is an extract later than {date_in_words}: {some} opened after that date.")
    told = [f"{number(count)} of {number(total)} {phase}" for phase, (count, total) in absent.items() if count]
    if told:
        ones = sum(count for count, _ in absent.values())
        out.append(
            f"{capital(listing(told))} schools of the results files {plural(ones, 'is', 'are')} not in the register."
        )
    return " ".join(out)


def ledger(rows):
    """What became of the rows of the source files. `rows`: lines of totals of cleaning: {rows_in, rows_out, …}."""
    if not rows:
        return ""
    into, out, left = (sum(int(row[key]) for row in rows) for key in ("rows_in", "rows_out", "rows_left_out"))
    files = "one file" if len(rows) == 1 else f"{in_words(len(rows))} files"
    gone = (
        f" and {number(left)} {plural(left, 'was left out, with', 'were left out, each with')} a reason" if left else ""
    )
    return f"{number(into)} {plural(into, 'row')} of {files} came in; {number(out)} went on{gone}."
