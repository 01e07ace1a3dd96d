"""Cleaning as a whole: every row of a source file is kept or left out with a reason, whatever the file looks like."""

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import clean_inspections
import clean_register
import clean_results
import rejected
from lib import schemas, tables
from lib.run_step import UserError
from small_files import PLAIN, assert_conserved, source_of, text_of

cells = st.sampled_from(["", "100000", "100001", "100002", "x", " "])
KINDS = {"register": "register", "links": "links", "ks2": "results", "inspections": "inspections"}


@examples(max_examples=20)
@given(
    name=st.sampled_from(sorted(KINDS)),
    urns=st.lists(cells, min_size=1, max_size=8),
    cuts=st.lists(st.integers(-4, 3), max_size=8),
    record_types=st.lists(st.sampled_from("12345"), min_size=8, max_size=8),
)
def test_rows_in_are_rows_out_and_rows_left_out(tmp_path_factory, name, urns, cuts, record_types):
    """Cells are cut off or added at the end of some rows; URNs are blank, wrong or repeated."""
    source = source_of(name)
    if name == "ks2":  # a URN that stands twice in the results stops the run
        urns = [urn for i, urn in enumerate(urns) if not urn.isdigit() or urn not in urns[:i]]
    rows = [
        {"urn": urn, "link_urn": "100009", "record_type": record_types[i % 8]} if name != "register" else {"urn": urn}
        for i, urn in enumerate(urns)
    ]
    # The first record is whole, so that there is one.
    whole = PLAIN[source["kind"]] | {"urn": "100008", "link_urn": "100009"}
    lines = text_of(source, [whole, *rows]).splitlines()
    for at, cut in enumerate(cuts[: len(rows)], start=2):
        lines[at] = lines[at].rsplit(",", -cut)[0] if cut < 0 else lines[at] + ",spill" * cut
    path = tmp_path_factory.mktemp("ragged") / source["file"]
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")

    clean = {
        "register": clean_register.clean_register,
        "links": clean_register.clean_links,
        "ks2": clean_results.clean_results,
        "inspections": clean_inspections.clean_inspections,
    }[name]
    try:
        kept, *_, left_out = clean(path, source, name) if name != "register" else clean(path, source, name)[:2]
    except UserError as error:
        # Cells that moved into the wrong column, or a URN that stands twice with different content.
        assert source["file"] in str(error)
        return
    assert_conserved(path, source, kept["row"], left_out)
    tables.conform(left_out, schemas.REJECTED)


def test_rows_left_out_are_listed_by_source_in_the_order_of_the_release_and_by_row():
    def row(source, number):
        return [source, str(number), "", "why"]

    parts = [[row("register", 12), row("links", 3)], [], [row("ks4", 7), row("ks2", 10), row("ks2", 9)]]
    order = ["register", "links", "ks2", "ks4"]
    found = rejected.gather(parts, order)
    assert found == [row("register", 12), row("links", 3), row("ks2", 9), row("ks2", 10), row("ks4", 7)]
