import numpy as np
import pytest
import torch


@pytest.fixture
def batch(faces, mouths):
    from talking_face.training.painter.painting import prepare
    from talking_face.training.painter.pairs import PairSampler, pair_tensors, stack_pairs

    pair = PairSampler(faces, faces, mouths).close(faces[0], 1, np.random.default_rng(0))
    return prepare(*stack_pairs([pair_tensors(pair, mouths)]))


def test_only_what_is_between_the_lips_is_seen_from_corner_to_corner(batch):
    from talking_face.training.painter.discriminator import HEIGHT, WIDTH, mouth_view

    view = mouth_view(batch["target"], batch)
    assert view.shape == (1, 4, HEIGHT, WIDTH)
    columns = view[0, 3].amax(0)
    assert columns[WIDTH // 2] > 0.9 and columns[[0, -1]].max() < 0.9  # lips meet at both ends
    outside = batch["profiles_t"][:, 5:6] == 0
    elsewhere = torch.where(outside, batch["target"] + 5, batch["target"])
    torch.testing.assert_close(mouth_view(elsewhere, batch), view, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(mouth_view(batch["target"] + 1, batch), view, atol=1e-3, rtol=1e-3)  # whatever the light


def test_the_discriminator_learns_to_tell_mouths_apart_and_says_so_to_the_painter(batch):
    from talking_face.training.painter.discriminator import MouthDiscriminator, mouth_view
    from talking_face.training.painter.losses import adversarial_losses, discriminator_loss

    torch.manual_seed(0)
    real = mouth_view(batch["target"], batch).repeat(4, 1, 1, 1)
    flat = mouth_view(0.3 * batch["target"], batch).repeat(4, 1, 1, 1)
    discriminator = MouthDiscriminator()
    optimiser = torch.optim.Adam(discriminator.parameters(), 5e-3)
    before = discriminator_loss(discriminator, real, flat).item()
    for _ in range(25):
        optimiser.zero_grad()
        discriminator_loss(discriminator, real, flat).backward()
        optimiser.step()
    assert discriminator_loss(discriminator, real, flat).item() < before - 0.05
    discriminator.eval()  # spectral norms no longer change
    ours = flat.clone().requires_grad_()
    verdict, matching = adversarial_losses(discriminator, real, ours)
    (verdict + matching).backward()
    assert matching.item() > 0 and ours.grad.abs().sum() > 0
    assert adversarial_losses(discriminator, real, real)[1].item() == pytest.approx(0, abs=1e-6)
