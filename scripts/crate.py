"""A run as an RO-Crate, by the rocrate library, so that other tools can read what was made from what.

Profile: Process Run Crate 0.5 (https://w3id.org/ro/wfrun/process/0.5) on RO-Crate 1.1: one CreateAction a step, and one
for the whole run, which holds the parameters.
The crate states neither when nor by whom it was run: the same inputs give the same bytes. `datePublished`, which
RO-Crate asks for, is the day on which the last source file was retrieved, the earliest on which the run can have been
made; where none was downloaded, the reference date of the release.
"""

import json
import re
from pathlib import Path
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.model.softwareapplication import SoftwareApplication
from rocrate.rocrate import ROCrate

OWN_FILE = "audit/provenance.json"
NO_STEP = "made by no step of the workflow: it does not belong to the run"
RO_CRATE = "1.1"
PROFILE = "https://w3id.org/ro/wfrun/process"
PROFILE_VERSION = "0.5"
TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # has the term sha256
# Stated here, since what Python's mimetypes knows depends on the machine.
FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def crate(provenance, own_sum):
    """Return the crate's metadata (JSON-LD) of a run.

    `provenance`: audit/provenance.json. `own_sum`: {size, sha256} of that file itself, which the crate lists too.
    """
    made = ROCrate(version=RO_CRATE)
    made.metadata.extra_contexts.append(TERMS)
    _root(made, provenance)
    workflow = _software(made, provenance)
    files = _files(made, provenance, own_sum)
    parameters = _parameters(made, provenance["parameters"])
    own_step = next((one["step"] for one in provenance["steps"] if OWN_FILE in one["outputs"]), None)
    run = _action(
        made,
        "#run",
        f"Run of release {provenance['release']}",
        "The whole workflow. Neither its time nor who ran it is stated: the same inputs give the same bytes.",
        workflow,
        [files[path] for path in _raw(provenance) if path in files] + parameters,
        [file for path, file in files.items() if not path.startswith("../raw/")],
    )
    actions = [run]
    tools = {}
    for one in provenance["steps"]:
        tool = tools.get(one["script"]) or _tool(made, one, provenance, workflow)
        tools[one["script"]] = tool
        # The step that wrote the provenance read every file: their list stands with the whole run.
        inputs = [] if one["step"] == own_step else [files[path] for path in one["inputs"] if path in files]
        outputs = [files[path] for path in one["outputs"] if path in files]
        name, description = f"Step {one['step']}", one["description"]
        actions.append(_action(made, f"#step-{one['step']}", name, description, tool, inputs, outputs))
    made.root_dataset["mentions"] = actions
    return made.metadata.generate()


def date_published(provenance):
    """Return the day (ISO) on which the last source file was retrieved, or the reference date where none was."""
    retrieved = [entry["retrieved"][:10] for entry in provenance["inputs"] if entry["retrieved"]]
    return max(retrieved, default=provenance["parameters"]["reference_date"])


def _root(made, provenance):
    parameters = provenance["parameters"]
    synthetic = provenance["synthetic"]
    about = (
        f"{parameters['title']}: sources, results and report, by the method {parameters['method']}, as at "
        f"{parameters['reference_date']}."
    )
    if synthetic:
        about += " Synthetic data: it shows the machinery, and is no evidence about schools."
    if provenance["absent"]:
        about += f" Not supplied: {'; '.join(entry['title'] for entry in provenance['absent'])}."
    strays = [entry["file"] for entry in provenance["left_out"] if entry["reason"] == NO_STEP]
    if strays:
        about += f" In the folder, but {NO_STEP}: {'; '.join(strays)}."
    about += (
        " datePublished is the reference date of the release, since none of its files was downloaded."
        if date_published(provenance) == parameters["reference_date"]
        else " datePublished is the day on which the last source file was retrieved."
    )
    profile = ContextEntity(
        made,
        f"{PROFILE}/{PROFILE_VERSION}",
        {"@type": "CreativeWork", "name": "Process Run Crate", "version": PROFILE_VERSION},
    )
    made.add(profile)
    root = made.root_dataset
    root["conformsTo"] = profile
    root["name"] = f"School-to-school support, release {provenance['release']}{' (synthetic)' if synthetic else ''}"
    root["description"] = about
    root["datePublished"] = date_published(provenance)
    licences = {entry["licence"]["url"]: entry["licence"] for entry in provenance["inputs"]}
    root["license"] = [_licence(made, licence) for licence in licences.values()]


def _software(made, provenance):
    """The workflow, with the packages that the lock pins."""
    versions = provenance["versions"]
    packages = [
        SoftwareApplication(made, f"#package-{name}", {"name": name, "softwareVersion": version})
        for name, version in versions["packages"].items()
    ]
    python = SoftwareApplication(made, "#python", {"name": "Python", "softwareVersion": versions["python"]})
    made.add(python, *packages)
    clean = {True: "unchanged", False: "with changes that are not committed", None: "unknown"}[provenance["clean"]]
    properties = {
        "@type": ["SoftwareSourceCode", "SoftwareApplication"],
        "name": versions["project"]["name"],
        "description": f"Snakemake workflow. Commit: {provenance['commit'] or 'unknown'}; the tree was {clean}.",
        "softwareVersion": versions["project"]["version"],
        "softwareRequirements": [python, *packages],
    }
    if provenance["commit"]:
        properties["identifier"] = provenance["commit"]
    return made.add(ContextEntity(made, "#workflow", properties))


def _files(made, provenance, own_sum):
    """Every file of the run, sources with what is known of them. {path: entity}."""
    sources = {f"../raw/{entry['file']}": entry for entry in provenance["inputs"]}
    files = {}
    for output in [*provenance["outputs"], {"file": OWN_FILE, **own_sum}]:
        path = output["file"]
        properties = {"name": path, "contentSize": str(output["size"]), "sha256": output["sha256"]}
        if encoding := FORMATS.get(Path(path).suffix.lower()):
            properties["encodingFormat"] = encoding
        if path in sources:
            properties |= _source(made, sources[path])
        files[path] = made.add_file(dest_path=path, properties=properties)
    return files


def _source(made, entry):
    publisher = ContextEntity(
        made, f"#publisher-{_slug(entry['publisher'])}", {"@type": "Organization", "name": entry["publisher"]}
    )
    made.add(publisher)
    properties = {"name": entry["title"], "publisher": publisher, "license": _licence(made, entry["licence"])}
    if entry["landing_page"]:
        properties["url"] = entry["landing_page"]
    if "://" in entry["origin"]:
        properties["contentUrl"] = entry["origin"]
    if entry["retrieved"]:
        properties["sdDatePublished"] = entry["retrieved"]
    if entry["supplied_as"]:
        properties["alternateName"] = entry["supplied_as"]
    return properties


def _parameters(made, parameters, prefix=""):
    """One PropertyValue a setting; a group of settings gives one for each of its members."""
    entities = []
    for name, value in parameters.items():
        if isinstance(value, dict):
            entities += _parameters(made, value, f"{prefix}{name}.")
        else:
            stated = value if isinstance(value, (str, int, float)) else json.dumps(value)
            properties = {"@type": "PropertyValue", "name": f"{prefix}{name}", "value": stated}
            entities.append(made.add(ContextEntity(made, f"#parameter-{prefix}{name}", properties)))
    return entities


def _tool(made, one, provenance, workflow):
    """The script of a step; the workflow itself for a step without one."""
    if not one["script"]:
        return workflow
    sums = {entry["file"]: entry["sha256"] for entry in provenance["code"]}
    properties = {
        "@type": "SoftwareSourceCode",
        "name": one["script"],
        "programmingLanguage": made.get("#python"),
        "isPartOf": workflow,
        "version": provenance["versions"]["project"]["version"],
    }
    if one["script"] in sums:
        properties["sha256"] = sums[one["script"]]
    return made.add(ContextEntity(made, f"#{quote(one['script'])}", properties))


def _action(made, identifier, name, description, instrument, inputs, outputs):
    properties = {"@type": "CreateAction", "name": name, "instrument": instrument, "result": outputs}
    if description:
        properties["description"] = description
    if inputs:
        properties["object"] = inputs
    return made.add(ContextEntity(made, identifier, properties))


def _licence(made, licence):
    properties = {"@type": "CreativeWork", "name": licence["name"], "url": licence["url"]}
    return made.add(ContextEntity(made, licence["url"], properties))


def _raw(provenance):
    return [f"../raw/{entry['file']}" for entry in provenance["inputs"]]


def _slug(words):
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
