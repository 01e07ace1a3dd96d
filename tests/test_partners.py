"""Shortlist: the candidates of a school in the method's order, each with why, from the results of a run alone."""

import io
import itertools
import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import partners
from lib import domain, shortlist
from lib.run_rows import Run
from lib.run_step import UserError

PARTS = {
    "same_setting": {"label": "Both urban or both rural", "attribute": "setting", "is": "same"},
    "similar_size": {
        "label": "Pupils within a factor of two",
        "attribute": "pupils_on_roll",
        "is": "within_factor",
        "value": 2,
    },
}
PARAMETERS = {"alike": {"primary": PARTS, "secondary": {}}, "rank_partners_by": [*domain.RANKS]}


def school(urn, group, phase="primary", kind="community", trust=None, setting="urban", pupils=200, easting=400_000):
    return {
        **{"urn": urn, "phase": phase, "name": f"School {urn}", "la_name": "Northshire", "type": kind},
        **{"trust": trust, "setting": setting, "pupils_on_roll": pupils, "easting": easting, "group": group},
    }


IN_TRUST = {"kind": "academy_converter", "trust": "The Trust"}
SCHOOLS = [
    school(10, "in_need", **IN_TRUST),
    school(11, "in_need"),
    school(12, "in_need", easting=None),
    school(13, "in_need"),
    school(20, "high_performing", **IN_TRUST),
    school(21, "high_performing", pupils=500),
    school(22, "high_performing", setting="rural", pupils=None),
    school(23, "high_performing", pupils=None),
    school(24, "high_performing", easting=None),
    school(30, "neither"),
    school(31, "not_assessable"),
    school(10, "high_performing", phase="secondary"),
    school(40, "in_need", phase="secondary"),
]
# School in need, partner, metres, whose the partner is; each part of likeness and the two together.
PAIRS = [
    (10, 20, 3218.7, "same_trust", True, True, True),
    (10, 21, 1609.3, "maintained", True, False, False),
    (10, 22, 804.7, "maintained", False, None, False),
    (10, 23, 4828.0, "maintained", True, None, None),
    (11, 20, 1000.0, "another_trust", True, True, True),
]
PAIRED = [(1, 10, "paired", 23), (1, 11, "paired", 20), (1, 13, "no_helper_near", None)]
PAIRED += [(1, 12, "without_coordinates", None), (2, 10, "helpers_taken", None), (2, 11, "paired", 20)]
PAIRED += [(2, 12, "without_coordinates", None), (2, 13, "no_helper_near", None)]
PRIMARY = {"phase": "primary"}


@pytest.fixture
def run(tmp_path):
    return Run(written(tmp_path))


def written(results, parameters=PARAMETERS, groups=domain.CRITERION_GROUPS, minutes=None):
    """Write the run to results/tiny/method; return its folder. `minutes`: of each pair, for travel times."""
    folder = results / "tiny" / "method"
    for name in ("population", "classified", "matched", "audit", "../raw"):
        (folder / name).mkdir(parents=True)

    def parquet(path, rows):
        pd.DataFrame(rows).convert_dtypes().to_parquet(folder / f"{path}.parquet")

    (folder / "../raw/manifest.json").write_text(json.dumps({"files": []}))
    (folder / "audit/provenance.json").write_text(json.dumps({"parameters": parameters}))
    summary = {"release": "tiny", "synthetic": False, "radius_miles": {"primary": 5, "secondary": 4}}
    (folder / "summary.json").write_text(json.dumps(summary))
    parquet("population/schools", [{k: v for k, v in row.items() if k != "group"} for row in SCHOOLS])
    parquet("classified/schools", [{k: row[k] for k in ("urn", "phase", "group")} for row in SCHOOLS])
    met = [(20, "outstanding"), (20, "designated"), (21, "outstanding"), (22, "good_with_strong_results")]
    met += [(23, "outstanding"), (10, "outstanding")]
    criteria = [
        {"urn": row["urn"], "phase": row["phase"], "group": group, "criterion": name, "outcome": outcome}
        for row in SCHOOLS
        for group in groups
        for name, outcome in [("another", "not_met")]
        + [(name, "met") for urn, name in met if urn == row["urn"] and group == "high_performing"]
    ]
    parquet("classified/criteria", criteria)
    near = [dict(zip(("urn", "partner_urn", "distance_m"), row, strict=False)) | PRIMARY for row in PAIRS]
    near.append({"urn": 40, "partner_urn": 10, "distance_m": 1609.344, "phase": "secondary"})
    if minutes:
        near = [pair | {"minutes": taken} for pair, taken in zip(near, minutes, strict=True)]
    parquet("matched/partners", near)
    columns = ("urn", "partner_urn", "distance_m", "partner_trust", *PARTS, "alike")
    alike = [dict(zip(columns, row, strict=True)) | PRIMARY for row in PAIRS]
    alike.append({"urn": 40, "partner_urn": 10, "partner_trust": "maintained", "alike": True, "phase": "secondary"})
    parquet("matched/likeness", pd.DataFrame(alike).drop(columns="distance_m"))
    counts = pd.DataFrame(near).groupby(["phase", "urn"]).size().rename("partners").reset_index()
    parquet("matched/support", counts)
    columns = ("most_per_helper", "urn", "outcome", "partner_urn")
    rows = [dict(zip(columns, row, strict=True)) | PRIMARY for row in PAIRED]
    rows.append({"most_per_helper": 1, "urn": 40, "outcome": "paired", "partner_urn": 10, "phase": "secondary"})
    parquet("matched/pairing", rows)
    (folder / "matched/load.csv").write_text(
        "phase,urn,schools_in_need,only_partner_of\n"
        "primary,20,2,1\nprimary,21,1,0\nprimary,22,1,0\nprimary,23,1,0\nsecondary,10,1,1\n"
    )
    return folder


def told(run, urn, first=10):
    """The words on a school, without the breaks of lines; its candidates."""
    lines, pairs, found = partners.answer(run, urn, first)
    assert found
    return " ".join(" ".join(lines).split()), pairs


def others(pairs, end="partner_urn"):
    return pairs[end].tolist()


# ---------------------------------------------------------------- the order


def small(*rows, minutes=None):
    """Pairs of one school in need from rows of (partner, metres, alike, whose, others looking)."""
    columns = ["partner_urn", "distance_m", "alike", "partner_trust", "others_looking"]
    table = pd.DataFrame(rows, columns=columns).assign(urn=1).astype({"alike": "boolean"})
    return table.assign(minutes=minutes) if minutes else table


TWO_BY_TWO = small(
    (1, 900.0, False, "same_trust", 1),
    (2, 100.0, None, "maintained", 4),
    (3, 500.0, True, "another_trust", 3),
    (4, 300.0, True, "unknown", 2),
)


@pytest.mark.parametrize(
    "ranks, order",
    [
        (["alike", "distance"], [4, 3, 2, 1]),
        (["distance"], [2, 4, 3, 1]),
        (["load"], [1, 4, 3, 2]),
        (["trust", "distance"], [1, 2, 4, 3]),
        (["alike", "load", "distance", "trust"], [4, 3, 2, 1]),
        ([], [1, 2, 3, 4]),
    ],
)
def test_candidates_stand_in_the_order_that_the_method_states(ranks, order):
    assert others(shortlist.in_order(TWO_BY_TWO, ranks)) == order


def test_the_next_key_decides_where_the_first_ones_are_equal_and_the_urn_at_last():
    pairs = small(
        (5, 100.0, True, "maintained", 2),
        (4, 100.0, True, "maintained", 2),
        (3, 100.0, True, "same_trust", 2),
        (2, 100.0, True, "maintained", 1),
        (1, 200.0, True, "same_trust", 1),
    )
    assert others(shortlist.in_order(pairs, domain.RANKS)) == [2, 3, 4, 5, 1]


def test_pairs_with_a_travel_time_go_by_it_and_come_before_those_without():
    pairs = small(
        (1, 100.0, True, "maintained", 1),
        (2, 900.0, True, "maintained", 1),
        (3, 300.0, True, "maintained", 1),
        minutes=[np.nan, 5.0, 12.0],
    )
    assert others(shortlist.in_order(pairs, ["distance"])) == [2, 3, 1]


def test_each_school_s_candidates_are_as_they_would_be_alone():
    drawn = np.random.default_rng(3)
    pairs = pd.DataFrame(itertools.product(range(8), range(20, 40)), columns=["urn", "partner_urn"])
    pairs = pairs[drawn.random(len(pairs)) < 0.6].sample(frac=1, random_state=3)
    pairs["distance_m"] = drawn.integers(0, 5, len(pairs)) * 100.0
    pairs["alike"] = pd.array(drawn.choice([True, False, None], len(pairs)), dtype="boolean")
    pairs["partner_trust"] = drawn.choice(domain.PARTNER_TRUSTS, len(pairs))
    pairs["others_looking"] = drawn.integers(0, 3, len(pairs))
    for ranks in itertools.permutations(domain.RANKS):
        for of, other in shortlist.ENDS.items():
            whole = shortlist.in_order(pairs, ranks, of)
            assert whole[of].is_monotonic_increasing
            for urn, own in pairs.groupby(of):
                assert others(shortlist.in_order(own, ranks, of), other) == others(whole[whole[of] == urn], other)


def test_every_key_and_word_has_words():
    assert set(shortlist.ORDERS) == set(domain.RANKS)
    assert set(shortlist.WHOSE) == set(domain.PARTNER_TRUSTS)
    assert set(partners.LEFT_OVER) == {*domain.PAIRED} - {"paired", "without_coordinates"}


# ---------------------------------------------------------------- what is told


def test_a_school_in_need_has_its_partners_with_why(run):
    text, pairs = told(run, 10)
    assert others(pairs[pairs["phase"] == "primary"]) == [20, 23, 22, 21]
    assert "Partners within 5 miles: 4; 1 is known to be alike, and 1 may be or not." in text
    assert "1 20 2.00 2 yes same trust – School 20, Northshire Criteria: outstanding and designated" in text
    assert "Only partner of one. Trust: The Trust" in text
    size = "Pupils within a factor of two"
    assert f"2 23 3.00 1 not known in no trust 1 School 23, Northshire Criteria: outstanding. Not known: {size}" in text
    assert f"Unlike: Both urban or both rural (this school urban, that one rural). Not known: {size}" in text
    assert f"Unlike: {size} (this school 200, that one 500)" in text


def test_the_pairing_is_told_for_each_number_that_a_helper_takes(run):
    text, _ = told(run, 10)
    assert "If a helper takes at most one: paired with URN 23." in text
    assert "If a helper takes at most two: left over: its partners are taken" in text
    assert "If a helper takes at most one or two: paired with URN 20." in told(run, 11)[0]
    assert "If a helper takes at most one or two: left over: it has no partner." in told(run, 13)[0]
    assert "If a helper takes at most one or two: paired with URN 11." in told(run, 20)[0]


def test_a_high_performing_school_has_the_schools_that_it_could_help(run):
    text, pairs = told(run, 20)
    assert others(pairs, "urn") == [11, 10], "both alike; the nearer one first"
    assert "Schools in need within 5 miles: 2" in text
    assert "Of these, schools with no other partner: 1." in text
    assert "1 11 0.62 1 yes in no trust 1, 2 School 11" in text, "whose the other is, not the helper"
    assert "2 10 2.00 4 yes same trust – School 10" in text


def test_a_school_of_both_phases_has_a_list_in_each(run):
    text, pairs = told(run, 10)
    primary, secondary = text.split("== Secondary, release tiny ==")
    assert "In need of support." in primary and "High-performing." in secondary
    assert "URN 23" in primary and "40 1.00" in secondary
    assert pairs["phase"].tolist() == ["primary"] * 4 + ["secondary"]
    assert "alike" not in secondary.split("In this order")[0], "nothing is asked of this phase"


def test_what_is_known_of_none_is_told_once(tmp_path):
    folder = written(tmp_path)
    path = folder / "matched/likeness.parquet"
    table = pd.read_parquet(path)
    table[["similar_size", "alike"]] = pd.NA
    table.astype({"similar_size": "boolean", "alike": "boolean"}).to_parquet(path)
    text, _ = told(Run(folder), 10)
    assert "Not known of any of them: Pupils within a factor of two." in text
    assert text.count("Pupils within") == 1


def test_only_the_first_are_shown_and_the_others_counted(run):
    text, pairs = told(run, 10, first=1)
    assert "School 23" not in text
    assert "And 3 more: K=4 shows all." in text
    assert pairs["place"].tolist() == [1, 1], "one of each phase"
    assert "more: K=" not in told(run, 10, first=4)[0]


def test_travel_times_are_shown_beside_the_miles(tmp_path):
    run = Run(written(tmp_path, minutes=[12, 7.5, None, 3, 9, 8]))
    text, pairs = told(run, 10)
    assert "miles minutes looked to by" in text
    assert "1 20 2.00 12 2 yes" in text
    assert pairs["minutes"].isna().sum() == 1


@pytest.mark.parametrize(
    "urn, words",
    [
        (12, "The register does not say where it lies, so it is not known who could help it."),
        (24, "The register does not say where it lies, so it is not known whom it could help."),
        (13, "Partners within 5 miles: 0."),
        (30, "Neither high-performing nor in need. So it is paired with nobody."),
        (31, "Not assessable: it meets no criterion, but not all could be assessed. So it is paired with nobody."),
    ],
)
def test_a_school_without_candidates_says_why(run, urn, words):
    text, pairs = told(run, urn)
    assert words in text
    assert pairs.empty
    assert "In this order" not in text


def test_a_method_of_one_group_has_no_partners_to_tell(tmp_path):
    text, pairs = told(Run(written(tmp_path, groups=["in_need"])), 10)
    assert "The method has criteria of one group alone" in text and pairs.empty


def test_a_run_from_before_there_was_a_pairing_says_how_to_make_one(tmp_path):
    with pytest.raises(UserError, match="no pairing yet.*make report RELEASE=tiny"):
        partners.answer(Run(written(tmp_path, parameters={})), 10, 10)


# ---------------------------------------------------------------- the command


def command(results, *arguments):
    return partners.main([*map(str, arguments), "--release", "tiny", "--results", str(results)])


def test_the_csv_has_a_row_a_candidate_and_leaves_unknown_blank(run, tmp_path, capsys):
    assert command(tmp_path, 10, "--format", "csv") == 0
    table = pd.read_csv(io.StringIO(capsys.readouterr().out), dtype="str", keep_default_na=False)
    assert table["partner_urn"].tolist() == ["20", "23", "22", "21", "10"]
    assert table["urn"].tolist() == ["10"] * 4 + ["40"]
    assert table["alike"].tolist() == ["true", "", "false", "false", "true"]
    assert table["alike_similar_size"].tolist() == ["true", "", "", "false", ""]
    assert table["partner_pupils_on_roll"].tolist()[:4] == ["200", "", "", "500"]
    assert table["paired_at"].tolist() == ["", "1", "", "", "1"]
    assert table["high_performing_by"][0] == "outstanding;designated"


def test_a_file_of_the_list_is_written_beside_the_table(run, tmp_path, capsys):
    out = tmp_path / "list.csv"
    assert command(tmp_path, 20, "--out", out) == 0
    shown = capsys.readouterr().out
    assert "School 11" in shown and f"The 2 as CSV: {out}" in shown
    assert len(out.read_text(encoding="utf-8").splitlines()) == 3
    assert command(tmp_path, 20, "--out", tmp_path / "no/such/folder.csv") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_who_asks_for_csv_of_nothing_gets_no_words_in_its_place(run, tmp_path, capsys):
    assert command(tmp_path, 30, "--format", "csv") == 0
    shown = capsys.readouterr()
    assert shown.out == "" and "Neither" in shown.err


def test_a_urn_that_is_not_there_and_a_run_that_is_not_there_are_told(run, tmp_path, capsys):
    assert command(tmp_path, 99) == 1
    assert "URN 99 is not in the population of release tiny." in capsys.readouterr().out
    assert partners.main(["10", "--release", "none", "--results", str(tmp_path)]) == 2
    assert "No finished run of none" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command(tmp_path, 10, "--first", "0")
    assert "--first 0" in capsys.readouterr().err


# ---------------------------------------------------------------- a whole run


@pytest.mark.slow
def test_a_list_of_england_takes_less_than_three_seconds_and_is_as_the_tables_have_it(demo_project):
    near = pd.read_csv(demo_project.path / "results/demo/nfer-2017/matched/partners.csv")
    urn = near[near["phase"] == "primary"]["urn"].mode().min()
    seconds = []
    for _ in range(3):
        begun = time.monotonic()
        asked = [sys.executable, "scripts/partners.py", str(urn), "--release", "demo", "--first", "999"]
        done = subprocess.run(
            [*asked, "--format", "csv"], cwd=demo_project.path, check=True, capture_output=True, text=True, timeout=60
        )
        seconds.append(time.monotonic() - begun)
    assert min(seconds) < 3
    listed = pd.read_csv(io.StringIO(done.stdout))
    listed = listed[listed["phase"] == "primary"]
    own = near[(near["urn"] == urn) & (near["phase"] == "primary")]
    assert sorted(listed["partner_urn"]) == sorted(own["partner_urn"])
    assert listed["place"].tolist() == [*range(1, len(own) + 1)]
    likeness = listed["alike"].map({True: 0, False: 2}).fillna(1)
    assert set(likeness) == {0, 1, 2}
    assert likeness.is_monotonic_increasing
    assert all(distances.is_monotonic_increasing for _, distances in listed["distance_m"].groupby(likeness))
