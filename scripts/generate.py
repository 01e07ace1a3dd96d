"""Write the source files of a synthetic release in the official layouts, quirks included.

Inputs: a release with a generator (workflow/releases/demo.yaml), a seed, and a scale: 1 is England, 0.1 a tenth of it
in whole local authorities; where the release follows another one (demo-2017.yaml), the years of those before it.
scripts/synthetic_schools.py draws the schools, scripts/synthetic_next.py makes a year of the year before.
Outputs: raw/{file} of every source, and the record of origin of each.
Layouts: workflow/layouts/, with the quirks of the official files. What the files show is no evidence about schools.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

import synthetic_next
import synthetic_schools
from lib import run_step
from lib.files import write_json
from lib.origins import GENERATED, origin_record
from lib.run_step import UserError
from synthetic_attributes import COLUMNS as ATTRIBUTES
from synthetic_draws import FIGURE, MEASURES, Facts, decimals_of, half_up, load_facts
from synthetic_schools import Drawn

TO_CLOSE = "Open, but proposed to close"
GRADE_TEXT = np.array(["NULL", "1", "2", "3", "4"], dtype=object)
Rows = dict[str, Iterable[str]] | pd.DataFrame  # the texts of each field, row by row, or one text for all


def generate(
    seed: int, scale: float, release: dict, facts: Facts | None = None, earlier: Sequence[dict] = ()
) -> dict[str, bytes]:
    """Return {file name: content} of a synthetic release.

    `release`: as settings.load_release gives it. `earlier`: the results year and reference date of those that it
    follows, the first one first. The same seed and scale give the same bytes on any machine.
    Raises UserError for a source that the generator cannot write.
    """
    facts = facts or load_facts()
    made = [drawn for drawn, _ in years(seed, scale, [*earlier, release], facts)]
    return {source["file"]: _file(*_of_year(source, made), facts) for source in release["sources"].values()}


def years(seed: int, scale: float, releases: Sequence[dict], facts: Facts) -> list[tuple[Drawn, pd.DataFrame]]:
    """Return what is drawn of each of some releases that follow each other, with its moves (synthetic_next.follow).

    The first is drawn, and has no moves. `releases`: with `results_year` and `reference_date`.
    """
    of = [(int(release["results_year"].split("/")[0]) + 1, release["reference_date"]) for release in releases]
    made = [(synthetic_schools.draw(seed, scale, facts, *of[0]), pd.DataFrame(columns=synthetic_next.MOVES))]
    for (_, before), (year, day) in pairwise(of):
        made.append(synthetic_next.follow(made[-1][0], facts, seed, year, before, day))
    return made


def _of_year(source: dict, made: list[Drawn]) -> tuple[dict, Drawn]:
    """Return the source and what was drawn of its year: results of an earlier year are those of the earlier release."""
    before = source.get("years_before", 0)
    at = max(0, len(made) - 1 - before)
    return source | {"years_before": before - (len(made) - 1 - at)}, made[at]


def _file(source: dict, drawn: Drawn, facts: Facts) -> bytes:
    """Return one file: its title line and header, then its rows; a column without a field stays empty."""
    kinds = {"register": _register, "links": _links, "results": _results}
    kinds |= {"inspections": _inspections, "designations": _designations}
    if source["kind"] not in kinds:
        raise UserError(f"{source['file']}: the generator writes no files of the kind {source['kind']}.")
    form = facts.model["files"][source["layout"]]
    named, columns = source["columns"] | {"record_type": source.get("record_type")}, {}
    for column in form["columns"]:  # by its first name in the layout, where it has had several
        columns |= column if isinstance(column, dict) else {column: np.atleast_1d(named[column]["column"])[0]}
    rows = pd.DataFrame(kinds[source["kind"]](source, drawn, facts), dtype=object)
    rows = rows.reindex(columns=list(columns), fill_value="").fillna("")
    end = {"crlf": "\r\n", "lf": "\n"}[form["line_end"]]
    title = form["title"] + "," * (len(columns) - 1) + end if "title" in form else ""
    table = rows.to_csv(index=False, header=list(columns.values()), lineterminator=end)
    return (("\ufeff" if form.get("bom") else "") + title + table).encode(form["encoding"])


def _register(source: dict, drawn: Drawn, facts: Facts) -> Rows:
    e = drawn.establishments[drawn.establishments["in_register"]].sort_values("urn")
    columns, values, constituency = source["columns"], source["values"], facts.model["constituency"]
    types = pd.DataFrame.from_dict(facts.model["types"], orient="index")
    leaves = (e["status"] == "open") & e["closed"].notna()
    status = np.where(leaves, TO_CLOSE, e["status"].map(official(values["establishment_status"])))
    as_drawn = ("la_code", "la_name", "name", "region", "urban_rural", *ATTRIBUTES, "trust_code")
    fields = {column: e[column] for column in as_drawn} | {
        "urn": texts(e["urn"]),
        "establishment_number": _establishment_numbers(e),
        "establishment_type": e["type"].map(types["name"]),
        "type_group": e["type"].map(types["group"]),
        "establishment_status": status,
        "open_date": dates(e["opened"], columns["open_date"]["format"]),
        "close_date": dates(e["closed"], columns["close_date"]["format"]),
        "phase_of_education": e["phase"].map(official(values["phase_of_education"])),
        "statutory_low_age": texts(e["low_age"]),
        "statutory_high_age": texts(e["high_age"]),
        "constituency_code": texts(e["constituency"], lambda n: constituency["code"].format(n=n) if n else ""),
        "constituency": texts(e["constituency"], lambda n: constituency["name"].format(n=n) if n else ""),
    }
    return fields | {axis: texts(e[axis], lambda m: "" if m < 0 else str(m)) for axis in ("easting", "northing")}


def _establishment_numbers(establishments: pd.DataFrame) -> np.ndarray:
    """Numbers within the authority, in the thousands that the register uses for each phase."""
    thousands = {"primary": 2000, "secondary": 4000, "all_through": 4000}
    return texts(establishments["kind"].map(thousands).fillna(7000) + establishments["urn"] % 1000)


def _links(source: dict, drawn: Drawn, facts: Facts) -> Rows:
    e, links = drawn.establishments, drawn.links
    links = links[e["in_register"].to_numpy()[links["to"]]]
    urn = e["urn"].to_numpy()
    frame = links.assign(urn=urn[links["at"]], link_urn=urn[links["to"]]).sort_values(["urn", "link_urn"])
    return {
        "urn": texts(frame["urn"]),
        "link_urn": texts(frame["link_urn"]),
        "link_name": e["name"].to_numpy()[frame["to"]],
        "link_type": frame["kind"],
        "link_date": dates(frame["date"], facts.model["link_date_format"]),
    }


def _results(source: dict, drawn: Drawn, facts: Facts) -> Rows:
    """The rows of the schools, and the summary rows below them."""
    e, model = drawn.establishments, facts.model
    rows = drawn.results[source["phase"], source.get("years_before", 0)]
    columns = ["la_code", "urn", "name", "kind", "type", "status"]
    of = e[columns].iloc[rows["at"]].reset_index(drop=True).sort_values(["la_code", "urn"])
    rows, of = rows.loc[of.index].reset_index(drop=True), of.reset_index(drop=True)
    coded = [name.removesuffix("_code") for name in rows if name.endswith("_code")]  # the figures
    abbreviations = {key: named.get("results", "") for key, named in model["types"].items()}
    follows = rows["successor"] >= 0
    to = e[["urn", "name", "opened"]].iloc[np.where(follows, rows["successor"], 0)]
    fields = {
        "record_type": rows["level"].map(official(source["record_type"]["values"])),
        "alphabetic": texts(of["urn"] % 100_000),
        "la_code": of["la_code"],
        "establishment_number": _establishment_numbers(of),
        "urn": texts(of["urn"]),
        "name": of["name"],
        "successor_urn": np.where(follows, texts(to["urn"]), "0"),  # the official files have 0 where there is none
        "successor_name": np.where(follows, to["name"], ""),
        "successor_opened": np.where(follows, dates(to["opened"], "%Y%m%d"), ""),
        "school_type": of["type"].map(abbreviations),
        "closed": np.where(of["status"] == "closed", "1", "0"),
    }
    for field in coded:
        code = rows[f"{field}_code"]
        fields[field] = np.where(code == FIGURE, figures(source, field, rows[field], model), code)
    # Added up are whole numbers, so that their order is all one.
    sums = pd.DataFrame({"la_code": of["la_code"], "pupils": rows["pupils"]})
    for field in coded:
        if not field.endswith(("_lower", "_upper")):
            sums[field] = rows[field] * (1 if field.endswith("pupils") else rows["pupils"])
    private = of["type"].isin(model["out_of_scope_results"]["private"])
    parts = (fields, *_summary(source, sums[rows["summed"]], ~private[rows["summed"]], facts))
    return pd.concat([pd.DataFrame(part, dtype=object) for part in parts], ignore_index=True)


def figures(source: dict, field: str, values: np.ndarray, model: dict) -> np.ndarray:
    """Figures, whole numbers of their last decimal (-7 for -0.7), as the official file writes them."""
    decimals = decimals_of(model, field)
    sign = "%" if source["columns"].get(field, {}).get("type") == "percent" else ""
    return texts(values, lambda n: f"{n / 10**decimals:.{decimals}f}{sign}")


def _summary(source: dict, sums: pd.DataFrame, of_state: pd.Series, facts: Facts) -> Iterable[Rows]:
    """The summary rows: each authority, England's state-funded schools, all schools.

    `sums`: pupils and figures times pupils, a row a school. `of_state`: which of them the state funds.
    """
    by_authority = sums[of_state].groupby("la_code").sum()
    code, record_type = by_authority.index, official(source["record_type"]["values"])
    name = facts.authorities.set_index("la_code")["la_name"][code].to_numpy()
    for level, of_level, place in (
        ("local_authority", by_authority, {"la_code": code, "name": name}),
        ("england_state_funded", by_authority.sum().to_frame().T, {}),
        ("england_all", sums.drop(columns="la_code").sum().to_frame().T, {}),
    ):
        yield {"record_type": record_type[level]} | place | _means(source, of_level, level, facts.model)


def _means(source: dict, sums: pd.DataFrame, level: str, model: dict) -> Rows:
    """The figures of summary rows: means over pupils, with their confidence limits."""
    pupils, out = sums["pupils"].to_numpy(), {}
    for field in sums.columns:
        # The official files give no progress for all schools together.
        if level == "england_all" and ("progress" in field or "coverage" in field):
            continue
        value = sums[field].to_numpy()
        if not field.endswith("pupils"):
            value = np.floor_divide(2 * value + pupils, 2 * pupils)
        out[field] = figures(source, field, value, model)
        if field in MEASURES[source["phase"]][1:]:
            decimals = decimals_of(model, field)
            width = model["confidence"] * model["pupil_sd"][field] / np.sqrt(pupils)
            for limit, ends in ((f"{field}_lower", -width), (f"{field}_upper", width)):
                out[limit] = figures(source, limit, half_up(value / 10**decimals + ends, decimals), model)
    return out


def _inspections(source: dict, drawn: Drawn, facts: Facts) -> Rows:
    e, words = drawn.establishments, facts.model["inspection_words"]
    i = synthetic_schools.in_order(drawn)
    urn, full, day = e["urn"].to_numpy()[i["at"]], i["kind"] == "full", i["day"].to_numpy().astype("datetime64[D]")
    # An older form of the file wrote 9, not applicable, for what was not judged.
    unjudged = np.where(day < np.datetime64(words["nine_before"], "D"), "9", "NULL")
    formats = source["columns"]["inspection_date"]["format"]
    return {
        "urn": texts(urn),
        "name": e["name"].to_numpy()[i["at"]],
        "inspection_number": i["number"].to_numpy(),
        "inspection_type": np.where(full, words["full"], words["visit"]),
        "inspection_date": dates(day, formats),
        "publication_date": dates(day + 28, formats),
        "overall_effectiveness": np.where(full, GRADE_TEXT[i["grade"]], unjudged),
        "leadership": np.where(i["leadership"] > 0, GRADE_TEXT[i["leadership"]], unjudged),
        "category_of_concern": np.where(i["grade"] == 4, np.where(urn % 3 == 0, "SWK", "SM"), "NULL"),
    }


def _designations(source: dict, drawn: Drawn, facts: Facts) -> Rows:
    d = drawn.designations
    d = d.assign(urn=drawn.establishments["urn"].to_numpy()[d["at"]]).sort_values(["urn", "kind"])
    ends = {end: dates(d[end], source["columns"][end]["format"]) for end in ("from", "to")}
    return {"urn": texts(d["urn"]), "designation": d["kind"].map(official(source["values"]["designation"]))} | ends


def official(values: dict[str, str]) -> dict[str, str]:
    """Return {our word: official name} of a layout's {official name: our word}: the first name that it lists."""
    return {word: name for name, word in reversed(values.items())}


def texts(values: np.ndarray, form: Callable[[int], str] = str) -> np.ndarray:
    """Return an array of texts, `form` of each whole number; each number is put into words once."""
    at, unique = pd.factorize(np.asarray(values, dtype=np.int64))
    return np.array([form(value) for value in unique.tolist()], dtype=object)[at]


def dates(days: np.ndarray, form: str) -> np.ndarray:
    """Return days as text of the form (as strftime has it); no day is a blank."""
    return pd.Series(np.asarray(days, dtype="datetime64[s]")).dt.strftime(form).fillna("").to_numpy(dtype=object)


def main(snakemake):
    params, release = snakemake.params, snakemake.params.release
    paths = {Path(path).name: Path(path) for path in snakemake.output}
    for name, content in generate(params.seed, params.scale, release, earlier=params.earlier).items():
        paths[name].write_bytes(content)
    for name, source in release["sources"].items():
        record = origin_record(paths[source["file"]], name, source["file"], GENERATED)
        write_json(record, paths[f"{source['file']}.json"])


if "snakemake" in globals():
    run_step.run(main, snakemake)
