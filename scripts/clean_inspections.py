"""Clean inspections and designations: what stood on the reference date.

Inputs: every inspections and designations file of the release.
Outputs: clean/inspections.csv (per URN the latest graded inspection on or before the reference date and the one before
it, the report card, category of concern and headline grade), clean/designations.csv (Teaching Schools and National
Support Schools on that date; without rows where the release has no list), rows left out.

A row of a file may hold several of these. A file of one day (`snapshot` in its layout) has a row a school: what has no
date in it was there on that day, and where it has no inspection, it says that there is none. But only of its own day:

- Where that is before the reference date, there may have been an inspection since: that there is none is `missing`, and
  so is the category. By a file of all inspections the category is known where the file goes to the reference date.
- What a later file has of after the reference date leaves open what stood before, unless the row says that too.
- The inspection before the latest is known only where one file has both: in a row of a file of one day, or in rows of a
  file of all inspections that is not `partial`. Between those of two files there may have been another. That there was
  none before is known only where the row of the latest says so.
"""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from lib import run_step, schemas, source_files, tables
from lib.domain import CARD_WORDS, GRADED, GRADES, PREVIOUS
from lib.inspections import CARD, HEADLINE, OF_GRADES, rows_behind, without_row
from lib.releases import partial_aspects
from lib.run_step import UserError

IN_FILE = ["source", "row", "urn"]
READ_AS = {"grade": source_files.parse_figures, "word": source_files.parse_words}  # with a status
PLAIN = {"date": source_files.parse_dates, "integer": source_files.parse_urns}
DATES = ("inspection_date", f"{PREVIOUS}inspection_date", "report_card_date", "headline_date")
UNDATED = "no inspection date"
NOT_NEXT = "no file has both this one and the latest, so another may lie between them, or they may be the same"
MOST = {"graded": 2}  # records of a URN that are kept; of other aspects one
LATER = {
    "graded": "two graded inspections on or before the reference date are later",
    "card": "a report card on or before the reference date is later, or another row has the school's",
    "category": "a statement on or before the reference date is later",
    "headline": "a headline grade on or before the reference date is later",
}
URNS = tuple(f"{of}judged_urn" for of in ("", PREVIOUS, "card_"))


def clean_inspections(path: str | Path, source: dict, source_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (records, rejected) of one file: every row that says something of an inspection.

    `records`: source, row, urn, the layout's grades and words with their statuses, its dates and URNs, and, each true
    or false, what the row holds: `graded`, `previous_graded`, `card`.
    """
    records, rejected = source_files.read(path, source, source_id)
    records, no_urn = source_files.parse_urn(records, path, source, source_id)
    if source.get("snapshot"):
        source_files.stop_at_repeats(records, path)
    out = _parsed(records, path, source).assign(source=source_id)
    for of in ("", PREVIOUS):
        out = _judged_under(out.assign(**{f"{of}graded": _graded(out, source, of)}), of, GRADES)
    cards = [word for word in CARD_WORDS if word in out]
    out["card"] = out[cards].notna().any(axis=1)
    out = _judged_under(out, "card_", CARD_WORDS)
    for word in cards:
        blank = out["card"] & (out[f"{word}_status"] == "no_inspection")
        out[f"{word}_status"] = out[f"{word}_status"].mask(blank, "not_judged")
    why, undated = "no report card", out["card"] & out["report_card_date"].isna() if cards else False
    if "overall_effectiveness" in out:
        why = "no overall grade: " + out["overall_effectiveness_status"]
        undated |= out["graded"] & out["inspection_date"].isna()
    nothing = ~(out["graded"] | out[f"{PREVIOUS}graded"] | out["card"] | (HEADLINE in out))
    if source.get("snapshot"):  # which says of each school how things stood
        nothing = undated = pd.Series(False, index=out.index)
    out, empty = source_files.reject(out, nothing, source_id, why)
    out, no_date = source_files.reject(out, undated[out.index], source_id, UNDATED)
    return out, pd.concat([rejected, no_urn, empty, no_date], ignore_index=True)


def _parsed(records, path, source):
    """The columns of a file that are used, read by their types; a blank that this copy alone has is `missing`."""
    out = records[["row", "urn"]].copy()
    codes = {code: "" for code in source.get("codes", {})}
    for name, spec in source["columns"].items():
        if name in records and spec["type"] in READ_AS:
            out[name], status = READ_AS[spec["type"]](records, name, path, source)
            if name in source.get("not_filled", ()):
                blank = records[name] == ""
                out[name], status = out[name].mask(blank), status.mask(blank, "missing")
            out[f"{name}_status"] = status
        elif name in records and name in (*DATES, *URNS):
            stated = records.assign(**{name: records[name].replace(codes)})
            out[name] = PLAIN[spec["type"]](stated, name, path, source)
    for urn in URNS:
        asked = [c for c in (urn, urn.replace("_urn", "_under")) if c in records and c in source.get("not_filled", ())]
        if asked:
            out[f"{urn}_open"] = (records[asked] == "").any(axis=1)
    return out


def _graded(rows, source, of):
    """Which rows hold a graded inspection: one with an overall grade, or, without one, with grades of areas."""
    overall = f"{of}overall_effectiveness"
    if overall not in rows:
        return pd.Series(False, index=rows.index)
    areas = [f"{of}{grade}" for grade in GRADES[1:] if f"{of}{grade}" in rows]
    some = source.get("snapshot", False) | rows[areas].notna().any(axis=1)
    return rows[overall].notna() | (rows[f"{overall}_status"] == "not_judged") & some


def _judged_under(rows, of, measures):
    """Blank the URN of a judgement where it is the row's own, and the judgement where the URN is another, not known.

    `judged_urn_open`, in a file that does not fill its columns: whether they leave open whose judgement it was.
    """
    flag, stated = (f"{of}judged_{what}" for what in ("under", "urn"))
    under = rows.get(flag, pd.Series(None, index=rows.index, dtype="str"))
    urn = rows.get(stated, pd.Series(pd.NA, index=rows.index, dtype="Int64"))
    urn = urn.mask((urn == rows["urn"]).fillna(False) | (under == "own"))
    unknown = (under == "another") & urn.isna()
    if f"{stated}_open" in rows:
        blank = under.isna() & rows.get(stated, urn).isna()
        rows = rows.assign(**{f"{stated}_open": rows[f"{stated}_open"] & blank})
    if flag in rows or stated in rows:
        rows = rows.drop(columns=[flag, f"{flag}_status"], errors="ignore").assign(**{stated: urn})
    prefix = "" if of == "card_" else of
    for measure in (f"{prefix}{measure}" for measure in measures if f"{prefix}{measure}" in rows):
        status = f"{measure}_status"
        rows = rows.assign(**{measure: rows[measure].mask(unknown), status: rows[status].mask(unknown, "another_urn")})
    return rows


# --- From rows of files to records of an aspect ---------------------------------------------------------------


def _part(rows, source, where, date, judged_urn, measures, **more):
    """The records of an aspect in the rows `where`: source, row, urn, `as_at` (the day of a file of one day), `date`,
    `judged_urn`, `judged_urn_open`, and `measures`, {name: column of rows}, each with its status; what rows lack is not
    there. `whole`: whether the file has what it has of a school without gaps."""
    columns = {"date": date, "judged_urn": judged_urn, "judged_urn_open": f"{judged_urn}_open"}
    columns |= {f"{name}{end}": f"{of}{end}" for name, of in measures.items() for end in ("", "_status")}
    there = {name: rows.loc[where, column] for name, column in columns.items() if column in rows}
    blank = {name: pd.Series(None, index=rows.index[where], dtype="str") for name in ("date", "as_at")}
    blank["as_at"] = blank["as_at"].fillna(source["as_at"]) if source.get("snapshot") else blank["as_at"]
    whole = source.get("snapshot", False) or not source.get("partial")
    return rows.loc[where, IN_FILE].assign(**{"none": False, "whole": whole} | blank | there | more)


def _after(rows, source, reference_date, date):
    """Which rows of a file of one day are of after the reference date, or may be: without a date, in a later file."""
    return rows[date].fillna(source["as_at"]) > reference_date if source.get("snapshot") else rows["row"] < 0


def _reaches(rows, source, reference_date):
    """Whether the file goes to the reference date: by the day of a file of one day, or by its last inspection."""
    if source.get("snapshot"):
        return source["as_at"] >= reference_date
    return any((rows[date] >= reference_date).any() for date in DATES if date in rows)


def _graded_records(rows, source, reference_date):
    """Of each row the graded inspection, the one before it, and, in a file of one day, that there is none."""
    if "overall_effectiveness" not in rows:
        return
    before = f"{PREVIOUS}graded"
    none_before = pd.Series(False, index=rows.index)
    if f"{PREVIOUS}overall_effectiveness" in rows:
        none_before = ~rows[before] & (rows[f"{PREVIOUS}overall_effectiveness_status"] != "missing")
    open_ = rows["graded"] & _after(rows, source, reference_date, "inspection_date")
    undated = open_ & rows["inspection_date"].isna()
    now = rows["graded"] & ~open_
    named = {grade: grade for grade in GRADES}
    yield _part(rows, source, now, "inspection_date", "judged_urn", named, place=0, none_before=none_before[now])
    named = {grade: f"{PREVIOUS}{grade}" for grade in GRADES}
    earlier = rows[before] & ~undated
    part = _part(rows, source, earlier, f"{PREVIOUS}inspection_date", f"{PREVIOUS}judged_urn", named, place=1)
    # Without a date of its own it was there before the later one.
    yield part.assign(as_at=part["as_at"].mask(part["date"].isna(), rows["inspection_date"].fillna(part["as_at"])))
    if source.get("snapshot"):
        named = {grade: "overall_effectiveness" for grade in GRADES if grade in rows}
        # Of a file that begins late, or ends early, there may be one that it does not have.
        lacking = open_ | ("graded_since" in source) | (source["as_at"] < reference_date)
        status = rows["overall_effectiveness_status"].mask(lacking, "missing")
        status = status.mask(open_ & ~undated & none_before, "no_inspection")
        rows = rows.assign(overall_effectiveness=float("nan"), overall_effectiveness_status=status)
        yield _part(rows, source, ~rows["graded"] | open_, None, None, named, place=0, none=True)


def _card_records(rows, source, reference_date):
    """Of each row the report card, and, in a file of one day, that there is none."""
    if "card_achievement" not in rows:
        return
    rows = rows.assign(has_report_card=rows["card"].astype("boolean"))
    another = rows["card"] & (rows["card_achievement_status"] == "another_urn")
    rows["has_report_card_status"] = another.map({True: "another_urn", False: "ok"}).astype("str")
    rows["has_report_card"] = rows["has_report_card"].mask(another)
    named = {measure: measure for measure in CARD}
    open_ = rows["card"] & _after(rows, source, reference_date, "report_card_date")
    yield _part(rows, source, rows["card"] & ~open_, "report_card_date", "card_judged_urn", named)
    if source.get("snapshot"):
        lacking = open_ | bool(set(CARD) & set(source.get("not_filled", ()))) | (source["as_at"] < reference_date)
        lacking &= source.get("cards_since", "") <= reference_date  # before there were any, there was none
        rows["has_report_card"] = pd.Series(False, index=rows.index, dtype="boolean").mask(lacking)
        rows["has_report_card_status"] = lacking.map({True: "missing", False: "ok"}).astype("str")
        for word in (word for word in CARD_WORDS if word in rows):
            rows[word] = rows[word].mask(open_)
            rows[f"{word}_status"] = lacking.map({True: "missing", False: "no_report_card"}).astype("str")
        yield _part(rows, source, ~rows["card"] | open_, None, None, named, none=True)


def _category_records(rows, source, reference_date):
    """Of each row the category of concern, as at the day of the file or, in another, of the inspection."""
    if "category_of_concern" not in rows:
        return
    nothing = pd.Series(None, index=rows.index, dtype="str")
    card, judged = rows["card"], rows["graded"] | rows["card"]
    date = rows.get("inspection_date", nothing).where(rows["graded"])
    date = date.where(~card, rows.get("report_card_date", nothing))
    none = pd.Series(False, index=rows.index)  # the row says nothing of the reference date
    if source.get("snapshot") and source["as_at"] != reference_date:
        none = ~judged | _after(rows.assign(date=date), source, reference_date, "date")
    elif source.get("snapshot"):
        date = nothing
    # An inadequate school is in a category: where none is stated, the copy lacks it.
    inadequate = _any_is(rows, CARD_WORDS, "urgent_improvement").where(card, _inadequate(rows))
    lacking = inadequate & (rows["category_of_concern"] == "none") | none
    lacking |= not _reaches(rows, source, reference_date)
    rows = rows.assign(date=date.mask(none))
    rows["category_of_concern"] = rows["category_of_concern"].mask(lacking)
    rows["category_of_concern_status"] = rows["category_of_concern_status"].mask(lacking, "missing")
    for end, kind in (("", "Int64"), ("_open", "boolean")):
        if {f"judged_urn{end}", f"card_judged_urn{end}"} & set(rows):
            blank = pd.Series(pd.NA, index=rows.index, dtype=kind)
            of_card = rows.get(f"card_judged_urn{end}", blank)
            rows[f"judged_urn{end}"] = rows.get(f"judged_urn{end}", blank).where(~card, of_card).where(judged)
    where = judged | bool(source.get("snapshot"))
    named = {"category_of_concern": "category_of_concern"}
    yield _part(rows, source, where, "date", "judged_urn", named, none=none[where])


def _any_is(rows, columns, value):
    """Which rows have a value in any of the columns that there are."""
    return rows[[column for column in columns if column in rows]].eq(value).any(axis=1)


def _inadequate(rows):
    """Which rows are graded inadequate: overall, or, without an overall grade, in an area."""
    without = rows.get("overall_effectiveness_status", pd.Series(None, index=rows.index, dtype="str")) == "not_judged"
    return _any_is(rows, GRADES[:1], 4) | without & _any_is(rows, GRADES[1:], 4)


def _headline_records(rows, source, reference_date):
    """Of each row the headline grade; one of a later day leaves open what it was on the reference date."""
    if HEADLINE not in rows:
        return
    named = {HEADLINE: HEADLINE}
    when = rows.get("headline_date", pd.Series(None, index=rows.index, dtype="str")).fillna(source.get("as_at"))
    later = when > reference_date
    yield _part(rows, source, ~later, "headline_date", None, named)
    rows = rows.assign(**{HEADLINE: None, f"{HEADLINE}_status": "missing"}).astype({HEADLINE: "str"})
    yield _part(rows, source, later, None, None, named, none=True)


RECORDS = {
    "graded": _graded_records,
    "card": _card_records,
    "category": _category_records,
    "headline": _headline_records,
}


# --- From records to what stood on the day --------------------------------------------------------------------


def latest(records: pd.DataFrame, reference_date: str, aspect: str = "graded") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (kept, dropped): of each URN the latest record on or before `reference_date` (ISO text), `rank` 0, and of
    graded inspections the one before it, `rank` 1. `dropped`: source, row, urn, reason.

    `records`: urn, source, row, `date` or, without one, `as_at` (the day by which it was there), measures and their
    statuses, `none` where there is nothing of the kind, which counts where no other record says more. Of several of
    the same day one row is kept: with a value that they agree on, or, where they do not, without one and the status
    `ambiguous`. `in_one_file`, of graded inspections: whether a file has this one and the latest.
    """
    undated, none = records["date"].isna(), records["none"]
    when = records["date"].where(~undated, records["as_at"])
    behind = (records["place"] > 0) & undated if "place" in records else False
    records = records.assign(when=when, undated=undated, behind=behind)
    after = (when > reference_date).fillna(False) & ~none
    reason = undated[after].map({True: f"{UNDATED}, in a file of a later day", False: "after the reference date"})
    dropped = [records[after].assign(reason=reason)]
    order = {"urn": True, "none": True, "when": False, "undated": True, "behind": True}
    records = records[~after].sort_values(list(order), ascending=list(order.values()), kind="stable")
    keys = records[list(order)]
    group = (keys != keys.shift()).any(axis=1).cumsum()
    rank = group - group.groupby(records["urn"]).transform("min")
    older = (rank >= MOST.get(aspect, 1)) | (rank > 0) & records["none"]
    dropped.append(records[older].assign(reason=LATER[aspect]).astype({"reason": "str"}))
    if aspect == "graded":
        in_file = pd.MultiIndex.from_frame(records[["urn", "source"]])
        in_one = records["whole"] & in_file.isin(in_file[(rank == 0).to_numpy()])
        records = records.assign(in_one_file=in_one.groupby(group).transform("any"))
    records = records.assign(rank=rank, group=group)[~older]
    several = records["group"].duplicated(keep=False)
    same, again = _unified(records[several], [c.removesuffix("_status") for c in records if c.endswith("_status")])
    kept = pd.concat([records[~several], same]).drop(columns=["group", "when", "behind"])
    return kept, pd.concat([*dropped, again])[[*IN_FILE, "reason"]]


def _unified(same, measures):
    """(one record of each `group`, the others with why they are left out)."""
    # By content, so that the order of rows and files decides nothing.
    same = same.sort_values(
        ["group", "apart", *measures, *(f"{measure}_status" for measure in measures)], kind="stable"
    )
    group, again = same["group"], same.duplicated("group")
    stated, first, unlike, more = same.copy(), same[~again].set_index("group"), again & False, again & False
    for measure in measures:
        values = stated.groupby("group")[measure]
        number, status = values.transform("nunique"), stated[f"{measure}_status"]
        if measure in GRADES:  # "Not judged" is what a file says, no gap
            number += (status == "not_judged").groupby(group).transform("any") & (number > 0)
        same[measure] = values.transform("first").where(number < 2)  # one that another leaves open is known
        same[f"{measure}_status"] = status.where(number == 0, "ok").where(number < 2, "ambiguous")
        unlike |= number > 1
        more |= again & stated[measure].notna() & group.map(first[measure]).isna()
    for column in (c for c in ("judged_urn", "none_before") if c in same):
        same[column] = stated.groupby("group")[column].transform("max")
    if "judged_urn_open" in same:
        same["judged_urn_open"] = stated["judged_urn_open"].eq(True).groupby(group).transform("all")
    reason = pd.Series("another inspection of the same day has the same grades", index=same.index)
    reason = reason.mask(same["source"] != group.map(first["source"]), "another file has the same inspection")
    reason = reason.mask(more, "another row has the same inspection; what this one alone states is taken")
    reason = reason.mask(unlike, "another inspection of the same day has another grade, so neither is taken")
    return same[~again], same[again].assign(reason=reason[again].astype("str"))


def _dated_by_others(records):
    """Give an inspection without a date in a file of one day the date at which a file of a later day has it: that of
    the latest inspection which the later file has up to the earlier day."""
    of_a_day = records[records["as_at"].notna() & ~records["none"]]
    undated = of_a_day[of_a_day["date"].isna() & (of_a_day["place"] == 0)].reset_index()
    pairs = undated[["index", "urn", "as_at"]].merge(of_a_day[of_a_day["date"].notna()], on="urn", suffixes=("", "_of"))
    pairs = pairs[(pairs["as_at_of"] >= pairs["as_at"]) & (pairs["date"] <= pairs["as_at"])]
    date = records["date"].copy()
    date.update(pairs.groupby("index")["date"].max())
    return records.assign(date=date)


def assemble(
    files: list[tuple[pd.DataFrame, dict]], reference_date: str, partial: Collection[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (inspections, rejected): what stood on `reference_date` (ISO text), one row a URN; schemas.INSPECTIONS.

    `files`: [(records as of `clean_inspections`, source)]. `partial`: as of lib.releases.partial_aspects. A row of
    a file that is in no aspect of its URN is in `rejected`, with why.
    """
    found, dropped, taken = {}, [], pd.DataFrame(columns=["source", "row"])
    for aspect, records_of in RECORDS.items():
        parts = [part for rows, source in files for part in records_of(rows, source, reference_date)]
        if not parts:
            continue
        records = pd.concat(parts, ignore_index=True)
        for status in (column for column in records if column.endswith("_status")):
            records[status] = records[status].fillna("missing")  # of a file without the column
        if aspect == "graded":
            records = _with_flag(_dated_by_others(records))
        # Of rows that say the same, one that another aspect is taken from.
        found[aspect], left_out = latest(records.assign(apart=~_among(records, taken)), reference_date, aspect)
        dropped.append(left_out)
        taken = pd.concat([taken, found[aspect][["source", "row"]]])
    urns = pd.Index(sorted(set().union(*(kept["urn"] for kept in found.values()))), name="urn")
    columns, left_out = _of_grades(found.get("graded"), urns, without_row("graded", partial))
    for aspect in ("card", "category", "headline"):
        if aspect in found:
            columns |= _of_side(found[aspect], aspect, urns, partial)
    out = pd.DataFrame(columns, index=urns).reset_index()
    rows = pd.concat([rows[IN_FILE] for rows, _ in files], ignore_index=True)
    unused = rows[~_among(rows, rows_behind(out))]
    why = pd.concat([left_out, *dropped])[["source", "row", "reason"]].drop_duplicates(["source", "row"])
    return out, unused.merge(why, on=["source", "row"], how="left").astype({"urn": "str"})


def _among(rows, others):
    """Which of the rows of files are among the others."""
    rows, others = (pd.MultiIndex.from_frame(table[["source", "row"]]) for table in (rows, others))
    return rows.isin(others)


def _of_grades(kept, urns, absent):
    """({column: values by URN} of the latest graded inspection and the one before it, records left out with why)."""
    if kept is None:
        columns = dict.fromkeys(("inspection_date", *GRADES[:2], "source", "row"))
        return columns | {f"{grade}_status": "not_in_release" for grade in GRADES[:2]}, pd.DataFrame()
    now, before = (kept[kept["rank"] == rank].set_index("urn") for rank in (0, 1))
    left_out = before[~before["in_one_file"]].assign(reason=NOT_NEXT)
    before = before[before["in_one_file"]]
    now["none_before"] = now["none_before"].mask(now.index.isin(left_out.index))
    columns = _columns(now, "", "inspection_date", [m for m in OF_GRADES if m in now], urns, absent)
    columns |= {"leadership": None, "leadership_status": "not_in_release"} if "leadership" not in now else {}
    if len(before):
        measures = [m for m in OF_GRADES if m in before and before[m].notna().any()]
        named = before.rename(columns={f"{m}{end}": f"{PREVIOUS}{m}{end}" for m in measures for end in ("", "_status")})
        # Who has an inspection may have had one before, unless the file says otherwise.
        graded = now["overall_effectiveness_status"].isin(GRADED)
        none = now["overall_effectiveness_status"].mask(graded, now["none_before"].map({True: "no_inspection"}))
        absent = none.astype("str").fillna("missing").reindex(urns).fillna(absent)
        measures = [f"{PREVIOUS}{m}" for m in measures]
        columns |= _columns(named, PREVIOUS, f"{PREVIOUS}inspection_date", measures, urns, absent)
    return columns, left_out


def _with_flag(graded):
    """Whether the inspection was graded without an overall grade."""
    status = graded["overall_effectiveness_status"]
    known = status.isin(["ok", "not_judged"])
    flag = (status == "not_judged").astype("boolean").where(known)
    return graded.assign(no_overall_grade=flag, no_overall_grade_status=status.mask(known, "ok"))


def _of_side(kept, aspect, urns, partial):
    """{column: values by URN} of the report card, the category of concern or the headline grade."""
    if aspect == "card":
        measures, absent = [measure for measure in CARD if measure in kept], without_row("card", partial)
    elif aspect == "category":  # it stands with a graded inspection or a report card: a gap in either may hide it
        open_ = [of for of in ("graded", "card") if of in partial]
        measures, absent = ["category_of_concern"], without_row(open_[0] if open_ else "graded", partial)
    else:
        measures, absent = [HEADLINE], "missing"
    dates = {"card": "report_card_date", "headline": "headline_date"}
    columns = _columns(kept.set_index("urn"), f"{aspect}_", dates.get(aspect), measures, urns, absent)
    if aspect == "headline" and "headline" not in partial:  # who is not in the list is known to be in none
        unlisted = ~urns.isin(kept["urn"])
        columns[HEADLINE] = columns[HEADLINE].mask(unlisted, "not_listed")
        columns[f"{HEADLINE}_status"] = columns[f"{HEADLINE}_status"].mask(unlisted, "ok")
    return columns


def _columns(kept, of, date, measures, urns, absent):
    """{column: values by URN} of an aspect; `absent`: the status of a URN without a record."""
    at = kept.reindex(urns)
    columns = {date: at["date"]} if date else {}
    for measure in measures:
        columns[measure] = at[measure]
        columns[f"{measure}_status"] = at[f"{measure}_status"].fillna(absent)
    if "judged_urn" in at:
        columns[f"{of}judged_urn"] = at["judged_urn"].astype("Int64")
    if "judged_urn_open" in at:
        columns[f"{of}judged_urn_open"] = at["judged_urn_open"].eq(True)
    return columns | {f"{of}source": at["source"], f"{of}row": at["row"].astype("Int64")}


def clean_designations(
    path: str | Path, source: dict, source_id: str, reference_date: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (designations, rejected) of a list: those held on `reference_date`; schemas.DESIGNATIONS."""
    records, rejected = source_files.read(path, source, source_id)
    records, no_urn = source_files.parse_urn(records, path, source, source_id)
    out = records[["row", "urn"]].assign(source=source_id)
    out["designation"] = source_files.parse_codes(records, "designation", path, source)
    start, end = (source_files.parse_dates(records, column, path, source) for column in ("from", "to"))
    later = start.fillna("") > reference_date
    over = end.fillna("9999") < reference_date
    reason = later.map({True: "begins after the reference date", False: "ended before the reference date"})
    out, rejected_dates = source_files.reject(out, later | over, source_id, reason)
    return out, pd.concat([rejected, no_urn, rejected_dates], ignore_index=True)


def main(snakemake):
    sources, reference_date = snakemake.params.sources, snakemake.params.reference_date
    files, designations, rejected = [], [tables.empty(schemas.DESIGNATIONS)], []
    for (name, source), path in zip(sources.items(), snakemake.input.raw, strict=True):
        if source["kind"] == "inspections":
            cleaned, left_out = clean_inspections(path, source, name)
            files.append((cleaned, source))
        else:
            cleaned, left_out = clean_designations(path, source, name, reference_date)
            designations.append(cleaned)
        rejected.append(left_out)
    inspections, not_used = assemble(files, reference_date, partial_aspects(sources, reference_date))
    if inspections.empty:
        files = ", ".join(sorted(str(s["file"]) for s in sources.values() if s["kind"] == "inspections"))
        raise UserError(
            f"{files}: no graded inspection on or before the reference date {reference_date}. Check "
            f"reference_date in the release file, or supply a file that reaches further back."
        )
    rejected.append(not_used)
    out = snakemake.output
    tables.write(inspections, schemas.INSPECTIONS, csv=out.inspections, parquet=out.inspections_parquet)
    designations = pd.concat(designations, ignore_index=True)
    tables.write(designations, schemas.DESIGNATIONS, csv=out.designations, parquet=out.designations_parquet)
    tables.write(pd.concat(rejected, ignore_index=True), schemas.REJECTED, csv=out.rejected)


if "snakemake" in globals():
    run_step.run(main, snakemake)
