"""Snakemake with a Slurm executor that asks after its jobs every second.

The executor asks ever less often while no job ends, 10 s more from one time to the next, which spares a cluster that
others use too. In a test most of the time would go by so. All else is as in `python -m snakemake`.
"""

import asyncio

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor


async def one_second(self):
    """Take the place of the pause between two questions."""
    await asyncio.sleep(1)


if __name__ == "__main__":
    RemoteExecutor.sleep = one_second
    main()
