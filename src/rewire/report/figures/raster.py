"""Small pictures inside the page: a PNG as a data address, written with zlib alone."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import numpy.typing as npt

from rewire.numerics.carpet import HIGHEST, NO_VALUE

_MISSING = (190, 216, 234)
"""Pale blue, for what has no value: it cannot be taken for a grey."""


def carpet_address(shades: npt.NDArray[np.uint8]) -> str:
    """Return a carpet as the address of an image, ``data:image/png;base64,...``.

    Parameters
    ----------
    shades
        From :func:`rewire.numerics.carpet.draw_carpet`, shape (rows, columns).

    Examples
    --------
    >>> carpet_address(np.array([[0, 1], [17, 33]], dtype=np.uint8))[:22]
    'data:image/png;base64,'
    """
    palette = [_MISSING if shade == NO_VALUE else _grey(shade) for shade in range(HIGHEST + 1)]
    return "data:image/png;base64," + base64.b64encode(encode_png(shades, palette)).decode()


def encode_png(pixels: npt.NDArray[np.uint8], palette: list[tuple[int, int, int]]) -> bytes:
    """Return a PNG file of palette indices, eight bits each.

    Parameters
    ----------
    pixels
        Shape (height, width), places in the palette.
    palette
        Red, green and blue, 0 to 255.

    Notes
    -----
    PNG specification, third edition (W3C 2025), colour type 3.
    """
    height, width = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = pixels
    colours = np.array(palette, dtype=np.uint8).tobytes()
    body = _chunk(b"PLTE", colours) + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + body + _chunk(b"IEND", b"")


def _grey(shade: int) -> tuple[int, int, int]:
    level = round(255 * (shade - 1) / (HIGHEST - 1))
    return level, level, level


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
