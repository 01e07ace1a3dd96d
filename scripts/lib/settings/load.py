"""Load config, methods and releases; check what must fit together between files."""

import contextlib
import copy
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import yaml

from lib import domain, readings
from lib.domain import PHASES
from lib.methods import RADIUS, TRAVEL, in_year, iter_conditions
from lib.releases import AUTHORITY, HAVE_VALUE, holds_in, year_before
from lib.run_step import UserError
from lib.settings.models import MEASURE_TYPES, Config, Keys, Layout, Method, Release, check
from lib.settings.readings import Readings
from lib.yaml_files import nearest, read_yaml, shown

WORKFLOW = Path(__file__).resolve().parents[3] / "workflow"
# As what a text of the command line may be read: a folder or a method is never a number.
READ_AS = {"raw_dir": (type(None),), "method": (type(None), list)}
OF_COLUMN = ("column", "type", "label")  # what a layout has to say of each column
COORDINATES = ("easting", "northing")
OF_PLACES = ("register", "postcodes")  # kinds of files that have them
# Columns without which a file of a kind cannot be read.
NEEDED_COLUMNS = {
    "register": "urn la_code la_name name establishment_type establishment_status phase_of_education region",
    "links": "urn link_urn link_type",
    "results": "urn",
    "inspections": "urn",
    "designations": "urn designation",
    "postcodes": "postcode easting northing",
    "travel": "urn partner_urn minutes",
}
# What the steps know a layout's own words by: another word would be carried along and mean nothing.
WORDS = {
    "inspections": {**domain.INSPECTION_WORDS, **dict.fromkeys(domain.JUDGED_UNDER, ("own", "another"))},
    "register": {
        "establishment_status": domain.ESTABLISHMENT_STATUSES,
        **{name: (*words, domain.NOT_STATED) for name, words in domain.OF_SCHOOLS.items()},
        "sixth_form": (*domain.SIXTH_FORM, domain.NOT_STATED),
    },
    "links": {"link_type": domain.LINK_TYPES},
    "designations": {"designation": domain.DESIGNATIONS},
}


def load_config(config: dict, files: Iterable[str | Path] = ("config.yaml",)) -> dict:
    """Check the merged Snakemake config and return it whole, release ids as text, `method` as None or a list of ids.

    `files`: those that it was read from. Snakemake hands on what is given by `--config` partly as text ("null",
    "{primary: 3}"), which is read as YAML here.
    """
    config = {key: _from_command_line(value, *READ_AS.get(key, ())) for key, value in config.items()}
    check(Config, config, f"{', '.join(map(shown, files))} (or --config)")
    config = {name: field.default for name, field in Config.model_fields.items()} | config
    config["releases"] = [str(release) for release in config["releases"]]
    if isinstance(config["method"], str):
        config["method"] = [config["method"]]
    return config


def _from_command_line(value, *types):
    """A value of the config, its texts read as YAML where that gives one of `types`."""
    if isinstance(value, dict):
        return {key: _from_command_line(part) for key, part in value.items()}
    with contextlib.suppress(yaml.YAMLError):
        parsed = yaml.safe_load(value) if isinstance(value, str) else value
        return parsed if isinstance(parsed, types or (dict, list, int, float, type(None))) else value
    return value


def load_method(name: str) -> dict:
    """Return the checked method `name`, e.g. nfer-2017, whole: with what it takes over from the one that it extends.

    What must hold of all schools of a group (`only_if`) has become part of each test of the group; `unrestricted` is
    the test without it. Raises UserError naming every fault of the file.
    """
    _stop("method", _run_in_place_of_method(name))
    path = WORKFLOW / "methods" / f"{name}.yaml"
    content = _extended(path, read_yaml(path), [name])
    check(Method, content, shown(path))
    if content["id"] != name:
        _stop(path, [f"id is '{content['id']}', but the file is named '{name}.yaml'."])
    if "fitted" in content:
        content["fitted"] = content["fitted"]["words"]
    for criterion in content["criteria"].values():
        if condition := content.get("only_if", {}).get(criterion["group"]):
            criterion["unrestricted"] = criterion["test"]
            criterion["test"] = {phase: {"all": [condition, test]} for phase, test in criterion["test"].items()}
    return content


def _run_in_place_of_method(name: str) -> Iterator[str]:
    """What is wrong where a method is named as its run with another radius or other minutes is."""
    for sign in (RADIUS, TRAVEL):
        method, sign_there, _ = name.partition(sign)
        if sign_there and method in _names_of("method"):
            yield (
                f"'{name}' is a run of the method {method}, not a method: what follows its name is set in the config. "
                f"Two finished runs are compared with make diff OLD=results/2016/{method} NEW=results/2016/{name}."
            )


def method_of_year(method: dict, results_year: str) -> dict:
    """Return a loaded method with the rules of a results year, such as 2015/16: its tests have no `by_year` any more.

    Raises UserError outside the method's years, naming the methods that hold then.
    """
    path = WORKFLOW / "methods" / f"{method['id']}.yaml"
    if not holds_in({"years": method["results_years"]}, results_year):
        first, *last = method["results_years"]
        others = methods_of(results_year)
        for_these = f"For these there is {' or '.join(others)}" if others else "No method in workflow/methods/ does"
        years = f"{first} to {last[0]}" if last else f"{first} on"
        _stop(path, [f"it holds for results of {years}, not of {results_year}. {for_these} (`method` in the config)."])
    criteria = {}
    for name, criterion in method["criteria"].items():
        try:
            tests = {
                key: {p: t for p, test in criterion[key].items() if (t := in_year(test, results_year))}
                for key in ("test", "unrestricted")
                if key in criterion
            }
        except KeyError:
            _stop(path, [f"criteria.{name}: it has no rule for results of {results_year}. Add the year to by_year."])
        if tests["test"]:
            criteria[name] = {**criterion, **tests}
    return {**method, "criteria": criteria}


def methods_of(results_year: str) -> list[str]:
    """Return the methods that hold in a results year, sorted by name."""
    return [name for name in _names_of("method") if _holds(name, results_year)]


def _holds(name, results_year):
    """Whether the method of a name holds in a year; one whose file cannot be read does not."""
    path = WORKFLOW / "methods" / f"{name}.yaml"
    with contextlib.suppress(UserError, LookupError, TypeError, ValueError):
        return holds_in({"years": _extended(path, read_yaml(path), [name])["results_years"]}, results_year)
    return False


def _extended(path, content, names):
    """The content of a method file, laid over that of the method it extends: a criterion, source or the like anew takes
    the place of the other's of that name, and with nothing under its name there is none.
    """
    if not isinstance(content, dict) or "extends" not in content:
        return content
    base = content["extends"]
    _stop(path, _no_such_file("method", base))
    if base in names:
        _stop(path, [f"extends: '{base}' comes round to itself. Remove the key from one of {', '.join(names)}."])
    base_path = WORKFLOW / "methods" / f"{base}.yaml"
    merged = _extended(base_path, read_yaml(base_path), [*names, base])
    merged.pop("fitted", None)  # the other was chosen so, with its own rules
    for key, value in content.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = {**merged[key], **value} if both else value
    for named in [merged, *(part for part in merged.values() if isinstance(part, dict))]:
        for key in [key for key, value in named.items() if value is None]:
            del named[key]
    return merged


def load_release(release: str, config: dict | None = None) -> dict:
    """Return the checked release file `release` with each source's layout merged in (source keys win).

    `config` may override seed and scale of a synthetic release. Of one that follows another, `generator` also has
    `earlier`: results_year and reference_date of those before it, the first one first. Raises UserError naming every
    fault of a file.
    """
    return _load_release(release, config, [])


def _load_release(release, config, followers):
    path = WORKFLOW / "releases" / f"{release}.yaml"
    content = _read(path, Release, str(release))
    _stop(path, _no_such_file("method", content["method"]))
    if "follows" in content.get("generator", {}):
        content["generator"] |= _followed(path, content, config, [*followers, str(release)])
    for key in ("seed", "scale"):
        if "generator" in content and config and config.get(f"demo_{key}") is not None:
            content["generator"][key] = config[f"demo_{key}"]
    for name, source in content["sources"].items():
        where = f"{shown(path)}: sources.{name}"
        content["sources"][name] = with_layout(source, where, content["results_year"])
    _stop(path, _source_faults(content["sources"], content["results_year"]))
    return content


def _followed(path, content, config, followers):
    """What the generator of a release that follows another takes over: its seed and scale, and the years before."""
    name = content["generator"]["follows"]
    _stop(path, _no_such_file("release", name))
    if name in followers:
        _stop(path, [f"generator.follows: '{name}' comes round to itself. Remove the key from one of these releases."])
    other = _load_release(name, config, followers)
    if "generator" not in other:
        _stop(path, [f"generator.follows: {name} is not synthetic, so no year can be made of it. Name one that is."])
    dated = {key: other[key] for key in ("results_year", "reference_date")}
    for key, told in dated.items():
        if int(told[:4]) + 1 != int(content[key][:4]):
            _stop(path, [f"{key}: {content[key]} is not a year after that of {name}, which is {told}."])
    earlier = [*other["generator"].get("earlier", []), dated]
    return {key: other["generator"][key] for key in ("seed", "scale")} | {"earlier": earlier}


def _read(path: Path, model: type[Keys], name: str | None = None) -> dict:
    """Return the content of a file that fits `model`. `name`: what its id must be."""
    content = read_yaml(path)
    check(model, content, shown(path))
    if name not in (None, content.get("id")):
        _stop(path, [f"id is '{content['id']}', but the file is named '{name}.yaml'."])
    return content


def _stop(place: Path | str, faults: Iterable[str]) -> None:
    """Raise UserError, with a line for each fault, when there is one. `place`: a file, or a part of it in words."""
    place = shown(place) if isinstance(place, Path) else place
    if lines := dict.fromkeys(f"{place}: {fault}" for fault in faults):
        raise UserError("\n".join(lines))


def _no_such_file(kind: str, name: str) -> Iterator[str]:
    """What is wrong where workflow/ has no method or layout of a name."""
    if name not in (names := _names_of(kind)):
        yield f"{kind}: there is no {kind} '{name}'.{nearest(name, names)}"


def _names_of(kind: str) -> list[str]:
    """The methods or layouts that workflow/ has, sorted."""
    return sorted(path.stem for path in (WORKFLOW / f"{kind}s").glob("*.yaml"))


def _source_faults(sources: dict[str, dict], results_year: str) -> Iterator[str]:
    """What does not fit together between the sources of a release and their layouts."""
    this_year = [s for s in sources.values() if s["kind"] == "results" and not {"years_before", "supplies"} & s.keys()]
    if not this_year:
        yield "sources: there are no results of the release's own year."
    elif all(source.get("optional") for source in this_year):
        yield "sources: all results of the release's own year are optional. Remove optional from one of them."
    taken = {}
    for name, source in sources.items():
        if "years_before" in source and source["kind"] != "results":
            yield f"sources.{name}: only results have years_before. Remove the key."
        if not holds_in(source, year := year_before(results_year, source.get("years_before", 0))):
            years = " to ".join(source["years"]) + " on" * (len(source["years"]) == 1)
            yield f"sources.{name}.layout: '{source['layout']}' is of results of {years}, not of {year}."
        if bool(source.get("snapshot")) != ("as_at" in source):
            yield f"sources.{name}: " + (
                "as_at is missing, the day of which the file says how things stood, such as 2026-02-28."
                if source.get("snapshot")
                else f"its layout '{source['layout']}' is not of one day, so as_at would mean nothing. Remove the key."
            )
        if name in NEEDED_COLUMNS and source["kind"] != name:
            yield f"sources.{name}: the layout '{source['layout']}' is of {source['kind']}, not of {name}."
        place = _place(source)
        if "supplies" in source:
            continue
        if source["kind"] in ("register", "results") and place in taken:
            what = f"the {place[1] or ''} {place[0]} of the same year"
            yield f"sources.{name} and sources.{taken[place]} hold {what}. Set years_before or the layout in one."
        taken[place] = name
    for name, source in sources.items():
        if "supplies" in source and (source["kind"] != "results" or _place(source) not in taken):
            yield f"sources.{name}.supplies: there are no other results of the phase and year that it could add to."


def _place(source: dict) -> tuple:
    """What a release has once, but for what adds to it: the register, the results of a phase and year."""
    return source["kind"], source.get("phase"), source.get("years_before", 0)


def with_layout(source: dict, where: str, results_year: str | None = None) -> dict:
    """Return a source with its layout merged in. `where`: the file and key of the source, for messages.

    `results_year`: of the release, by which rows of a long file are chosen; without it they are as the layout states.
    """
    path = WORKFLOW / "layouts" / f"{source['layout']}.yaml"
    _stop(where, _no_such_file("layout", source["layout"]))
    layout, merged, stated_in = _read(path, Layout), {}, {}
    for included in layout.get("include", []):
        part = _read(path.parent / f"{included}.yaml", Layout)
        merged = _merge(merged, part)
        stated = [key for key in part if key == "codes"] + [f"values.{column}" for column in part.get("values", {})]
        stated_in |= dict.fromkeys(stated, included)
    merged = _merge(merged, layout)
    _stop(path, _layout_faults(merged, layout.get("values", {})))
    columns = merged.get("columns", {})
    unknown = [column for column in source.get("columns", {}) if column not in columns]
    _stop(where, (f"columns: unknown key '{column}'.{nearest(column, columns)}" for column in unknown))
    merged = _merge({**merged, "stated_in": stated_in}, source)
    if "columns" in source or "range" in source:
        _stop(where, _layout_faults(merged))
    unknown = [column for column in source.get("not_filled", ()) if column not in columns]
    _stop(where, (f"not_filled: the layout has no column '{c}'.{nearest(c, columns)}" for c in unknown))
    _stop(where, _faults_of_expected(source.get("expect", {}), columns))
    if "supplies" in source:  # nothing else of the file is read
        of_school = [column for column in columns if column != "urn"]
        unknown = [column for column in source["supplies"] if column not in of_school]
        _stop(where, (f"supplies: the layout has no column '{c}'.{nearest(c, of_school)}" for c in unknown))
        read = ("urn", *source["supplies"])
        merged["columns"] = {name: spec for name, spec in merged["columns"].items() if name in read}
    return _of_year(merged, results_year) if results_year else merged


def _of_year(source: dict, results_year: str) -> dict:
    """The source with its own year for {results_year} (2024/25) and {time_period} (202425) in rows and pivot."""
    year = year_before(results_year, source.get("years_before", 0))

    def filled(value):
        if isinstance(value, str):
            return value.replace("{results_year}", year).replace("{time_period}", year.replace("/", ""))
        return {k: filled(v) for k, v in value.items()} if isinstance(value, dict) else [filled(v) for v in value]

    return source | {key: filled(source[key]) for key in ("rows", "pivot") if key in source}


def _merge(base: dict, over: dict) -> dict:
    merged = copy.deepcopy(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else copy.deepcopy(value)
    return merged


def _faults_of_expected(expected: dict, columns: dict) -> Iterator[str]:
    for what, (low, high) in expected.items():
        if low > high:
            yield f"expect.{what}: {low} to {high} is not a range; the lower bound comes first."
    if "authorities" in expected and not AUTHORITY.keys() & columns.keys():
        yield f"expect.authorities: the layout has no column that tells them ({' or '.join(AUTHORITY)})."


def _layout_faults(layout: dict, own_values: Collection[str] = ()) -> Iterator[str]:
    """What a layout, with what it includes, lacks of what the reading needs, or says that nothing reads.

    `own_values`: columns for which the layout itself, not one that it includes, lists values.
    """
    kind, columns = layout.get("kind"), layout.get("columns", {})
    if kind is None:
        yield "the key 'kind' is missing."
    lacking = [f"columns.{name}.{key}" for name, spec in columns.items() for key in OF_COLUMN if key not in spec]
    if lacking:
        yield f"{' and '.join(map(repr, lacking))} missing, in it or in what it includes."
    if lacking or kind in (None, "boundaries"):
        return
    have_value = [name for name, spec in columns.items() if spec["type"] in HAVE_VALUE]
    keys = ["encoding", "columns", *(("phase", "record_type") if kind == "results" else ())]
    keys += ["codes"] if have_value and kind not in OF_PLACES else []
    missing = [key for key in keys if key not in layout]
    if kind in OF_PLACES:
        ranged = dict.fromkeys((*COORDINATES, *have_value))
        missing += [f"range.{column}" for column in ranged if column not in layout.get("range", {})]
    for name, spec in columns.items():
        if spec["type"] == "date" and "format" not in spec:
            missing.append(f"columns.{name}.format")
        if spec["type"] in ("code", "word") and name not in layout.get("values", {}):
            missing.append(f"values.{name}")
        if "blank" in spec and not (kind in OF_PLACES and name in have_value):
            only = "only figures of the register or of postcodes have this key"
            yield f"columns.{name}.blank: {only}. Elsewhere list the text under codes."
        if spec.get("pivot", "") not in ("", *layout.get("pivot", {})):
            yield f"columns.{name}.pivot: the layout has no '{spec['pivot']}' under pivot."
    if missing:
        yield f"{' and '.join(repr(key) for key in missing)} missing, in it or in what it includes."
    if "pivot" in layout and "rows" not in layout:
        yield "pivot: the key rows is missing, which says which row of a school is the main one."
    needed = NEEDED_COLUMNS[kind].split()
    if kind == "inspections":
        about = [of_aspect for of_aspect in domain.ASPECTS.values() if of_aspect[0] in columns]
        needed += [name for of_aspect in about or [domain.ASPECTS["graded"]] for name in of_aspect]
    for name in needed:
        if name not in columns:
            near = nearest(name, [c for c in columns if c not in needed]) if columns else ""
            yield f"columns: a file of {kind} needs the column '{name}'.{near}"
        elif columns[name].get("optional"):
            yield f"columns.{name}: no file of {kind} can be read without it. Remove the key optional."
    for name, (low, high) in layout.get("range", {}).items():
        if name not in have_value:
            yield f"range.{name}: the layout has no such column of figures.{nearest(name, have_value)}"
        if low >= high:
            yield f"range.{name}: {low} to {high} is not a range; the lower bound comes first."
    for name in own_values:
        if name not in columns:
            yield f"values.{name}: the layout has no such column.{nearest(name, columns)}"
    for name, words in WORDS.get(kind, {}).items():
        for official, word in layout.get("values", {}).get(name, {}).items():
            if word not in words:
                yield f"values.{name}: '{official}' is put into '{word}', which no step knows.{nearest(word, words)}"


def load_readings(name: str, method: dict) -> dict:
    """Return the checked file of readings `name` in workflow/readings/, for a method that has its derived measures."""
    path = WORKFLOW / "readings" / f"{name}.yaml"
    content = _read(path, Readings, name)
    _stop(path, _unknown_in_readings(content, method))
    return content


def _unknown_in_readings(content, method):
    measures = _measures_of(read_yaml(path) for path in sorted((WORKFLOW / "layouts").glob("*.yaml")))
    for name, rule in method.get("derived", {}).items():
        measures[rule["phase"]].add(name)
    for place, phase, measure in readings.measures_named(content):
        known = {name for p in PHASES if phase in (None, p) for name in measures[p]}
        if measure not in known:
            yield f"{place}: no layout has the measure '{measure}'.{nearest(measure, sorted(known))}"
    published = read_yaml(WORKFLOW / "facts" / "published.yaml")
    stated = {statistic["id"] for part in published.values() if isinstance(part, list) for statistic in part}
    for place, name in readings.published_named(content):
        if name not in stated:
            yield f"{place}: workflow/facts/published.yaml has no '{name}'.{nearest(name, sorted(stated))}"


def _measures_of(layouts):
    """{phase: the measures that a layout names or a step knows}, also those of earlier years."""
    graded = [f"{of}{grade}" for of in ("", domain.PREVIOUS) for grade in domain.GRADES]
    measures = {phase: {*MEASURE_TYPES, *graded} for phase in PHASES}
    for layout in layouts:
        for name, spec in layout.get("columns", {}).items():
            if layout.get("kind") == "results" and spec.get("type") in HAVE_VALUE:
                earlier = (f"{name}_{years}y_before" for years in range(1, domain.MOST_YEARS_BEFORE + 1))
                measures[layout["phase"]] |= {name, *earlier}
    return measures


def check_measures(method: dict) -> None:
    """Raise UserError when the method names a measure, type or phase that no layout knows."""
    _stop(f"workflow/methods/{method['id']}.yaml", _unknown_words(method))


def _unknown_words(method: dict) -> Iterator[str]:
    layouts = [read_yaml(path) for path in sorted((WORKFLOW / "layouts").glob("*.yaml"))]
    measures = _measures_of(layouts)
    checks = []  # (place in the file, what is named there, the names, those that there are)
    for name, rule in method.get("derived", {}).items():
        if name in domain.SCHOOL_COLUMNS or any(name in measures[phase] for phase in PHASES):
            yield f"derived.{name}: there is a '{name}' already. Give it another name."
        checks.append((f"derived.{name}", f"{rule['phase']} measure", rule["mean_of"], set(measures[rule["phase"]])))
    for name, rule in method.get("derived", {}).items():
        measures[rule["phase"]].add(name)

    def words(*columns):
        return {word for layout in layouts for c in columns for word in layout.get("values", {}).get(c, {}).values()}

    types, phases = words("establishment_type", "school_type"), words("phase_of_education")
    for phase in PHASES:
        for criterion, condition in iter_conditions(method, phase):
            place, measure, value = f"criteria.{criterion}.test.{phase}", condition["measure"], condition.get("value")
            checks.append((place, f"{phase} measure", [measure], measures[phase]))
            compared = value if isinstance(value, list) else [value]
            if measure == "establishment_type":
                checks.append((place, "type", compared, types))
            elif measure in domain.INSPECTION_WORDS:
                checks.append((place, f"word of {measure}", compared, words(measure)))
    rules = method["population"]
    checks.append(("population.establishment_types", "type", rules["establishment_types"], types))
    checks += [(f"population.phases.{p}", "phase of education", names, phases) for p, names in rules["phases"].items()]
    for what, names in rules["inherits"].items():
        checks.append((f"population.inherits.{what}", "type", [] if names == "all" else names, types))
    for place, what, names, known in checks:
        for name in (name for name in names if name not in known):
            yield f"{place}: no layout has the {what} '{name}'.{nearest(name, sorted(known))}"
