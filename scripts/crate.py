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
from rocrate.rocrate import ROCrate

from lib.run_files import PROVENANCE, RAW, Provenance, Sum

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
APPLICATION = "SoftwareApplication"
TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # has the term sha256
# Stated here, since what Python's mimetypes knows depends on the machine.
FORMATS = {".csv": "text/csv", ".html": "text/html", ".png": "image/png", ".svg": "image/svg+xml"}
FORMATS |= {".json": "application/json", ".parquet": "application/vnd.apache.parquet"}
FORMATS[".xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def crate(provenance: Provenance, own_sum: Sum) -> dict[str, Any]:
    """Return the crate's metadata (JSON-LD) of a run.

    `provenance`: audit/provenance.json. `own_sum`: of that file itself, which the crate lists too.
    """
    made = ROCrate(version="1.1")
    made.metadata.extra_contexts.append(TERMS)
    _describe_root(made, provenance)
    workflow = _add_workflow(made, provenance)
    files = _add_files(made, provenance, own_sum)

    def action(identifier, name, about, tool, inputs, outputs):
        used = {"description": about, "instrument": tool, "object": inputs, "result": outputs}
        return _add(made, identifier, "CreateAction", name, **used)

    def present(paths):
        return [files[path] for path in paths if path in files]

    sources = present(f"{RAW}{entry['file']}" for entry in provenance["inputs"])
    about = "The whole workflow. Neither its time nor who ran it is stated: the same inputs give the same bytes."
    results = [file for path, file in files.items() if not path.startswith(RAW)]
    settings = _add_parameters(made, provenance["parameters"])
    actions = [action("#run", f"Run of release {provenance['release']}", about, workflow, sources + settings, results)]
    sums = {code["file"]: code["sha256"] for code in provenance["code"]}
    version, python = provenance["versions"]["project"]["version"], made.get("#python")
    tools = {None: workflow}  # a step without a script is done by the workflow itself
    for step in provenance["steps"]:
        script = step["script"]
        if script not in tools:
            about = {"programmingLanguage": python, "isPartOf": workflow, "version": version}
            about["sha256"] = sums.get(script)
            tools[script] = _add(made, f"#{quote(script)}", "SoftwareSourceCode", script, **about)
        # The step that wrote the provenance read every file: they are listed with the whole run.
        inputs = [] if PROVENANCE in step["outputs"] else present(step["inputs"])
        outputs, name = present(step["outputs"]), step["step"]
        actions.append(action(f"#step-{name}", f"Step {name}", step["description"], tools[script], inputs, outputs))
    made.root_dataset["mentions"] = actions
    return made.metadata.generate()


def _add(made: ROCrate, identifier: str, kind: str | list[str], name: str, /, **properties) -> Entity:
    """An entity that is no file, with those of the properties that have a value."""
    stated = {key: value for key, value in properties.items() if value not in (None, "", [])}
    return made.add(ContextEntity(made, identifier, {"@type": kind, "name": name, **stated}))


def _describe_root(made: ROCrate, provenance: Provenance) -> None:
    parameters, synthetic = provenance["parameters"], provenance["synthetic"]
    title, method, reference_date = (parameters[key] for key in ("title", "method", "reference_date"))
    about = [f"{title}: sources, results and report, by the method {method}, as at {reference_date}."]
    if synthetic:
        about.append("Synthetic data: it shows the machinery, and is no evidence about schools.")
    if provenance["absent"]:
        about.append(f"Not supplied: {'; '.join(entry['title'] for entry in provenance['absent'])}.")
    retrieved = [entry["retrieved"][:10] for entry in provenance["inputs"] if entry["retrieved"]]
    why = "day on which the last source file was retrieved" if retrieved else "reference date: no file was downloaded"
    about.append(f"datePublished is the {why}.")
    root = made.root_dataset
    root["conformsTo"] = _add(made, PROFILE, "CreativeWork", "Process Run Crate", version=PROFILE.rsplit("/")[-1])
    root["name"] = f"School-to-school support, release {provenance['release']}{' (synthetic)' if synthetic else ''}"
    root["description"] = " ".join(about)
    root["datePublished"] = max(retrieved, default=reference_date)
    licences = {_licence_id(entry["licence"]): entry["licence"] for entry in provenance["inputs"]}
    root["license"] = [_add_licence(made, licence) for licence in licences.values()]


def _add_workflow(made: ROCrate, provenance: Provenance) -> Entity:
    """The workflow, with Python (#python) and the packages that the lock pins."""
    versions, commit = provenance["versions"], provenance["commit"]
    needed = [("#python", "Python", versions["python"])]
    needed += [(f"#package-{name}", name, version) for name, version in versions["packages"].items()]
    clean = {True: "unchanged", False: "with changes that are not committed", None: "unknown"}[provenance["clean"]]
    about = {
        "description": f"Snakemake workflow. Commit: {commit or 'unknown'}; its code was {clean}.",
        "softwareVersion": versions["project"]["version"],
        "softwareRequirements": [_add(made, at, APPLICATION, name, softwareVersion=v) for at, name, v in needed],
        "identifier": commit,
    }
    return _add(made, "#workflow", ["SoftwareSourceCode", APPLICATION], versions["project"]["name"], **about)


def _add_files(made: ROCrate, provenance: Provenance, own_sum: Sum) -> dict[str, File]:
    """Every file of the run, sources with what is known of them. {path: entity}."""
    sources = {f"{RAW}{entry['file']}": entry for entry in provenance["inputs"]}
    files = {}
    for output in [*provenance["outputs"], {"file": PROVENANCE, **own_sum}]:
        path = output["file"]
        properties = {"name": path, "contentSize": str(output["size"]), "sha256": output["sha256"]}
        properties["encodingFormat"] = FORMATS.get(Path(path).suffix.lower())
        if entry := sources.get(path):
            slug = re.sub(r"[^a-z0-9]+", "-", entry["publisher"].lower()).strip("-")
            properties |= {
                "name": entry["title"],
                "publisher": _add(made, f"#publisher-{slug}", "Organization", entry["publisher"]),
                "license": _add_licence(made, entry["licence"]),
                "url": entry["landing_page"],
                "contentUrl": entry["origin"] if "://" in entry["origin"] else None,
                "sdDatePublished": entry["retrieved"],
                "alternateName": entry["supplied_as"],
                "version": entry.get("found", {}).get("version"),
            }
        stated = {key: value for key, value in properties.items() if value}
        files[path] = made.add_file(dest_path=path, properties=stated)
    return files


def _add_parameters(made: ROCrate, parameters: dict[str, Any], prefix: str = "") -> list[Entity]:
    """One PropertyValue a setting; a group of settings gives one for each of its members."""
    entities = []
    for name, value in parameters.items():
        if isinstance(value, dict):
            entities += _add_parameters(made, value, f"{prefix}{name}.")
        else:
            value = value if isinstance(value, (str, int, float)) else json.dumps(value)
            entities.append(_add(made, f"#parameter-{prefix}{name}", "PropertyValue", f"{prefix}{name}", value=value))
    return entities


def _licence_id(licence):
    return licence.get("url", "#licence-without-address")


def _add_licence(made: ROCrate, licence: dict[str, str]) -> Entity:
    address = {"url": licence["url"]} if "url" in licence else {}
    return _add(made, _licence_id(licence), "CreativeWork", licence["name"], **address)
