"""Receipts, bills, orders and meters drawn as phones photograph them: turned, dark, crumpled, saved again."""

from __future__ import annotations

import io
import random
import re
from dataclasses import dataclass
from datetime import date, timedelta

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

PAPER, INK = (244, 242, 234), (40, 40, 44)
SIZE = (420, 600)


@dataclass(frozen=True)
class Picture:
    """How a picture is drawn: `lines` on paper, `seed` for its wear; without lines it is noise."""

    lines: tuple[str, ...]
    seed: int
    turned: float = 0.0  # degrees
    light: float = 1.0
    blur: float = 0.0  # pixels
    slanted: float = 0.0  # how much of the width is lost at the top
    creases: int = 0
    scale: float = 1.0
    cropped: float = 0.0  # share of each side
    quality: int = 85

    def jpeg(self, today: date) -> bytes:
        """The picture as it is sent; `day -3` of its lines is printed as the day that it is."""
        image = self._drawn(today) if self.lines else self._noise()
        image = self._photographed(image)
        written = io.BytesIO()
        image.save(written, "JPEG", quality=self.quality)
        return written.getvalue()

    def _noise(self) -> Image.Image:
        dots = random.Random(f"noise {self.seed}").randbytes(60 * 80 * 3)
        return Image.frombytes("RGB", (60, 80), dots).resize(SIZE)

    def _drawn(self, today: date) -> Image.Image:
        image = Image.new("RGB", SIZE, PAPER)
        pen = ImageDraw.Draw(image)
        for number, line in enumerate(self.lines):
            pen.text((30, 30 + 34 * number), _printed(line, today), INK, font_size=22)
        rng = random.Random(f"wear {self.seed}")
        for _ in range(self.creases):
            ends = (rng.randrange(SIZE[0]), 0), (rng.randrange(SIZE[0]), SIZE[1])
            pen.line(ends, (190, 188, 180), rng.randint(1, 4))
        return image

    def _photographed(self, image: Image.Image) -> Image.Image:
        width, height = image.size
        if self.slanted:
            lost = self.slanted * width
            corners = (-lost, 0, 0, height, width, height, width + lost, 0)
            image = image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BILINEAR)
        image = image.rotate(self.turned, Image.Resampling.BILINEAR, fillcolor=(90, 80, 70))
        image = ImageEnhance.Brightness(image).enhance(self.light)
        if self.blur:
            image = image.filter(ImageFilter.GaussianBlur(self.blur))
        if self.cropped:
            edge_x, edge_y = int(width * self.cropped), int(height * self.cropped)
            image = image.crop((edge_x, edge_y, width - edge_x, height - edge_y))
        return image.resize((int(image.width * self.scale), int(image.height * self.scale)))


def _printed(line: str, today: date) -> str:
    """A line as it stands on the paper: papers name days by the calendar."""
    return re.sub(r"day -(\d+)", lambda ago: (today - timedelta(days=int(ago[1]))).isoformat(), line)


@dataclass(frozen=True)
class Paper:
    """What a bill, an order or a receipt states."""

    heading: str
    number: str
    ended_before: timedelta
    covers: timedelta
    amount: str
    meter: str | None = None

    def lines(self) -> tuple[str, ...]:
        """As it is printed."""
        days = f"day -{(self.ended_before + self.covers).days} to day -{self.ended_before.days}"
        meter = (f"Meter {self.meter}",) if self.meter else ()
        return (self.heading, f"No. {self.number}", days, *meter, f"Amount {self.amount}")


def photographed(paper: Paper, seed: int, *, worn: bool = False) -> Picture:
    """A photograph of the paper: `worn` paper is crumpled, turned and dark."""
    rng = random.Random(f"photograph {seed}")
    if not worn:
        return Picture(paper.lines(), seed, turned=round(rng.uniform(-2, 2), 2), light=round(rng.uniform(0.85, 1.1), 2))
    return Picture(
        paper.lines(), seed, round(rng.uniform(-14, 14), 2), round(rng.uniform(0.35, 0.6), 2), 1.2, 0.08, 7, quality=55
    )


def meter_face(device: str, value: str, seed: int) -> Picture:
    """A photograph of a meter that shows its number and the value."""
    rng = random.Random(f"meter {seed}")
    return Picture((f"Meter {device}", value, f"{seed:06}"), seed, round(rng.uniform(-5, 5), 2), 0.8, 0.6)
