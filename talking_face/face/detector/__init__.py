"""Where faces are in a photo, how large and which way up, by a network of our own.

    detector = FaceDetector.load(CHECKPOINTS / "detector.safetensors")
    for face in detector(photo):                 # best first
        print(face.score, face.box, face.roll)

- `network`: what it is made of;
- `detector`: the looks at a photo;
- `detection`: a face as found, and several looks at the same face made one.
"""
