"""The order of the examples in the gallery."""

from pathlib import Path

from sphinx_gallery.sorting import FileNameSortKey


class TourFirst(FileNameSortKey):
    """The tour, then the others by their names."""

    def __call__(self, filename):
        name = Path(filename).name
        return name != "plot_tour.py", name
