"""Settings of Sphinx."""

import os
import sys
import warnings
from pathlib import Path

import skdeepcluster

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
from inventories import write_inventories  # noqa: E402

# One thread for each fit of the gallery: small networks want no more.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Without a network the examples take other data; no page needs to tell of the attempts.
warnings.filterwarnings("ignore", "Retry downloading")

project = "skdeepcluster"
author = "the skdeepcluster developers"
copyright = f"%Y, {author}"
version = release = skdeepcluster.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "mathml",
    "names",
]
exclude_patterns = ["_build", "results", "**/README.md"]
templates_path = ["_templates"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
myst_html_meta = {
    "description": "Deep clustering estimators for scikit-learn: networks that learn "
    "an embedding and the clusters in it together, behind fit, predict and transform."
}

autosummary_generate = True
# The page of the guide that tells of what a subpackage holds; class pages lead to it.
GUIDE = {
    "_training": "guide/training",
    "adversarial": "guide/adversarial",
    "attention": "guide/attention",
    "augmentation": "guide/training",
    "autoencoders": "guide/autoencoders",
    "base": "adding_a_method",
    "benchmark": "benchmarking",
    "centroid": "guide/centroid",
    "datasets": "guide/data",
    "export": "guide/saving",
    "graph": "guide/graph",
    "inductive": "guide/inductive",
    "information": "guide/information",
    "inspection": "guide/evaluation",
    "metrics": "guide/evaluation",
    "mixture": "guide/mixtures",
    "model_selection": "guide/number_of_clusters",
    "recipes": "guide/recipes",
    "spectral": "guide/spectral",
    "subspace": "guide/subspaces",
}
autosummary_context = {
    "guide": {f"skdeepcluster.{home}": page for home, page in GUIDE.items()}
    | {
        f"skdeepcluster.{name}": GUIDE[home]
        for name, home in skdeepcluster._HOMES.items()
    }
}
autodoc_typehints = "none"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False

html_math_renderer = "mathml"
intersphinx_mapping = write_inventories(HERE / "_build" / "inventories")

html_theme = "pydata_sphinx_theme"
html_title = f"skdeepcluster {release}"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_logo = html_favicon = "_static/logo.svg"
html_show_sourcelink = False
toc_object_entries_show_parents = "hide"
html_theme_options = {
    "logo": {"text": project},
    "show_toc_level": 2,
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["version"],
}
# Pages without pages beneath them have nothing to show there.
html_sidebars = {
    name: []
    for name in (
        "install",
        "auto_examples/workflow/plot_tour",
        "results",
        "measurements",
        "benchmarking",
        "compared",
        "adding_a_method",
        "faq",
        "changes",
    )
}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"plot_",
    "ignore_pattern": r"measurements|__init__",
    "subsection_order": [
        f"../examples/{name}" for name in ("workflow", "methods", "text", "images")
    ],
    "within_subsection_order": "order.TourFirst",
    # Their pages load scripts from elsewhere.
    "write_computation_times": False,
    "doc_module": ("skdeepcluster",),
    "backreferences_dir": "generated/examples",
    "reference_url": {"skdeepcluster": None},
    "capture_repr": ("_repr_html_", "__repr__"),
    "matplotlib_animations": False,
    "remove_config_comments": True,
    "show_memory": False,
    "abort_on_example_error": True,
    "download_all_examples": False,
    "plot_gallery": "True",
}
