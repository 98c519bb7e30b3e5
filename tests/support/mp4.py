"""What the tests look for in an MP4 itself."""


def plays_from_the_start(path):
    """Whether a player knows all it needs before it has fetched the pictures: the index comes before them."""
    boxes = box_names(path.read_bytes())
    return boxes[0] == b"ftyp" and boxes.index(b"moov") < boxes.index(b"mdat")


def box_names(data):
    """Names of an MP4's outermost boxes, in order."""
    names, start = [], 0
    while start < len(data):
        names.append(data[start + 4 : start + 8])
        start += int.from_bytes(data[start : start + 4], "big")
    return names
