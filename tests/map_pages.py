"""Fixtures of the tests of the map in a browser: pages of releases as files, opened in a few tabs."""

import pytest

import map_release
from map_browser import drawn, go
from test_map import in_part, two_places


@pytest.fixture(scope="session")
def map_file(tmp_path_factory):
    """Factory: the page of a release as a file, made once for each name."""
    made = {}

    def make(name, schools=None, **options):
        if name not in made:
            made[name] = tmp_path_factory.mktemp("map") / f"{name}.html"
            made[name].write_text(map_release.page(schools, **options), encoding="utf-8")
        return made[name]

    return make


@pytest.fixture(scope="session")
def england_file(map_file):
    return map_file("england", map_release.england(), synthetic=True)


@pytest.fixture(scope="session")
def two_file(map_file):
    return map_file("two", two_places())


@pytest.fixture(scope="session")
def partial_file(map_file):
    return map_file("partial", in_part({100005: (None, False)}))


@pytest.fixture
def opened(tabs, england_file):
    """Factory: the map of England, or of another file, as a reader finds it who follows an address."""

    def make(address="", file=None, width=1440, height=900, color_scheme="light"):
        page = tabs(file or england_file)
        drawn(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme)
        page.mouse.move(1, 1)
        page.evaluate(
            """() => {
                document.activeElement.blur();
                scrollTo(0, 0);
                for (const field of document.querySelectorAll("input[type=search]")) {
                    field.value = "";
                    field.dispatchEvent(new Event("input"));
                }
            }"""
        )
        go(page, address)
        page.problems = [problem for problem in page.problems if "GL Driver Message" not in problem]
        return page

    return make
