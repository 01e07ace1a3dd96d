"""Figures as files: SVG for a page, which gives it a title, and PNG for use alone. Same figure, same bytes."""

import io
import re
import xml.etree.ElementTree as ET

import numpy as np
from matplotlib.transforms import Bbox

from lib import palette
from lib.figure_sheet import INK, MUTED, RULE, SOLID, TINT, house_style, wrapped

DPI = 144
TITLE, NOTE = 14, 9.5  # points, of what stands only in the PNG
MARGIN = 0.15  # inches of white round a PNG; the SVG stands flush with the text of the page
FONTS_ON_PAGE = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"  # those of the page
# Tones that follow the page: hex in the drawing, opacity of the text colour in the SVG.
OPACITY = {INK: None, "#000000": None, MUTED: "0.75", RULE: "0.3", TINT: "0.1", SOLID: "0.6"}
DOTS_ID = "dots"  # marks the paths that are written as dots
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
COLOURS = {light.lower(): group for group, (_, light, _) in palette.GROUPS.items()}
DECIMAL = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
REFERENCE = re.compile(r"url\(#([^)]+)\)")


def png(figure, title, source):
    """Return a figure as PNG on white, without time or software, with title and source, since it is used alone.

    Its size hangs on both, and neither stays with the figure.
    """
    width, height = figure.get_size_inches() * 72
    # Letters of a size that is not whole come out a little wider than they are laid out.
    above = wrapped(title, width * 0.97, TITLE, lines=3, bold=True)
    below = wrapped(source, width * 0.97, NOTE, lines=6)
    head, foot = len(above) * TITLE * 1.3 + 8, len(below) * NOTE * 1.4 + 10
    with house_style():
        drawn = [
            figure.text(0, 1 + (head - TITLE * (1 + 1.3 * k)) / height, words, size=TITLE, weight="bold", va="baseline")
            for k, words in enumerate(above)
        ]
        drawn += [
            figure.text(0, -(10 + NOTE * (1 + 1.4 * k)) / height, words, size=NOTE, color=MUTED, va="baseline")
            for k, words in enumerate(below)
        ]
        box = Bbox.from_extents(-MARGIN, -foot / 72 - MARGIN, width / 72 + MARGIN, (height + head) / 72 + MARGIN)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=DPI, bbox_inches=box, facecolor="white", metadata={"Software": None})
    for text in drawn:
        text.remove()
    return out.getvalue()


def page_svg(figure, name, alt):
    """Return a figure as an SVG element for a page: small, without a background, in the colours of the page.

    Ids carry the figure's name, so that several figures can stand in one page. Attributes take the place of styles,
    so that the page's style sheet has the last word; `currentColor` takes the place of black and grey.
    """
    out = io.StringIO()
    with house_style():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(out.getvalue())
    for part in [part for part in root if part.tag == f"{{{SVG}}}metadata" or part.find(f"{{{SVG}}}style") is not None]:
        root.remove(part)
    used = {found for element in root.iter() for value in element.attrib.values() for found in REFERENCE.findall(value)}
    used |= {element.get(f"{{{XLINK}}}href", "")[1:] for element in root.iter()}
    _tidy(root, name, used)
    root.attrib.pop("version", None)
    root.attrib.update(
        {
            "class": f"figure figure-{name}",
            "role": "img",
            "aria-label": alt,
            "font-family": FONTS_ON_PAGE,
            "stroke-linejoin": "round",
            "overflow": "visible",  # a wider font than the one that laid out may reach past the edge
            "fill": "currentColor",
        }
    )
    return ET.tostring(root, encoding="unicode") + "\n"


def _tidy(element, name, used):
    """Make the children of an element fit for a page; see page_svg."""
    for child in list(element):
        identity = child.attrib.pop("id", "")
        if identity.startswith(DOTS_ID):
            for path in child:
                _as_dots(path)
        elif identity and identity in used:
            child.set("id", f"{name}-{identity}")
        for key, value in list(child.attrib.items()):
            if key == f"{{{XLINK}}}href":
                child.set(key, f"#{name}-{value[1:]}")
            else:
                child.set(key, REFERENCE.sub(rf"url(#{name}-\1)", value))
        _style(child)
        if child.tag == f"{{{SVG}}}text" and re.fullmatch(r"rotate\(-?0 .*\)", child.get("transform", "")):
            del child.attrib["transform"]
        for key in ("d", "x", "y", "width", "height", "transform"):
            if key in child.attrib:
                child.set(key, " ".join(DECIMAL.sub(_short, child.get(key)).split()))
        _tidy(child, name, used)
        child.text, child.tail = child.text if child.text and child.text.strip() else None, None
        bare = child.tag in (f"{{{SVG}}}g", f"{{{SVG}}}defs") and not child.attrib
        invisible = child.tag == f"{{{SVG}}}path" and child.get("fill") == "none" and "stroke" not in child.attrib
        place = list(element).index(child)
        if invisible:
            element.remove(child)
        elif bare and child.tag == f"{{{SVG}}}g":
            element[place : place + 1] = list(child)
        elif bare and not len(child):
            element.remove(child)


def _style(element):
    """Turn an element's style into attributes, its colours into the page's."""
    style = dict(part.split(": ", 1) for part in element.attrib.pop("style", "").split("; ") if part)
    style.pop("font-family", None)
    classes = []
    for part in ("fill", "stroke"):
        value = style.get(part, "").lower()
        if value in COLOURS:
            classes.append(f"{part}-{COLOURS[value]}")
        elif value in OPACITY:
            style[part] = "currentColor"
            if OPACITY[value]:
                style[f"{part}-opacity"] = OPACITY[value]
    for key, value in style.items():
        element.set(key, value.removesuffix("px") if key == "font-size" else DECIMAL.sub(_short, value))
    if classes:
        element.set("class", " ".join(classes))


def _as_dots(path):
    """Write a path of very short steps as steps of no length, in whole tenths of a point from one to the next."""
    starts = re.findall(r"M (\S+) (\S+)", path.get("d"))
    places = np.round(np.array(starts, dtype=float) * 10).astype(int)
    steps = np.diff(places, axis=0, prepend=[[0, 0]])
    path.set("d", "".join(f"m{x}{'' if y < 0 else ' '}{y}h0" for x, y in steps))
    width = float(re.search(r"stroke-width: (\S+?)(?:;|$)", path.get("style")).group(1))
    path.set("style", path.get("style").replace(f"stroke-width: {width:g}", f"stroke-width: {width * 10:g}"))
    path.set("transform", "scale(.1)")


def _short(match):
    """A number of the SVG to a hundredth of a point, without needless digits."""
    return f"{float(match.group()):.2f}".rstrip("0").rstrip(".")
