"""Readings of a study whose words are open: what a file of workflow/readings/ combines. Needs nothing but Python.

A part is a test under a name. A reading takes one option of each dimension, which defines parts; those that it does not
use make no other reading.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass

from lib.domain import PHASES
from lib.methods import parts_of, wanted
from lib.run_step import UserError

OF_BOTH = ("overlap", "urns", "denominator")  # dimensions that define no parts


@dataclass(frozen=True)
class Reading:
    """One reading of a group: the option of each of its dimensions, None where it makes no difference; its tests."""

    options: dict[str, str | None]
    tests: dict[str, tuple]  # by phase


def dimensions(stated: dict) -> dict[str, dict]:
    """Return the dimensions of a file of readings, all with `options`, in the order in which tables have them."""
    return {**stated["dimensions"], **{name: stated[name] for name in OF_BOTH}}


def columns(stated: dict) -> tuple[list[str], list[str]]:
    """Return the dimensions and the claims of a file of readings: of each, the table of readings has a column."""
    return list(dimensions(stated)), list(stated["published"]["claims"])


def _definitions(stated):
    """Each place at which a file states a test: the place, and the test (or one a phase)."""
    yield from ((f"parts.{name}", test) for name, test in stated["parts"].items())
    for dimension, option in ((name, o) for name, d in stated["dimensions"].items() for o in d["options"]):
        yield from ((f"{dimension}.{option['id']}.{name}", test) for name, test in option["define"].items())
    for option in stated["denominator"]["options"]:
        if "counts" in option:
            yield f"denominator.{option['id']}.counts", option["counts"]


def _leaves(test, phase=None):
    """The conditions and the names of parts in a test, each with its phase, None for both."""
    if isinstance(test, str) or "measure" in test:
        yield phase, test
    elif test.keys() & set(PHASES):
        yield from (leaf for phase, of_phase in test.items() for leaf in _leaves(of_phase, phase))
    else:
        yield from (leaf for part in parts_of(test) for leaf in _leaves(part, phase))


def named(stated: dict) -> Iterator[tuple[str, str]]:
    """Yield (place, name) wherever a file of readings names a part."""
    for place, test in _definitions(stated):
        yield from ((place, leaf) for _, leaf in _leaves(test) if isinstance(leaf, str))
    for i, estimate in enumerate(stated["estimates"]):
        yield from ((f"estimates.{i}.{key}", estimate[key]) for key in ("part", "among", "alike") if key in estimate)


def measures_named(stated: dict) -> Iterator[tuple[str, str | None, str]]:
    """Yield (place, phase or None for either, measure) wherever a file of readings names a measure."""
    for place, test in _definitions(stated):
        yield from ((place, phase, leaf["measure"]) for phase, leaf in _leaves(test) if isinstance(leaf, dict))
    yield from (("gaps", None, measure) for measure in stated["gaps"])
    for dimension, option in ((name, o) for name, d in stated["dimensions"].items() for o in d["options"]):
        yield from ((f"{dimension}.{option['id']}.needs", None, measure) for measure in option.get("needs", ()))


def published_named(stated: dict) -> Iterator[tuple[str, str]]:
    """Yield (place, id) wherever a file of readings names a published statistic."""
    for what in ("high_performing", "in_need", "partners"):
        yield from ((f"published.{what}.{key}", name) for key, name in stated["published"][what].items())
    yield from (("published.claims", name) for name in stated["published"]["claims"])
    for i, estimate in enumerate(stated["estimates"]):
        yield from ((f"estimates.{i}.official", name) for name in estimate.get("official", {}).values())
    for name, check in stated.get("checks", {}).items():
        yield from ((f"checks.{name}.published", statistic) for statistic in check["published"])


def resolved(test: dict | str, parts: dict, phase: str, within: tuple[str, ...] = ()) -> tuple[tuple, set[str]]:
    """Return a test of a phase as nested tuples, its named parts put in their places, and the names that it uses.

    Raises UserError where a part comes round to itself.
    """
    if isinstance(test, str):
        if test in within:
            raise UserError(f"workflow/readings: the part '{test}' comes round to itself, by {', '.join(within)}.")
        inner, used = resolved(parts[test], parts, phase, (*within, test))
        return inner, used | {test}
    if phase in test:
        return resolved(test[phase], parts, phase, within)
    if "measure" in test:
        return ("condition", json.dumps(test, sort_keys=True)), set()
    inner, used = zip(*(resolved(part, parts, phase, within) for part in parts_of(test)), strict=True)
    kind = "at_least" if "at_least" in test else "all_or_any"  # of these, what drops out is not asked for
    return (kind, wanted(test, len(inner)), *inner), set().union(*used)


def readings_of(stated: dict, group: str, options: dict[str, list[dict]]) -> list[Reading]:
    """Return every reading of a group, each once. `options`: those to take of each dimension of the group."""
    found = {}
    for taken in itertools.product(*options.values()):
        parts = stated["parts"] | {name: test for option in taken for name, test in option["define"].items()}
        tests, used = zip(*(resolved(group, parts, phase) for phase in PHASES), strict=True)
        used = set().union(*used)
        ids = {
            name: option["id"] if used & option["define"].keys() else None
            for name, option in zip(options, taken, strict=True)
        }
        found.setdefault(tuple(ids.values()), Reading(ids, dict(zip(PHASES, tests, strict=True))))
    return list(found.values())


def options_of(stated: dict, group: str, measures: set[str]) -> dict[str, list[dict]]:
    """Return {dimension: options} of a group, without options that need measures of which a release has none."""
    return {
        name: [o for o in dimension["options"] if "needs" not in o or measures & set(o["needs"])]
        for name, dimension in stated["dimensions"].items()
        if dimension["group"] == group
    }
