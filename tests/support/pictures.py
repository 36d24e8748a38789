"""Photos and films with something hidden in them, built by hand as their formats say."""

import struct
import zlib

PLACE = b"53.4808N 2.2426W"
"""What must not be found in a file that was cleaned."""


def exif(orientation: int = 6, order: str = ">") -> bytes:
    """A TIFF block with an orientation, a camera, and the place as its description."""
    mark = b"MM" if order == ">" else b"II"
    words = PLACE + b"\x00"
    head = struct.pack(f"{order}2sHI", mark, 42, 8)
    entries = struct.pack(f"{order}H", 2)
    entries += struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    entries += struct.pack(f"{order}HHII", 0x010E, 2, len(words), 8 + 2 + 24 + 4)
    return head + entries + struct.pack(f"{order}I", 0) + words


def segment(marker: int, inside: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(inside) + 2) + inside


def photo_with_secrets(jpeg: bytes, *, orientation: int = 6) -> bytes:
    """A JPEG as a phone makes it: Exif, XMP, IPTC, a comment, and a second picture behind the first."""
    secrets = segment(0xE1, b"Exif\x00\x00" + exif(orientation))
    secrets += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00<x>" + PLACE + b"</x>")
    secrets += segment(0xED, b"Photoshop 3.0\x00" + PLACE) + segment(0xFE, PLACE)
    secrets += segment(0xE2, b"MPF\x00" + PLACE)
    return jpeg[:2] + secrets + jpeg[2:] + jpeg[:2] + secrets + jpeg[2:]


def chunk(name: bytes, inside: bytes) -> bytes:
    return struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", zlib.crc32(name + inside))


def drawing_with_secrets(png: bytes) -> bytes:
    """A PNG with text, Exif and a time after its header, and more behind its end."""
    head, rest = png[:33], png[33:]
    return head + chunk(b"eXIf", exif()) + chunk(b"tEXt", b"Comment\x00" + PLACE) + chunk(b"iTXt", PLACE) + rest + PLACE


def webp_with_secrets(webp: bytes, width: int, height: int) -> bytes:
    """A WebP in its extended form, with Exif and XMP chunks."""
    if webp[12:16] == b"VP8X":
        parts = webp[12:20] + bytes([webp[20] | 0x0C]) + webp[21:] + _riff(b"EXIF", exif()) + _riff(b"XMP ", PLACE)
        return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    parts = _riff(b"VP8X", bytes([0x0C, 0, 0, 0]) + size) + webp[12:] + _riff(b"EXIF", exif()) + _riff(b"XMP ", PLACE)
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts


def box(name: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I4s", len(body) + 8, name) + body


def heic_with_secrets(picture: bytes = b"the picture itself") -> bytes:
    """A HEIC of two items, a picture and its Exif, as an iPhone makes it."""
    secret = b"\x00\x00\x00\x06Exif\x00\x00" + exif()
    ftyp = box(b"ftyp", b"heic", b"\x00\x00\x00\x00", b"mif1heic")
    one = box(b"infe", b"\x02\x00\x00\x00", struct.pack(">HH4s", 1, 0, b"hvc1"), b"\x00")
    two = box(b"infe", b"\x02\x00\x00\x01", struct.pack(">HH4s", 2, 0, b"Exif"), b"\x00")
    iinf = box(b"iinf", b"\x00\x00\x00\x00", struct.pack(">H", 2), one, two)

    def meta(offset: int) -> bytes:
        places = struct.pack(">HHHHHII", 2, 1, 0, 0, 1, offset, len(picture))
        places += struct.pack(">HHHHII", 2, 0, 0, 1, offset + len(picture), len(secret))
        iloc = box(b"iloc", b"\x01\x00\x00\x00", b"\x44\x00", places)
        return box(b"meta", b"\x00\x00\x00\x00", iinf, iloc)

    offset = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(offset) + box(b"mdat", picture, secret)


def film_with_secrets(frames: bytes = b"the frames themselves") -> bytes:
    """An MP4 with the place in the user data of the film and of its track."""
    place = box(b"udta", box(b"\xa9xyz", PLACE))
    trak = box(b"trak", box(b"tkhd", bytes(84)), box(b"meta", PLACE), place)
    return box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", frames) + box(b"moov", box(b"mvhd", bytes(100)), trak, place)


def _riff(name: bytes, inside: bytes) -> bytes:
    return name + struct.pack("<I", len(inside)) + inside + b"\x00" * (len(inside) % 2)
