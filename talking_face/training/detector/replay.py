"""Batches of scenes."""

import numpy as np
import torch


class Replay:
    """Batches of new scenes and of scenes seen before, some of these mirrored.

    Making a scene costs more than learning from it.

    Parameters
    ----------
    loader : iterable of (pictures, faces)
        New scenes.
    batch : int
    room : int
        Scenes kept.
    """

    def __init__(self, loader, batch, room=1200):
        self.loader, self.batch, self.room = iter(loader), batch, room
        self.pictures, self.faces, self.next = [], [], 0

    def __call__(self, random):
        """Pictures (batch, 3, SIDE, SIDE) float32, -1 to 1, and faces (batch, MOST, 8)."""
        new_pictures, new_faces = next(self.loader)
        old = random.integers(len(self.pictures), size=self.batch - len(new_pictures)) if self.pictures else []
        turned = [turn(self.pictures[i], self.faces[i], random) for i in old]
        pictures = torch.cat([new_pictures, *(p[None] for p, _ in turned)])
        faces = torch.cat([new_faces, *(f[None] for _, f in turned)])
        for picture, face in zip(new_pictures, new_faces, strict=True):
            if len(self.pictures) < self.room:
                self.pictures.append(picture)
                self.faces.append(face)
            else:
                self.pictures[self.next], self.faces[self.next] = picture, face
                self.next = (self.next + 1) % self.room
        return to_tensor(pictures), faces


def to_tensor(pictures):
    """(N, H, W, 3) uint8 tensor -> (N, 3, H, W) float32, -1 to 1, channels last."""
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1


def turn(picture, faces, random):
    """A scene mirrored (two times in three), its channels dimmed a little."""
    side, faces = picture.shape[0], faces.clone()
    points = faces[:, :6].reshape(-1, 3, 2)
    if random.random() < 0.67:
        picture = picture.flip(1)
        points = torch.stack([side - points[..., 0], points[..., 1]], -1)[:, [1, 0, 2]]
    faces[:, :6] = points.flatten(1)
    tone = torch.from_numpy(random.uniform(0.75, 1.0, 3).astype(np.float32))
    return (picture * tone).to(torch.uint8), faces
