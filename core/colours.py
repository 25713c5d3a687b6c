"""The colours of a brand as CSS custom properties, and whether they can be read (WCAG 2.2, 1.4.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

READABLE = 4.5
SURFACE = {"light": "#ffffff", "dark": "#18211f"}
TEXT_ON_STRONG = "#ffffff"


@dataclass(frozen=True)
class Colours:
    light: Mapping[str, str]
    dark: Mapping[str, str]

    @property
    def stylesheet(self) -> str:
        """`:root` with --brand, --brand-rgb and so on, and the same for the dark scheme."""
        return (
            f":root {{ {_declarations(self.light)} }}\n"
            f"@media (prefers-color-scheme: dark) {{ :root {{ {_declarations(self.dark)} }} }}\n"
        )


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours such as #0a5c4a, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def contrast_problems(colours: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """(key, reason) for each colour on which, or in which, text could not be read."""
    pairs = [
        (f"colours.{scheme}.{token}", colours[scheme][token], ground)
        for scheme in ("light", "dark")
        for token, ground in (
            ("brand", SURFACE[scheme]),
            ("accent", SURFACE[scheme]),
            ("brand_strong", TEXT_ON_STRONG),
        )
    ]
    return [
        (key, f"contrast with {ground} is {contrast(colour, ground):.1f}, it needs {READABLE}")
        for key, colour, ground in pairs
        if contrast(colour, ground) < READABLE
    ]


def _declarations(palette: Mapping[str, str]) -> str:
    return " ".join(
        f"--{token.replace('_', '-')}: {colour}; --{token.replace('_', '-')}-rgb: {_channels_text(colour)};"
        for token, colour in palette.items()
    )


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _channels_text(colour: str) -> str:
    return ", ".join(str(channel) for channel in _channels(colour))


def _luminance(colour: str) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
