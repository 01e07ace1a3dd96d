"""Clean the register and the links between its establishments.

Inputs: the register and links files of the release, and files of postcodes where it has any.
Outputs: clean/establishments (every establishment once, in our words), clean/links (successor and predecessor),
clean/mergers_and_splits.csv (who merged or split: nothing is inherited by it, but schools are followed over the years),
and the rows and values left out. Whether an establishment belongs to the population is decided by the step population.
"""

from pathlib import Path

import pandas as pd

from lib import run_step, schemas, source_files, tables
from lib.domain import NOT_STATED, SIXTH_FORM
from lib.run_step import UserError
from lib.source_text import same_name

COORDINATES = ("easting", "northing")
AS_IT_IS = (
    *("la_code", "la_name", "name", "constituency", "urban_rural", "trust", "trust_code"),
    *("establishment_number", "postcode"),
)


def clean_register(path: str | Path, source: dict, source_id: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (establishments, rejected, set_aside) of a register file; schemas.ESTABLISHMENTS, REJECTED, SET_ASIDE.

    Raises UserError for a URN that stands twice with different content, and for an unlisted name of a type, phase,
    status, region, urban or rural area, admissions policy, gender or sixth form.
    """
    records, rejected = source_files.read(path, source, source_id)
    records, no_urn = source_files.parse_urn(records, path, source, source_id)
    same = records.duplicated([column for column in records if column != "row"])
    records, repeats = source_files.reject(records, same, source_id, "repeats an earlier row with the same URN")
    source_files.stop_at_repeats(records, path)
    out = records[["row", "urn"]].copy()
    for column in AS_IT_IS:
        out[column] = records[column].replace("", None) if column in records else None
    for column in ("establishment_type", "establishment_status", "phase_of_education", "region"):
        out[column] = source_files.parse_codes(records, column, path, source)
    # Where a copy does not fill the region, a blank says nothing; the type then says what lies outside England.
    out["region"] = out["region"].mask(out["establishment_type"] == "outside_england", "outside_england")
    _stop_without_authority(out, path, source)
    for column in ("open_date", "close_date"):
        out[column] = source_files.parse_dates(records, column, path, source)
    for column in ("statutory_low_age", "statutory_high_age"):
        out[column] = pd.NA
        if column in records:
            out[column] = source_files.parse_integers(records, column, path, source, minimum=0)
    out["setting"] = _stated(records, "urban_rural", path, source)  # beside the register's own name
    for column in ("admissions", "gender"):
        out[column] = _stated(records, column, path, source)
    out["sixth_form"] = _stated(records, "sixth_form", path, source).map(SIXTH_FORM).astype("boolean")
    out["religious_character"] = _religious_character(records, source)
    set_aside = []
    for column in ("pupils_on_roll", "fsm_pct"):
        out[column], aside = _figures(records, column, source, source_id, whole=column == "pupils_on_roll")
        set_aside.append(aside)
    places, aside = _places(records, source, source_id)
    set_aside = pd.concat([aside, *set_aside], ignore_index=True)
    of_register = pd.Series("register", index=out.index, dtype="str").where(places["easting"].notna(), None)
    out = out.join(places).assign(coordinates_from=of_register)
    return out, pd.concat([rejected, no_urn, repeats], ignore_index=True), set_aside


def place_by_postcode(
    establishments: pd.DataFrame, path: str | Path, source: dict, source_id: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (establishments, set_aside): those without coordinates are given those of their postcode in a file.

    The other postcodes of the file are no data of the run, so nothing is said of them.
    Raises UserError where the file places a postcode twice and it is one of an establishment without coordinates.
    """
    nowhere = establishments[establishments["easting"].isna() & establishments["postcode"].notna()]
    wanted = nowhere[["urn"]].assign(postcode=_without_blanks(nowhere["postcode"]))
    records, _ = source_files.read(path, source, source_id)
    records["postcode"] = _without_blanks(records["postcode"])
    records = records[records["postcode"].isin(wanted["postcode"])]
    records = records.drop_duplicates([column for column in records if column != "row"])
    source_files.stop_at_repeats(records, path, "postcode", "the postcode")
    found = wanted.merge(records, on="postcode")
    places, set_aside = _places(found, source, source_id)
    places = places.set_axis(found["urn"]).dropna()
    out = establishments.set_index("urn", drop=False)
    out.loc[places.index, ["easting", "northing"]] = places
    out.loc[places.index, "coordinates_from"] = "postcode"
    return out.reset_index(drop=True), set_aside


def _without_blanks(postcodes):
    return postcodes.str.replace(r"\s", "", regex=True).str.upper()


def clean_links(path: str | Path, source: dict, source_id: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (links, mergers, rejected) of a links file; schemas.LINKS, MERGERS_AND_SPLITS, REJECTED.

    Each row of `links` reads: `urn` succeeds the other. Rows of `mergers` are among the rejected: they are no links.
    """
    records, rejected = source_files.read(path, source, source_id)
    records, no_urn = source_files.parse_urn(records, path, source, source_id)
    kind = source_files.parse_codes(records, "link_type", path, source)
    linked = source_files.parse_urns(records, "link_urn", path, source)
    records = records.assign(kind=kind, linked=linked)
    mergers = records[(kind == "merger_or_split") & linked.notna()]
    mergers = mergers[["row", "urn"]].assign(
        source=source_id, linked_urn=mergers["linked"].astype("int64"), stated=mergers["link_type"]
    )
    why = kind.map({"merger_or_split": "merger or split: no single predecessor"}).fillna("link of another kind")
    records, other = source_files.reject(records, ~kind.isin(["predecessor", "successor"]), source_id, why)
    records, blank = source_files.reject(records, records["linked"].isna(), source_id, "the linked URN is blank")
    turned = records["kind"] == "successor"
    links = records[["row"]].assign(
        source=source_id,
        urn=records["linked"].where(turned, records["urn"]).astype("int64"),
        predecessor_urn=records["urn"].where(turned, records["linked"]).astype("int64"),
    )
    # The register states most links from both ends.
    again = links.duplicated(["urn", "predecessor_urn"])
    _, repeated = source_files.reject(records, again, source_id, "the same link stands in an earlier row")
    return links[~again], mergers, pd.concat([rejected, no_urn, other, blank, repeated], ignore_index=True)


def _stop_without_authority(out, path, source):
    """An establishment in England without a local authority is counted in none: so meant, the release says so."""
    for column in (name for name in ("la_code", "la_name") if name not in source.get("not_filled", ())):
        without = out[column].isna() & (out["region"] != "outside_england")
        if without.any():
            row, name = out["row"][without.idxmax()], source_files.header_name(source, column)
            raise UserError(
                f"{Path(path).name}, row {row}, column {name}: it is blank, but the region is one of England's. "
                f"Fill it in, or fetch the file again. If the copy lacks it, list {column} under not_filled of the "
                f"source in the release file."
            )


def _stated(records, column, path, source):
    """A column in our words, by the layout's `values`; missing where the register does not say, or lacks the column."""
    if column not in records:
        return pd.Series(None, index=records.index, dtype="str")
    words = source_files.parse_codes(records, column, path, source)
    return words.mask(words == NOT_STATED)


def _religious_character(records, source):
    """The register's own words but for those that say that there is none, or nothing: these are in the layout."""
    if "religious_character" not in records:
        return pd.Series(None, index=records.index, dtype="str")
    ours = {same_name(name): word for name, word in source["values"]["religious_character"].items()}
    text = records["religious_character"]
    words = text.map({name: ours.get(same_name(name), name) for name in text.unique()}).astype("str")
    return words.mask(words == NOT_STATED)


def _places(records, source, source_id):
    """(easting and northing as Int64, schemas.SET_ASIDE) of records; both missing where the file lacks a column."""
    out, set_aside = pd.DataFrame(index=records.index), [tables.empty(schemas.SET_ASIDE)]
    for column in COORDINATES:
        metres, aside = _figures(records, column, source, source_id, outside="the extent", unit=" m")
        out[column] = metres.round().astype("Int64")
        set_aside.append(aside)
    # One coordinate without the other places no school.
    alone = out["easting"].isna() | out["northing"].isna()
    for column in (column for column in COORDINATES if column in records):
        reason = "the other coordinate is missing or set aside"
        set_aside.append(_aside(records, column, source_id, reason)[alone & out[column].notna()])
    out.loc[alone, list(COORDINATES)] = pd.NA
    return out, pd.concat(set_aside, ignore_index=True)


def _figures(records, column, source, source_id, outside="the range", unit="", whole=False):
    """(figures, schemas.SET_ASIDE): those of a column, missing where it is blank or the file lacks it; and the values
    that are no number, no whole one where it must be, or outside what the layout states.
    """
    if column not in records:
        return pd.Series(float("nan"), index=records.index), tables.empty(schemas.SET_ASIDE)
    blank = source["columns"][column].get("blank", [])
    text = records[column].where(~records[column].isin(blank), "")
    figures = pd.to_numeric(text.where(text.str.fullmatch(r"-?[0-9]+(\.[0-9]+)?")), errors="coerce")
    low, high = source["range"][column]
    not_number = (text != "") & figures.isna()
    is_outside = figures.notna() & ~figures.between(low, high)
    aside = _aside(records, column, source_id, f"outside {outside} stated for this file ({low:,} to {high:,}{unit})")
    if whole:
        not_number |= figures % 1 > 0
    aside.loc[not_number, "reason"] = "not a whole number" if whole else "not a number"
    return figures.mask(is_outside | not_number), aside[is_outside | not_number]


def _aside(records, column, source_id, reason):
    """schemas.SET_ASIDE for every record: what stands in a column, and why it is not used."""
    aside = records[["row", "urn"]].assign(source=source_id, column=column, reason=reason)
    return aside.assign(value=records[column])


def main(snakemake):
    links, mergers, rejected, set_aside = (
        [tables.empty(schemas.LINKS)],
        [tables.empty(schemas.MERGERS_AND_SPLITS)],
        [],
        [],
    )
    files = list(zip(snakemake.params.sources.items(), snakemake.input.raw, strict=True))
    for (name, source), path in sorted(files, key=lambda file: file[0][1]["kind"] == "postcodes"):  # the register first
        if source["kind"] == "register":
            establishments, left_out, aside = clean_register(path, source, name)
            rejected.append(left_out)
            set_aside.append(aside)
        elif source["kind"] == "links":
            cleaned, merged, left_out = clean_links(path, source, name)
            links.append(cleaned)
            mergers.append(merged)
            rejected.append(left_out)
        else:
            establishments, aside = place_by_postcode(establishments, path, source, name)
            set_aside.append(aside)
    out = snakemake.output
    tables.write(establishments, schemas.ESTABLISHMENTS, csv=out.establishments, parquet=out.establishments_parquet)
    tables.write(pd.concat(links, ignore_index=True), schemas.LINKS, csv=out.links, parquet=out.links_parquet)
    tables.write(pd.concat(mergers, ignore_index=True), schemas.MERGERS_AND_SPLITS, csv=out.mergers)
    tables.write(pd.concat(rejected, ignore_index=True), schemas.REJECTED, csv=out.rejected)
    tables.write(pd.concat(set_aside, ignore_index=True), schemas.SET_ASIDE, csv=out.set_aside)


if "snakemake" in globals():
    run_step.run(main, snakemake)
