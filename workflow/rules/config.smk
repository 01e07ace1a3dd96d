"""
Config: hold config.yaml against YAML itself before Snakemake reads it, so that a fault is named with its line.
"""

import sys

sys.path.insert(0, f"{workflow.basedir}/scripts")

import settings

try:
    settings.read_yaml("config.yaml")
except settings.SettingsError as error:
    raise WorkflowError(f"\n\n{error}\n") from None
