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
from typing import Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.model.file import File
from rocrate.model.softwareapplication import SoftwareApplication
from rocrate.rocrate import ROCrate

from lib.run_files import PROVENANCE, RAW, STRAY, Provenance, Sum

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


def crate(provenance: Provenance, own_sum: Sum) -> dict[str, Any]:
    """Return the crate's metadata (JSON-LD) of a run.

    `provenance`: audit/provenance.json. `own_sum`: of that file itself, which the crate lists too.
    """
    made = ROCrate(version=RO_CRATE)
    made.metadata.extra_contexts.append(TERMS)
    _root(made, provenance)
    workflow = _software(made, provenance)
    files = _files(made, provenance, own_sum)
    sources = (f"{RAW}{entry['file']}" for entry in provenance["inputs"])
    run = _action(
        made,
        "#run",
        f"Run of release {provenance['release']}",
        "The whole workflow. Neither its time nor who ran it is stated: the same inputs give the same bytes.",
        workflow,
        [files[path] for path in sources if path in files] + _parameters(made, provenance["parameters"]),
        [file for path, file in files.items() if not path.startswith(RAW)],
    )
    actions, tools = [run], {None: workflow}  # a step without a script is done by the workflow itself
    for step in provenance["steps"]:
        script = step["script"]
        if script not in tools:
            tools[script] = _tool(made, script, provenance, workflow)
        # The step that wrote the provenance read every file: they are listed with the whole run.
        read = [] if PROVENANCE in step["outputs"] else step["inputs"]
        inputs, outputs = ([files[path] for path in paths if path in files] for paths in (read, step["outputs"]))
        name = step["step"]
        actions.append(
            _action(made, f"#step-{name}", f"Step {name}", step["description"], tools[script], inputs, outputs)
        )
    made.root_dataset["mentions"] = actions
    return made.metadata.generate()


def date_published(provenance: Provenance) -> str:
    """Return the day (ISO) on which the last source file was retrieved, or the reference date where none was."""
    retrieved = [entry["retrieved"][:10] for entry in provenance["inputs"] if entry["retrieved"]]
    return max(retrieved, default=provenance["parameters"]["reference_date"])


def _root(made: ROCrate, provenance: Provenance) -> None:
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
    strays = [entry["file"] for entry in provenance["left_out"] if entry["reason"] == STRAY]
    if strays:
        about += f" In the folder, but {STRAY}: {'; '.join(strays)}."
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


def _software(made: ROCrate, provenance: Provenance) -> Entity:
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
        "description": f"Snakemake workflow. Commit: {provenance['commit'] or 'unknown'}; its code was {clean}.",
        "softwareVersion": versions["project"]["version"],
        "softwareRequirements": [python, *packages],
    }
    if provenance["commit"]:
        properties["identifier"] = provenance["commit"]
    return made.add(ContextEntity(made, "#workflow", properties))


def _files(made: ROCrate, provenance: Provenance, own_sum: Sum) -> dict[str, File]:
    """Every file of the run, sources with what is known of them. {path: entity}."""
    sources = {f"{RAW}{entry['file']}": entry for entry in provenance["inputs"]}
    files = {}
    for output in [*provenance["outputs"], {"file": PROVENANCE, **own_sum}]:
        path = output["file"]
        properties = {"name": path, "contentSize": str(output["size"]), "sha256": output["sha256"]}
        if encoding := FORMATS.get(Path(path).suffix.lower()):
            properties["encodingFormat"] = encoding
        if path in sources:
            properties |= _source(made, sources[path])
        files[path] = made.add_file(dest_path=path, properties=properties)
    return files


def _source(made: ROCrate, entry: dict) -> dict[str, Any]:
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


def _parameters(made: ROCrate, parameters: dict[str, Any], prefix: str = "") -> list[Entity]:
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


def _tool(made: ROCrate, script: str, provenance: Provenance, workflow: Entity) -> Entity:
    """The script of a step."""
    sums = {code["file"]: code["sha256"] for code in provenance["code"]}
    properties = {
        "@type": "SoftwareSourceCode",
        "name": script,
        "programmingLanguage": made.get("#python"),
        "isPartOf": workflow,
        "version": provenance["versions"]["project"]["version"],
        **({"sha256": sums[script]} if script in sums else {}),
    }
    return made.add(ContextEntity(made, f"#{quote(script)}", properties))


def _action(
    made: ROCrate,
    identifier: str,
    name: str,
    description: str,
    instrument: Entity,
    inputs: list[Entity],
    outputs: list[Entity],
) -> Entity:
    properties = {"@type": "CreateAction", "name": name, "description": description, "instrument": instrument}
    properties |= {"result": outputs, **({"object": inputs} if inputs else {})}
    return made.add(ContextEntity(made, identifier, properties))


def _licence(made: ROCrate, licence: dict[str, str]) -> Entity:
    properties = {"@type": "CreativeWork", "name": licence["name"], "url": licence["url"]}
    return made.add(ContextEntity(made, licence["url"], properties))


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
