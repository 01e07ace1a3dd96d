"""What a config, release, layout or method file may say: its keys, their values, and what must fit together in it.

What must fit together between files is checked where they meet, in load.py.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from typing import Annotated, ClassVar, Literal, Union

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from lib import domain
from lib.find_source import DATE_PLACE, FIND_FROM
from lib.methods import RADIUS, TRAVEL, iter_conditions
from lib.run_files import BESIDE_RELEASES, OF_RELEASE
from lib.run_step import UserError
from lib.yaml_files import nearest

# Measures that are not numbers.
MEASURE_TYPES = {
    **dict.fromkeys(("establishment_type", *domain.INSPECTION_WORDS), (str,)),
    **dict.fromkeys((*domain.DESIGNATIONS, *domain.INSPECTION_FLAGS), (bool,)),
}
MISSING = object()  # stands in place of the value of a missing key
FORM = "~"  # begins the names of a value's forms, which pydantic puts among the keys of a fault's place
PYDANTICS_OWN = re.compile(r"^\w+ (?=should)| after validation| or instance of .*")  # words that mean nothing to a user


class Keys(BaseModel):
    """A mapping with certain keys: another key is a fault, and a value is taken as it is written, never converted."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)

    needed_if_reconstructed: ClassVar[tuple[str, ...]] = ()  # keys that a threshold of ours needs

    @staticmethod
    def faults(content: dict) -> Iterator[str]:
        """Yield what does not fit together in content of which each value by itself is right."""
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _told_together(cls, content, validate):
        """Put its valid neighbours in the place of an unknown key's value, and MISSING in that of a missing key."""
        if not isinstance(content, dict):
            return validate(content)
        keys = [field.alias or name for name, field in cls.model_fields.items()]
        needed = cls.needed_if_reconstructed if content.get("basis") == "reconstructed" else ()
        missing = {key: MISSING for key in needed if key not in content}
        model = validate({str(key): value if key in keys else keys for key, value in content.items()} | missing)
        if faults := list(cls.faults(content)):
            raise ValueError("\n".join(faults))
        return model


def check(model: type[Keys], content: object, file: str) -> None:
    """Hold the content of a file against a model; raise UserError that names every fault, a line each."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        lines = (f"{file}: {line}" for fault in error.errors() for line in _told(fault))
        raise UserError("\n".join(dict.fromkeys(lines))) from None


def _told(fault: dict) -> list[str]:
    """A fault as pydantic gives it, in our words: those of `Keys.faults` may have several lines."""
    kind, value, context = fault["type"], fault["input"], fault.get("ctx", {})
    keys = [str(key) for key in fault["loc"] if not str(key).startswith(FORM)]
    said = "null" if value is None else repr(value)
    lines = [f"{said} {PYDANTICS_OWN.sub('', fault['msg'])}."]
    if kind == "missing" or value is MISSING:
        lines = [f"the key '{keys.pop()}' is missing."]
    elif kind == "extra_forbidden":
        lines = [f"unknown key '{keys[-1]}'.{nearest(keys.pop(), value)}"]
    elif kind == "literal_error":
        near = nearest(value, re.findall("'([^']*)'", context["expected"]))
        lines = [f"unknown key '{value}'.{near}" if keys[-1] == "[key]" else f"{said} is not allowed.{near}"]
    elif kind == "value_error":
        lines = str(context["error"]).split("\n")
    at = ".".join(keys[:-2] if keys[-1:] == ["[key]"] else keys)
    return [f"{at}: {line}" if at else line for line in lines]


def one_of(expected: str, forms: dict, choose: Callable[[object], str] = lambda value: type(value).__name__) -> type:
    """Return the type of a value that has one of several forms.

    `expected`: the forms in words. `forms`: {name: type}. `choose`: gives the name of a value's form, by default its
    type in Python; where there is no form of that name, the value is a fault.
    """

    def tag(value):
        name = choose(value)
        return FORM + name if name in forms else None

    choices = tuple(Annotated[form, Tag(FORM + name)] for name, form in forms.items())
    fault = {"custom_error_type": "form", "custom_error_message": f"should be {expected}"}
    return Annotated[Union[choices], Discriminator(tag, **fault)]  # noqa: UP007


def kind_of(kinds: dict) -> Callable[[object], str]:
    """Return what gives the name, among `kinds`, of the form that a value has: by its key, else by its type."""

    def kind(content):
        named = [kind for kind in kinds if isinstance(content, dict) and kind in content]
        return named[0] if named else type(content).__name__

    return kind


def where(holds: Callable[[object], bool], fault: str) -> AfterValidator:
    """Return the check that a condition holds for a value. `fault`: what is said where not, after the value."""

    def checked(value):
        if not holds(value):
            raise PydanticCustomError("value", fault)
        return value

    return AfterValidator(checked)


def matching(pattern: str, words: str) -> AfterValidator:
    """Return the check of a text against a pattern that describes all of it."""
    return where(re.compile(pattern).fullmatch, f"is not {words}")


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


Date = Annotated[str, where(_is_date, "is not a date of the calendar, such as 2017-03-31")]
Name = Annotated[str, matching("[a-z][a-z0-9_]*", "a name of small letters, digits and _ that begins with a letter")]
FILE = "a plain file name: it begins with a letter or figure, has no / \\ { } * ?, and is not manifest.json"
FileName = Annotated[str, matching(r"(?!manifest\.json$)[A-Za-z0-9][^/\\{}*?]*", FILE)]
WebAddress = Annotated[str, matching("https?://.+", "a web address that begins with http:// or https://")]
SchoolYear = Annotated[str, matching(r"\d{4}/\d{2}", "a school year such as 2015/16")]
Years = Annotated[list[SchoolYear], Field(min_length=1, max_length=2)]  # the first and, where it is over, the last
Phase = Literal[domain.PHASES]
Basis = Literal[domain.BASES]
Miles = Annotated[float, Field(gt=0, le=100)]
Minutes = Annotated[float, Field(gt=0, le=600)]
Seed = Annotated[int, Field(ge=0)]
Scale = Annotated[float, Field(ge=0.1, le=1)]  # of England
Range = Annotated[list[float], Field(min_length=2, max_length=2)]
Texts = Annotated[list[str], Field(min_length=1)]
NONE = {"NoneType": None}
SCALARS = {"int": int, "float": float, "bool": bool, "str": str}
Scalar = one_of("a number, a text, true or false", SCALARS)


class Config(Keys):
    """What a researcher edits: config.yaml describes each key."""

    releases: Annotated[list[one_of("the name of a release", {"str": str, "int": int})], Field(min_length=1)] = ["demo"]
    method: one_of("null, the name of a method or a list of names", NONE | {"str": str, "list": Texts}) = None
    raw_dir: str | None = None
    radius_miles: one_of(
        "null, a number of miles or a mapping with the keys primary and secondary",
        NONE | {"int": Miles, "float": Miles, "dict": dict[Phase, Miles]},
    ) = None
    travel_minutes: one_of(
        "null, a number of minutes or a mapping with the keys primary and secondary",
        NONE | {"int": Minutes, "float": Minutes, "dict": dict[Phase, Minutes]},
    ) = None
    name_schools: bool = False
    demo_seed: Seed | None = None
    demo_scale: Scale | None = None

    @staticmethod
    def faults(content):
        for key in ("releases", "method"):
            listed = content.get(key)
            names = [str(name) for name in listed] if isinstance(listed, list) else []
            yield from (f"{key}: {name} is listed twice." for name in sorted(set(names)) if names.count(name) > 1)


ColumnNames = one_of("a text or a list of texts", {"str": str, "list": Texts})
ColumnType = Literal["text", "integer", "number", "percent", "grade", "date", "code", "word"]


Rows = dict[str, ColumnNames]  # of a long file: {column of the file: the value that is read, or several}


class RecordType(Keys):
    column: str
    values: dict[str, Literal["school", "special_school", "local_authority", "england_all", "england_state_funded"]]


class Column(Keys):
    """What a layout says of a column; what one says that includes it, or a release, goes before."""

    column: ColumnNames = None
    type: ColumnType = None
    optional: bool = None
    label: str = None
    unit: str = None
    format: str = None
    blank: list[str] = None
    if_blank: str = None  # what a blank cell is a sign of, where it is not missing
    first_of: bool = None
    pivot: str = None  # from which further rows of a long file it is taken


class Layout(Keys):
    """A layout file. What it needs, it may have from those that it includes."""

    kind: Literal[
        "register", "links", "results", "inspections", "designations", "postcodes", "travel", "boundaries"
    ] = None
    include: list[str] = None
    years: Years = None
    phase: Phase = None
    encoding: Texts = None
    last_column_spills: bool = None
    member: str = None
    sheet: str = None
    snapshot: bool = None  # one row a school, as things stood on the day that the source states (as_at)
    graded_since: Date = None  # its graded inspections begin then: a school without one may have an earlier one
    cards_since: Date = None  # there were no report cards before
    header: Texts = None
    rows: Rows = None
    pivot: dict[Name, Rows] = None
    record_type: RecordType = None
    columns: dict[Name, Column] = None
    codes: dict[str, str] = None
    values: dict[str, dict[str, str]] = None
    range: dict[str, Range] = None


class Licence(Keys):
    name: str
    url: str = None  # there is none of a file of the researcher's own


class Generator(Keys):
    """Present in a synthetic release only: its files are written, not fetched. One that `follows` another release has
    its seed and scale from it.
    """

    seed: Seed = None
    scale: Scale = None
    follows: str = None

    @staticmethod
    def faults(content):
        drawn = {"seed", "scale"} & content.keys()
        if "follows" in content and drawn:
            yield f"{' and '.join(sorted(drawn))}: those of the release that it follows are taken. Remove the key."
        if "follows" not in content:
            yield from (f"the key '{key}' is missing." for key in ("seed", "scale") if key not in content)


Between = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)]


class Expected(Keys):
    """How much the official file roughly holds, at least and at most."""

    rows: Between = None
    authorities: Between = None


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


class FindByTitle(Keys):
    """The attachment of a gov.uk page whose title matches, the newest by the date in it."""

    content_api: WebAddress
    title: Annotated[str, where(_is_pattern, "is not a regular expression")]
    day: Literal[FIND_FROM] = FIND_FROM[0]  # not after which it is dated


class FindByDate(Keys):
    """The file of a day, else of the day before, and so on."""

    url: Annotated[WebAddress, where(lambda url: DATE_PLACE in url, f"has no place for the date, {DATE_PLACE}")]
    days_back: Annotated[int, Field(ge=0, le=60)]
    day: Literal[FIND_FROM] = FIND_FROM[0]


class FindByVersion(Keys):
    """A version of a data set of Explore Education Statistics."""

    ees: WebAddress  # of the API, up to and with the version of its own
    data_set: Annotated[str, matching("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "the id of a data set")]
    version: Annotated[str, matching(r"\d+(\.\d+){1,2}", 'a version such as "1.0", in quotation marks')]


FINDS = {"content_api": FindByTitle, "url": FindByDate, "ees": FindByVersion}
Find = one_of("a mapping with `content_api` and `title`, `url` and `days_back`, or `ees`", FINDS, kind_of(FINDS))


class WasFound(Keys):
    """What `make freeze` keeps of how the file at `url` was found."""

    title: str = None
    date: Date = None
    version: str = None


class Source(Keys):
    layout: str
    file: FileName
    title: str
    publisher: str
    also_named: list[str] = None
    url: WebAddress = None
    find: Find = None
    found: WasFound = None
    archived: WebAddress = None
    hosts: Texts = None  # that may have the file beside those of the addresses
    page: WebAddress = None
    sha256: Annotated[str, matching("[0-9a-f]{64}", "a sha256 of 64 digits, 0 to 9 and a to f")] = None
    optional: bool = None
    years_before: Annotated[int, Field(ge=1, le=domain.MOST_YEARS_BEFORE)] = None
    supplies: Texts = None
    member: str = None
    sheet: str = None
    rows: Rows = None
    expect: Expected = None
    as_at: Date = None
    not_filled: Texts = None  # columns that this copy leaves blank: there a blank is a gap of the copy
    partial: bool = None  # this copy lacks rows that the official file has
    note: str = None
    licence: Licence = None
    range: dict[str, Range] = None
    columns: dict[str, Column] = None


class Release(Keys):
    id: Annotated[str, matching("[A-Za-z0-9_-]+", "an id of letters, digits, _ and -")]
    title: str
    results_year: SchoolYear
    method: str
    reference_date: Date
    synthetic: bool
    licence: Licence
    generator: Generator = None
    sources: dict[Name, Source]

    @staticmethod
    def faults(content):
        sources, generated = content["sources"], "generator" in content
        if content["id"].casefold() in BESIDE_RELEASES:  # some systems do not tell A from a
            yield f"id: results/{content['id'].casefold()}/ holds comparisons of runs. Give the release another id."
        if content["synthetic"] != generated:
            yield "a release with a generator is synthetic, and only such a one is."
        for name in ("register", "inspections"):
            if name not in sources:
                yield f"sources: the key '{name}' is missing."
            elif sources[name].get("optional"):
                yield f"sources.{name}: no run can do without it, so it cannot be optional. Remove the key."
        files = [source["file"].casefold() for source in sources.values()]  # some systems do not tell A from a
        for name, source in sources.items():
            if files.count(source["file"].casefold()) > 1:
                yield f"sources.{name}.file: two sources share the file name {source['file']}."
            fetched = ("url", "find", "found", "archived", "hosts", "sha256", "also_named", "optional")
            ignored = " and ".join(key for key in fetched if key in source)
            if "found" in source and "url" not in source:
                yield f"sources.{name}.found: it says how what lies at url was found, and there is no url. Remove it."
            if generated and ignored:
                yield f"sources.{name}: its file is generated, so {ignored} would mean nothing. Remove it."


Types = one_of("'all' or a list of types", {"str": Literal["all"], "list": list[str]})


class Inherits(Keys):
    results: Types
    inspection: Types


class Population(Keys):
    establishment_types: Texts
    phases: dict[Phase, list[str]]
    inherits: Inherits


class Derived(Keys):
    phase: Phase
    mean_of: Annotated[list[str], Field(min_length=2)]
    label: str
    unit: str


class Grounded(Keys):
    """What a method states with what it rests on."""

    basis: Basis
    source: str
    reason: str = None

    needed_if_reconstructed: ClassVar = ("reason",)


class Radius(Grounded):
    value: Miles


class RadiusOfEachPhase(Keys):
    primary: Radius
    secondary: Radius


class TravelTime(Grounded):
    value: Minutes


class TravelTimeOfEachPhase(Keys):
    primary: TravelTime
    secondary: TravelTime


class MostPerHelper(Grounded):
    """How many schools in need one high-performing school takes, at most: each is tried."""

    value: Annotated[list[Annotated[int, Field(ge=1, le=20)]], Field(min_length=1)]

    @staticmethod
    def faults(content):
        if content["value"] != sorted(set(content["value"])):
            yield "value: each number must be larger than the one before it."


class Likeness(Grounded):
    """A part of what makes two schools alike: an attribute that is the same, or nearly so."""

    id: Name
    label: str
    attribute: Literal[domain.ATTRIBUTES]
    is_: Literal[domain.LIKENESSES] = Field(alias="is")
    value: Annotated[float, Field(gt=0)] = None

    @staticmethod
    def faults(content):
        attribute, needs_value = content["attribute"], content["is"] != "same"
        if needs_value and attribute not in domain.NUMBERS_OF_SCHOOLS:
            yield f"{attribute}: it is no number, so 'is: {content['is']}' means nothing. Use same."
        if needs_value != ("value" in content):
            yield f"{attribute}: 'is: {content['is']}' {'needs a value' if needs_value else 'takes no value'}."


class LikenessOfEachPhase(Keys):
    """A pair is alike when every part holds: without any, all would be."""

    primary: Annotated[list[Likeness], Field(min_length=1)]
    secondary: Annotated[list[Likeness], Field(min_length=1)]


class Comparison(Keys):
    """What a condition compares: a measure with a value, or with a quantile of the population."""

    measure: str
    is_: Literal[domain.COMPARISONS] = Field(alias="is")
    value: one_of(
        "a number, a text, true or false, or a list of them",
        SCALARS | {"list": Annotated[list[Scalar], Field(min_length=1)]},
    ) = None
    quantile: Annotated[float, Field(ge=0, le=1)] = None
    if_absent: Literal["ignore"] = None

    @staticmethod
    def faults(content):
        if fault := _fault_of_value(content):
            yield f"{content['measure']}: {fault}"


class Condition(Comparison, Grounded):
    id: str = None

    needed_if_reconstructed: ClassVar = ("id", "reason")


def _fault_of_value(condition: dict) -> str | None:
    """What is wrong with a condition's value: a comparison of a number with a text is false for every school."""
    measure, comparison = condition["measure"], condition["is"]
    is_quantile, in_list = "quantile" in condition, comparison in domain.LIST_COMPARISONS
    wanted = MEASURE_TYPES.get(measure, (int, float))
    word = {bool: "true or false", str: "a text"}.get(wanted[0], "a number")
    if is_quantile == ("value" in condition):
        return "a condition has a value or a quantile. Give one of them."
    if measure in MEASURE_TYPES and is_quantile:
        return f"it is {word}, of which there are no quantiles. Give a value."
    if measure in MEASURE_TYPES and comparison in domain.ORDERED_COMPARISONS:
        return f"it is {word}, which has no order, so 'is: {comparison}' means nothing. Use == or in."
    if is_quantile:
        ordered = comparison in domain.ORDERED_COMPARISONS
        return None if ordered else "a quantile is one value, seldom a school's own; compare with < or >=."
    value = condition["value"]
    if in_list != isinstance(value, list):
        return f"'is: {comparison}' needs {'a list as its value' if in_list else 'a single value, not a list'}."
    wrong = [part for part in (value if in_list else [value]) if type(part) not in wanted]
    return f"the value {wrong[0]!r} should be {word}." if wrong else None


class All(Keys):
    all: Annotated[list["Test"], Field(min_length=1)]


class AnyOf(Keys):
    any: Annotated[list["Test"], Field(min_length=1)]


class AtLeast(Keys):
    at_least: Annotated[int, Field(ge=1)]
    of: Annotated[list["Test"], Field(min_length=1)]

    @staticmethod
    def faults(content):
        if content["at_least"] > len(content["of"]):
            yield f"at_least {content['at_least']} of {len(content['of'])} can never hold."


class ByYear(Keys):
    """A rule that differs by results year; None where nothing is asked."""

    by_year: Annotated[dict[SchoolYear, "TestOrNothing"], Field(min_length=1)]


TESTS = {"all": All, "any": AnyOf, "of": AtLeast, "by_year": ByYear, "dict": Condition}
A_TEST = "a condition, or a mapping of `all`, of `any`, of `at_least` and `of`, or of `by_year`"
Test = one_of(A_TEST, TESTS, kind_of(TESTS))
TestOrNothing = one_of(f"null, {A_TEST}", NONE | TESTS, kind_of(NONE | TESTS))


class Criterion(Keys):
    group: Literal[domain.CRITERION_GROUPS]
    label: str
    source: str
    note: str = None  # the test in a sentence, where its conditions are many
    test: Annotated[dict[Phase, Test], Field(min_length=1)]


class Fitted(Keys):
    method: str  # of which it is said: a copy with other rules was not chosen so
    words: str


class Method(Keys):
    id: Annotated[str, matching("[A-Za-z0-9][A-Za-z0-9_.-]*", "an id of letters, digits, _, . and -")]
    title: str
    results_years: Years  # of which the method holds
    extends: str = None
    about: str = None  # what the method is, where it is not that of the study
    of_study: bool = None  # whether it is the study's, by its definitions
    fitted: Fitted = None  # that and how the method was chosen by the figures it is compared with
    compared_with: list[Literal["statistics", "other_studies", "official_benchmarks"]] = None
    sources: dict[str, str]
    notes: dict[str, str] = None  # texts that conditions refer to by YAML anchors
    population: Population
    derived: dict[Name, Derived] = None
    radius_miles: RadiusOfEachPhase
    travel_minutes: TravelTimeOfEachPhase = None  # where the release has travel times: within so many, for the radius
    radius_curve_miles: Annotated[list[Miles], Field(min_length=1)]
    most_per_helper: MostPerHelper
    alike: LikenessOfEachPhase
    rank_partners_by: list[Literal[domain.RANKS]]  # of a shortlist, the first first
    only_if: dict[Literal[domain.CRITERION_GROUPS], Condition] = None
    readings: str = None  # the file in workflow/readings/ with the readings of the study that the run tries
    criteria: Annotated[dict[Name, Criterion], Field(min_length=1)]

    @staticmethod
    def faults(content):
        name, radii, criteria = content["id"], content["radius_curve_miles"], content["criteria"]
        if RADIUS in name or TRAVEL in name or name.casefold() in OF_RELEASE:
            yield f"id: '{name}' could be taken for a run with another radius or a folder of a release. Rename it."
        if (fitted := content.get("fitted", {}).get("method", name)) != name:
            yield f"fitted: it is said of '{fitted}', not of this method. Remove it, or say how this one was chosen."
        if radii != sorted(set(radii)):
            yield "radius_curve_miles: each radius must be wider than the one before it."
        for name in sorted(criteria.keys() & set(domain.SCHOOL_COLUMNS)):
            yield f"criteria.{name}: the results have a column '{name}' of their own. Give it another name."
        distances = ("radius_miles", "travel_minutes")
        cited = [(f"{key}.{p}", stated["source"]) for key in distances for p, stated in content.get(key, {}).items()]
        cited += [(f"criteria.{name}", criterion["source"]) for name, criterion in criteria.items()]
        cited += [("most_per_helper", content["most_per_helper"]["source"])]
        for phase, parts in content["alike"].items():
            cited += [(f"alike.{phase}", part["source"]) for part in parts]
            ids = [part["id"] for part in parts]
            for name in sorted({name for name in ids if ids.count(name) > 1 or name in domain.PAIR_COLUMNS}):
                yield f"alike.{phase}: the id {name} is taken. Give each part a name of its own."
        for phase in domain.PHASES:
            by_id = {}
            for name, leaf in iter_conditions(content, phase):
                cited.append((f"criteria.{name}", leaf["source"]))
                other = by_id.setdefault((name, leaf.get("id")), leaf)
                if "id" in leaf and leaf != other:  # one would be changed with the other
                    both = f"'{leaf['id']}', {other['measure']} and {leaf['measure']}"
                    yield f"criteria.{name}.test.{phase}: two conditions have the id {both}. Rename one."
        for place, source in cited:
            if source not in content["sources"]:
                near = nearest(source, content["sources"])
                yield f"{place}: source '{source}' is not among the file's sources.{near}"
