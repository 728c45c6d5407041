"""What is in a file or a folder, and the Python that reads it."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ._script import quoted

# By the ending of the file; folders have images.
_KINDS = {
    ".csv": ("tables",),
    ".txt": ("texts",),
    ".npy": ("embeddings", "tables"),
    "": ("images",),
}
_IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_LARGEST_SIDE, _USUAL_SIDE = 64, 32  # pixels
# Strings of which more than this share of the rows has one of its own are names,
# dates or texts, and no categories.
_MOST_VALUES = 0.5
_MOST_CATEGORIES = 20


class CommandError(Exception):
    """What is wrong with the command, and what to do."""


@dataclass
class Source:
    """Data, and how a script reads them and makes features of them.

    Parameters
    ----------
    path : Path
        The file or the folder.

    kind : str
        A kind of data that recipes have.

    n_rows : int
        Number of rows.

    read : list of str
        Lines that make ``X``.

    imports : set of str
        What these, and the following, import.

    prepare : str
        An expression for a transformer of ``X``; none if this is empty.

    definitions : list of str
        Lines that stand before all of these.

    names : str
        An expression for the names of the rows.

    image_shape : tuple of int, default=None
        Shape of images (channels, height, width).

    notes : list of str
        What the user is to know.
    """

    path: Path
    kind: str
    n_rows: int
    read: list[str]
    imports: set[str]
    prepare: str = ""
    definitions: list[str] = field(default_factory=list)
    names: str = "range(len(labels))"
    image_shape: tuple[int, int, int] | None = None
    notes: list[str] = field(default_factory=list)


def find_source(path: Path, kind: str | None) -> Source:
    """Look at data to be clustered.

    Parameters
    ----------
    path : Path
        The file or the folder.

    kind : str or None
        What the user says they are.

    Returns
    -------
    Source
        What was found.
    """
    kinds = _kinds(path)
    if kind is not None and kind not in kinds:
        raise CommandError(
            f"--kind {kind} is not for {path}: give {' or '.join(kinds)}, or nothing."
        )
    if path.suffix == ".npy" and path.is_file():
        return _vectors(path, kind)
    return {"tables": _table, "texts": _texts, "images": _images}[kinds[0]](path)


def read_new(path: Path, model: Any) -> Source:
    """Look at new data for a fitted model.

    Parameters
    ----------
    path : Path
        The file or the folder.

    model : estimator
        The model.

    Returns
    -------
    Source
        What was found, to be read as the model needs it.
    """
    kind = _kinds(path)[0]
    if kind == "images":
        return _images(path, _shape_of(model.n_features_in_))
    if kind != "tables":
        return _texts(path) if kind == "texts" else _vectors(path, None)
    columns = getattr(model, "feature_names_in_", None)
    frame = _read_table(path)
    if columns is None:
        raise CommandError(f"{path} is a table, but the model was fitted to none.")
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise CommandError(
            f"{path} has no column {missing[0]!r}, which the model was fitted with; it "
            f"has {', '.join(map(repr, frame.columns))}."
        )
    read, imports = _reading_a_table(path)
    return Source(path, "tables", len(frame), read, imports)


def require(name: str, package: str, what: str) -> None:
    """Refuse what a package is missing for, before anything is done.

    Parameters
    ----------
    name : str
        Name of the module.

    package : str
        Name of the package.

    what : str
        What needs it.
    """
    if not find_spec(name):
        raise CommandError(
            f"{what} needs {package}; install it with `pip install {package}`."
        )


def _kinds(path):
    if not path.exists():
        raise CommandError(f"{path} does not exist: give a file or a folder of images.")
    suffix = "" if path.is_dir() else path.suffix
    if suffix not in _KINDS or (not suffix and path.is_file()):
        raise CommandError(
            f"{path} is of no known kind: give a table (.csv), a text on each line "
            "(.txt), an array (.npy) or a folder of images."
        )
    return _KINDS[suffix]


# Tables


def _read_table(path):
    require("pandas", "pandas", "a table")
    import pandas as pd

    try:
        frame = pd.read_csv(path)
    except (UnicodeDecodeError, pd.errors.EmptyDataError, pd.errors.ParserError) as e:
        raise CommandError(f"{path} cannot be read as a table: {e}.") from e
    if len(frame.columns) == 1 and {";", "\t"}.intersection(frame.columns[0]):
        raise CommandError(f"{path} has no commas between its columns: put them there.")
    if all(_is_number(name) for name in frame.columns):
        raise CommandError(
            f"{path} has numbers in its first line, {', '.join(frame.columns)}: put "
            "names of the columns there."
        )
    return frame


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _reading_a_table(path):
    return [f"X = pd.read_csv({quoted(str(path))})"], {"import pandas as pd"}


def _table(path):
    frame = _read_table(path)
    reasons = {name: _why_left_out(frame[name]) for name in frame.columns}
    kept = [name for name, reason in reasons.items() if not reason]
    if not kept:
        raise CommandError(f"{path} has no column that tells rows apart.")
    numbers = [name for name in kept if frame[name].dtype.kind in "iuf"]
    categories = [name for name in kept if name not in numbers]
    read, imports = _reading_a_table(path)
    imports.add("from sklearn.compose import make_column_transformer")
    definitions, parts, lists = [], [], []
    if numbers:
        imports |= {
            "from sklearn.impute import SimpleImputer",
            "from sklearn.preprocessing import StandardScaler",
        }
        definitions += [
            *_assigned("numbers", numbers),
            'filled = SimpleImputer(strategy="median")',
            "scaled = make_pipeline(filled, StandardScaler())",
        ]
        parts.append("(scaled, numbers)")
        lists.append("numbers")
    if categories:
        imports.add("from sklearn.preprocessing import OneHotEncoder")
        definitions += [
            *_assigned("categories", categories),
            "one_hot = OneHotEncoder(",
            f'    handle_unknown="ignore", max_categories={_MOST_CATEGORIES}, '
            "sparse_output=False",
            ")",
        ]
        parts.append("(one_hot, categories)")
        lists.append("categories")
    return Source(
        path,
        "tables",
        len(frame),
        read=[*read, f"X = X[{' + '.join(lists)}]"],
        imports=imports,
        prepare=f"make_column_transformer({', '.join(parts)})",
        definitions=definitions,
        notes=[
            f"The column {name!r} is left out: {reason}."
            for name, reason in reasons.items()
            if reason
        ],
    )


def _why_left_out(column):
    """Return why a column says nothing about clusters, or nothing."""
    n_values, n_there = column.nunique(), column.notna().sum()
    if n_values <= 1:
        return "it has no two values"
    if column.dtype.kind in "iu":
        # Numbers of the rows, in any order.
        is_dense = column.max() - column.min() < 2 * n_there
        return "it numbers the rows" if n_values == n_there and is_dense else ""
    if column.dtype.kind not in "bf" and n_values > _MOST_VALUES * n_there:
        return "most rows have a value of their own, as of dates, names or texts"
    return ""


def _assigned(name, values):
    """Return the lines that give a name to a list of strings."""
    values = list(map(quoted, values))
    line = f"{name} = [{', '.join(values)}]"
    if len(line) <= 88:
        return [line]
    return [f"{name} = [", *(f"    {value}," for value in values), "]"]


# Texts


def _texts(path):
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is no text in UTF-8: {error}.") from error
    return Source(
        path,
        "texts",
        len(lines),
        read=[
            f'X = Path({quoted(str(path))}).read_text(encoding="utf-8").splitlines()'
        ],
        imports={
            "from pathlib import Path",
            "from sklearn.feature_extraction.text import TfidfVectorizer",
        },
        prepare="TfidfVectorizer("
        'max_features=2000, stop_words="english", sublinear_tf=True)',
    )


# Arrays


def _vectors(path, kind):
    try:
        rows = np.load(path, mmap_mode="r")
    except (ValueError, EOFError) as error:
        raise CommandError(f"{path} cannot be read as an array: {error}.") from error
    if rows.ndim != 2 or rows.dtype.kind not in "iuf":
        raise CommandError(
            f"{path} has an array of {rows.dtype} of shape {rows.shape}; expected "
            "numbers of shape (n_rows, n_features). Reshape it: "
            "X.reshape(len(X), -1)."
        )
    notes = []
    if kind is None:
        lengths = np.linalg.norm(np.asarray(rows[:1000], dtype=float), axis=1)
        is_unit = len(lengths) > 0 and np.allclose(lengths, 1, atol=1e-2)
        kind = "embeddings" if is_unit else "tables"
        told = "of" if is_unit else "not of"
        notes = [f"The rows are {told} unit length: taken as {kind} (--kind)."]
    transformer = "Normalizer" if kind == "embeddings" else "StandardScaler"
    return Source(
        path,
        kind,
        len(rows),
        read=[f"X = np.load({quoted(str(path))})"],
        imports={
            "import numpy as np",
            f"from sklearn.preprocessing import {transformer}",
        },
        prepare=f"{transformer}()",
        notes=notes,
    )


# Images


def _images(path, shape=None):
    require("PIL", "pillow", "a folder of images")
    from PIL import Image, UnidentifiedImageError

    files = [file for file in path.iterdir() if file.suffix.lower() in _IMAGES]
    sizes, modes = set(), set()
    for file in files:
        try:
            with Image.open(file) as image:
                sizes.add(image.size)
                modes.add(image.mode)
        except UnidentifiedImageError as error:
            raise CommandError(f"{file} is no image: take it away.") from error
    if not files:
        raise CommandError(f"{path} has no images ({', '.join(_IMAGES)}).")
    if shape is None:
        width, height = next(iter(sizes))
        is_small = len(sizes) == 1 and width == height <= _LARGEST_SIDE
        side = width if is_small else _USUAL_SIDE
        shape = (1 if modes <= {"1", "L", "LA"} else 3, side, side)
    n_channels, side, _ = shape
    mode = "L" if n_channels == 1 else "RGB"
    read = [
        f"endings = {_IMAGES}",
        f"files = sorted(Path({quoted(str(path))}).iterdir())",
        "files = [file for file in files if file.suffix.lower() in endings]",
        f'images = [Image.open(file).convert("{mode}") for file in files]',
        f"images = [np.asarray(image.resize(({side}, {side}))) for image in images]",
    ]
    if n_channels == 3:
        read.append("images = np.moveaxis(images, 3, 1)  # colours first")
    read.append("X = np.reshape(images, (len(files), -1)) / 255")
    what = "in colours" if n_channels == 3 else "in grey"
    return Source(
        path,
        "images",
        len(files),
        read=[*read, "names = [file.name for file in files]"],
        imports={
            "from pathlib import Path",
            "import numpy as np",
            "from PIL import Image",
        },
        names="names",
        image_shape=shape,
        notes=[f"The images are taken {what}, with {side} x {side} pixels."],
    )


def _shape_of(n_features):
    """Return the shape of square images of one channel or three."""
    for n_channels in (1, 3):
        side = round((n_features / n_channels) ** 0.5)
        if n_channels * side**2 == n_features:
            return n_channels, side, side
    raise CommandError(
        f"The model was fitted to {n_features} features, which are no square images."
    )
