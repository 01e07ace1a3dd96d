"""
Config: hold config.yaml against YAML itself before Snakemake reads it, so that a fault is named with its line.
"""

import sys

sys.path.insert(0, f"{workflow.basedir}/scripts")

from lib import settings
from lib.run_step import UserError

try:
    settings.read_yaml("config.yaml")
except UserError as error:
    raise WorkflowError(f"\n\n{error}\n") from None
