"""Tables of the data room, CSV files, and the pictures and landmarks that lie beside them."""

import csv

import numpy as np

from talking_face.errors import DataError


def read_table(path):
    """Rows of a CSV file as dictionaries.

    Raises
    ------
    DataError
        There is no such file.
    """
    try:
        with open(path, newline="") as file:
            return list(csv.DictReader(file))
    except OSError:
        raise DataError(f"The table {path} cannot be read; please give the folder of the data room.") from None


def write_csv(path, rows):
    """Write dictionaries of equal keys as a CSV file."""
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_picture(path):
    """A picture of the data room, (H, W, 3) uint8, RGB."""
    import cv2

    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def read_landmarks(path):
    """Landmarks of a table's pictures, from its `.labels.npz`: a dict of id -> (68, 2) float32, crop pixels."""
    with np.load(path) as labels:
        return dict(zip(labels["ids"].tolist(), labels["landmarks"].astype(np.float32), strict=True))
