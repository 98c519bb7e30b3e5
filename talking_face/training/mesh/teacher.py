"""The teacher: MediaPipe's face landmarker, averaged over several views of a picture."""

import cv2
import numpy as np

# (mirrored, scale, degrees, shift x and y in parts of the side); between such views its answer differs by 0.01 eye
# distances.
VIEWS = ((False, 1.0, 0, 0, 0), (True, 0.97, -4, 0.01, 0), (False, 0.8, 5, 0.02, -0.02), (True, 0.86, 3, -0.02, 0.02))


class Teacher:
    """Labels pictures.

    Parameters
    ----------
    path : path
        `face_landmarker.task`.
    """

    def __init__(self, path):
        import mediapipe
        from mediapipe.tasks import python
        from mediapipe.tasks.python import vision

        options = vision.FaceLandmarkerOptions(base_options=python.BaseOptions(model_asset_path=str(path)), num_faces=1)
        self._picture = lambda data: mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=data)
        self.landmarker = vision.FaceLandmarker.create_from_options(options)
        self.order = None  # of mirrored points

    def look(self, picture):
        """(H, W, 3) uint8 RGB -> mesh (478, 3) in pixels, x = 0 at the picture's left edge; or None."""
        found = self.landmarker.detect(self._picture(np.ascontiguousarray(picture))).face_landmarks
        if not found:
            return None
        height, width = picture.shape[:2]
        return np.array([(p.x * width, p.y * height, p.z * width) for p in found[0]], np.float32)

    def label(self, picture, views=VIEWS):
        """Meshes (V', 478, 3) of those views in which a face was found, in the picture's own pixels.

        Mirrored points are reordered only if `order` was set.
        """
        size = picture.shape[0]
        meshes = []
        for mirrored, scale, degrees, x, y in views:
            if mirrored and self.order is None:
                continue
            matrix = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), degrees, scale)
            matrix[:, 2] += np.array([x, y]) * size
            view = picture
            if (scale, degrees, x, y) != (1, 0, 0, 0):
                view = cv2.warpAffine(
                    picture, matrix, (size, size), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT_101
                )
            mesh = self.look(view[:, ::-1] if mirrored else view)
            if mesh is None:
                continue
            mesh[:, :2] -= 0.5
            if mirrored:
                mesh[:, 0] = size - 1 - mesh[:, 0]
                mesh = mesh[self.order]
            inverse = cv2.invertAffineTransform(matrix)
            mesh[:, :2] = mesh[:, :2] @ inverse[:, :2].T + inverse[:, 2]
            mesh[:, :2] += 0.5
            mesh[:, 2] /= scale
            meshes.append(mesh)
        return np.array(meshes, np.float32).reshape(-1, 478, 3)
