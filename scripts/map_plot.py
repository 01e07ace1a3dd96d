"""The map's Bokeh plot: layers that the page's script fills, tools, scale bar; and Bokeh's own scripts."""

import bokeh.util.paths
from bokeh.core.properties import value as constant
from bokeh.models import ColumnDataSource, HoverTool, PanTool, Plot, Range1d, ScaleBar, TapTool, Toolbar, WheelZoomTool
from bokeh.models.annotations.dimensional import ImperialLength
from bokeh.models.glyphs import Circle, MultiPolygons, Scatter, Segment, Text

from lib.domain import METRES_PER_MILE

FACE = "system-ui, sans-serif"
SCALE_BAR = "#737b83"  # between light and dark, since Bokeh takes it once and the scheme may change


def figure() -> Plot:
    """Return the Bokeh plot: scale bar, tools, and the layers that the page's script fills.

    From the ground up: land, shapes, others, need, high (schools by group), areas (circles), circle, links, partners,
    school (what the chosen school has; the links also those of the pairing), labels.
    """
    plot = Plot(
        name="map",
        x_range=Range1d(0, 1),
        y_range=Range1d(0, 1),
        toolbar=Toolbar(logo=None),
        toolbar_location=None,
        sizing_mode="stretch_both",
        min_border=0,
        outline_line_color=None,
        background_fill_color=None,
        border_fill_color=None,
        output_backend="webgl",
        lod_threshold=6000,
        lod_factor=4,
        lod_interval=150,
        lod_timeout=200,
    )

    def layer(name, glyph, columns):
        source = ColumnDataSource({column: [] for column in columns.split()})
        return plot.add_glyph(source, glyph, name=name, selection_glyph=None, nonselection_glyph=None)

    filled, dot = {"fill_color": "fill", "line_width": 0.8}, {"x": "x", "y": "y", "hit_dilation": 2.5}
    circle, diamond = {"x": "x", "y": "y", "radius": "radius"}, {"marker": constant("diamond")}
    text = {"x": "x", "y": "y", "text": "text", "text_font": constant(FACE), "text_font_size": constant("12px")}
    sided = {"text_align": "align", "text_baseline": "baseline", "x_offset": "dx", "y_offset": "dy"}
    layer("land", MultiPolygons(xs="xs", ys="ys", line_width=1), "xs ys")
    choosable = [
        layer("shapes", MultiPolygons(xs="xs", ys="ys", **filled), "xs ys fill index"),
        layer("others", Scatter(line_color=None, **dot), "x y index"),
        layer("need", Scatter(**filled, **diamond, **dot), "x y fill index"),
        layer("high", Scatter(line_width=0.6, **dot), "x y index"),
        layer("areas", Circle(fill_color="fill", line_color="line", **circle), "x y radius fill line index"),
    ]
    layer("circle", Circle(fill_alpha=0.08, line_width=1.5, **circle), "x y radius")
    layer("links", Segment(x0="x0", y0="y0", x1="x1", y1="y1", line_alpha=0.55), "x0 y0 x1 y1")
    marked = {"marker": "marker", "fill_color": "fill", **dot}
    columns = "x y fill line marker index"
    choosable.append(layer("partners", Scatter(size=9, line_color="line", **marked), columns))
    choosable.append(layer("school", Scatter(size=15, line_width=1.5, **marked), "x y fill marker index"))
    layer("labels", Text(**text, **sided), "x y text align baseline dx dy")

    pan, wheel = PanTool(), WheelZoomTool(name="wheel", zoom_on_axis=False)
    hover = HoverTool(name="hover", renderers=choosable, tooltips=None)
    plot.add_tools(pan, wheel, hover, TapTool(name="tap", renderers=choosable, behavior="inspect"))
    plot.toolbar.active_drag, plot.toolbar.active_scroll = pan, wheel
    lengths = ImperialLength(
        basis={"m": (1 / METRES_PER_MILE, "m", "metres"), "miles": (1, "miles", "miles")},
        ticks=[2, 5, 10, 20, 50, 100, 200, 500, 1000],
    )
    lines = {"background_fill_color": None, "border_line_color": None, "bar_line_color": SCALE_BAR}
    text = {"label_text_font": FACE, "label_text_font_size": "12px", "label_standoff": 2, "margin": 4, "padding": 4}
    bar = {"range": plot.x_range, "unit": "m", "dimensional": lengths, "bar_length": 0.12, "location": "top_left"}
    plot.add_layout(ScaleBar(name="scale", **bar, **lines, **text))
    return plot


def bokeh_scripts() -> list[str]:
    """Return Bokeh's own scripts, as text: the core and WebGL, without widgets and tables."""
    folder = bokeh.util.paths.bokehjs_path() / "js"
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("bokeh.min.js", "bokeh-gl.min.js")]
    return [text.replace("</script", "<\\/script") for text in texts]
