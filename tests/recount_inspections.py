"""Independent recount of clean/inspections, in plain loops: which inspection, report card, category and headline grade
stood on the reference date, from files of any era.

For reviewers, beside tests/recount_clean.py. Written from the headers and notes of the official files: standard library
only, no code and no layout of the project. A file is known by its header.
"""

import re

GRADES = ("overall_effectiveness", "leadership", "quality_of_education")
FIRST_CARD = "2025-11-10"  # the day of the first inspection with a report card
AREAS = {
    "card_achievement": "Achievement",
    "card_leadership": "Leadership and governance",
    "card_inclusion": "Inclusion",
    "card_curriculum": "Curriculum and teaching",
    "card_attendance": "Attendance and behaviour",
    "card_development": "Personal development and wellbeing",
    "card_safeguarding": "Safeguarding standards",
}
CATEGORY = {"": "none", "NULL": "none", "SM": "special_measures", "SWK": "serious_weaknesses"}
CATEGORY |= {"NTI": "notice_to_improve", "RSI": "requires_significant_improvement"}
HEADLINE = {"": "not_listed", "Insufficient evidence": "not_listed", "1": "outstanding", "2": "good"}
HEADLINE |= {"3": "requires_improvement", "4": "inadequate", "Outstanding": "outstanding", "Good": "good"}
HEADLINE |= {"Requires improvement": "requires_improvement"}
HEADLINE |= dict.fromkeys(("Inadequate", "Special Measures", "Serious Weaknesses"), "inadequate")

# Per kind of file the columns of what we take from it; `of_a_day`: one row a school.
OF_CARD = {**AREAS, "report_card_date": "Inspection start date"}
KINDS = {
    "2026": {
        "of_a_day": True,
        **OF_CARD,
        "card_judged_urn": "URN at time of latest full inspection",
        "card_judged_under": "Does the latest full inspection relate to the URN of the current school?",
        "inspection_date": "Inspection start date of latest OEIF graded inspection",
        "judged_urn": "URN at time of latest OEIF graded inspection",
        "judged_under": "Does the latest OEIF graded inspection relate to the URN of the current school?",
        "overall_effectiveness": "Latest OEIF overall effectiveness",
        "leadership": "Latest OEIF effectiveness of leadership and management",
        "quality_of_education": "Latest OEIF quality of education",
        "category_of_concern": "Most recent category of concern",
    },
    "2025": {
        "of_a_day": True,
        "inspection_date": "Inspection start date",
        "judged_urn": "URN at time of latest graded inspection",
        "judged_under": "Does the latest graded inspection relate to the URN of the current school?",
        "overall_effectiveness": "Overall effectiveness",
        "leadership": "Effectiveness of leadership and management",
        "quality_of_education": "Quality of education",
        "category_of_concern": "Category of concern",
        "previous_inspection_date": "Previous inspection start date",
        "previous_judged_urn": "URN at time of previous graded inspection",
        "previous_judged_under": "Does the previous graded inspection relate to the URN of the current school?",
        "previous_overall_effectiveness": "Previous graded inspection overall effectiveness",
        "previous_leadership": "Previous effectiveness of leadership and management",
        "previous_quality_of_education": "Previous quality of education",
    },
    "2013": {
        "of_a_day": True,
        "inspection_date": "Latest inspection date",
        "overall_effectiveness": "Overall effectiveness: how good is the school",
        "leadership": "The effectiveness of leadership and management in embedding ambition and driving improvement",
        "category_of_concern": "Category",
        "previous_inspection_date": "Previous inspection date",
        "previous_overall_effectiveness": "Previous overall effectiveness",
    },
    "cards": {**OF_CARD, "category_of_concern": "Category of concern"},
    "information": {"of_a_day": True, "headline_grade": "OFSTEDRATING", "headline_date": "OFSTEDLASTINSP"},
    "headline": {"of_a_day": True, "headline_grade": "headline_grade"},
    "all": {
        "inspection_date": "Inspection start date",
        "overall_effectiveness": "Overall effectiveness",
        "leadership": "Effectiveness of leadership and management",
        "quality_of_education": "Quality of education",
        "category_of_concern": "Category of concern",
    },
}
KINDS["2015"] = KINDS["2013"] | {"leadership": "Leadership and management"}
# A column by which a kind is known, the first that fits.
KNOWN_BY = {
    "2026": "Latest OEIF overall effectiveness",
    "2025": "URN at time of latest graded inspection",
    "2013": KINDS["2013"]["leadership"],
    "2015": "Overall effectiveness: how good is the school",
    "cards": "Leadership and governance",
    "information": "OFSTEDRATING",
    "headline": "headline_grade",
    "all": "Overall effectiveness",
}


def clean(text):
    return " ".join(text.split()).casefold()


def iso(text):
    """A date in digits, day first, as ISO text; None for anything else."""
    found = re.fullmatch("([0-9]{1,2})[-/]([0-9]{1,2})[-/]([0-9]{4})", text)
    return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else None


def grade(text, of_a_day):
    """(grade, "ok"), or (None, why there is none)."""
    if text in ("1", "2", "3", "4"):
        return float(text), "ok"
    if text == "Not judged":
        return None, "not_judged"
    if text in ("8", "9", "0", "Not applicable"):
        return None, "not_applicable"
    return None, "no_inspection" if of_a_day else "missing"


class File:
    """A file of inspections: what each of its rows says."""

    def __init__(self, source, records, about):
        """`records`: [(cells by column name, line)]. `about`: as_at, not_filled, partial of the source."""
        self.source, self.about = source, about
        header = {clean(name) for name in records[0][0]}
        self.kind = next(kind for kind, column in KNOWN_BY.items() if clean(column) in header)
        named = KINDS[self.kind]
        self.columns = {ours: clean(name) for ours, name in named.items() if name is not True and clean(name) in header}
        self.of_a_day = named.get("of_a_day", False)
        self.as_at = about.get("as_at")
        self.rows = []
        for record, line in records:
            cells = {clean(name): text.strip() for name, text in record.items()}
            urn = cells.get("urn", "")
            if re.fullmatch("[0-9]{5,7}", urn):
                self.rows.append(Row(self, urn, cells, line))

    def reaches(self, day):
        """Whether the file goes to a day: by its own day, or by the last inspection of a row that has one."""
        if self.of_a_day:
            return self.as_at >= day
        return any(j and j["date"] and j["date"] >= day for row in self.rows for j in (row.graded(), row.card()))

    def asks_whose(self, of):
        """Whether a column that says whose an inspection of a kind was is one that the copy does not fill."""
        sides = {"graded": ("", "previous_"), "card": ("card_",), "category": ("", "card_")}[of]
        named = {f"{side}judged_{what}" for side in sides for what in ("urn", "under")}
        return bool(named & set(self.about.get("not_filled", ())) & self.columns.keys())

    def after(self, judgement, day):
        """Whether a file of one day has it of after a day, or, without a date, may have it of after."""
        return bool(judgement) and self.of_a_day and (judgement["date"] or self.as_at) > day


class Row:
    """A row of a file: its graded inspections, report card, category and headline grade, as far as it has them."""

    def __init__(self, file, urn, cells, line):
        self.file, self.urn, self.at = file, urn, (file.source, line)
        self.text = {ours: cells.get(name, "") for ours, name in file.columns.items()}
        self.gaps = {c for c, text in self.text.items() if text == "" and c in file.about.get("not_filled", ())}

    def judgement(self, of, date, measures):
        """{date, as_at, judged, open, at, measures: (value, status)} of what the row says under the prefix `of`."""
        urn, flag = self.text.get(f"{of}judged_urn", ""), self.text.get(f"{of}judged_under", "")
        open_ = bool({f"{of}judged_urn", f"{of}judged_under"} & self.gaps)
        open_ = open_ and not urn.isdigit() and flag not in ("Yes", "No")
        urn = urn if urn.isdigit() and urn != self.urn and flag != "Yes" else None
        if flag == "No" and urn is None:
            measures = {name: (None, "another_urn") for name in measures}
        day = iso(self.text.get(date, ""))
        one = {"date": day, "as_at": self.file.as_at, "judged": urn, "open": open_, "at": self.at, "none": False}
        return one | {"whole": self.file.of_a_day or not self.file.about.get("partial"), "of": measures}

    def graded(self, of=""):
        """The graded inspection under a prefix; None where the row has none."""
        stated = {}
        for name in (name for name in GRADES if f"{of}{name}" in self.text):
            value, status = grade(self.text[f"{of}{name}"], self.file.of_a_day)
            stated[name] = (None, "missing") if f"{of}{name}" in self.gaps else (value, status)
        overall = stated.get("overall_effectiveness", (None, "missing"))
        area = any(value for name, (value, _) in stated.items() if name != "overall_effectiveness")
        if overall[0] is None and not (overall[1] == "not_judged" and (self.file.of_a_day or area)):
            return None
        return self.judgement(of, f"{of}inspection_date", stated)

    def card(self):
        """The report card; None where the row has none."""
        stated = {}
        for name in (name for name in AREAS if name in self.text):
            word = self.text[name].lower().replace(" ", "_")
            none = "missing" if name in self.gaps else "not_applicable" if word == "not_applicable" else "not_judged"
            stated[name] = (None, none) if word in ("", "null", "-", "not_applicable") else (word, "ok")
        if not any(value for value, _ in stated.values()):
            return None
        return self.judgement("card_", "report_card_date", {"has_report_card": (True, "ok")} | stated)

    def nothing(self, measures):
        """What the row says where it has nothing of a kind: {measure: (None or False, why)}."""
        one = {"date": None, "as_at": self.file.as_at, "judged": None, "open": False, "at": self.at, "none": True}
        return one | {"whole": True, "of": measures}


def unite(same, taken=()):
    """One of several records of a day: with the values on which those agree that state one.

    `taken`: rows from which another aspect of the school is taken; one of them goes before others.
    """
    names = list(dict.fromkeys(name for one in same for name in one["of"]))
    for one in same:
        one["of"] = {name: one["of"].get(name, (None, "missing")) for name in names}
    if len(same) > 1:
        same = sorted(
            same,
            key=lambda r: (
                [r["at"] not in taken]
                + [(v is None, v or 0) for v, _ in r["of"].values()]
                + [s for _, s in r["of"].values()]
            ),
        )
    united = dict(same[0])
    united["judged"] = max((one["judged"] for one in same if one["judged"]), key=int, default=None)
    united["open"] = all(one["open"] for one in same)
    united["files"] = {one["at"][0] for one in same if one["whole"]}
    united["none_before"] = any(one.get("none_before") for one in same)
    united["of"] = {}
    for name in names:
        stated = {one["of"][name][0] for one in same} - {None}
        without = name in GRADES and any(one["of"][name][1] == "not_judged" for one in same)
        value = stated.pop() if len(stated) == 1 and not without else None
        status = "ok" if value is not None else "ambiguous" if stated else same[0]["of"][name][1]
        united["of"][name] = (value, status)
    return united


def by_day(records, reference_date, taken=()):
    """The records of a URN up to the reference date, those of a day united, the latest first; `none` ones last."""
    days = {}
    for one in records:
        when = one["date"] or one["as_at"]
        if one["none"] or when <= reference_date:
            behind = bool(one.get("before") and not one["date"])
            days.setdefault((not one["none"], when or "", not one["date"], not behind), []).append(one)
    ordered = sorted(days, key=lambda day: (day[0], day[1], not day[2], day[3]), reverse=True)
    return [unite(days[day], taken) for day in ordered]


def date_by_others(records):
    """Give an inspection without a date in a file of a day the date at which a file of a later day has it."""
    dated = [one for one in records if one["date"] and one["as_at"] and not one["none"]]
    for one in records:
        if one["date"] is None and one["as_at"] and not one["none"] and not one.get("before"):
            days = [o["date"] for o in dated if o["as_at"] >= one["as_at"] and o["date"] <= one["as_at"]]
            one["found"] = max(days, default=None)
    for one in records:
        one["date"] = one["date"] or one.get("found")


def recount_inspections(files, reference_date):
    """{URN: row} of clean/inspections, with the columns that the files bring. `files`: [File]."""
    graded, cards, categories, headlines = {}, {}, {}, {}
    has, partial = {}, set()
    for file in files:
        for what, column in (
            ("graded", "overall_effectiveness"),
            ("card", "card_achievement"),
            ("headline", "headline_grade"),
        ):
            if column in file.columns:
                has.setdefault(what, []).append(file)
                later = what == "headline" and (file.as_at or "") > reference_date
                partial |= {what} if file.about.get("partial") or later else set()
        if "category_of_concern" in file.columns:
            has.setdefault("category", []).append(file)
        reaches = file.reaches(reference_date)
        for row in file.rows:
            read_row(file, reaches, row, reference_date, graded, cards, categories, headlines)
    for what in {"graded", "card"} & has.keys():
        days = [file.as_at for file in has[what] if file.of_a_day]
        partial |= {what} if days and max(days) < reference_date else set()
    found = {}

    def put(urn, columns):
        found.setdefault(urn, {}).update(columns)

    measures = [m for m in GRADES if any(m in file.columns for file in has.get("graded", ()))]
    befores = latest_graded(graded, reference_date, measures, put)
    areas = ["has_report_card", *(a for a in AREAS if any(a in file.columns for file in has.get("card", ())))]
    aside = {
        "card": (cards, areas, "report_card_date"),
        "category": (categories, ["category_of_concern"], None),
        "headline": (headlines, ["headline_grade"], "headline_date"),
    }
    for of, (records, names, date) in aside.items():
        for urn, of_urn in records.items():
            taken = used_of(found.get(urn, {}))
            if days := by_day(of_urn, reference_date, taken):
                put(urn, side(days[0], f"{of}_", names, date))
    # Who is in no row of an aspect.
    absent = {what: "missing" if what in partial else "no_inspection" for what in ("graded", "card", "headline")}
    absent["category"] = "missing" if partial & {"graded", "card"} else "no_inspection"
    unlisted = (None, "missing") if "headline" in partial else ("not_listed", "ok")
    judged = {"graded": "judged_urn", "card": "card_judged_urn", "category": "category_judged_urn"}
    for urn, row in found.items():
        blank = {"inspection_date": None, "source": None, "row": None}
        if "graded" in has:
            for name in (*measures, "no_overall_grade"):
                blank |= {name: None, f"{name}_status": absent["graded"]}
        else:
            blank |= {"overall_effectiveness": None, "overall_effectiveness_status": "not_in_release"}
        if "leadership" not in measures:
            blank |= {"leadership": None, "leadership_status": "not_in_release"}
        if befores:
            blank |= {f"previous_{name}": None for name in ("inspection_date", "source", "row")}
            for name in befores:
                why = row.get("why_none_before") or absent["graded"]
                blank |= {f"previous_{name}": None, f"previous_{name}_status": why}
        for of, (_, names, date) in aside.items():
            if of in has:
                blank |= dict.fromkeys((f"{of}_source", f"{of}_row", *([date] if date else ())))
                for name in names:
                    value, status = unlisted if of == "headline" else (None, absent[of])
                    blank |= {name: value, f"{name}_status": status}
        for of, column in judged.items():
            if of in has and any({"judged_urn", "card_judged_urn"} & set(file.columns) for file in has[of]):
                blank |= {column: None} | ({f"previous_{column}": None} if of == "graded" and befores else {})
            if of in has and any(file.asks_whose(of) for file in has[of]):
                blank |= {f"{column}_open": False}
                blank |= {f"previous_{column}_open": False} if of == "graded" and befores else {}
        keep = {column: value for column, value in row.items() if column in blank}
        found[urn] = blank | keep
    return found


def used_of(row):
    """The (source, line) from which a school's aspects are taken so far."""
    return [(row[of], row[f"{of.removesuffix('source')}row"]) for of in row if of.endswith("source")]


def read_row(file, reaches, row, reference_date, graded, cards, categories, headlines):
    """Put what a row says into the records of its URN. `reaches`: whether the file goes to the reference date."""
    now, before, card = row.graded(), row.graded("previous_"), row.card()
    mine = graded.setdefault(row.urn, [])
    stale = file.of_a_day and file.as_at < reference_date
    if "overall_effectiveness" in file.columns:
        after = file.after(now, reference_date)
        unsure = after and not now["date"]  # whether it was there by the reference date, none says
        previous = grade(row.text.get("previous_overall_effectiveness", ""), True)[1]
        gap = "previous_overall_effectiveness" in row.gaps
        none_before = "previous_overall_effectiveness" in row.text and not before and not gap and previous != "ok"
        if now and not after and (now["date"] or file.of_a_day):
            mine.append(now | {"none_before": none_before})
        if before and not unsure:
            mine.append(before | {"before": True, "as_at": now["date"] if now and now["date"] else file.as_at})
        if file.of_a_day and (after or not now):
            why = grade(row.text["overall_effectiveness"], True)[1]
            lacks = "overall_effectiveness" in row.gaps or stale or file.kind == "2026" or after
            why = "no_inspection" if after and not unsure and none_before else "missing" if lacks else why
            mine.append(row.nothing({name: (None, why) for name in GRADES if name in row.text}))
    if "card_achievement" in file.columns:
        after = file.after(card, reference_date)
        if file.of_a_day and (after or not card):
            unknown = after or stale or set(AREAS) & set(file.about.get("not_filled", ()))
            unknown = unknown and reference_date >= FIRST_CARD
            flag, why = ((None, "missing"), "missing") if unknown else ((False, "ok"), "no_report_card")
            words = {name: (None, why) for name in AREAS if name in row.text}
            cards.setdefault(row.urn, []).append(row.nothing({"has_report_card": flag} | words))
        elif card and (card["date"] or file.of_a_day):
            another = any(status == "another_urn" for _, status in card["of"].values())
            card["of"]["has_report_card"] = (None, "another_urn") if another else (True, "ok")
            cards.setdefault(row.urn, []).append(card)
    if "category_of_concern" in file.columns and (now or card or file.of_a_day):
        event, none = card or now or row.nothing({}), False
        if file.of_a_day and file.as_at != reference_date:
            none = not (card or now) or file.after(event, reference_date)
        if none or file.of_a_day and file.as_at == reference_date:
            event = event | {"date": None}
        word = CATEGORY[row.text["category_of_concern"]]
        if card:
            inadequate = any(value == "urgent_improvement" for value, _ in card["of"].values())
        else:
            overall, *areas = [now["of"].get(name, (None, "missing")) for name in GRADES] if now else [(None, "")]
            inadequate = overall[0] == 4 or overall[1] == "not_judged" and any(value == 4 for value, _ in areas)
        lacks = word == "none" and inadequate or none or not reaches
        stated = (None, "missing") if "category_of_concern" in row.gaps or lacks else (word, "ok")
        if event["date"] or file.of_a_day:
            categories.setdefault(row.urn, []).append(event | {"of": {"category_of_concern": stated}, "none": none})
    if "headline_grade" in file.columns:
        day = iso(row.text.get("headline_date", ""))
        one = row.nothing({"headline_grade": (None, "missing")})
        if (day or file.as_at) <= reference_date:
            one |= {"date": day, "none": False, "of": {"headline_grade": (HEADLINE[row.text["headline_grade"]], "ok")}}
        headlines.setdefault(row.urn, []).append(one)


def latest_graded(graded, reference_date, measures, put):
    """Put the latest graded inspection of each URN and the one before it; return what is known of any before."""
    kept, known = {}, set()
    for urn, records in graded.items():
        date_by_others(records)
        days = by_day([with_flag(one, measures) for one in records], reference_date)
        if not days:
            continue
        now, before = days[0], days[1] if len(days) > 1 and not days[1]["none"] else None
        none = "no_inspection" if now["none_before"] and not before else "missing"
        if before and not now["files"] & before["files"]:  # there may have been another between those of two files
            before = None
        put(urn, side(now, "", [*measures, "no_overall_grade"], "inspection_date"))
        if before:
            known |= {name for name, (value, _) in before["of"].items() if value is not None}
        why = now["of"]["overall_effectiveness"][1] if now["none"] else none
        put(urn, {"why_none_before": why})
        kept[urn] = before
    befores = [name for name in (*measures, "no_overall_grade") if name in known]
    for urn, before in kept.items():
        if before:
            columns = side(before, "previous_", befores, "inspection_date")
            put(urn, {c if c.startswith("previous_") else f"previous_{c}": value for c, value in columns.items()})
    return befores


def with_flag(one, measures):
    """The record with whether it was graded without an overall grade, and each of the `measures`."""
    stated = {name: one["of"].get(name, (None, "missing")) for name in measures}
    status = stated["overall_effectiveness"][1]
    flag = (status == "not_judged", "ok") if status in ("ok", "not_judged") else (None, status)
    return one | {"of": stated | {"no_overall_grade": flag}}


def side(one, of, names, date):
    """The columns of an aspect from its record."""
    columns = {date: one["date"]} if date else {}
    for name in names:
        value, status = one["of"].get(name, (None, "missing"))
        columns |= {name: value, f"{name}_status": status}
    source, line = one["at"]
    judged = float(one["judged"]) if one["judged"] else None
    columns |= {f"{of}source": source, f"{of}row": line}
    return columns | {f"{of}judged_urn": judged, f"{of}judged_urn_open": one["open"]}
