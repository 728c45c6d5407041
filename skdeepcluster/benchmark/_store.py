"""The folder of a benchmark: rows, pre-trained transformers, embeddings."""

import contextlib
import csv
import gzip
import io
import shutil
from pathlib import Path
from urllib.parse import quote

import joblib
import numpy as np

from skdeepcluster._files import whole
from skdeepcluster._settings import settings
from skdeepcluster._warn import warn

_EPOCHS_BETWEEN_STATES = 10

COLUMNS = {
    "dataset": str,
    "method": str,
    "seed": int,
    "n_samples": int,
    "n_features": int,
    "n_clusters": int,
    "acc": float,
    "nmi": float,
    "ari": float,
    "initial_acc": float,
    "initial_nmi": float,
    "initial_ari": float,
    "n_clusters_found": int,
    "n_noise": int,
    "seconds": float,
    "pretraining_seconds": float,
    "peak_memory_mib": float,
    "n_iter": int,
    "error": str,
    "settings": str,
    "versions": str,
    "threads": int,
    "date": str,
}


def run_key(row):
    """Give what tells one run from another."""
    return row["dataset"], row["method"], row["seed"], row["settings"]


class Store:
    """Files of a benchmark, written so that a killed run can be taken up again."""

    def __init__(self, folder):
        self.folder = Path(folder)
        (self.folder / "pretrained").mkdir(parents=True, exist_ok=True)
        (self.folder / "embeddings").mkdir(exist_ok=True)
        self._results = self.folder / "results.csv"
        self._open_results()

    def _open_results(self):
        header = (",".join(COLUMNS) + "\n").encode()
        written = self._results.read_bytes() if self._results.exists() else b""
        if written and not written.startswith(header):
            raise ValueError(
                f"{self._results} was written by another version of the benchmark, or "
                f"is damaged: expected the columns {header.decode().strip()}. Give "
                "another folder as out."
            )
        # A line without its end was being written when the run was killed.
        content = written[: written.rfind(b"\n") + 1] or header
        if content != written:
            with whole(self._results) as part:
                part.write_bytes(content)

    def finished(self):
        """Give the rows without an error, by `run_key`."""
        with self._results.open(newline="", encoding="utf-8") as file:
            lines = csv.reader(file, strict=True)
            try:
                next(lines)
                rows = [_row(values) for values in lines]
            except (ValueError, csv.Error) as error:
                raise ValueError(
                    f"{self._results} is damaged in or after line {lines.line_num}: "
                    f"{error}. Delete the line, whose run is then repeated, or give "
                    "another folder as out."
                ) from error
        return {run_key(row): row for row in rows if not row["error"]}

    def append(self, row):
        """Add a row to the results on disk."""
        with self._results.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, COLUMNS, lineterminator="\n").writerow(row)

    def pretrained(self, dataset, seed, transformer, fit):
        """Give what `fit()` returns, computed once per data set, seed and settings."""
        digest = joblib.hash(settings(transformer))
        path = self.folder / "pretrained" / f"{_quote(dataset)}-{seed}-{digest}.joblib"
        if path.exists():
            try:
                return _load(path)
            except Exception as error:  # of joblib, pickle, zlib, ...
                warn(f"{_cannot_read(path, error)}: fitted anew.", UserWarning)
        fitted = fit()
        with whole(path) as part:
            joblib.dump(fitted, part, compress=("gzip", 1))
        return _load(path)

    @contextlib.contextmanager
    def resumed(self, *names):
        """Keep the state of a fit, for a killed run; one that raised begins anew."""
        from skdeepcluster import resumable  # for torch, which the report does without

        path = self.folder / "-".join(["unfinished", *map(_quote, map(str, names))])
        try:
            with resumable(path, every=_EPOCHS_BETWEEN_STATES) as journal:
                yield journal
        except Exception:
            shutil.rmtree(path)
            raise

    def save_embedding(self, row, embedding, labels):
        """Keep the picture of a run."""
        with whole(self._embedding_path(row)) as part:
            np.savez(part, embedding=embedding, labels=labels, settings=row["settings"])

    def load_embedding(self, row):
        """Give the picture of a run, or None if there is none of these settings."""
        path = self._embedding_path(row)
        if not path.exists():
            return None
        try:
            with path.open("rb") as stream, np.load(stream) as file:
                if file["settings"] != row["settings"]:
                    return None
                return file["embedding"], file["labels"]
        except Exception as error:  # of zipfile, numpy, zlib, ...
            warn(f"{_cannot_read(path, error)}: no picture.", UserWarning)
            return None

    def _embedding_path(self, row):
        name = f"{_quote(row['dataset'])}-{_quote(row['method'])}.npz"
        return self.folder / "embeddings" / name


def _load(path):
    # The checksum at its end comes first: a damaged pickle may do anything.
    return joblib.load(io.BytesIO(gzip.decompress(path.read_bytes())))


def _row(values):
    row = dict(zip(COLUMNS, values, strict=True))
    return {
        name: kind(row[name]) if row[name] or kind is str else None
        for name, kind in COLUMNS.items()
    }


def _cannot_read(path, error):
    return f"{path} cannot be read ({type(error).__name__}: {error})"


def _quote(name):
    return quote(name, safe=" +")
