"""The logger plugin of Snakemake by which `make run` tells how far a run is: `snakemake --logger yiju`.

Snakemake imports every plugin that it finds, before it reads a Snakefile. So nothing here imports the package yiju when
it is loaded: the Snakefile brings the one that lies beside it.
"""

from snakemake_logger_plugin_yiju.handler import LogHandler

__all__ = ["LogHandler"]
