"""Small maps on a sheet: where on it a place lies, and land that is shaded where there are schools of any kind."""

from dataclasses import dataclass

import numpy as np

from lib.chart import Sheet

LEAST_M = 20_000  # a map shows at least this, from side to side
LOWEST, TALLEST = 90, 240  # points, of a map


@dataclass(frozen=True)
class MapFrame:
    """A map `height` points tall, `unit` metres to a point, whose top left corner is `corner` on the National Grid.

    `land`: middles of the cells in which a school lies (n × 2); a disc of `land_m` across about each is land.
    """

    corner: np.ndarray
    unit: float
    height: float
    land: np.ndarray
    land_m: float

    def on_sheet(self, places: np.ndarray, left: float, top: float) -> np.ndarray:
        """Return places (easting, northing; n × 2) as points of the sheet on which the map begins at `left`, `top`."""
        return (places - self.corner) * (1, -1) / self.unit + (left, top)

    def draw_land(self, sheet: Sheet, left: float, top: float) -> None:
        """Shade the land."""
        sheet.dots(self.on_sheet(self.land, left, top), "tint", self.land_m / self.unit)


def map_frame(places: np.ndarray, width: float, cell_m: float = 6_000, land_m: float = 15_000) -> MapFrame:
    """Return the frame of a map `width` points wide that shows all `places` (easting, northing in metres; n × 2).

    `cell_m`: of the grid from which the land is made. `land_m`: see MapFrame.
    """
    low, high = places.min(axis=0), places.max(axis=0)
    across, up = np.maximum(high - low, LEAST_M) + land_m
    height = min(max(width * up / across, LOWEST), TALLEST)
    unit = max(across / width, up / height)
    corner = (low + high) / 2 + np.array([-width, height]) / 2 * unit
    land = np.unique(places // cell_m, axis=0) * cell_m + cell_m / 2
    return MapFrame(corner, unit, height, land, land_m)
