"""Pictures come in here: bytes of any common format become one checked RGB array, and an array becomes network input.

Pillow decodes, because it alone reports truncation, sees the size before it decodes and gets palettes, CMYK and alpha right;
OpenCV resizes. After `read_image` no other room has to ask about colour modes, orientation or size again.
"""

import io
import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import torch
from PIL import Image, TiffImagePlugin, UnidentifiedImageError
from torch import Tensor

from dualviz.words import Sentence, UserError, _, kept

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
MAX_PIXELS = 50_000_000
MAX_DEEP_PIXELS = 30_000_000  # of 16 bits a colour, which are decoded twice
DEPTHS = (8, 10, 12, 14, 16)  # bits that 16-bit files hold
BAND = 1_000_000  # pixels whose colours are worked out at a time
MAX_SCANS = 100  # of a progressive JPEG, which has about ten
MAX_SCANNED = 500_000_000  # pixels times scans, about two seconds of decoding
MAX_STEPS = 5_000  # from part to part of a header; a JPEG has about ten, and 255 where it holds a colour profile
MAX_DATA_PARTS = 100_000  # of a PNG; 8 kB each is usual
MIN_SIDE = (
    16  # below half a stride of the coarsest level there is nothing to see and nothing to assign
)
AXES_SWAPPED, ROWS_MIRRORED, COLUMNS_MIRRORED = (5, 6, 7, 8), (3, 4, 7, 8), (2, 3, 6, 7)  # EXIF's
_SEGMENT = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd8]", re.DOTALL)  # with a length, or the end
PAD_GREY = 114  # the value YOLO models are trained with around the picture


class ImageError(UserError):
    """The bytes are not a picture that DualViz can show; the message is one sentence for the page."""


def read_image(
    data: bytes, name: "Sentence | str" = "", notes: list[Sentence] | None = None
) -> np.ndarray:
    """Decode a picture as a viewer shows it: first frame, EXIF orientation applied, transparency over white, 8 bits.

    Args:
        data (bytes): a JPEG, PNG, WebP, BMP, TIFF or GIF file in any colour mode.
        name (str): what the messages call it, for instance the file name.
        notes: takes a sentence where values were stretched: those of 16-bit files that end at 8, 10, 12 or 14 bits, as
            cameras and microscopes write them, would be all but black.

    Returns:
        uint8 (H, W, 3) RGB, both sides at least 16 px, at most 50 megapixels.

    Raises:
        ImageError: empty, not a picture, truncated, too small or too large. The size is read from the header, so that
            an oversized picture is refused before it is unpacked.
    """
    name = name or _("the file")
    if not data:
        raise ImageError("{name} is empty (0 bytes): expected a picture file", name=name)
    image = _open(io.BytesIO(data), name)
    width, height = image.size
    most = MAX_DEEP_PIXELS if _is_deep(image, data) else MAX_PIXELS
    if width * height > most:
        raise ImageError(
            "{name} is {width} × {height} = {megapixels} megapixels: expected at most {most}",
            name=name,
            width=width,
            height=height,
            megapixels=f"{width * height / 1e6:.0f}",
            most=most // 1_000_000,
        )
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            "{name} is {width} × {height} pixels: expected at least {least} on each side",
            name=name,
            width=width,
            height=height,
            least=MIN_SIDE,
        )
    if image.format == "PNG" and data.count(b"IDAT") > MAX_DATA_PARTS:
        raise ImageError(
            "{name} has its pixels in more than {most} parts, which no program writes",
            name=name,
            most=f"{MAX_DATA_PARTS:,}",
        )
    scans = _scans(data) if image.format == "JPEG" else 1
    if scans > MAX_SCANS or scans * width * height > MAX_SCANNED:
        raise ImageError(
            "{name} passes {scans} times or more over its {width} × {height} pixels: expected at most {most} times and "
            "{megapixels} megapixels together",
            name=name,
            scans=scans,
            width=width,
            height=height,
            most=MAX_SCANS,
            megapixels=f"{MAX_SCANNED // 1_000_000:,}",
        )
    try:
        image.load()
        orientation = _orientation(image)  # a TIFF is turned by now, and says so
        deep = _deep_colours(image, data)
        highest = _highest(image) if deep is None else int(deep.max())
        bits = next(depth for depth in DEPTHS if highest < 1 << depth)
        pixels = _to_rgb(image, bits) if deep is None else _stretched(deep, bits)
    except (
        Exception
    ) as error:  # decoders of damaged files fail in many ways; all mean the same to the user
        raise ImageError(
            "{name} is damaged or truncated and cannot be decoded ({error})",
            name=name,
            error=kept(error),
        ) from error
    if notes is not None and bits < DEPTHS[-1]:
        notes.append(
            Sentence(
                "{name}: its 16-bit values end at {highest}, so they are taken as {bits} bits deep and stretched",
                name=name,
                highest=f"{highest:,}",
                bits=bits,
            )
        )
    return np.ascontiguousarray(_upright(pixels, orientation))


@dataclass(frozen=True)
class Frame:
    """The sides of a picture file before and after its EXIF orientation (1..8) is applied: (width, height) in pixels."""

    raw_wh: tuple[int, int]
    orientation: int

    @property
    def upright_wh(self) -> tuple[int, int]:
        """As `read_image` returns it."""
        return self.raw_wh[::-1] if self.orientation in AXES_SWAPPED else self.raw_wh

    def turned(self, xyxy: tuple[float, ...]) -> tuple[float, float, float, float]:
        """A box of the raw picture in pixels of the upright one.

        >>> Frame((40, 30), 6).turned((0, 0, 10, 5))
        (25, 0, 30, 10)
        """
        x1, y1, x2, y2 = xyxy
        width, height = self.upright_wh
        if self.orientation in AXES_SWAPPED:
            x1, y1, x2, y2 = y1, x1, y2, x2
        if self.orientation in ROWS_MIRRORED:
            y1, y2 = height - y2, height - y1
        if self.orientation in COLUMNS_MIRRORED:
            x1, x2 = width - x2, width - x1
        return x1, y1, x2, y2


def picture_frame(file: Path) -> Frame | None:
    """Sides and orientation from the header of a file; None where it is no picture."""
    try:
        with file.open("rb") as opened, _open(opened, file.name) as image:
            return Frame(image.size, _orientation(image))
    except (ImageError, OSError):
        return None


@dataclass(frozen=True)
class Letterbox:
    """A picture as the network sees it, and the way back. `network = picture · gain + pad`.

    Attributes:
        picture: uint8 (H', W', 3) RGB, both sides multiples of the stride.
        gain: network pixels per picture pixel.
        pad: (left, top) grey border in network pixels.
        image_wh: (width, height) of the picture before.
    """

    picture: np.ndarray
    gain: float
    pad: tuple[int, int]
    image_wh: tuple[int, int]

    def to_picture(self, coordinates: Tensor) -> Tensor:
        """Points (..., 2) or xyxy boxes (..., 4) from network pixels to picture pixels; not clipped."""
        return (coordinates - self._pad_like(coordinates)) / self.gain

    def to_network(self, coordinates: Tensor) -> Tensor:
        """Points (..., 2) or xyxy boxes (..., 4) from picture pixels to network pixels."""
        return coordinates * self.gain + self._pad_like(coordinates)

    def _pad_like(self, coordinates: Tensor) -> Tensor:
        if coordinates.shape[-1] not in (2, 4):
            raise ValueError(
                f"coordinates must be (..., 2) points or (..., 4) boxes, got {tuple(coordinates.shape)}"
            )
        return torch.tensor(
            self.pad * (coordinates.shape[-1] // 2),
            dtype=coordinates.dtype,
            device=coordinates.device,
        )


def letterbox(image: np.ndarray, size: int, stride: int = 32) -> Letterbox:
    """Scale a picture so that its longer side is `size`, then pad both sides with grey to the next multiple of `stride`.

    Args:
        image: uint8 (H, W, 3) RGB.
        size: network pixels of the longer side.
        stride: the coarsest stride of the network.

    >>> box = letterbox(np.zeros((312, 416, 3), np.uint8), 416)
    >>> box.picture.shape, box.gain, box.pad
    ((320, 416, 3), 1.0, (0, 4))
    >>> box.to_network(torch.tensor([10.0, 20.0])).tolist()
    [10.0, 24.0]
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"image must be uint8 (H, W, 3), got {image.dtype} {image.shape}")
    if size < stride:
        raise ValueError(f"size must be at least one stride of {stride} px, got {size}")
    height, width = image.shape[:2]
    gain = size / max(width, height)
    inner_wh = max(1, round(width * gain)), max(1, round(height * gain))
    if inner_wh != (width, height):
        # bilinear looks at four pixels only: below half size it would skip some, so average instead
        how = cv2.INTER_AREA if gain < 0.5 else cv2.INTER_LINEAR
        image = cv2.resize(image, inner_wh, interpolation=how)
    spare = [math.ceil(side / stride) * stride - side for side in inner_wh]
    left, top = (s // 2 for s in spare)
    picture = cv2.copyMakeBorder(
        image,
        top,
        spare[1] - top,
        left,
        spare[0] - left,
        cv2.BORDER_CONSTANT,
        value=(PAD_GREY,) * 3,
    )
    return Letterbox(picture, gain, (left, top), (width, height))


def _open(file: BinaryIO, name: "Sentence | str") -> Image.Image:
    """Read the header only."""
    if _is_endless(file):
        raise ImageError("{name} is damaged: its header does not come to an end", name=name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is none of the user's business
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(
            "{name} has too many pixels: expected at most {most} megapixels",
            name=name,
            most=MAX_PIXELS // 1_000_000,
        ) from error
    except UnidentifiedImageError as error:
        raise ImageError(
            "{name} is not a picture: expected JPEG, PNG, WebP, BMP, TIFF or GIF", name=name
        ) from error
    except Exception as error:
        raise ImageError(
            "{name} is damaged: its header cannot be read ({error})", name=name, error=error
        ) from error


def _is_endless(file: BinaryIO) -> bool:
    """Whether the parts before the pixels of a JPEG or PNG are too many: Pillow goes through them byte by byte."""
    start, steps = file.read(8), 0
    if start == b"\x89PNG\r\n\x1a\n":
        while steps <= MAX_STEPS and len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
            file.seek(int.from_bytes(head[:4], "big") + 4, io.SEEK_CUR)
            steps += 1
    elif start[:2] == b"\xff\xd8":
        file.seek(2)
        while steps <= MAX_STEPS and len(head := file.read(4)) == 4 and head[:2] != b"\xff\xda":
            is_part = head[0] == 0xFF and 0xC0 <= head[1] < 0xFF and not 0xD0 <= head[1] <= 0xD9
            # filling and what is no part is passed over a byte at a time
            file.seek(int.from_bytes(head[2:], "big") - 2 if is_part else -3, io.SEEK_CUR)
            steps += 1
    file.seek(0)
    return steps > MAX_STEPS


def _scans(data: bytes) -> int:
    """How often a JPEG passes over its pixels, counted to one above `MAX_SCANS`."""
    scans, position = 0, 2
    while scans <= MAX_SCANS and (segment := _SEGMENT.search(data, position)):
        marker, position = segment.group()[1], segment.end()
        if marker == 0xD9:  # the end: what follows is no part of the picture
            break
        scans += marker == 0xDA
        position += int.from_bytes(data[position : position + 2], "big")
    return scans


def _is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether it is a PNG or TIFF of 16 bits a colour, of which Pillow keeps the upper 8."""
    if image.format == "PNG":
        return data[24:26] == b"\x10\x02"
    return isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(258) == (16,) * 3


def _deep_colours(image: Image.Image, data: bytes) -> np.ndarray | None:
    """The uint16 (H, W, 3) BGR of a picture that `_is_deep`, whose 8 bits are let go of; else None."""
    if not _is_deep(image, data):
        return None
    colours = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if colours is None or colours.dtype != np.uint16 or colours.shape != (*image.size[::-1], 3):
        return None
    image.close()
    return colours


def _stretched(deep: np.ndarray, bits: int) -> np.ndarray:
    """RGB of 8 bits of uint16 (H, W, 3) BGR values of so many bits; of 16 the upper ones, as Pillow keeps them."""
    values = np.arange(1 << bits)
    table = values >> 8 if bits == DEPTHS[-1] else np.rint(values * (255 / (len(values) - 1)))
    shades = table.astype(np.uint8)
    pixels = np.empty(deep.shape, np.uint8)
    rows = max(1, BAND // deep.shape[1])
    for top in range(0, len(deep), rows):
        np.take(shades, deep[top : top + rows, :, ::-1], out=pixels[top : top + rows], mode="clip")
    return pixels


def _highest(image: Image.Image) -> int:
    """The highest value of a 16-bit grey picture; of any other, one that no stretching is for."""
    return int(np.asarray(image).max()) if image.mode.startswith("I;16") else 0xFFFF


def _to_rgb(image: Image.Image, bits: int = 16) -> np.ndarray:
    """Any Pillow mode to uint8 (H, W, 3), some rows at a time: a large picture is in memory twice, not six times."""
    width, height = image.size
    rows = max(1, BAND // width)
    bands = [(0, top, width, min(top + rows, height)) for top in range(0, height, rows)]
    low, high = 0.0, 0.0
    if image.mode in ("I", "F"):  # no agreed white: spread the picture's own range
        ranges = [(part.min(), part.max()) for part in map(_numbers, map(image.crop, bands))]
        low, high = min(part[0] for part in ranges), max(part[1] for part in ranges)
    pixels = np.empty((height, width, 3), np.uint8)
    for band in bands:
        pixels[band[1] : band[3]] = _band_to_rgb(image.crop(band), low, high, bits)
    return pixels


def _band_to_rgb(image: Image.Image, low: float, high: float, bits: int) -> np.ndarray:
    if image.mode.startswith("I;16"):
        return _grey(np.asarray(image) * (255.0 / ((1 << bits) - 1)))
    if image.mode in ("I", "F"):
        return _grey((_numbers(image) - low) * (255.0 / (high - low) if high > low else 0.0))
    if image.mode == "LAB":
        return cv2.cvtColor(np.asarray(image), cv2.COLOR_LAB2RGB)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        image = Image.alpha_composite(white, rgba)
    return np.asarray(image.convert("RGB"))


def _numbers(image: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(image, np.float64), posinf=0.0, neginf=0.0)


def _grey(values: np.ndarray) -> np.ndarray:
    return np.repeat(np.rint(values).astype(np.uint8)[..., None], 3, axis=2)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation 1..8; 1 (upright) where there is none or it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return int(image.getexif().get(0x0112, 1))
    except Exception:  # a broken EXIF block is no reason to refuse a good picture
        return 1


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation: 5..8 swap the axes, then rows and columns are mirrored as the standard tells."""
    if orientation in AXES_SWAPPED:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in ROWS_MIRRORED:
        pixels = pixels[::-1]
    if orientation in COLUMNS_MIRRORED:
        pixels = pixels[:, ::-1]
    return pixels
