"""Shared fixtures: the real files where they are at hand, copies of the project that run whole, and a browser.

Environment variables: SCHOOL_DATA (folder that holds `2016/` and `official-samples/`; tests that need it are skipped
without), CHROMIUM (path of the browser), VNU_JAR (path of the Nu HTML checker); REQUIRE_BROWSER=1, REQUIRE_VNU=1,
REQUIRE_OFFICE=1 (what is missing fails the tests that need it instead of skipping them).
"""

import contextlib
import fcntl
import fnmatch
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

from lib.run_step import UserError

PROJECT = Path(__file__).resolve().parent.parent
# Left out of a copy when git cannot say what belongs to the project.
MADE_BY_RUNS = (".git", ".venv", ".snakemake", "results", "logs", "benchmarks", "data", "__pycache__", ".*_cache")
RUN = "nfer-2017"  # the run of every release under the config as it is: the id of its method
WHOLE_RUN_FIXTURES = {
    "project_copy",
    *("demo_project", "demo_release", "demo_run"),
    *("project_2016", "release_2016", "run_2016"),
    *("project_2017", "run_2017", "run_2025"),
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# The same examples on every run and machine; no time limit for one, since the machine may be busy.
hypothesis.settings.register_profile("project", derandomize=True, deadline=None)
hypothesis.settings.load_profile("project")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what runs the whole workflow as slow; files that have such tests, or need a browser, come first.

    Workers take file after file in this order: a long one that is begun last leaves all others waiting.
    """
    for item in items:
        if WHOLE_RUN_FIXTURES & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)
    long = {item.path for item in items if {"slow", "browser"} & {mark.name for mark in item.iter_markers()}}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def school_data():
    """The folder of real files that SCHOOL_DATA names."""
    named = os.environ.get("SCHOOL_DATA")
    if not named:
        pytest.skip("needs real files: set SCHOOL_DATA to the folder that holds 2016/ and official-samples/")
    folder = Path(named).resolve()
    if not folder.is_dir():
        pytest.fail(f"SCHOOL_DATA={named}: there is no such folder")
    return folder


class ProjectCopy:
    """A copy of the project in a folder of its own."""

    def __init__(self, path):
        self.path = path

    def run(self, *arguments, config=None, env=None, timeout=600):
        """Run Snakemake in the copy, `--cores 2` where no arguments are given; return the CompletedProcess (text).

        `config` overrides keys of config.yaml (values as in YAML). `env` adds to a clean environment; None unsets.
        """
        command = [sys.executable, "-m", "snakemake", *(arguments or ("--cores", "2"))]
        if config is not None:
            # A file, since Snakemake reads nested values and null on its command line as text.
            overrides = self.path.parent / f"{self.path.name}-config.json"
            overrides.write_text(json.dumps(config, default=str), encoding="utf-8")
            command += ["--configfile", str(overrides)]
        return self.call(*command, env=env, timeout=timeout)

    def call(self, *command, env=None, timeout=600):
        """Run any command in the copy, under the same conditions."""
        environment = clean_environment() | {"GIT_CEILING_DIRECTORIES": str(self.path.parent)} | (env or {})
        environment = {name: value for name, value in environment.items() if value is not None}
        return run_to_its_end([str(part) for part in command], self.path, environment, timeout)

    def results(self, release):
        """The folder of a release: its raw and clean data, and a folder for each run of it."""
        return self.path / "results" / release

    def results_of_run(self, release, run=RUN):
        """The folder of a run: what a method makes of a release."""
        return self.results(release) / run


@pytest.fixture(scope="session")
def project_copy(tmp_path_factory):
    """Factory of `ProjectCopy`: of the project as it stands, without results, or of a `finished` copy with its own.

    A test that changes a shared copy (`demo_project`, `project_2016`) or its results takes a copy of that first.
    """

    def make(finished=None):
        path = tmp_path_factory.mktemp("copy") / "project"
        if finished is None:
            copy_project(path)
        else:
            copy_finished(finished, path)
        return ProjectCopy(path)

    return make


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory):
    """Factory: a project copy in which a release was run; made once, whichever worker of pytest-xdist asks first.

    `beside`: a finished copy that is copied first, so that its release need not be run again.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def make(release, beside=None, **config):
        path, done = shared / f"run-{release}" / "project", shared / f"run-{release}-done"
        with open(shared / f"run-{release}-lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(path.parent, ignore_errors=True)  # of a run that failed
                if beside is None:
                    copy_project(path)
                else:
                    copy_finished(beside, path)
                finished_run(ProjectCopy(path), release, **config)
                done.touch()
        return ProjectCopy(path)

    return make


@pytest.fixture(scope="session")
def demo_project(whole_run):
    """A project copy in which the release `demo` was run with the default config. Read it; do not change it."""
    return whole_run("demo")


@pytest.fixture(scope="session")
def demo_release(demo_project):
    """The folder of the release `demo`, with its raw and clean data. Read it; do not change it."""
    return demo_project.results("demo")


@pytest.fixture(scope="session")
def demo_run(demo_project):
    """The results folder of the run of `demo`, from population/ to summary.json. Read it; do not change it."""
    return demo_project.results_of_run("demo")


@pytest.fixture(scope="session")
def project_2016(whole_run, school_data):
    """A project copy in which the real release 2016 was run. Read it; do not change it."""
    return whole_run("2016", raw_dir=school_data)


@pytest.fixture(scope="session")
def release_2016(project_2016):
    """The folder of the real release 2016, with its raw and clean data. Read it; do not change it."""
    return project_2016.results("2016")


@pytest.fixture(scope="session")
def run_2016(project_2016):
    """The results folder of the run of the real release 2016. Read it; do not change it."""
    return project_2016.results_of_run("2016")


@pytest.fixture(scope="session")
def project_2017(whole_run, project_2016, school_data):
    """A project copy in which the real releases 2016 and 2017 were run, and so compared. Read it; do not change it."""
    given = _that_has(school_data, "2017")
    return whole_run("2017", beside=project_2016, releases=["2016", "2017"], raw_dir=given)


@pytest.fixture(scope="session")
def run_2017(project_2017):
    """The results folder of the run of the real release 2017. Read it; do not change it."""
    return project_2017.results_of_run("2017")


@pytest.fixture(scope="session")
def run_2025(whole_run, school_data):
    """The results folder of the run of the real release 2025 under its own method. Read it; do not change it."""
    return whole_run("2025", raw_dir=_that_has(school_data, "2025")).results_of_run("2025", "rise-2025")


def _that_has(school_data, release):
    if not (school_data / release).is_dir():
        pytest.skip(f"needs real files: the folder that SCHOOL_DATA names has no {release}/")
    return school_data


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once a session, with no network."""
    named = os.environ.get("CHROMIUM")
    executable = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        message = "needs Chromium: install it, or set CHROMIUM to its path"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"{message} (REQUIRE_BROWSER=1)")
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=BROWSER_FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


@pytest.fixture
def browser_page(browser):
    """Factory of pages of their own, each closed after the test; see `page_in`."""
    opened = []

    def make(file=None, **options):
        opened.append(page_in(browser, file, **options))
        return opened[-1]

    yield make
    for page in opened:
        page.context.close()


@pytest.fixture(scope="session")
def tabs(browser):
    """Factory of pages in a few tabs that stay open, which costs a third of a page of its own; see `Tabs`."""
    kept = {scripts: Tabs(browser, java_script_enabled=scripts) for scripts in (True, False)}

    def make(file, scripts=True, own=False):
        return kept[scripts].page(Path(file).resolve().as_uri(), own)

    yield make
    for each in kept.values():
        each.close()


class Tabs:
    """Two tabs of a browser. A file that is asked for again is found as it was left, unless it was somebody's own."""

    def __init__(self, browser, **options):
        self.browser, self.options = browser, options
        self.pages = []  # what was asked for last at the end; `held`: the address of its file, None where it was owned

    def page(self, address, own=False):
        """Return the page of a file. `own`: loaded for the caller alone."""
        page = next((each for each in self.pages if each.held == address), None)
        if own or page is None:
            page = page or next((each for each in self.pages if each.held is None), None)
            page = page or (self.pages[0] if len(self.pages) == 2 else page_in(self.browser, **self.options))
            page.held = None  # until it is loaded
            page.goto("about:blank")  # an address that differs in what follows # alone would not be loaded
            page.problems.clear()
            page.set_viewport_size({"width": 1440, "height": 900})
            page.emulate_media(media="screen", color_scheme="light")
            page.goto(address)
        page.held = None if own else address
        self.pages = [*(each for each in self.pages if each is not page), page]
        return page

    def close(self):
        for page in self.pages:
            page.context.close()


def page_in(browser, file=None, width=1440, height=900, **options):
    """A Playwright page: `page_in(browser, file, width=360, color_scheme="dark", java_script_enabled=False)`.

    Opens `file` from disk where one is given; further options go to Playwright's `new_context`. `page.problems`
    lists console errors and warnings, uncaught exceptions and requests for anything outside the file.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
    page = context.new_page()
    page.problems = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.problems.append(f"uncaught: {error}"))
    page.on("request", lambda request: page.problems.extend(leaving(request, page)))
    if file is not None:
        page.goto(Path(file).resolve().as_uri())
    return page


def leaving(request, page):
    """Return, as a list, the complaint about a request for another file or a remote address; empty for none."""
    url = request.url
    own = url.startswith(("data:", "blob:", "about:")) or (request.is_navigation_request() and url.startswith("file:"))
    return [] if own else [f"request for {url} by {page.url}"]


def finished_run(project, release, **config):
    """Run a release in a project copy to its end; fail with the end of the output if it does not get there."""
    done = project.run(config={"releases": [release], **config})
    if done.returncode != 0:
        last_lines = "\n".join((done.stdout + done.stderr).splitlines()[-60:])
        pytest.fail(f"the run of {release} ended with exit code {done.returncode}:\n{last_lines}")
    return project


def copy_project(target):
    """Copy the project's own files to `target`: what git tracks or would track, or all but what runs make."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=PROJECT, env=clean_environment(), capture_output=True
    )
    names = [name for name in os.fsdecode(listed.stdout).split("\0") if name]
    if listed.returncode != 0 or "Snakefile" not in names:
        shutil.copytree(PROJECT, target, symlinks=True, ignore=made_by_runs)
        return
    for name in names:
        if os.path.lexists(PROJECT / name):  # a tracked file may have been deleted
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target / name, follow_symlinks=False)


def copy_finished(finished, target):
    """Copy a project copy with its dates and Snakemake's records, so that Snakemake knows its results as made."""
    shutil.copytree(finished.path, target, symlinks=True)


def made_by_runs(folder, names):
    """Return which names in a folder of the project are not its own; of a folder `data` the one at the top alone."""
    patterns = MADE_BY_RUNS if Path(folder) == PROJECT else ("__pycache__",)
    return {name for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)}


def fault(load, *arguments):
    """Return the message with which `load` stops."""
    with pytest.raises(UserError) as stopped:
        load(*arguments)
    return str(stopped.value)


def clean_environment():
    """Return the environment without what would make a run depend on who started it."""
    foreign = ("GIT_", "PYTHON", "PYTEST_", "COV", "SNAKEMAKE_", "SCHOOL_DATA", "MPL", "MAKE", "MFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def run_to_its_end(command, cwd, environment, timeout):
    """Run a command; kill it and all that it started when it is over, runs out of time or the test is interrupted."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stderr.close()
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)
