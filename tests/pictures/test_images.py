"""Pictures: every format and colour mode arrives as a viewer shows it, every broken file as one clear sentence."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from dualviz.pictures.images import ImageError, letterbox, read_image


def encode(picture: Image.Image, kind: str, **options) -> bytes:
    """Return the picture as a file in memory."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def ramp(width: int = 64, height: int = 48) -> np.ndarray:
    """Return a picture in which every corner has its own colour, so that no mirroring goes unseen."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack((x, y, np.full_like(x, 60)), -1).astype(np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "JPEG", "WEBP"])
def test_a_colour_picture_survives_every_format(kind):
    pixels = ramp()
    image = read_image(encode(Image.fromarray(pixels), kind, quality=95))
    assert image.shape == (48, 64, 3) and image.dtype == np.uint8 and image.flags.c_contiguous
    assert np.abs(image.astype(int) - pixels).mean() < 3


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"),
        ("L", "JPEG"),
        ("L", "GIF"),
        ("LA", "PNG"),
        ("P", "PNG"),
        ("P", "GIF"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("YCbCr", "JPEG"),
        ("RGBA", "WEBP"),
        ("I;16", "PNG"),
        ("I", "TIFF"),
        ("F", "TIFF"),
    ],
)
def test_every_colour_mode_becomes_rgb(mode, kind):
    grey = Image.fromarray(np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1)))
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode == "CMYK":
        picture = grey.convert("RGB").convert("CMYK")
    else:
        picture = grey.convert(mode)
    image = read_image(encode(picture, kind))
    expected = np.asarray(grey.convert("1" if mode == "1" else "L").convert("RGB")).astype(int)
    assert image.shape == (48, 64, 3)
    assert np.abs(image - expected).mean() < 3


def test_sixteen_bits_keep_their_range_in_grey_and_in_colour():
    deep = ramp().astype(np.uint16) * 257
    for suffix in (".png", ".tiff"):
        colour = cv2.imencode(suffix, deep[..., ::-1])[1].tobytes()
        assert np.abs(read_image(colour).astype(int) - ramp()).max() <= 1
        grey = cv2.imencode(suffix, deep[..., 0])[1].tobytes()
        assert np.abs(read_image(grey)[..., 1].astype(int) - ramp()[..., 0]).max() <= 1


def test_transparency_lies_over_white():
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[:, 10:] = (0, 0, 0, 255)
    image = read_image(encode(Image.fromarray(pixels), "PNG"))
    assert (image[:, :10] == 255).all() and (image[:, 10:] == 0).all()


def test_a_palette_with_a_transparent_colour_lies_over_white():
    picture = Image.fromarray(np.repeat(np.uint8([0, 1]), 10)[None].repeat(20, 0), "P")
    picture.putpalette([255, 0, 0, 0, 0, 255])
    image = read_image(encode(picture, "PNG", transparency=0))
    assert image[0, 0].tolist() == [255, 255, 255] and image[0, 19].tolist() == [0, 0, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_all_eight_exif_orientations_come_out_upright(orientation, kind):
    upright = Image.fromarray(ramp())
    undo = {  # how a camera in that position stored the upright picture
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read_image(encode(stored, kind, exif=exif, quality=95))
    assert image.shape == (48, 64, 3)
    assert np.abs(image.astype(int) - ramp()).mean() < 3


def test_an_animation_shows_its_first_frame():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        image = read_image(encode(frames[0], kind, save_all=True, append_images=frames[1:]))
        assert np.abs(image[10, 10].astype(int) - (255, 0, 0)).max() < 12, kind


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"not a picture at all", "is not a picture"),
        (b"%PDF-1.7 ...", "is not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture"),
        (b"\xff\xd8\xff\xe0", "is (not a picture|damaged)"),
        (encode(Image.new("RGB", (1, 1)), "PNG"), "1 × 1 pixels: expected at least 16"),
        (encode(Image.new("RGB", (400, 15)), "PNG"), "400 × 15 pixels: expected at least 16"),
    ],
)
def test_what_is_no_usable_picture_is_refused_in_one_sentence(data, words):
    with pytest.raises(ImageError, match=words) as caught:
        read_image(data, "smear.png")
    assert str(caught.value).startswith("smear.png") and "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_a_truncated_picture_is_refused(kind):
    data = encode(
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)), kind
    )
    for share in (0.3, 0.6, 0.9):
        with pytest.raises(ImageError):
            read_image(data[: int(len(data) * share)], "cut")


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_a_huge_picture_is_refused_from_its_header(side):
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    png = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )
    idat = b"IDAT" + zlib.compress(b"")
    png += struct.pack(">I", len(idat) - 4) + idat + struct.pack(">I", zlib.crc32(idat))
    with pytest.raises(ImageError, match="at most 50"):
        read_image(png, "bomb.png")


def test_a_broken_exif_block_does_not_hide_a_good_picture():
    image = read_image(
        encode(Image.fromarray(ramp()), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    )
    assert image.shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("wh", "size", "shape", "pad"),
    [
        ((416, 312), 416, (320, 416, 3), (0, 4)),
        ((640, 480), 320, (256, 320, 3), (0, 8)),
        ((100, 100), 64, (64, 64, 3), (0, 0)),
        ((50, 200), 100, (128, 32, 3), (3, 14)),
        ((3000, 16), 64, (32, 64, 3), (0, 15)),
        ((16, 3000), 64, (64, 32, 3), (15, 0)),
    ],
)
def test_the_letterbox_pads_only_to_the_next_stride(wh, size, shape, pad):
    box = letterbox(np.zeros((wh[1], wh[0], 3), np.uint8), size)
    assert box.picture.shape == shape and box.pad == pad
    assert box.gain == size / max(wh) and box.image_wh == wh
    rows, columns = ((box.picture == 0).all(-1).any(axis).nonzero()[0] for axis in (1, 0))
    assert (columns[0], rows[0]) == pad, "the picture begins where the padding ends"
    assert [len(columns), len(rows)] == [max(1, round(side * box.gain)) for side in wh]
    assert ((box.picture == 0) | (box.picture == 114)).all()


def test_a_picture_is_averaged_below_half_its_size_and_interpolated_above() -> None:
    """Lines one pixel wide become grey, whichever of them would be hit; a larger edge gets values between."""
    lines = np.zeros((64, 128, 3), np.uint8)
    lines[:, ::4] = 200
    assert set(letterbox(lines, 32).picture[:16].flatten()) <= {50, 114}
    edge = np.zeros((32, 32, 3), np.uint8)
    edge[:, 16:] = 200
    between = letterbox(edge, 64).picture
    assert ((between > 0) & (between < 200)).any()


def test_boxes_go_into_the_letterbox_and_back():
    box = letterbox(np.zeros((280, 500, 3), np.uint8), 320)
    assert box.pad == (0, 6)
    boxes = torch.rand(7, 4, dtype=torch.float64) * 300
    assert torch.allclose(box.to_picture(box.to_network(boxes)), boxes)
    assert torch.allclose(box.to_network(boxes)[:, :2], box.to_network(boxes[:, :2]))
    assert box.to_picture(torch.zeros(0, 4)).shape == (0, 4)
    with pytest.raises(ValueError, match=r"\(7, 3\)"):
        box.to_network(torch.zeros(7, 3))


def test_a_mark_in_the_picture_is_where_the_letterbox_says():
    image = np.zeros((300, 500, 3), np.uint8)
    image[100:120, 200:230] = 255
    box = letterbox(image, 320)
    inside = (box.picture == 255).all(-1)
    x, y = inside.any(0).nonzero()[0], inside.any(1).nonzero()[0]
    seen = box.to_picture(torch.tensor([x[0], y[0], x[-1] + 1, y[-1] + 1]).float())
    assert (seen - torch.tensor([200.0, 100, 230, 120])).abs().max() < 2 / box.gain


def test_a_letterbox_refuses_what_is_no_rgb_picture():
    with pytest.raises(ValueError, match="uint8"):
        letterbox(np.zeros((20, 20)), 320)
    with pytest.raises(ValueError, match="at least one stride"):
        letterbox(np.zeros((20, 20, 3), np.uint8), 16)


def test_a_jpeg_that_passes_too_often_over_its_pixels_is_refused():
    progressive = encode(Image.fromarray(ramp()), "JPEG", progressive=True)
    assert read_image(progressive).shape == (48, 64, 3)
    first = progressive.index(b"\xff\xda")
    second = progressive.index(b"\xff\xda", first + 2)
    scan = progressive[first:second]
    behind = progressive + b"\xff\xda" * 500  # a film behind the picture is none of its scans
    assert read_image(behind).shape == (48, 64, 3)
    with pytest.raises(ImageError, match="passes 101 times or more over its 64 × 48 pixels"):
        read_image(progressive[:first] + scan * 400 + progressive[first:])


def test_a_picture_is_the_same_however_many_rows_are_worked_out_at_a_time(monkeypatch):
    clear = np.dstack((ramp(), np.linspace(0, 255, 48 * 64).reshape(48, 64).astype(np.uint8)))
    deep = Image.fromarray(ramp()[..., 0].astype(np.float32) * 7 - 90)
    for data in (encode(Image.fromarray(clear), "PNG"), encode(deep, "TIFF")):
        whole = read_image(data)
        with monkeypatch.context() as small:
            small.setattr("dualviz.pictures.images.BAND", 64 * 5)
            assert (read_image(data) == whole).all()


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("coloured", [True, False])
def test_values_of_fewer_bits_in_a_deep_file_are_stretched_and_said(bits, suffix, coloured):
    seen = ramp()
    deep = np.rint(seen.astype(float) * ((1 << bits) - 1) / 255).astype(np.uint16)
    notes: list[str] = []
    data = cv2.imencode(suffix, deep[..., ::-1] if coloured else deep[..., 0])[1].tobytes()
    image = read_image(data, "scan", notes)
    expected = seen if coloured else np.repeat(seen[..., :1], 3, axis=2)
    assert np.abs(image.astype(int) - expected).max() <= 1
    assert len(notes) == 1 and f"taken as {bits} bits deep" in notes[0]
    whole: list[str] = []
    read_image(cv2.imencode(suffix, seen.astype(np.uint16) * 257)[1].tobytes(), "scan", whole)
    read_image(cv2.imencode(suffix, seen)[1].tobytes(), "scan", whole)
    assert whole == []


def png(size_wh: tuple[int, int], rows: bytes, before: bytes = b"", cut: int = 0) -> bytes:
    """A PNG of 16 bits a colour from its rows, its data in parts of `cut` bytes where that is given."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    packed = zlib.compress(rows)
    parts = [packed[at : at + cut] for at in range(0, len(packed), cut)] if cut else [packed]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size_wh, 16, 2, 0, 0, 0))
    data = b"".join(chunk(b"IDAT", part) for part in parts)
    return b"\x89PNG\r\n\x1a\n" + head + before + data + chunk(b"IEND", b"")


JPEG = encode(Image.fromarray(ramp()), "JPEG")


@pytest.mark.parametrize(
    "data",
    [
        JPEG[:2] + b"\xff" * 6_000 + JPEG[2:],
        JPEG[:2] + b"\xff\xfe\x00\x03x" * 6_000 + JPEG[2:],
        JPEG[:20] + bytes(6_000) + JPEG[20:],
        png((64, 48), (b"\0" + bytes(384)) * 48, b"\0\0\0\0tEXt\0\0\0\0" * 6_000),
    ],
    ids=["filling", "comments", "nothing", "texts"],
)
def test_a_header_without_end_is_refused_before_it_is_gone_through(data, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was gone through"))
    with pytest.raises(ImageError, match="does not come to an end"):
        read_image(data)


def test_a_colour_profile_in_as_many_parts_as_there_can_be_is_no_endless_header():
    part = b"\xff\xe2" + struct.pack(">H", 1000) + b"ICC_PROFILE\0\x01\xff" + bytes(984)
    assert read_image(JPEG[:2] + part * 255 + JPEG[2:]).shape == (48, 64, 3)


def test_a_picture_of_sixteen_bits_a_colour_has_a_budget_of_its_own(monkeypatch):
    deep = png((64, 48), (b"\0" + b"\x0f\xff\x00\x00\x07\xff" * 64) * 48)
    assert read_image(deep)[0, 0].tolist() == [255, 0, 127]
    monkeypatch.setattr("dualviz.pictures.images.MAX_DEEP_PIXELS", 3_000)
    with pytest.raises(ImageError, match="64 × 48 = 0 megapixels: expected at most 0"):
        read_image(deep)
    assert read_image(JPEG).shape == (48, 64, 3)


def test_a_png_in_parts_of_a_byte_is_refused_where_there_are_too_many(monkeypatch):
    parts = png((64, 48), (b"\0" + bytes(384)) * 48, cut=1)
    assert read_image(parts).shape == (48, 64, 3)
    monkeypatch.setattr("dualviz.pictures.images.MAX_DATA_PARTS", 5)
    with pytest.raises(ImageError, match="in more than 5 parts"):
        read_image(parts)
