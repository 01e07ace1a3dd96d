"""Independent recount, first part: from the source files to clean/ and population/, in plain loops.

For reviewers, beside tests/recount.py. Written from the official descriptions of the files: standard library only, no
code and no layout of the project. `recount_clean` reads results/{release}/raw/ and works out what clean/ should hold;
`population` works out which schools count, and under which URN their data are found.

A row is a dict of column to value: text, a number, or None for what is blank. Every table is {key: row}.
"""

import csv
import io
import json
import re

from recount_inspections import File, recount_inspections

PHASES = ("primary", "secondary")
SUBJECTS = ("reading", "writing", "maths")
MAINSTREAM = {
    "Community school": "community",
    "Voluntary aided school": "voluntary_aided",
    "Voluntary controlled school": "voluntary_controlled",
    "Foundation school": "foundation",
    "City technology college": "city_technology_college",
    "Academy converter": "academy_converter",
    "Academy - Converter mainstream": "academy_converter",
    "Academy sponsor led": "academy_sponsor_led",
    "Academy sponsor led mainstream": "academy_sponsor_led",
    "Academy - Sponsor led mainstream": "academy_sponsor_led",
    "Free schools": "free_school",
    "Free school - Mainstream": "free_school",
    "University technical college": "university_technical_college",
    "University Technical College": "university_technical_college",
    "Studio school": "studio_school",
    "Studio schools": "studio_school",
}
COUNTED_IN = {
    "Primary": ["primary"],
    "Middle deemed primary": ["primary"],
    "Secondary": ["secondary"],
    "Middle deemed secondary": ["secondary"],
    "All-through": PHASES,
    "All through": PHASES,
}
STATUS = {"Open": "open", "Open, but proposed to close": "open", "Created in error": "created_in_error"}
STATUS |= {"Closed": "closed", "De-registered as EY Setting": "closed"}
STATUS |= {"Proposed to open": "proposed", "Pending approval": "proposed", "Rejected opening": "proposed"}
NOT_ENGLAND = ("", "Wales (pseudo)", "Not Applicable", "Not applicable")
# What else the register says of schools: its names, in small letters, and what they mean; others stay as they are, and
# of these None is no statement.
SELECTIVE = {"selective": "selective", "selective (grammar)": "selective", "not applicable": "not_applicable"}
SELECTIVE |= dict.fromkeys(("non-selective", "non selective", "comprehensive", "modern"), "non_selective")
SELECTIVE |= dict.fromkeys(("comprehensive (secondary)", "modern (secondary)"), "non_selective")
SAYS_NOTHING = dict.fromkeys(("", "unknown", "not recorded", "not collected"))
ATTRIBUTES = {
    "admissions": ("AdmissionsPolicy (name)", SELECTIVE | SAYS_NOTHING),
    "gender": ("Gender (name)", {"mixed": "mixed", "boys": "boys", "girls": "girls", "not applicable": None, "": None}),
    "sixth_form": (
        "OfficialSixthForm (name)",
        {"has a sixth form": True, "does not have a sixth form": False, "not applicable": None, "": None},
    ),
    "religious_character": ("ReligiousCharacter (name)", {"none": "none", "does not apply": "none"} | SAYS_NOTHING),
}
ENGLAND_M = {"easting": (80_000, 660_000), "northing": (5_000, 660_000)}

# What the files write where there is no figure.
CODES = {"SUPP": "suppressed", "SUP": "suppressed", "NE": "no_entries", "NA": "not_applicable", "NP": "not_published"}
CODES |= {"LOWCOV": "low_coverage", "NEW": "new_school", "SP": "small_percentage", "RE": "redacted", "": "missing"}
GRADED = ("ok", "not_judged", "ambiguous", "another_urn")  # of an inspection's overall grade
# Where no more than this is said of a year's results, the school may have them under its predecessor's URN.
NOTHING_YET = ("missing", "new_school", "not_published", "not_available", "no_row")

SCHOOL_TYPE = {"CY": "community", "VA": "voluntary_aided", "VC": "voluntary_controlled", "FD": "foundation"}
SCHOOL_TYPE |= {"CTC": "city_technology_college", "AC": "academy_sponsor_led", "ACC": "academy_converter"}
SCHOOL_TYPE |= {"F": "free_school", "SS": "studio_school", "UTC": "university_technical_college"}
SCHOOL_TYPE |= {"FSS": "studio_school", "FUTC": "university_technical_college", "FESI": "further_education"}
SCHOOL_TYPE |= {"FEC": "further_education", "General further education college": "further_education"}
SCHOOL_TYPE |= {
    "Sixth form college": "sixteen_plus",
    "FS": "special",
    "IND": "independent",
    "INDSPEC": "independent",
    "": "unspecified",
}
SCHOOL_TYPE |= dict.fromkeys(("CYS", "FDS", "ACS", "ACCS", "NMSS"), "special")

CLOSED = {"0": "open", "1": "closed", "": "unspecified"}

# Per results file: its phase, years before the release's own, and the columns of each measure.
PROGRESS = {"reading": "READ", "writing": "WRIT", "maths": "MAT"}
KS2 = {"pupils": ["TELIG"], "rwm_expected_pct": ["PTRWM_EXP"]}
for subject, word in PROGRESS.items():
    KS2[f"{subject}_progress"] = [f"{word}PROG"]
    KS2[f"{subject}_progress_lower"] = [f"{word}PROG_LOWER"]
    KS2[f"{subject}_progress_upper"] = [f"{word}PROG_UPPER"]
    KS2[f"{subject}_coverage_pct"] = [f"{word}COV"]
KS4 = {"pupils": ["TPUP"], "attainment8": ["ATT8SCR"], "progress8": ["P8MEA"], "progress8_lower": ["P8CILOW"]}
KS4 |= {"progress8_upper": ["P8CIUPP"], "progress8_coverage_pct": ["P8MEACOV"]}
KS2_BEFORE = {"pupils": ["TELIG"], "rwm_level4_pct": ["PTREADWRITTAMATX"]}
KS2_BEFORE |= {"reading_expected_progress_pct": ["PT2READ"], "writing_expected_progress_pct": ["PT2WRITTA"]}
KS2_BEFORE |= {"maths_expected_progress_pct": ["PT2MATH"]}
KS4_BEFORE = {"pupils": ["TPUP"], "five_good_gcses_pct": ["PTAC5EM_PTQ", "PTAC5EM_PTQ_EE"]}
KS4_BEFORE |= {"english_expected_progress_pct": ["PT24ENGPRG_PTQ", "PT24ENGPRG"]}
KS4_BEFORE |= {"maths_expected_progress_pct": ["PT24MATHPRG_PTQ", "PT24MATHPRG"]}
RESULTS = {
    "ks2": ("primary", "", KS2),
    "ks4": ("secondary", "", KS4),
    "ks2_2015": ("primary", "_1y_before", KS2_BEFORE),
    "ks2_2014": ("primary", "_2y_before", KS2_BEFORE),
    "ks4_2015": ("secondary", "_1y_before", KS4_BEFORE),
    "ks4_2014": ("secondary", "_2y_before", KS4_BEFORE),
}
# The provisional results of key stage 4 give what the final ones lack of this.
PROVISIONAL = {"progress8_lower": "P8CILOW", "progress8_upper": "P8CIUPP"}
# Authorities that ended, and those of later registers that hold their schools.
REORGANISED = (("835", "2019-04-01", ["838"]), ("928", "2021-04-01", ["940", "941"]))
REORGANISED += (("909", "2023-04-01", ["942", "943"]), ("836", "2019-04-01", []), ("837", "2019-04-01", []))
FORMER = {"835": "Dorset", "836": "Poole", "837": "Bournemouth", "928": "Northamptonshire", "909": "Cumbria"}
CAME_OUT_OF_SEVERAL = {"839": "2019-04-01"}
MOST_LINKS = 10  # in a chain of predecessors


# Reading.


def records(path):
    """Return (cells by column name, line) of every record below the header of a source file."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    reader = csv.reader(io.StringIO(text.removeprefix("ï»¿"), newline=""))
    header, found, begins = None, [], 1
    for cells in reader:
        cells = [cell.strip() for cell in cells]
        if header is not None:
            found.append((dict(zip(header, cells, strict=False)), begins))
        elif "URN" in cells or "urn" in cells:
            header = cells
        begins = reader.line_num + 1
    return found


def cell(record, *names):
    """The text of the first of these columns that the file has; blank where the row ends before it."""
    for name in names:
        if name in record:
            return record[name]
    return ""


def text_or_none(record, name):
    return cell(record, name) or None


def whole(text):
    """A whole number above nought, or None."""
    return int(text) if text.isdigit() and int(text) > 0 else None


def iso(text, order):
    """A date in digits, day first or year first (`order`: "dmy" or "ymd"), as ISO text; None where blank."""
    if not text:
        return None
    parts = dict(zip(order, re.split("[-/]", text), strict=True))
    return f"{parts['y']}-{parts['m']:0>2}-{parts['d']:0>2}"


def figure(text, codes):
    """(number, "ok"), or (None, why there is none)."""
    if text in codes:
        return None, codes[text]
    return float(text.removesuffix("%")), "ok"


def has_urn(record):
    return re.fullmatch("[0-9]{5,7}", cell(record, "URN", "urn")) is not None


# clean/.


def recount_clean(release, reference_date, about=None):
    """Return {table of clean/: {key: row}} of results/{release}/, and under `read` {source: records in its file}.

    `about`: {source of inspections: what the release states of its copy: as_at, not_filled, partial}.
    """
    manifest = json.loads((release / "raw" / "manifest.json").read_text(encoding="utf-8"))
    files = {file["source"]: release / "raw" / file["file"] for file in manifest["files"]}
    raw = {source: records(path) for source, path in files.items()}
    links, results, result_links = {}, {}, {}
    clean_links(raw["links"], links)
    for source, (phase, suffix, measures) in RESULTS.items():
        if source in raw:
            clean_results(raw[source], source, phase, suffix, measures, results, result_links)
    if "ks4_provisional" in raw:
        add_provisional(raw["ks4_provisional"], results)
    fill_years(results, {RESULTS[source][1] for source in raw if source in RESULTS})
    return {
        "establishments": establishments(raw["register"]),
        "links": links,
        "links_of_results": result_links,
        "results": results,
        "inspections": recount_inspections(
            [File(source, raw[source], stated) for source, stated in (about or {"inspections": {}}).items()],
            reference_date,
        ),
        "designations": designations(raw.get("designations", []), reference_date),
        "read": {source: len(found) for source, found in raw.items()},
    }


def establishments(register):
    """{URN: row} of the register, each establishment once; `kind` and `counted_in` are for `population` alone."""
    found = {}
    for record, line in register:
        if not has_urn(record) or record["URN"] in found:
            continue
        kind, region = cell(record, "TypeOfEstablishment (name)"), cell(record, "GOR (name)")
        row = {"row": line, "name": text_or_none(record, "EstablishmentName")}
        row |= {
            "kind": MAINSTREAM.get(kind),
            "establishment_status": STATUS[cell(record, "EstablishmentStatus (name)")],
        }
        row["counted_in"] = COUNTED_IN.get(cell(record, "PhaseOfEducation (name)"), ())
        row["region"] = "outside_england" if region in NOT_ENGLAND else region
        row |= {"la_code": text_or_none(record, "LA (code)"), "la_name": text_or_none(record, "LA (name)")}
        row["open_date"] = iso(cell(record, "OpenDate"), "dmy")
        row["close_date"] = iso(cell(record, "CloseDate"), "dmy")
        row["constituency"] = text_or_none(record, "ParliamentaryConstituency (name)")
        row["urban_rural"] = text_or_none(record, "UrbanRural (name)")
        row["setting"] = setting(row["urban_rural"])
        row |= {"trust": text_or_none(record, "Trusts (name)"), "trust_code": text_or_none(record, "Trusts (code)")}
        row["pupils_on_roll"] = whole(cell(record, "NumberOfPupils"))
        row["fsm_pct"] = float(cell(record, "PercentageFSM") or "nan")
        row["fsm_pct"] = row["fsm_pct"] if 0 <= row["fsm_pct"] <= 100 else None
        for ours, (theirs, meaning) in ATTRIBUTES.items():
            text = cell(record, theirs)
            row[ours] = meaning.get(text.lower(), text)
        row["establishment_number"] = text_or_none(record, "EstablishmentNumber")
        row["postcode"] = text_or_none(record, "Postcode")
        for ours, theirs in (("statutory_low_age", "StatutoryLowAge"), ("statutory_high_age", "StatutoryHighAge")):
            row[ours] = int(cell(record, theirs)) if cell(record, theirs) else None
        place = {axis: coordinate(record, axis) for axis in ENGLAND_M}
        row |= place if None not in place.values() else dict.fromkeys(place)
        row["coordinates_from"] = None if row["easting"] is None else "register"
        found[record["URN"]] = row
    return found


def setting(area):
    """urban or rural, by the first of these words in the name of the area, of the classification of 2011 or 2021."""
    words = re.findall("urban|rural", (area or "").lower())
    return words[0] if words else None


def coordinate(record, axis):
    """Whole metres; None where blank, nought, or outside England."""
    text = cell(record, axis.capitalize())
    if text in ("", "0"):
        return None
    low, high = ENGLAND_M[axis]
    return round(float(text)) if low <= float(text) <= high else None


def clean_links(rows, links):
    """Put {(successor, predecessor): row} of the register's links into `links`; mergers and splits have no one."""
    for record, line in rows:
        urn, other = record["URN"], whole(cell(record, "LinkURN"))
        if not has_urn(record) or other is None:
            continue
        if record["LinkType"] == "Predecessor":
            links.setdefault((urn, str(other)), {"source": "links", "row": line})
        elif record["LinkType"] == "Successor":
            links.setdefault((str(other), urn), {"source": "links", "row": line})


def clean_results(rows, source, phase, suffix, measures, results, links):
    """Put the mainstream schools of a results file into `results` and the successors that it names into `links`."""
    for record, line in rows:
        if record["RECTYPE"] != "1" or not has_urn(record):
            continue
        urn = record["URN"]
        row = results.setdefault((urn, phase), {})
        row |= {f"source{suffix}": source, f"row{suffix}": line}
        for measure, names in measures.items():
            if not any(name in rows[0][0] for name in names):
                continue  # the file does not have it
            value, status = figure(cell(record, *names), CODES)
            row |= {f"{measure}{suffix}": value, f"{measure}{suffix}_status": status}
        if not suffix:
            words(record, row)
        successor = whole(cell(record, "URN_AC"))
        if successor and str(successor) != urn:
            links[str(successor), urn, source] = {"row": line}


def words(record, row):
    """Put the type of school and the closed flag of a results file into `row`, where nothing is stated there."""
    for column, name, meaning in (("school_type", "NFTYPE", SCHOOL_TYPE), ("closed_flag", "ICLOSE", CLOSED)):
        if row.get(column) in (None, "unspecified"):
            row[column] = meaning[record[name]] if name in record else row.get(column)


def add_provisional(rows, results):
    """Put into the rows of secondary schools what the provisional file has beside the final one."""
    final = [row for (_, phase), row in results.items() if phase == "secondary" and row.get("source")]
    has = {measure for row in final for measure in row}
    for row in final:
        row["row_of_ks4_provisional"] = None
    for record, line in rows:
        row = results.get((record["URN"], "secondary"))
        if record["RECTYPE"] != "1" or not row or not row.get("source"):
            continue
        row["row_of_ks4_provisional"] = line
        words(record, row)
        for measure, name in PROVISIONAL.items():
            if measure not in has or row[f"{measure}_status"] == "missing":
                row[measure], row[f"{measure}_status"] = figure(cell(record, name), CODES)


def fill_years(results, suffixes):
    """Give every row the columns of its phase: `no_row` for a year in whose file the school is not."""
    columns = {phase: {} for phase in PHASES}
    for (_, phase), row in results.items():
        columns[phase] |= dict.fromkeys(row)
    every = columns["primary"] | columns["secondary"]
    for (_, phase), row in results.items():
        for column in every:
            absent = "no_row" if column.endswith("_status") and column in columns[phase] else None
            row.setdefault(column, absent)


def designations(rows, reference_date):
    """{(URN, line): row} of the designations held on the reference date."""
    found = {}
    for record, line in rows:
        start, end = (iso(cell(record, name), "ymd") for name in ("from", "to"))
        if has_urn(record) and (start or "") <= reference_date <= (end or "9999"):
            held = record["designation"].lower().replace(" ", "_")
            found[record["urn"], str(line)] = {"designation": held, "source": "designations"}
    return found


# population/.


def population(clean, reference_date, own_only):
    """Return (schools, left_out): {(URN, phase): row} of population/schools, {URN: why} of population/left_out.

    `own_only`: each school goes by its own URN; else results come from a predecessor where there are none, and so do
    an academy converter's inspections.
    """
    schools, left_out = {}, {}
    authority_of = authorities(clean["establishments"], reference_date)
    for urn, row in clean["establishments"].items():
        why = why_not(row, reference_date)
        if why:
            left_out[urn] = why
            continue
        for phase in row["counted_in"]:
            columns = ("name", "la_code", "la_name", "region", "constituency", "easting", "northing", "open_date")
            columns += ("close_date", "urban_rural", "setting", "trust", "trust_code", "statutory_low_age")
            columns += ("statutory_high_age", "pupils_on_roll", "fsm_pct", "coordinates_from", *ATTRIBUTES)
            school = {column: row[column] for column in columns}
            school |= {"type": row["kind"], "register_row": row["row"]} | authority_of[urn]
            schools[urn, phase] = school
    before = {}
    for urn, predecessor, *_ in [*clean["links"], *clean["links_of_results"]]:
        before.setdefault(urn, set()).add(predecessor)
    members = {urn for urn, _ in schools}
    has_results, has_row = urns_with_results(clean["results"])
    converters = {u for u, row in clean["establishments"].items() if row["kind"] == "academy_converter"}
    heirs_of_results, heirs_of_inspections = ((), ()) if own_only else (None, converters)
    inspected = with_inspections(clean["inspections"])
    for (urn, phase), school in schools.items():
        for suffix in has_results:
            here = has_results[suffix].get(phase, set())
            found, via = search(urn, here, before, members, heirs_of_results)
            if via == "none" and (urn, phase) in has_row[suffix]:
                found, via = urn, "own"  # the reasons that are given there
            school |= {f"results_urn{suffix}": found, f"results_via{suffix}": via}
        for what, here in inspected.items():
            found, via = search(urn, here, before, members, heirs_of_inspections)
            if via == "none" and urn in clean["inspections"]:
                found, via = urn, "own"  # the reasons that are given there
            school |= {f"{what}_urn": found, f"{what}_via": via}
    return schools, left_out


def authorities(establishments, reference_date):
    """{URN: the authority of the reference date}, which may have been reorganised since; one name an authority.

    Bournemouth, Christchurch and Poole came out of three, so there it stays as it is.
    """
    given, usual, found = {}, {}, {}
    for row in establishments.values():
        given.setdefault(row["la_code"], []).append(row["la_name"])
    for code, all_names in given.items():
        names = sorted(filter(None, all_names))
        usual[code] = max(sorted(set(names)), key=names.count) if names else None
    for urn, row in establishments.items():
        now = row["la_code"]
        code, name, doubt = now, usual[now], None
        for then, day, later in REORGANISED:
            if now in later and reference_date < day:
                code, name = then, FORMER[then]
            elif now == then:
                name = FORMER[then]
        if now in CAME_OUT_OF_SEVERAL and reference_date < CAME_OUT_OF_SEVERAL[now]:
            doubt = "several_possible"
        found[urn] = {"la_code": code, "la_name": name, "register_la_code": now, "la_doubt": doubt}
    return found


def why_not(row, reference_date):
    """Why an establishment is no school of the population: the beginning of the reason; None where it is one."""
    opened, closed = row["open_date"], row["close_date"]
    reasons = [
        (row["kind"] is None, "type out of scope"),
        (row["region"] == "outside_england", "outside England's nine regions"),
        (row["establishment_status"] == "created_in_error", "created in error"),
        (row["establishment_status"] == "proposed", "proposed to open"),
        (opened is not None and opened > reference_date, "opened after the reference date"),
        (closed is not None and closed <= reference_date, "closed on or before the reference date"),
        (closed is None and row["establishment_status"] == "closed", "closed, on an unknown date"),
        (not row["counted_in"], "phase out of scope"),
    ]
    return next((words for holds, words in reasons if holds), None)


def with_inspections(inspections):
    """{inspection, and card in a release that has report cards: URNs with one, or with word that there is no card}."""
    having = {"inspection": {u for u, row in inspections.items() if row["overall_effectiveness_status"] in GRADED}}
    if any("has_report_card" in row for row in inspections.values()):
        known = ("ok", "another_urn")
        having["card"] = {u for u, row in inspections.items() if row["has_report_card_status"] in known}
    return having


def urns_with_results(results):
    """Return ({year's suffix: {phase: URNs with results}}, {suffix: {(URN, phase)} with a row}); pupils are none."""
    having, rows = {}, {}
    columns = dict.fromkeys(column for row in results.values() for column in row)
    published = {column for row in results.values() for column, value in row.items() if value is not None}
    for suffix in ("", "_1y_before", "_2y_before"):
        if f"row{suffix}" not in columns:
            continue
        year, of_year = having.setdefault(suffix, {}), []
        for column in columns:
            if not column.endswith(f"{suffix}_status") or column.startswith("pupils"):
                continue
            if not suffix and "y_before" in column:
                continue
            if column.removesuffix("_status") in published:  # else a measure that no school has
                of_year.append(column)
        for (urn, phase), row in results.items():
            if row.get(f"row{suffix}") is not None:
                rows.setdefault(suffix, set()).add((urn, phase))
            if any(row.get(column) not in (None, *NOTHING_YET) for column in of_year):
                year.setdefault(phase, set()).add(urn)
    return having, rows


def search(urn, here, before, members, may_inherit):
    """Return (URN under which a school's data are found, via): its own, else that of the nearest predecessor.

    `here`: URNs with data. `before`: {URN: its predecessors}. `members`: URNs of the population, which keep theirs.
    `may_inherit`: URNs that take over from a predecessor, or None for all.
    """
    if urn in here:
        return urn, "own"
    level = {urn}
    for _ in range(MOST_LINKS):
        level = {p for at in level if may_inherit is None or at in may_inherit for p in before.get(at, ())} - members
        having = {p for p in level if p in here}
        if having:
            return (having.pop(), "predecessor") if len(having) == 1 else (None, "ambiguous")
    return None, "none"
