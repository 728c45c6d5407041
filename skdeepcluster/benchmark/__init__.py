"""Compare clusterers on data sets: a table and a picture."""

from ._report import BenchmarkResult
from ._runner import run_benchmark

__all__ = ["BenchmarkResult", "run_benchmark"]
