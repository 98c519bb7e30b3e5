"""A mesh of 478 points on a face, depth and irises included (MediaPipe's numbering), by a network of our own.

    predictor = MeshPredictor.load(CHECKPOINTS / "mesh.safetensors")
    placed = predictor(photo, box)               # coarse, fine, then lips and eyes on crops of their own
    placed = predictor.follow_up(frame, placed.mesh)

- `topology`: which points lie where; the 68 among them;
- `frames`: where the networks' crops lie, and the head's pose;
- `network`: the four networks;
- `predictor`: from a box to a mesh.
"""
