"""The page of a report: its plots, and the template that they stand in."""

from importlib import resources

import numpy as np

from ._embedding import middle

HOVER_SIDE = 32  # pixels
_NOISE_COLOUR = "#cccccc"


def require_bokeh():
    """Refuse to begin without what draws the page."""
    try:
        import bokeh.plotting  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "write_report requires bokeh; install it with `pip install bokeh`."
        ) from error


def scatter(plane, places, clusters, colours, told):
    """Return the embedding as a plot that tells rows under the mouse."""
    from bokeh.models import ColumnDataSource, HoverTool
    from bokeh.plotting import figure

    places = np.asarray(places)
    source = ColumnDataSource(
        {
            "x": plane[:, 0],
            "y": plane[:, 1],
            # Noise, -1, is the last one.
            "colour": np.array([*colours, _NOISE_COLOUR])[places],
            "cluster": np.array([*map(str, clusters), "noise"])[places],
            **told,
        }
    )
    lines = ["<div style='max-width: 20em'><b>@cluster</b> (row @row)"]
    if "image" in told:
        style = f"width: {2 * HOVER_SIDE}px; image-rendering: pixelated"
        lines.append(f"<br><img src='@image' style='{style}'>")
    if "text" in told:
        lines.append("<br>@text")
    plot = figure(
        height=460,
        sizing_mode="stretch_width",
        tools="pan,wheel_zoom,box_zoom,reset",
        active_scroll=None,
        toolbar_location="above",
    )
    points = plot.scatter("x", "y", color="colour", size=6, alpha=0.75, source=source)
    tooltips = "".join(lines) + "</div>"
    plot.add_tools(HoverTool(renderers=[points], tooltips=tooltips, limit=2))
    middles = {
        str(clusters[place]): middle(plane[places == place])
        for place in np.unique(places[places >= 0])
    }
    x, y = np.array(list(middles.values())).T
    plot.text(
        x,
        y,
        text=list(middles),
        text_align="center",
        text_baseline="middle",
        text_font_style="bold",
        text_font_size="16px",
        background_fill_color="white",
        background_fill_alpha=0.7,
        border_radius=4,
        padding=2,
    )
    plot.axis.visible = False
    plot.grid.visible = False
    plot.toolbar.logo = None
    return plot


def curve(losses):
    """Return the losses of a stage as a plot."""
    from bokeh.plotting import figure

    plot = figure(
        height=180,
        sizing_mode="stretch_width",
        tools="",
        toolbar_location=None,
        x_axis_label="epoch",
        y_axis_label="loss",
    )
    plot.line(np.arange(1, len(losses) + 1), losses, line_width=2)
    return plot


def embedded(plot, curves):
    """Return the plots as HTML, and the scripts that draw them."""
    from bokeh.embed import components
    from bokeh.resources import Resources

    script, (plot_html, *curves_html) = components((plot, *curves))
    library = Resources(mode="inline", components=["bokeh"]).render()
    return {
        "scripts": library + script,
        "plot": plot_html,
        "curves": curves_html,
    }


def template():
    """Return the page, to be filled."""
    from jinja2 import Environment, StrictUndefined

    text = resources.files(__package__).joinpath("_report.html").read_text("utf-8")
    # All that comes from the data is escaped; only what bokeh writes is not.
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text)
