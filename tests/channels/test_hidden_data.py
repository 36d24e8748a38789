"""Where a photo was taken is not what its owner meant to send; what the eye sees stays as it was."""

import base64
import struct
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page
from support.pictures import (
    PLACE,
    box,
    drawing_with_secrets,
    exif,
    film_with_secrets,
    heic_with_secrets,
    photo_with_secrets,
    segment,
    webp_with_secrets,
)

from channels.file_kinds import kind_of
from channels.hidden_data import CannotClean, without_hidden_data

KINDS = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/avif", "video/mp4", "video/quicktime")
BARE = b"\xff\xd8" + segment(0xDB, bytes(65)) + segment(0xDA, bytes(8)) + b"scan\xff\x00\xff\xd0more" + b"\xff\xd9"
WIDE, HIGH = 48, 24

DRAW = """([kind, wide, high]) => {
    const canvas = document.createElement('canvas'); canvas.width = wide; canvas.height = high
    const pen = canvas.getContext('2d'); pen.fillStyle = '#a33'; pen.fillRect(0, 0, wide / 3, high)
    pen.fillStyle = '#3a3'; pen.fillRect(wide / 3, high / 2, wide, high)
    return canvas.toDataURL(kind).split(',')[1]
}"""
SEE = """async ([kind, content]) => {
    const picture = new Image(); picture.style.imageOrientation = 'from-image'
    picture.src = `data:${kind};base64,${content}`; await picture.decode()
    const canvas = document.createElement('canvas')
    canvas.width = picture.naturalWidth; canvas.height = picture.naturalHeight
    const pen = canvas.getContext('2d'); pen.drawImage(picture, 0, 0)
    return [canvas.width, canvas.height, ...pen.getImageData(0, 0, canvas.width, canvas.height).data]
}"""

HIDE: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": photo_with_secrets,
    "image/png": drawing_with_secrets,
    "image/webp": lambda webp: webp_with_secrets(webp, WIDE, HIGH),
}


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("kind", HIDE)
def test_what_the_eye_sees_stays_as_it_was(page: Page, kind: str) -> None:
    page.goto("about:blank")
    photo = HIDE[kind](base64.b64decode(page.evaluate(DRAW, [kind, WIDE, HIGH])))
    assert PLACE in photo
    assert kind_of(photo) == kind
    clean = without_hidden_data(photo, kind)
    assert PLACE not in clean
    was, now = (page.evaluate(SEE, [kind, base64.b64encode(one).decode()]) for one in (photo, clean))
    assert now == was
    assert now[:2] == ([WIDE, HIGH] if kind == "image/webp" else [HIGH, WIDE]), "the way up of a photo is kept"


def test_a_heic_photo_of_an_iphone_loses_its_place_and_nothing_moves() -> None:
    photo = heic_with_secrets()
    assert kind_of(photo) == "image/heic"
    clean = without_hidden_data(photo, "image/heic")
    assert PLACE in photo
    assert PLACE not in clean
    assert len(clean) == len(photo)
    assert b"the picture itself" in clean


def test_a_film_loses_its_place_and_nothing_moves() -> None:
    film = film_with_secrets()
    clean = without_hidden_data(film, kind_of(film))
    assert PLACE not in clean
    assert len(clean) == len(film)
    assert b"the frames themselves" in clean


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("way_up", [0, 1, 3, 8, 9])
def test_only_a_way_up_that_there_is_is_kept(order: str, way_up: int) -> None:
    photo = BARE[:2] + segment(0xE1, b"Exif\x00\x00" + exif(way_up, order)) + BARE[2:]
    clean = without_hidden_data(photo, "image/jpeg")
    assert PLACE not in clean
    assert (b"Exif" in clean) == (way_up in (3, 8))


def test_colours_are_part_of_the_picture() -> None:
    profile = segment(0xE2, b"ICC_PROFILE\x00\x01\x01colours") + segment(0xE0, b"JFIF\x00") + segment(0xEE, b"Adobe")
    photo = BARE[:2] + profile + BARE[2:]
    assert without_hidden_data(photo, "image/jpeg") == photo


@pytest.mark.parametrize("kind", ["application/pdf", "text/plain", "audio/mpeg", "application/octet-stream"])
def test_other_kinds_are_left_alone(kind: str) -> None:
    assert without_hidden_data(PLACE, kind) == PLACE


WHOLE = {
    "image/jpeg": photo_with_secrets(BARE),
    "image/png": drawing_with_secrets(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 13, b"IHDR") + bytes(17)),
    "image/webp": webp_with_secrets(b"RIFF" + bytes(4) + b"WEBPVP8 " + struct.pack("<I", 4) + b"abcd", 4, 4),
    "image/heic": heic_with_secrets(),
    "video/mp4": film_with_secrets(),
}


@pytest.mark.parametrize("kind", WHOLE)
@given(data=st.data())
def test_a_damaged_file_is_cleaned_or_said_to_be_damaged(kind: str, data: st.DataObject) -> None:
    whole = WHOLE[kind]
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(damaged) - 1)), max_size=6)) if damaged else []:
        damaged[place] = data.draw(st.integers(0, 255))
    with suppress(CannotClean):
        assert isinstance(without_hidden_data(bytes(damaged), kind), bytes)


@given(st.binary(max_size=300), st.sampled_from(KINDS))
def test_noise_is_cleaned_or_said_to_be_damaged(noise: bytes, kind: str) -> None:
    with suppress(CannotClean):
        without_hidden_data(noise, kind)


MEGABYTES = 3 * 1024 * 1024
NESTED = b"".join(struct.pack(">I4s", MEGABYTES - 8 * n, b"moov") for n in range(MEGABYTES // 8))
ENDLESS = box(
    b"meta", bytes(4), box(b"iinf", bytes(6)), box(b"iloc", b"\x02\0\0\0\0\0\xff\xff\xff\xff", b"\xff" * MEGABYTES)
)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/jpeg", b"\xff\xd8" + b"\xff\xfe\x00\x02" * (MEGABYTES // 4)),
        ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(12) * (MEGABYTES // 12)),
        ("image/webp", b"RIFF" + struct.pack("<I", MEGABYTES) + b"WEBP" + bytes(MEGABYTES)),
        ("image/heic", ENDLESS),
        ("video/mp4", struct.pack(">I4s", 8, b"free") * (MEGABYTES // 8)),
    ],
    ids=["jpeg", "png", "webp", "heic", "mp4"],
)
def test_a_file_that_is_made_to_keep_us_busy_is_given_up(kind: str, content: bytes) -> None:
    with pytest.raises(CannotClean):
        without_hidden_data(content, kind)


def test_boxes_in_boxes_without_end_are_not_followed() -> None:
    assert without_hidden_data(NESTED, "video/mp4") == NESTED
