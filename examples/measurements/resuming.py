"""Kill fits at random moments, let them go on, and compare the results.

A process fits DEC on the digits within ``resumable`` and is killed (SIGKILL) after a
random time, begun again and killed again, until one comes to its end. Its probabilities
must be those of a fit that nobody has disturbed, bit for bit::

    OMP_NUM_THREADS=1 python examples/measurements/resuming.py --kills 50
"""

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.datasets import load_digits

from skdeepcluster import DEC, Autoencoder, resumable


def fit(folder, result):
    """Fit, and save the probabilities."""
    X = load_digits().data / 16
    dec = DEC(
        10,
        autoencoder=Autoencoder(hidden_layer_sizes=(128, 64), max_epochs=20),
        max_epochs=20,
        tol=0,
        random_state=0,
    )
    Autoencoder(2, (4,), max_epochs=1).fit(X[:10])  # loads what a first fit loads
    print("begun", flush=True)
    with resumable(folder):
        probabilities = dec.fit(X).soft_predict(X)
    np.save(result, probabilities)


def fit_in_a_process(folder, result, seconds=None):
    """Fit in a process; return the seconds it took, or None if it was killed."""
    command = [sys.executable, __file__, "--fit", folder, result]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        start = time.perf_counter()
        try:
            if process.wait(seconds) != 0:
                raise RuntimeError("the fit failed")
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return None
    return time.perf_counter() - start


def main(n_kills):
    rng = np.random.default_rng(0)
    with TemporaryDirectory() as folder:
        folder = Path(folder)
        seconds = fit_in_a_process(folder / "whole", folder / "expected.npy")
        expected = np.load(folder / "expected.npy")
        n_killed = n_fits = n_equal = 0
        while n_killed < n_kills:
            result = folder / f"{n_fits}.npy"
            moment = rng.uniform(0, seconds / 2)
            while fit_in_a_process(folder / "cut", result, moment) is None:
                moment = rng.uniform(0, seconds / 2)
                n_killed += 1
            n_fits += 1
            n_equal += np.array_equal(np.load(result), expected)
            print(f"{n_killed} kills, {n_fits} fits ended, {n_equal} equal", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--fit", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.fit:
        fit(*arguments.fit)
    else:
        main(arguments.kills)
