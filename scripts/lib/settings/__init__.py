"""Config, release, layout and method files: read, held against their models and checked before any job starts.

Layouts (workflow/layouts/) say how a source file is laid out: columns, codes, value names. A release names a layout for
each source; `load_release` returns the release with each source's layout merged into it. All come back as the dicts
that the files hold, since Snakemake hands them to the steps as parameters.
"""

from lib.find_source import origin_of
from lib.methods import iter_conditions, method_of_run, radius_miles, with_travel
from lib.releases import (
    added_to,
    layout_of,
    measure_suffix,
    measures_by_year,
    partial_data,
)
from lib.settings.load import (
    WORKFLOW,
    check_measures,
    load_config,
    load_method,
    load_readings,
    load_release,
    method_of_year,
)
from lib.yaml_files import read_yaml
