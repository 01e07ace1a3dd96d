"""The areas that the results are summed up by: which one each school lies in, at each level."""

import pandas as pd

from lib.area_columns import NOT_STATED

# The levels, by the name of their table, each in words.
LEVELS = {
    "england": "country",
    "regions": "region",
    "local_authorities": "local authority",
    "constituencies": "constituency",
    "urban_rural": "kind of place",
}
AREA = ["area_code", "area", "region"]  # the columns that name an area, in whichever level
SETTINGS = {"urban": "Urban", "rural": "Rural"}


def most_often(values: pd.Series, by: pd.Series) -> pd.Series:
    """Return the value that stands most often with each of `by`, indexed by these; of several, the first in order."""
    number = pd.DataFrame({"by": by, "value": values}).groupby(["by", "value"]).size().reset_index(name="times")
    most_first = number.sort_values(["by", "times", "value"], ascending=[True, False, True])
    return most_first.drop_duplicates("by").set_index("by")["value"]


def with_home_region(schools: pd.DataFrame, by: str) -> pd.Series:
    """Return the region where most schools of each school's area (`by`) lie, so that an area is counted once.

    Of several regions with as many, the first by name. Schools whose area is not stated lie in no one region.
    """
    return schools[by].map(most_often(schools["region"], schools[by])).astype("str")


def placed(schools: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return the schools with `area_code`, `area` and `region` of their area at a level.

    `schools`: la_code, la_name, region, constituency, setting. No rows where the register has no such areas at all.
    """
    if level == "england":
        return schools.assign(area_code=None, area="England", region=None)
    if level == "regions":
        return schools.assign(area_code=None, area=schools["region"].fillna(NOT_STATED))
    if level == "local_authorities":
        named = schools.assign(area_code=schools["la_code"], area=schools["la_name"].fillna(NOT_STATED))
        return named.assign(region=with_home_region(schools, "la_code"))
    if level == "constituencies":
        if schools["constituency"].isna().all():
            return schools.iloc[:0].assign(area_code=None, area=None)
        region = with_home_region(schools, "constituency")
        return schools.assign(area_code=None, area=schools["constituency"].fillna(NOT_STATED), region=region)
    area = schools["setting"].map(SETTINGS).fillna(NOT_STATED)
    return schools.assign(area_code=None, area=area, region=None)
