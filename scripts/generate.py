"""Write the source files of a synthetic release in the official layouts, quirks included.

Inputs: a release with a generator (workflow/releases/demo.yaml), a seed, and a scale: 1 is one England, 0.1 a tenth of
it in whole local authorities, 100 a hundred Englands side by side. scripts/synthetic_schools.py draws the schools.
Outputs: raw/{file} of every source, and the record of origin of each.
Layouts: workflow/layouts/, with the quirks of the official files. What the files show is no evidence about schools.

From the command line: python scripts/generate.py --seed 1 --scale 0.1 --out FOLDER
"""

import argparse
import io
import math
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

import acquire
import synthetic_schools
from lib import run_step, settings
from lib.run_step import UserError
from synthetic_schools import FIGURE, MEASURES, half_up

ONE = 1 - 1e-9  # a scale this near to a whole number is that number
TO_CLOSE = "Open, but proposed to close"
GRADE_TEXT = np.array(["NULL", "1", "2", "3", "4"], dtype=object)


def generate(seed, scale, release, facts=None):
    """Return {file name: bytes} of a synthetic release.

    `release`: as settings.load_release gives it. The same seed and scale give the same bytes on any machine.
    """
    files = {source["file"]: io.BytesIO() for source in release["sources"].values()}
    write_release(seed, scale, release, files, facts)
    return {name: file.getvalue() for name, file in files.items()}


def write_release(seed, scale, release, files, facts=None):
    """Write a synthetic release into `files`, {file name: binary file}, one England after another.

    Raises UserError for a scale below 0 or above 100, or a source that the generator cannot write.
    """
    if not 0 < scale <= 100:
        raise UserError(f"The scale {scale} is not allowed: give a number above 0 and up to 100.")
    facts = facts or synthetic_schools.load_facts()
    writers = {name: _Writer(source, facts.model, files[source["file"]]) for name, source in release["sources"].items()}
    year = int(release["results_year"].split("/")[0]) + 1
    totals = {name: _Totals(facts.model) for name, source in release["sources"].items() if source["kind"] == "results"}
    urn = facts.model["urn_first"]
    for tile in range(math.ceil(scale * ONE)):
        drawn = synthetic_schools.draw(seed, tile, min(1, scale - tile), facts, year, release["reference_date"], urn)
        urn += len(drawn.establishments)
        for name, source in release["sources"].items():
            rows = _rows(source, drawn, facts.model, totals.get(name))
            writers[name].write(rows)
    for name, total in totals.items():
        writers[name].write(total.rows(release["sources"][name], facts.authorities))


def _rows(source, drawn, model, totals):
    """Return the fields of one file, {field: texts or numbers}, in the order of its rows."""
    kind = source["kind"]
    if kind == "register":
        return _register(source, drawn.establishments, model)
    if kind == "links":
        return _links(source, drawn, model)
    if kind == "results":
        return _results(source, drawn, model, totals)
    if kind == "inspections":
        return _inspections(source, drawn, model)
    if kind == "designations":
        return _designations(source, drawn)
    raise UserError(f"{source['file']}: the generator writes no files of the kind {kind}.")


def _register(source, establishments, model):
    e = establishments[establishments["in_register"]].sort_values("urn")
    named = pd.DataFrame.from_dict(model["types"], orient="index")
    has = e["constituency"].to_numpy() > 0
    constituency = {
        key: np.where(has, texts(e["constituency"], lambda n, k=key: model["constituency"][k].format(n=n)), "")
        for key in ("name", "code")
    }
    return {
        "urn": texts(e["urn"]),
        "la_code": e["la_code"],
        "la_name": quoted(e["la_name"]),
        "establishment_number": _establishment_numbers(e),
        "name": quoted(e["name"]),
        "establishment_type": quoted(e["type"].map(named["name"])),
        "type_group": e["type"].map(named["group"]),
        "establishment_status": quoted(_status(e, source)),
        "open_date": dates(e["opened"], source["columns"]["open_date"]["format"]),
        "close_date": dates(e["closed"], source["columns"]["close_date"]["format"]),
        "phase_of_education": e["phase"].map(official(source, "phase_of_education")),
        "statutory_low_age": texts(e["low_age"]),
        "statutory_high_age": texts(e["high_age"]),
        "region": e["region"],
        "constituency_code": constituency["code"],
        "constituency": constituency["name"],
        "urban_rural": e["urban_rural"],
        "easting": texts(e["easting"], lambda metres: "" if metres < 0 else str(metres)),
        "northing": texts(e["northing"], lambda metres: "" if metres < 0 else str(metres)),
    }


def _status(establishments, source):
    """The register's status: a school that will close is open, and said to be proposed to close."""
    names = official(source, "establishment_status")
    leaves = ((establishments["status"] == "open") & establishments["closed"].notna()).to_numpy()
    return np.where(leaves, TO_CLOSE, establishments["status"].map(names))


def _links(source, drawn, model):
    e, links = drawn.establishments, drawn.links
    links = links[e["in_register"].to_numpy()[links["to"]]]
    urn = e["urn"].to_numpy()
    frame = links.assign(urn=urn[links["at"]], link_urn=urn[links["to"]]).sort_values(["urn", "link_urn"])
    return {
        "urn": texts(frame["urn"]),
        "link_urn": texts(frame["link_urn"]),
        "link_name": quoted(e["name"].to_numpy()[frame["to"]]),
        "link_type": frame["kind"],
        "link_date": dates(frame["date"], model["link_date_format"]),
    }


def _results(source, drawn, model, totals):
    e = drawn.establishments
    rows = drawn.results[source["phase"], source.get("years_before", 0)]
    rows = rows.assign(la_code=e["la_code"].to_numpy()[rows["at"]], urn=e["urn"].to_numpy()[rows["at"]])
    rows = rows.sort_values(["la_code", "urn"], ignore_index=True)
    of = e.iloc[rows["at"]]
    types = of["type"].to_numpy()
    abbreviations = pd.Series({key: named.get("results", "") for key, named in model["types"].items()})
    private = np.isin(types.astype(str), model["out_of_scope_results"]["private"])
    totals.add(rows[rows["summed"]], private[rows["summed"]])
    next_one = rows["successor"].to_numpy()
    follows = next_one >= 0
    to = e.iloc[np.where(follows, next_one, 0)]
    fields = {
        "record_type": rows["level"].map(official(source["record_type"])),
        "alphabetic": texts(rows["urn"] % 100_000),
        "la_code": rows["la_code"],
        "establishment_number": _establishment_numbers(of),
        "urn": texts(rows["urn"]),
        "name": quoted(of["name"]),
        "successor_urn": np.where(follows, texts(to["urn"]), "0"),  # the official files have 0 where there is none
        "successor_name": np.where(follows, quoted(to["name"]), ""),
        "successor_opened": np.where(follows, dates(to["opened"], "%Y%m%d"), ""),
        "school_type": abbreviations[types].to_numpy(),
        "closed": np.where(of["status"] == "closed", "1", "0"),
    }
    return fields | _figures(source, rows, model)


def _figures(source, rows, model):
    """The text of every figure: its number as the official file writes it, or the code in its place."""
    out = {}
    for field in (c.removesuffix("_code") for c in rows.columns if c.endswith("_code") and c != "la_code"):
        sign = "%" if source["columns"].get(field, {}).get("type") == "percent" else ""
        decimals = synthetic_schools.decimals_of(model, field)
        figure = texts(rows[field], lambda n, d=decimals, s=sign: fixed(n, d) + s)
        code = rows[f"{field}_code"].to_numpy(dtype=object)
        out[field] = np.where(code == FIGURE, figure, code)
    return out


def _inspections(source, drawn, model):
    e, inspections = drawn.establishments, drawn.inspections
    urn = e["urn"].to_numpy()[inspections["at"]]
    order = np.lexsort((-inspections["day"].to_numpy().astype("datetime64[D]").astype(np.int64), urn))
    i, urn = inspections.iloc[order], urn[order]
    full = i["kind"].to_numpy() == "full"
    day = i["day"].to_numpy().astype("datetime64[D]")
    words = model["inspection_words"]
    # An older form of the file wrote 9, not applicable, for what was not judged.
    old = day < np.datetime64(words["nine_before"], "D")
    unjudged = np.where(old, "9", "NULL")
    formats = source["columns"]["inspection_date"]["format"]
    return {
        "urn": texts(urn),
        "name": quoted(e["name"].to_numpy()[i["at"]]),
        "inspection_number": [f"SYN{number:07d}" for number in urn * 10 % 10_000_000 + np.arange(len(i)) % 10],
        "inspection_type": np.where(full, words["full"], words["visit"]),
        "inspection_date": dates(day, formats),
        "publication_date": dates(day + 28, formats),
        "overall_effectiveness": np.where(full, GRADE_TEXT[i["grade"]], unjudged),
        "leadership": np.where(i["leadership"].to_numpy() > 0, GRADE_TEXT[i["leadership"]], unjudged),
        "concern": np.where(i["grade"] == 4, np.where(urn % 3 == 0, "SWK", "SM"), "NULL"),
    }


def _designations(source, drawn):
    designations = drawn.designations
    urn = drawn.establishments["urn"].to_numpy()[designations["at"]]
    d = designations.assign(urn=urn).sort_values(["urn", "kind"])
    return {
        "urn": texts(d["urn"]),
        "designation": d["kind"].map(official(source, "designation")),
        "from": dates(d["from"], source["columns"]["from"]["format"]),
        "to": dates(d["to"], source["columns"]["to"]["format"]),
    }


class _Totals:
    """Sums over the rows of one results file, for its summary rows: whole numbers, so that their order is all one."""

    def __init__(self, model):
        self.model, self.state, self.all = model, None, None

    def add(self, rows, private):
        """Add the rows of one England. `private`: which of them the state does not fund."""
        figures = [c.removesuffix("_code") for c in rows.columns if c.endswith("_code") and c != "la_code"]
        sums = pd.DataFrame({"la_code": rows["la_code"], "pupils": rows["pupils"]})
        for field in figures:
            if field.endswith("pupils"):
                sums[field] = rows[field]
            elif not field.endswith(("_lower", "_upper")):
                sums[field] = rows[field] * rows["pupils"]
        every = sums.drop(columns="la_code").sum()
        state = sums[~private].groupby("la_code").sum()
        self.all = every if self.all is None else self.all + every
        self.state = state if self.state is None else self.state.add(state, fill_value=0).astype("int64")

    def rows(self, source, authorities):
        """Return the summary rows: each authority, England's state-funded schools, all schools."""
        name = authorities.set_index("la_code")["la_name"]
        levels = [
            (self.state, "local_authority", self.state.index, name[self.state.index]),
            (self.state.sum().to_frame().T, "england_state_funded", [""], [""]),
            (self.all.to_frame().T, "england_all", [""], [""]),
        ]
        parts = []
        for sums, level, code, named in levels:
            record_type = official(source["record_type"])[level]
            fields = {"record_type": [record_type] * len(sums), "la_code": list(code), "name": quoted(named)}
            parts.append(fields | self._means(source, sums, level))
        names = parts[0].keys()
        return {field: np.concatenate([np.asarray(part[field], dtype=object) for part in parts]) for field in names}

    def _means(self, source, sums, level):
        pupils = sums["pupils"].to_numpy()
        blank = np.full(len(sums), "", dtype=object)
        out = {}
        for field in sums.columns:
            decimals = synthetic_schools.decimals_of(self.model, field)
            sign = "%" if source["columns"].get(field, {}).get("type") == "percent" else ""
            value = sums[field].to_numpy()
            if not field.endswith("pupils"):
                value = np.floor_divide(2 * value + pupils, 2 * pupils)
            out[field] = texts(value, lambda n, d=decimals, s=sign: fixed(n, d) + s)
            measured = field in MEASURES[source["phase"]][1:]
            if measured:
                width = self.model["confidence"] * self.model["pupil_sd"][field] / np.sqrt(pupils)
                for limit, ends in (("lower", -width), ("upper", width)):
                    at = half_up(value / 10**decimals + ends, decimals)
                    out[f"{field}_{limit}"] = texts(at, lambda n, d=decimals: fixed(n, d))
        if level == "england_all":  # the official files give no progress for all schools together
            out |= {field: blank for field in out if "progress" in field or "coverage" in field}
        return out


class _Writer:
    """Writes the rows of one source file, its title line and header first."""

    def __init__(self, source, model, file):
        self.form = model["files"][source["layout"]]
        self.columns = [
            (c, _column(source, c)) if isinstance(c, str) else next(iter(c.items())) for c in self.form["columns"]
        ]
        self.file, self.model = file, model
        lines = [",".join(quoted([name for _, name in self.columns]))]
        if "title" in self.form:
            lines.insert(0, self.form["title"] + "," * (len(self.columns) - 1))
        self._write("\ufeff" if self.form.get("bom") else "", lines)

    def write(self, rows):
        """Write rows; a column for which they have no field stays empty."""
        size = len(next(iter(rows.values())))
        cells = [rows.get(field) for field, _ in self.columns]
        cells = [[""] * size if column is None else np.asarray(column, dtype=object).tolist() for column in cells]
        self._write("", list(map(",".join, zip(*cells, strict=True))))

    def _write(self, start, lines):
        end = {"crlf": "\r\n", "lf": "\n"}[self.form["line_end"]]
        if lines:
            self.file.write((start + end.join(lines) + end).encode(self.form["encoding"]))


def _column(source, field):
    """The name of a layout's field in the file (the first, where it has had several)."""
    if field == "record_type":
        return source["record_type"]["column"]
    name = source["columns"][field]["column"]
    return name if isinstance(name, str) else name[0]


def official(source, column=None):
    """Return {our word: official name} of a coded column: the first name that the layout lists."""
    names = {}
    for name, word in (source["values"][column] if column else source["values"]).items():
        names.setdefault(word, name)
    return names


def texts(values, form=str):
    """Return an array of texts, `form` of each whole number; each number is put into words once."""
    unique, where = np.unique(np.asarray(values, dtype=np.int64), return_inverse=True)
    return np.array([form(int(value)) for value in unique], dtype=object)[where]


def fixed(number, decimals):
    """Return a whole number of tenths, hundredths … with its decimal point, e.g. (-7, 1) as -0.7."""
    if decimals == 0:
        return str(number)
    whole, rest = divmod(abs(number), 10**decimals)
    return f"{'-' if number < 0 else ''}{whole}.{rest:0{decimals}d}"


def dates(days, form):
    """Return days as text of the form (as strftime has it); no day is a blank."""
    unique, where = np.unique(np.asarray(days, dtype="datetime64[D]"), return_inverse=True)
    return np.array(["" if np.isnat(day) else day.item().strftime(form) for day in unique], dtype=object)[where]


def quoted(names):
    """Return texts as CSV cells: in quotation marks where a comma or a quotation mark stands in them."""
    names = np.asarray(names, dtype=object).tolist()
    return ['"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text for text in names]


def _establishment_numbers(establishments):
    """Numbers within the authority, in the thousands that the register uses for each phase."""
    thousands = {"primary": 2000, "secondary": 4000, "all_through": 4000}
    base = establishments["kind"].map(thousands).fillna(7000).to_numpy(dtype=np.int64)
    return texts(base + establishments["urn"].to_numpy() % 1000)


def main(snakemake):
    release, params = snakemake.params.release, snakemake.params
    paths = {Path(path).name: Path(path) for path in snakemake.output}
    write_files(params.seed, params.scale, release, {s["file"]: paths[s["file"]] for s in release["sources"].values()})
    for name, source in release["sources"].items():
        acquire.record_generated(paths[source["file"]], name, paths[f"{source['file']}.json"])


def write_files(seed, scale, release, paths):
    """Write a synthetic release to `paths`, {file name: path}."""
    with ExitStack() as stack:
        files = {name: stack.enter_context(open(path, "wb")) for name, path in paths.items()}
        write_release(seed, scale, release, files)


def from_command_line(arguments=None):
    parser = argparse.ArgumentParser(description="Write the source files of the synthetic release.")
    parser.add_argument("--release", default="demo", help="a release with a generator (default: demo)")
    parser.add_argument(
        "--seed", type=int, help="a whole number, 0 or more; the same one gives the same files (default: the release's)"
    )
    parser.add_argument(
        "--scale", type=float, help="how many times England's size, 0.1 to 100 (default: the release's)"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    given = parser.parse_args(arguments)
    try:
        release = settings.load_release(given.release)
        if "generator" not in release:
            raise UserError(f"Release {given.release} has no generator: its files are fetched, not written.")
        stated = {key: getattr(given, key) for key in ("seed", "scale") if getattr(given, key) is not None}
        generator = release["generator"] | stated
        settings.check(settings.Generator, generator, "command line")
        seed, scale = generator["seed"], generator["scale"]
        given.out.mkdir(parents=True, exist_ok=True)
        paths = {source["file"]: given.out / source["file"] for source in release["sources"].values()}
        write_files(seed, scale, release, paths)
    except UserError as error:
        parser.exit(1, f"{error}\n")
    print(f"{given.out}: {len(paths)} files, seed {seed}, scale {scale:g}. Synthetic: no evidence about schools.")


if "snakemake" in globals():
    run_step.run(main, snakemake)
elif __name__ == "__main__":
    from_command_line()
