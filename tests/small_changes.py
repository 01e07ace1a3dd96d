"""Small comparisons and their pages, for the tests of the page of changes.

Of the primary schools 3 and 10 are in need in both releases (10 as number 30 in the later, since it converted), 2, 5, 7
and 9 in the later alone, 1, 4 and 6 in the earlier alone; 21 is a secondary school in need in both.
"""

import dataclasses

import changes
import changes_page
from lib.domain import CRITERION_GROUPS
from lib.yaml_files import PROJECT
from small_comparison import LATER, a_method, a_run, a_school, compared

NORTH = {"la": ("341", "Liverpool"), "region": "North West", "y": 390_000}
HIGH = [a_school(n, grade=1) for n in range(11, 20)]
NEED = {"result": 45}
BEFORE = [
    a_school(1, grade=4, result=55),
    a_school(2, result=55),
    a_school(3, **NEED),
    a_school(4, **NEED),
    a_school(5, result=None),
    a_school(6, grade=4),
    a_school(9, grade=1, **NORTH),
    a_school(10, **NEED),
    a_school(21, phase="secondary", grade=4, x=None, y=None),
]
CLOSED = {"status": "closed", "closed": "2017-08-31", "grade": "none", "result": "none"}
AFTER = [
    a_school(1, grade=2, result=55, inspected="2017-06-01"),
    a_school(2, grade=4, result=55, inspected="2017-06-01"),
    a_school(3, **NEED),
    a_school(4, result=None),
    a_school(5, **NEED),
    a_school(6, **CLOSED),
    a_school(7, grade=4, opened="2017-09-01", inspected="2018-01-01"),
    a_school(9, grade=3, inspected="2017-06-01", **NORTH),
    a_school(10, **CLOSED),
    a_school(30, type="academy_converter", opened="2017-09-01", **NEED),
    a_school(21, phase="secondary", grade=4, x=None, y=None),
]
LICENCE = {"name": "Open Government Licence v3.0", "url": "https://www.nationalarchives.gov.uk/doc/x/"}


def pair(folder, before=(*BEFORE, *HIGH), after=(*AFTER, *HIGH), synthetic=False, **later):
    """Return the two runs of a small comparison. `later`: options of the later release (small_comparison.a_run)."""
    runs = (
        a_run(folder / "before", before),
        a_run(folder / "after", after, links=[(30, 10)], **(LATER | later)),
    )
    return [dataclasses.replace(run, synthetic=synthetic) for run in runs]


def labelled():
    """Return a method in which being designated has a label."""
    method = a_method()
    method["criteria"]["designated"]["label"] = "Teaching School"
    return method


def of_one_release(folder):
    """Return two runs of one release: by one method less than 40% is low, by the other less than 50%."""
    schools = [*BEFORE, *HIGH]
    return [
        a_run(folder / name, schools, method=a_method(name, low=low)) for name, low in (("low40", 40), ("low50", 50))
    ]


def read(folder, earlier, later, named=False, groups=CRITERION_GROUPS, **more):
    """Write the comparison of two runs as the workflow does, and return it as its page takes it."""
    made, summary = compared(earlier, later)
    changes.write(folder, earlier, later, made, summary, ["scripts/changes.py"])
    names = [*(name.removesuffix(".csv") for name in made), "dictionary"]
    files = {name: str(folder / f"{name}.csv") for name in names}
    files |= {name: str(folder / f"{name}.json") for name in ("summary", "provenance")}
    files |= {"facts": str(PROJECT / "workflow" / "facts" / "published.yaml")}
    given = {"groups": groups, "name_schools": named, "name": "before-after-tiny", "over_years": []}
    return dataclasses.replace(changes_page.read(files, given), **more)


def page(comparison):
    """Return the page of a comparison as HTML."""
    return changes_page.render(comparison, LICENCE)
