"""A picture of what was found in a photo: the lines of the face that was chosen, and boxes around all."""

import numpy as np

from talking_face.face import geometry

# Landmarks joined up into lines, those around an opening closed.
LINES = (
    geometry.JAW,
    geometry.BROWS[:5],
    geometry.BROWS[5:],
    geometry.NOSE[:4],
    geometry.NOSE[4:],
    *(np.append(around, around[0]) for around in (geometry.RIGHT_EYE, geometry.LEFT_EYE)),
    *(np.append(around, around[0]) for around in (geometry.OUTER_LIPS, geometry.INNER_LIPS)),
)
MARGIN = 0.12  # around a face's landmarks, of their box's longer side
REACH = 0.25  # how far beside that box a face can still be pointed at, of the same
SEEN = 110  # a line is this part of the picture's shorter side, so that it shows in a preview of 180 pixels
FINE = 70  # a face's lines are at most this part of its box's side
FAINT = 0.55  # how opaque the boxes of the faces not chosen are
CHOSEN, OTHER, EDGE = (255, 255, 255), (226, 232, 240), (20, 20, 20)  # RGB
NUMBER = 9  # height of a number, lines


def outline(photo, number=0, portrait=None):
    """Show what was found: a photo with a box around each face and its number, and the lines of the one chosen.

    A photo of one face needs no number, and the boxes of those that were not chosen are fainter.

    Parameters
    ----------
    photo : portrait.Photo
    number : int
        Of the face that was chosen, from 1; 0 where none was.
    portrait : portrait.Portrait, optional
        Of that face; its landmarks may be finer than the photo's own.

    Returns
    -------
    ndarray, (H, W, 3) uint8
        RGB, of the photo's size, turned so that the chosen face is upright.
    """
    photo = photo.upright(number) if number else photo
    thickness = max(2.0, min(photo.image.shape[:2]) / SEEN)
    boxes = _grow(_boxes(photo), MARGIN, 2 * thickness)
    others = [_corners(box) for index, box in enumerate(boxes, 1) if index != number]
    picture = _blend(photo.image, _draw(photo.image, others, thickness, OTHER)) if others else photo.image
    if number:
        picture = _draw(picture, [_corners(boxes[number - 1])], thickness, CHOSEN)
        points = photo.faces[number - 1].landmarks
        if portrait is not None:
            back = geometry.compose(portrait.origin, geometry.invert(photo.origin))
            points = geometry.transform(back, portrait.landmarks)
        fine = min(thickness, max(1.0, np.ptp(points, axis=0).max() / FINE))
        picture = _draw(picture, [points[line] for line in LINES], fine, CHOSEN)
    return _numbered(picture, boxes, number, thickness) if len(boxes) > 1 else picture


def face_at(photo, point):
    """Which face somebody points at.

    Parameters
    ----------
    photo : portrait.Photo
    point : sequence of float
        x and y, photo pixels.

    Returns
    -------
    int or None
        Its number, from 1: of the boxes that hold the point or nearly do, the one whose centre is closest in its own
        size. None where there is no face.
    """
    boxes = _grow(_boxes(photo), MARGIN + REACH)
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    away = np.abs((np.asarray(point) - boxes[:, :2] - half) / half).max(1)
    return int(away.argmin()) + 1 if away.min() <= 1 else None


def _boxes(photo):
    """Boxes of all faces, photo pixels: (N, 4)."""
    return np.stack([face.box for face in photo.faces]).astype(np.float64)


def _grow(boxes, margin, least=0.0):
    """Boxes (N, 4) with a margin on all sides, of their longer side, but no fewer pixels than the least."""
    room = np.maximum(least, margin * (boxes[:, 2:] - boxes[:, :2]).max(1, keepdims=True))
    return np.concatenate([boxes[:, :2] - room, boxes[:, 2:] + room], axis=1)


def _corners(box):
    """A closed line around a box (4,)."""
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]])


def _blend(image, drawn):
    return np.rint(FAINT * drawn + (1 - FAINT) * image).astype(np.uint8)


def _draw(image, lines, thickness, colour):
    """Light lines edged in black, so that they show on any ground; anti-aliased."""
    import cv2

    image, thickness = image.copy(), round(thickness)
    for ink, width in ((EDGE, thickness + max(2, thickness // 2 * 2)), (colour, thickness)):
        for points in lines:
            # cv2 takes sub-pixel positions as integers, here in sixteenths.
            cv2.polylines(image, [np.rint(points * 16).astype(np.int32)], False, ink, width, cv2.LINE_AA, shift=4)
    return image


def _numbered(picture, boxes, number, thickness):
    """The picture with a number in the upper left corner of each box, in a badge; reversed out where it was chosen."""
    from PIL import Image, ImageDraw, ImageFont

    size = round(NUMBER * thickness)
    canvas = Image.fromarray(picture)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size)
    for index, (left, top, *_) in enumerate(boxes, 1):
        x, y = np.clip([left - 0.35 * size, top - 0.35 * size], 0.7 * size, np.array(canvas.size) - 0.7 * size)
        ground, ink = (CHOSEN, EDGE) if index == number else (EDGE, OTHER)
        draw.circle((x, y), 0.7 * size, ground, outline=ink, width=max(1, round(thickness / 2)))
        draw.text((x, y), str(index), ink, font, anchor="mm")
    return np.asarray(canvas)
