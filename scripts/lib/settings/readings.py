"""What a file of readings (workflow/readings/) may say: the open parts of a method, and the options of each."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from lib import domain, readings
from lib.settings.models import AtLeast, Comparison, Inherits, Keys, Miles, Name, Phase, kind_of, one_of
from lib.yaml_files import nearest

Ids = Annotated[list[str], Field(min_length=1)]


class AllParts(Keys):
    all: Annotated[list["Part"], Field(min_length=1)]


class AnyPart(Keys):
    any: Annotated[list["Part"], Field(min_length=1)]


class SomeParts(AtLeast):
    of: Annotated[list["Part"], Field(min_length=1)]


# A condition stands without its basis: an option is one of several guesses, and says so by being one.
KINDS = {"all": AllParts, "any": AnyPart, "of": SomeParts, "dict": Comparison, "str": Name}
_kind = kind_of(KINDS)


def _form(content: object) -> str:
    return "phases" if isinstance(content, dict) and content.keys() & set(domain.PHASES) else _kind(content)


A_TEST = "the name of a part, a condition, or a mapping of `all`, of `any`, or of `at_least` and `of`"
Part = one_of(A_TEST, KINDS, _kind)


class OfEachPhase(Keys):
    primary: Part
    secondary: Part


Parts = dict[Name, one_of(f"{A_TEST}; or one of these for each phase", KINDS | {"phases": OfEachPhase}, _form)]


class Option(Keys):
    id: Name
    words: str
    short: str = None  # for a figure
    needs: Ids = None  # measures: tried only in a release that has one of them
    define: Annotated[Parts, Field(min_length=1)]


class Dimension(Keys):
    label: str
    group: Literal[domain.CRITERION_GROUPS]
    options: Annotated[list[Option], Field(min_length=1)]


class Overlap(Keys):
    id: Name
    words: str
    left_out: bool


class Urns(Keys):
    id: Name
    words: str
    short: str = None
    inherits: Inherits


class Denominator(Keys):
    id: Name
    words: str
    counts: Part = None


class OverlapDimension(Keys):
    label: str
    options: Annotated[list[Overlap], Field(min_length=1)]


class UrnsDimension(Keys):
    label: str
    options: Annotated[list[Urns], Field(min_length=1)]


class DenominatorDimension(Keys):
    label: str
    options: Annotated[list[Denominator], Field(min_length=1)]


class PublishedOfGroup(Keys):
    all: str
    primary: str
    secondary: str


class Partners(Keys):
    primary: str
    secondary: str


class Claim(Keys):
    phases: Annotated[list[Phase], Field(min_length=1)]
    regions: Literal["every", "most"] = None
    greatest: str = None

    @staticmethod
    def faults(content):
        if ("regions" in content) == ("greatest" in content):
            yield "a claim is of regions (every, most) or of the one with the greatest choice. Give one of them."


class Published(Keys):
    high_performing: PublishedOfGroup
    in_need: PublishedOfGroup
    partners: Partners
    claims: dict[Name, Claim]


class Estimate(Keys):
    part: Name
    words: str
    among: Name = None
    alike: Name = None
    official: Partners = None

    @staticmethod
    def faults(content):
        if ("official" in content) == ("among" in content and "alike" in content):
            yield "the rate is that of an official count, or of schools alike. Give `official`, or `among` and `alike`."


class Marked(Keys):
    words: str
    options: dict[Name, str]


class Check(Marked):
    source: str
    published: Ids


class Tops(Keys):
    from_: Annotated[int, Field(ge=1, le=99, alias="from")]
    to: Annotated[int, Field(ge=1, le=99)]


class Quantiles(Keys):
    dimension: Name
    option: Name
    tops: Tops


class Radii(Keys):
    step: Miles
    to: Miles


class Readings(Keys):
    id: str
    title: str
    results_year: str
    published: Published
    gaps: list[str]
    parts: Parts
    dimensions: Annotated[dict[Name, Dimension], Field(min_length=1)]
    overlap: OverlapDimension
    urns: UrnsDimension
    denominator: DenominatorDimension
    estimates: list[Estimate]
    marked: dict[Literal["literal", "chosen"], Marked]
    checks: dict[Name, Check] = None
    quantiles: Quantiles
    best: Annotated[int, Field(ge=1, le=1000)]
    radii_miles: Radii

    @staticmethod
    def faults(content) -> Iterator[str]:
        dimensions = readings.dimensions(content)
        defined = {*content["parts"]}
        for name, dimension in dimensions.items():
            ids = [option["id"] for option in dimension["options"]]
            yield from (
                f"{name}: two options have the id '{i}'. Rename one." for i in sorted(set(ids)) if ids.count(i) > 1
            )
            sets = [set(option.get("define", ())) for option in dimension["options"]]
            for option, names in zip(dimension["options"], sets, strict=True):
                if names != sets[0]:
                    yield f"{name}.{option['id']}: each option of a dimension must define the same parts as the first."
            defined |= sets[0]
        for place, name in readings.named(content):
            if name not in defined:
                yield f"{place}: no part is named '{name}'.{nearest(name, sorted(defined))}"
        yield from (f"parts: the part '{name}' is missing." for name in domain.CRITERION_GROUPS if name not in defined)
        for what in ("marked", "checks"):
            for name, marked in content.get(what, {}).items():
                for dimension, option in marked["options"].items():
                    ids = [o["id"] for o in dimensions.get(dimension, {}).get("options", [])]
                    if dimension not in dimensions:
                        yield f"{what}.{name}: there is no dimension '{dimension}'.{nearest(dimension, dimensions)}"
                    elif option not in ids:
                        yield f"{what}.{name}.{dimension}: there is no option '{option}'.{nearest(option, ids)}"
        of, option = content["quantiles"]["dimension"], content["quantiles"]["option"]
        if option not in [o["id"] for o in content["dimensions"].get(of, {}).get("options", [])]:
            yield f"quantiles: there is no option '{option}' of a dimension '{of}'. Name one of the file's own."
