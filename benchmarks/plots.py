"""Plots as SVG: lines, axes and names, which no library is needed for."""

from collections.abc import Sequence
from html import escape

from benchmarks.rows import Curve, Plot, shown_number

_WIDTH, _HEIGHT, _MARGIN = 720, 420, 64
_COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df")
_TICKS = 5


def svg(plot: Plot) -> str:
    """A document of its own. Both axes begin at 0."""
    points = [point for curve in plot.curves for point in curve.points]
    right, top = (max(point[axis] for point in points) or 1.0 for axis in (0, 1))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_WIDTH / 2, 24, plot.title, size=16),
        _text(_WIDTH / 2, _HEIGHT - 12, plot.x),
        _text(_MARGIN, _MARGIN - 14, plot.y),
        *_axes(right, top),
    ]
    for number, curve in enumerate(plot.curves):
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(_line(curve, right, top, colour))
        parts.append(_text(_MARGIN + 90, _MARGIN + 18 * number, curve.name, colour=colour))
    return "\n".join([*parts, "</svg>", ""])


def _axes(right: float, top: float) -> Sequence[str]:
    left, bottom = _place(0, 0, right, top)
    end_x, end_y = _place(right, top, right, top)
    frame = f'<path d="M{left} {end_y}V{bottom}H{end_x}" fill="none" stroke="black"/>'
    ticks = []
    for number in range(_TICKS + 1):
        share = number / _TICKS
        x, y = _place(share * right, share * top, right, top)
        ticks.append(_text(x, bottom + 18, shown_number(share * right)))
        ticks.append(_text(left - 28, y + 4, shown_number(share * top)))
    return [frame, *ticks]


def _line(curve: Curve, right: float, top: float, colour: str) -> str:
    places = [_place(x, y, right, top) for x, y in curve.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _place(x: float, y: float, right: float, top: float) -> tuple[float, float]:
    wide, high = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN
    return _MARGIN + wide * x / right, _HEIGHT - _MARGIN - high * y / top


def _text(x: float, y: float, text: str, *, size: int = 12, colour: str = "black") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="middle"'
    return f'<text {place} font-size="{size}" fill="{colour}">{escape(text)}</text>'
