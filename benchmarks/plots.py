"""Plots of curves between 0 and 1 on both sides, as SVG that needs nothing else and reads well in the dark."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

_SIDE, _MARGIN = 360, 56
_COLOURS = ("#8a8f98", "#2f7ed8", "#d9822b")
_STEPS = 5


@dataclass(frozen=True)
class Curve:
    """Points from left to right, each between 0 and 1, and what they are called."""

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = field(default=False)


def plot(across: str, up: str, curves: Sequence[Curve]) -> str:
    """A picture with its axes named, and each curve named in its colour."""
    size = _SIDE + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
        'font-family="sans-serif" font-size="13" role="img">',
        f"<title>{escape(up)} by {escape(across)}</title>",
        f'<rect width="{size}" height="{size}" fill="#ffffff"/>',
        *_grid(),
        f'<text x="{size / 2}" y="{size - 12}" text-anchor="middle">{escape(across)}</text>',
        f'<text x="16" y="{size / 2}" text-anchor="middle" transform="rotate(-90 16 {size / 2})">{escape(up)}</text>',
    ]
    for number, curve in enumerate(curves):
        parts += _drawn(curve, _COLOURS[number % len(_COLOURS)], number)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _place(point: tuple[float, float]) -> tuple[float, float]:
    across, up = point
    return round(_MARGIN + across * _SIDE, 1), round(_MARGIN + (1 - up) * _SIDE, 1)


def _grid() -> list[str]:
    lines = []
    for step in range(_STEPS + 1):
        share = step / _STEPS
        x, y = _place((share, share))
        ends = _MARGIN + _SIDE
        lines += [
            f'<path d="M{x} {_MARGIN}V{ends}M{_MARGIN} {y}H{ends}" stroke="#d5d8dd" fill="none"/>',
            f'<text x="{x}" y="{ends + 18}" text-anchor="middle">{share:.1f}</text>',
            f'<text x="{_MARGIN - 8}" y="{y + 4}" text-anchor="end">{share:.1f}</text>',
        ]
    return lines


def _drawn(curve: Curve, colour: str, number: int) -> list[str]:
    points = " ".join(f"{x},{y}" for x, y in map(_place, curve.points))
    dash = ' stroke-dasharray="6 5"' if curve.dashed else ""
    name_at = _MARGIN - 32 + 16 * number
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"{dash}/>',
        f'<text x="{_MARGIN}" y="{name_at}" fill="{colour}">{escape(curve.name)}</text>',
    ]
