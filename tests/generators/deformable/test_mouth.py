import torch

from talking_face.generators.deformable.mouth import lip_profiles


def test_lip_profiles_mark_the_open_mouth():
    landmarks = torch.zeros(1, 68, 2)
    corners = torch.linspace(0.2, 0.8, 7)
    landmarks[0, 48:55] = torch.stack([corners, torch.full((7,), 0.35)], 1)
    landmarks[0, [48, 59, 58, 57, 56, 55, 54]] = torch.stack([corners, torch.full((7,), 0.75)], 1)
    landmarks[0, [48, 54]] = torch.tensor([[0.2, 0.5], [0.8, 0.5]])
    inner = torch.linspace(0.25, 0.75, 5)
    landmarks[0, 60:65] = torch.stack([inner, torch.full((5,), 0.45)], 1)
    landmarks[0, [60, 67, 66, 65, 64]] = torch.stack([inner, torch.full((5,), 0.65)], 1)
    landmarks[0, [60, 64]] = torch.tensor([[0.25, 0.55], [0.75, 0.55]])
    profiles = lip_profiles(landmarks)
    inside, mouth = profiles[0, 5], profiles[0, 6]
    assert inside[53, 48] == 1 and inside[38, 48] == 0 and inside[53, 10] == 0
    assert mouth[38, 48] == 1 and mouth[20, 48] == 0
    assert (mouth >= inside).all()
