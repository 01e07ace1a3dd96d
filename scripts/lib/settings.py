"""Read config, release and method files and hold them against their JSON schemas before any job starts.

Layouts (workflow/layouts/) say how a source file is laid out: columns, codes, value names. A release names a
layout for each source; `load_release` returns the release with each source's layout merged into it.
"""

import copy
import datetime
import difflib
import math
from pathlib import Path

import jsonschema
import yaml

from lib import domain
from lib.domain import GRADES, METRES_PER_MILE, ORDERED_COMPARISONS, PHASES, SCHOOL_COLUMNS  # noqa: F401
from lib.run_step import UserError

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
COORDINATES = ("easting", "northing")
FIGURES = ("number", "percent", "grade")  # column types that hold a figure, with a status beside it
MOST_YEARS_BEFORE = 2  # as far as the coasting measure looks back
MEASURE_TYPES = {"establishment_type": str, "designated": bool}  # all others are numbers
NOT_OPTIONAL = ("register", "inspections")  # sources without which there is nothing to work out
MOST_NAMED = 80  # candidates that a message lists
KIND_OF = {"register": "register", "links": "links", "inspections": "inspections", "designations": "designations"}
CONFIG_DEFAULTS = {
    "releases": ["demo"],
    "method": None,
    "raw_dir": None,
    "radius_miles": None,
    "name_schools": False,
    "demo_seed": None,
    "demo_scale": None,
}
BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
TEXT_KEYS = ("method", "raw_dir")  # of the config: never read as a number
# Columns without which a file of a kind cannot be read.
NEEDED_COLUMNS = {
    "register": (
        "urn",
        "la_code",
        "la_name",
        "name",
        "establishment_type",
        "establishment_status",
        "phase_of_education",
        "region",
        "open_date",
        "close_date",
        "easting",
        "northing",
    ),
    "links": ("urn", "link_urn", "link_type"),
    "results": ("urn", "pupils"),
    "inspections": ("urn", "inspection_date", "overall_effectiveness"),
    "designations": ("urn", "designation", "from", "to"),
    "boundaries": (),
}
OPENED_LATER = (
    "opened after the reference date"  # why a row of the register is left out; by it a later extract is known
)
# What the steps know a layout's own words by: another word would be carried along and mean nothing.
WORDS = {
    "register": {"establishment_status": domain.ESTABLISHMENT_STATUSES},
    "links": {"link_type": domain.LINK_TYPES},
    "designations": {"designation": domain.DESIGNATIONS},
}
LAYOUT_KEYS = (
    "stated_in",
    "kind",
    "layout",
    "file",
    "phase",
    "encoding",
    "last_column_spills",
    "record_type",
    "columns",
    "codes",
    "values",
    "range",
    "years_before",
)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which a key that stands twice is a fault: plain YAML would take the last without a word."""


def _mapping_without_repeats(loader, node):
    seen = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key is not a word", key.start_mark)
        if key.value in seen and key.value != "<<":
            raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' stands twice", key.start_mark)
        seen.add(key.value)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats)


def read_yaml(path):
    """Return the content of a YAML file; dates come back as ISO text.

    Raises UserError when the file is missing (naming the nearest existing one) or is not YAML.
    """
    path = Path(path)
    if not path.is_file():
        near = nearest(path.stem, sorted(p.stem for p in path.parent.glob("*.yaml")))
        raise UserError(f"{shown(path)}: there is no such file.{near} Files of this kind lie in {shown(path.parent)}/.")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise UserError(f"{shown(path)}{where}: not valid YAML: {problem}. Mend that line and run again.") from None
    return _iso_dates(content)


def check(content, schema_name, file, part=None):
    """Hold `content` against workflow/schemas/{schema_name}.schema.yaml; raise UserError naming every fault.

    An unknown key is named with its nearest valid neighbour. `part`: the key of the schema that `content` stands under.
    """
    schema = yaml.safe_load((WORKFLOW / "schemas" / f"{schema_name}.schema.yaml").read_text(encoding="utf-8"))
    schema = schema["properties"][part] if part else schema
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    faults = [f"{where}: {number} is no number." for where, number in _not_finite(content)]
    for error in sorted(validator.iter_errors(content), key=lambda e: list(map(str, e.absolute_path))):
        faults.extend(_explain(_deepest(error)))
    if faults:
        raise UserError("\n".join(f"{file}: {fault}" for fault in dict.fromkeys(faults)))


def load_config(config):
    """Check the merged Snakemake config and return it with release ids as text.

    Snakemake hands on what stands in `--config` partly as text ("null", "{primary: 3}"): it is read as YAML here.
    """
    config = {key: _from_command_line(value, key in TEXT_KEYS) for key, value in config.items()}
    check(config, "config", "config.yaml (or --config)")
    config = CONFIG_DEFAULTS | config
    config["releases"] = [str(release) for release in config["releases"]]
    if isinstance(config["method"], str):
        config["method"] = [config["method"]]
    repeated = {r for r in config["releases"] if config["releases"].count(r) > 1}
    if repeated:
        raise UserError(f"config.yaml: releases: {', '.join(sorted(repeated))} is listed twice.")
    return config


def load_method(name):
    """Return the checked method file `name`, e.g. nfer-2017."""
    path = WORKFLOW / "methods" / f"{name}.yaml"
    method = read_yaml(path)
    check(method, "method", shown(path))
    if method["id"] != name:
        raise UserError(f"{shown(path)}: id is '{method['id']}', but the file is named '{name}.yaml'.")
    stated = [(f"criteria.{c}", criterion["source"]) for c, criterion in method["criteria"].items()]
    stated += [(f"criteria.{c}", condition["source"]) for c, condition in iter_conditions(method)]
    stated += [(f"radius_miles.{phase}", method["radius_miles"][phase]["source"]) for phase in PHASES]
    for where, source in stated:
        if source not in method["sources"]:
            raise UserError(
                f"{shown(path)}: {where}: source '{source}' is not among the file's sources."
                + nearest(source, method["sources"])
            )
    for name in method["criteria"]:
        if name in SCHOOL_COLUMNS:
            raise UserError(
                f"{shown(path)}: criteria.{name}: the results have a column '{name}' of their own, which the criterion "
                f"would overwrite. Give it another name."
            )
    for criterion, condition in iter_conditions(method):
        fault = _value_fault(condition)
        if fault:
            raise UserError(f"{shown(path)}: criteria.{criterion}: {condition['measure']}: {fault}")
    _stop_at_shared_ids(method, path)
    ladder = method["radius_curve_miles"]
    if ladder != sorted(set(ladder)):
        raise UserError(f"{shown(path)}: radius_curve_miles: each rung must be wider than the one before it.")
    for criterion, test in _tests(method):
        if test.get("at_least", 0) > len(test.get("of", [])):
            raise UserError(
                f"{shown(path)}: criteria.{criterion}: at_least {test['at_least']} of {len(test['of'])} can never hold."
            )
    return method


def _stop_at_shared_ids(method, path):
    """Raise UserError where two conditions of a test share an id: one would be changed with the other."""
    for phase in PHASES:
        by_id = {}
        for criterion, condition in iter_conditions(method, phase):
            other = by_id.setdefault((criterion, condition.get("id")), condition)
            if "id" in condition and other != condition:
                raise UserError(
                    f"{shown(path)}: criteria.{criterion}.test.{phase}: two conditions have the id "
                    f"'{condition['id']}', {other['measure']} and {condition['measure']}. Rename one."
                )


def load_release(release, config=None):
    """Return the checked release file `release` with each source's layout merged in (source keys win).

    `config` may override seed and scale of a synthetic release.
    """
    path = WORKFLOW / "releases" / f"{release}.yaml"
    content = read_yaml(path)
    check(content, "release", shown(path))
    if content["id"] != str(release):
        raise UserError(f"{shown(path)}: id is '{content['id']}', but the file is named '{release}.yaml'.")
    try:
        datetime.date.fromisoformat(content["reference_date"])
    except ValueError:
        raise UserError(f"{shown(path)}: reference_date: '{content['reference_date']}' is no date.") from None
    if content["synthetic"] != ("generator" in content):
        raise UserError(f"{shown(path)}: a release with a generator is synthetic, and only such a one is.")
    for key in ("seed", "scale"):
        if "generator" in content and config and config.get(f"demo_{key}") is not None:
            content["generator"][key] = config[f"demo_{key}"]
    # Upper and lower case name one file on some systems.
    files = [source["file"].casefold() for source in content["sources"].values()]
    for file in (source["file"] for source in content["sources"].values()):
        if files.count(file.casefold()) > 1:
            raise UserError(f"{shown(path)}: two sources share the file name {file}.")
    for name, source in content["sources"].items():
        fault = _source_fault(name, source, "generator" in content)
        if fault:
            raise UserError(f"{shown(path)}: sources.{name}: {fault}")
        content["sources"][name] = _with_layout(source, name, path)
        if "years_before" in source and content["sources"][name]["kind"] != "results":
            raise UserError(f"{shown(path)}: sources.{name}: only results have years_before. Remove the key.")
    own = [s for s in content["sources"].values() if s["kind"] == "results" and "years_before" not in s]
    if not own:
        raise UserError(f"{shown(path)}: sources: there are no results of the release's own year.")
    if all(source.get("optional") for source in own):
        raise UserError(
            f"{shown(path)}: sources: all results of the release's own year are optional, so a run might have none. "
            f"Remove optional from one of them."
        )
    taken = {}
    for name, source in content["sources"].items():
        if KIND_OF.get(name, source["kind"]) != source["kind"]:
            raise UserError(
                f"{shown(path)}: sources.{name}: the layout '{source['layout']}' is of {source['kind']}, not of {name}."
            )
        place = (source["kind"], source.get("phase"), source.get("years_before", 0))
        if source["kind"] in ("register", "results") and place in taken:
            raise UserError(
                f"{shown(path)}: sources.{name} and sources.{taken[place]} hold the {place[1] or ''} {place[0]} of "
                f"the same year. Set years_before, or the layout of the right phase, in one of them."
            )
        taken[place] = name
    return content


def _source_fault(name, source, generated):
    """What is wrong with a source as the release states it, or None."""
    if name in NOT_OPTIONAL and source.get("optional"):
        return "no run can do without it, so it cannot be optional. Remove the key."
    ignored = [key for key in ("url", "sha256", "also_named", "optional") if key in source]
    if generated and ignored:
        return f"its file is generated, so {' and '.join(ignored)} would mean nothing. Remove what is not needed."
    return None


def iter_conditions(method, phase=None):
    """Yield (criterion, condition) for each leaf of each test, each leaf once per place where it stands."""
    for name, test in _tests(method, phase):
        if "measure" in test:
            yield name, test


def _tests(method, phase=None):
    """Yield (criterion, test) for each test and each of its parts, through all levels."""

    def parts(test):
        yield test
        for part in test.get("all") or test.get("any") or test.get("of") or []:
            yield from parts(part)

    for name, criterion in method["criteria"].items():
        for test_phase, test in criterion["test"].items():
            if phase in (None, test_phase):
                for part in parts(test):
                    yield name, part


def _value_fault(condition):
    """What is wrong with a condition's value, or None: a number against a text is false for every school."""
    wanted = MEASURE_TYPES.get(condition["measure"], (int, float))
    word = {bool: "true or false", str: "a text"}.get(wanted, "a number")
    if condition["measure"] in MEASURE_TYPES:
        if "quantile" in condition:
            return f"it is {word}, of which there are no quantiles. Give a value."
        if condition["is"] in ORDERED_COMPARISONS:
            return f"it is {word}, which has no order, so 'is: {condition['is']}' means nothing. Use == or in."
    if condition["basis"] == "reconstructed":
        fault = _alternatives_fault(condition)
        if fault:
            return fault
    if "quantile" in condition:
        return None if condition["is"] not in ("in", "not in") else "a quantile is one value; compare with < or >=."
    value = condition["value"]
    if condition["is"] in ("in", "not in"):
        if not isinstance(value, list):
            return f"'is: {condition['is']}' needs a list as its value."
        values = value
    elif isinstance(value, list):
        return f"'is: {condition['is']}' needs a single value, not a list."
    else:
        values = [value]
    wrong = [v for v in values if not isinstance(v, wanted) or (isinstance(v, bool) and wanted is not bool)]
    return f"the value {wrong[0]!r} should be {word}." if wrong else None


def _alternatives_fault(condition):
    """What is wrong with the alternatives of a reconstructed condition, each of which is tried in its place."""
    if "quantile" not in condition:
        value = condition["value"]
        if isinstance(value, (bool, str, list)):
            return "a reconstructed condition needs a number as its value, so that its alternatives can be tried."
        return None
    outside = [share for share in condition["alternatives"] if not 0 <= share <= 1]
    return f"the alternative {outside[0]} is no quantile, which lies within 0 and 1." if outside else None


def radius_miles(method, override=None):
    """Return {phase: miles}: the method's radius, or `override` (a number, or a mapping by phase) where given."""
    own = {phase: method["radius_miles"][phase]["value"] for phase in PHASES}
    if override is None:
        return own
    if isinstance(override, dict):
        return own | override
    return dict.fromkeys(PHASES, override)


def method_of_run(method, override=None):
    """Return the method with what the config changes in it: `radius_used_miles`, and `run`, the id of the run."""
    used, own = radius_miles(method, override), radius_miles(method)
    run = method["id"]
    if used != own:
        alike = len(set(used.values())) == 1
        run += (
            f"-radius-{used['primary']:g}"
            if alike
            else "".join(["-radius", *(f"-{phase}-{miles:g}" for phase, miles in used.items())])
        )
    return {**method, "radius_used_miles": used, "run": run}


def sources_of_kind(release, kind):
    """Return {source id: source} of the release's sources of one kind, in the order of the file."""
    return {name: source for name, source in release["sources"].items() if source["kind"] == kind}


def measure_suffix(source):
    """Return what is appended to a results measure's name for an earlier year, e.g. `_1y_before`."""
    years = source.get("years_before", 0)
    return f"_{years}y_before" if years else ""


def measures_by_year(sources):
    """Return {suffix: figure columns} of results sources: {"": [...], "_1y_before": [...]}."""
    by_year = {}
    for source in sources.values():
        suffix = measure_suffix(source)
        names = [f"{name}{suffix}" for name, spec in source["columns"].items() if spec["type"] in FIGURES]
        # The number of pupils alone is no result.
        by_year.setdefault(suffix, []).extend(name for name in names if not name.startswith("pupils"))
    return by_year


def origin_of(source):
    """Return what of a source decides which file it is: where it comes from, not how it is read or described."""
    return {key: source[key] for key in ("file", "url", "sha256") if key in source}


def layout_of(source):
    """Return what of a source decides how its file is read: not its address or title."""
    return {key: value for key, value in source.items() if key in LAYOUT_KEYS}


def check_measures(method):
    """Raise UserError when the method names a measure, type or phase that no layout knows."""
    layouts = [read_yaml(path) for path in sorted((WORKFLOW / "layouts").glob("*.yaml"))]
    measures = {phase: {*MEASURE_TYPES, *GRADES} for phase in PHASES}
    for layout in layouts:
        for name, spec in layout.get("columns", {}).items():
            if layout.get("kind") == "results" and spec["type"] in FIGURES:
                years = (f"{name}_{years}y_before" for years in range(1, MOST_YEARS_BEFORE + 1))
                measures[layout["phase"]] |= {name, *years}
    file = f"workflow/methods/{method['id']}.yaml"

    def known(where, what, names, allowed):
        for name in names:
            if name not in allowed:
                raise UserError(f"{file}: {where}: no layout has the {what} '{name}'.{nearest(name, sorted(allowed))}")

    def measured(where, phase, names):
        for name in names:
            other = next((p for p in PHASES if name in measures[p]), None)
            if other and name not in measures[phase]:
                raise UserError(f"{file}: {where}: '{name}' is a measure of the {other} phase, not the {phase}.")
        known(where, "measure", names, measures[phase])

    derived = method.get("derived", {})
    for name, rule in derived.items():
        if name in SCHOOL_COLUMNS or any(name in measures[phase] for phase in PHASES):
            raise UserError(f"{file}: derived.{name}: there is a '{name}' already. Give it another name.")
        measured(f"derived.{name}", rule["phase"], rule["mean_of"])
    for name, rule in derived.items():
        measures[rule["phase"]].add(name)
    for phase in PHASES:
        for criterion, condition in iter_conditions(method, phase):
            measured(f"criteria.{criterion}.test.{phase}", phase, [condition["measure"]])

    def values(*columns):
        return {word for layout in layouts for c in columns for word in layout.get("values", {}).get(c, {}).values()}

    types, phases = values("establishment_type", "school_type"), values("phase_of_education")
    rules = method["population"]
    known("population.establishment_types", "type", rules["establishment_types"], types)
    for phase, named in rules["phases"].items():
        known(f"population.phases.{phase}", "phase of education", named, phases)
    for what, named in rules["inherits"].items():
        known(f"population.inherits.{what}", "type", [] if named == "all" else named, types)
    for criterion, condition in iter_conditions(method):
        if condition["measure"] == "establishment_type":
            value = condition["value"]
            known(f"criteria.{criterion}", "type", value if isinstance(value, list) else [value], types)


def nearest(word, candidates):
    """Return ' Did you mean …?' with the candidate nearest to `word`, or the candidates when none is near."""
    candidates = [str(c) for c in candidates]
    close = difflib.get_close_matches(str(word), candidates, n=1, cutoff=0.5)
    if close:
        return f" Did you mean '{close[0]}'?"
    # A long list, such as the header of an official file, would bury the message.
    return f" Valid: {', '.join(candidates)}." if 0 < len(candidates) <= MOST_NAMED else ""


def shown(path):
    """Return a path as the user knows it: from the project's top level where it lies inside."""
    path = Path(path)
    try:
        return path.resolve().relative_to(WORKFLOW.parent).as_posix()
    except ValueError:
        return path.as_posix()


def _with_layout(source, name, release_path):
    layout_path = WORKFLOW / "layouts" / f"{source['layout']}.yaml"
    if not layout_path.is_file():
        near = nearest(source["layout"], sorted(p.stem for p in layout_path.parent.glob("*.yaml")))
        raise UserError(f"{shown(release_path)}: sources.{name}: no layout '{source['layout']}'.{near}")
    layout = read_yaml(layout_path)
    check(layout, "layout", shown(layout_path))
    merged, stated_in = {}, {}
    for included in layout.pop("include", []):
        part_path = layout_path.parent / f"{included}.yaml"
        part = read_yaml(part_path)
        check(part, "layout", shown(part_path))
        merged = _merge(merged, part)
        stated_in |= dict.fromkeys(["codes"] if "codes" in part else [], included)
        stated_in |= dict.fromkeys((f"values.{column}" for column in part.get("values", {})), included)
    merged = _merge(merged, layout)
    _check_layout(merged, shown(layout_path), layout.get("values", {}))
    for column, override in source.get("columns", {}).items():
        if column not in merged["columns"]:
            near = nearest(column, merged["columns"])
            raise UserError(f"{shown(release_path)}: sources.{name}.columns: unknown key '{column}'.{near}")
        merged["columns"][column] |= override
    if "range" in source:
        merged["range"] = merged.get("range", {}) | source["range"]
    own = {key: value for key, value in source.items() if key not in ("columns", "range")}
    merged = {**merged, "stated_in": stated_in, **own}
    if "columns" in source or "range" in source:
        _check_layout(merged, f"{shown(release_path)}: sources.{name}")
    return merged


def _check_layout(layout, file, own_values=()):
    """Raise UserError when a layout, with what it includes, lacks what the reading needs, or says what it ignores.

    `own_values`: columns for which the layout itself, not one that it includes, lists values.
    """
    if "kind" not in layout:
        raise UserError(f"{file}: the key 'kind' is missing.")
    kind = layout["kind"]
    if kind == "boundaries":
        return
    columns = layout.get("columns", {})
    missing = [key for key in ("encoding", "columns") if key not in layout]
    if kind == "results":
        missing += [key for key in ("phase", "record_type") if key not in layout]
    if any(spec["type"] in FIGURES for spec in columns.values()) and kind != "register" and "codes" not in layout:
        missing.append("codes")
    missing += [f"range.{c}" for c in COORDINATES if kind == "register" and c not in layout.get("range", {})]
    for name in NEEDED_COLUMNS[kind]:
        if name not in columns:
            near = nearest(name, [c for c in columns if c not in NEEDED_COLUMNS[kind]]) if columns else ""
            raise UserError(f"{file}: columns: a file of {kind} needs the column '{name}'.{near}")
        if columns[name].get("optional"):
            raise UserError(
                f"{file}: columns.{name}: no file of {kind} can be read without it, so it cannot be optional. "
                f"Remove the key."
            )
    for name, spec in columns.items():
        if spec["type"] == "date" and "format" not in spec:
            missing.append(f"columns.{name}.format")
        if spec["type"] == "code" and name not in layout.get("values", {}):
            missing.append(f"values.{name}")
        if "blank" in spec and not (kind == "register" and name in COORDINATES):
            raise UserError(
                f"{file}: columns.{name}.blank: only coordinates have this key. Elsewhere list the text under codes."
            )
    if missing:
        raise UserError(f"{file}: {' and '.join(repr(key) for key in missing)} missing, in it or in what it includes.")
    for name, (low, high) in layout.get("range", {}).items():
        if name not in columns or columns[name]["type"] not in FIGURES:
            near = nearest(name, [c for c, spec in columns.items() if spec["type"] in FIGURES])
            raise UserError(f"{file}: range.{name}: the layout has no such column of figures.{near}")
        if low >= high:
            raise UserError(f"{file}: range.{name}: {low} to {high} is no range; the lower bound stands first.")
    for name in own_values:
        if name not in columns:
            raise UserError(f"{file}: values.{name}: the layout has no such column.{nearest(name, columns)}")
    for name, words in WORDS.get(kind, {}).items():
        for official, word in layout.get("values", {}).get(name, {}).items():
            if word not in words:
                raise UserError(
                    f"{file}: values.{name}: '{official}' is put into the word '{word}', which no step knows."
                    f"{nearest(word, words)}"
                )


def _merge(base, over):
    merged = copy.deepcopy(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _from_command_line(value, is_text=False):
    if isinstance(value, str):
        try:
            parsed = yaml.safe_load(value)
        except yaml.YAMLError:
            return value
        return (
            parsed if parsed is None or (not is_text and isinstance(parsed, (dict, list, int, float, bool))) else value
        )
    if isinstance(value, dict):
        return {key: _from_command_line(part) for key, part in value.items()}
    return value


def _iso_dates(content):
    if isinstance(content, dict):
        return {key: _iso_dates(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_iso_dates(value) for value in content]
    if isinstance(content, datetime.date):
        return content.isoformat()
    return content


def _not_finite(content, where=""):
    """Yield (key, number) of every number in the content that is none: YAML's .nan and .inf."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _not_finite(value, f"{where}.{key}" if where else str(key))
    elif isinstance(content, list):
        for place, value in enumerate(content):
            yield from _not_finite(value, f"{where}.{place}")
    elif isinstance(content, float) and not math.isfinite(content):
        yield where, content


def _deepest(error):
    """Of a failed `oneOf`, the branch that the author most likely meant: the one that went furthest."""
    while error.context:
        bounds = [e for e in error.context if e.validator in BOUNDS]
        if bounds:  # of the right type, but out of bounds
            return bounds[0]
        deeper = max(error.context, key=lambda e: (len(e.absolute_path), e.validator == "additionalProperties"))
        if len(deeper.absolute_path) == len(error.absolute_path) and deeper.validator in ("type", "const"):
            return error  # no branch fits at all
        error = deeper
    return error


def _explain(error):
    where = ".".join(str(part) for part in error.absolute_path)
    at = f"{where}: " if where else ""
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        valid = error.schema.get("properties", {})
        unknown = [key for key in error.instance if key not in valid]
        return [f"{at}unknown key '{key}'.{nearest(key, valid)}" for key in unknown]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return [f"{at}the key '{key}' is missing." for key in missing]
    if error.validator == "enum":
        return [f"{at}'{error.instance}' is not allowed.{nearest(error.instance, error.validator_value)}"]
    if error.validator == "pattern" and "description" in error.schema:
        return [f"{at}'{error.instance}' is not {error.schema['description']}."]
    if error.validator == "type":
        expected = error.validator_value
        expected = " or ".join(expected) if isinstance(expected, list) else expected
        return [f"{at}{error.instance!r} should be of type {expected}."]
    if error.validator in BOUNDS:
        return [f"{at}{error.instance} lies outside its bounds: {_bounds(error.schema)}."]
    if error.validator == "oneOf":
        return [f"{at}{error.instance!r} fits none of: {_branches(error.schema)}."]
    return [f"{at}{error.message}."]


def _bounds(schema):
    """The bounds of a number, in words."""
    words = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "under"}
    return ", ".join(f"{words[key]} {schema[key]}" for key in BOUNDS if key in schema)


def _branches(schema):
    """The forms that a `oneOf` allows, in words."""
    forms = []
    for branch in schema["oneOf"]:
        if "properties" in branch:
            forms.append("a mapping of " + ", ".join(branch["properties"]))
        elif "const" in branch:
            forms.append(repr(branch["const"]))
        else:
            bounds = _bounds(branch)
            forms.append(str(branch.get("type", "another form")) + (f" ({bounds})" if bounds else ""))
    return "; ".join(forms)
