"""What Hugging Face's shared graphics cards ask of a Space."""

import os


def declare_gpu_function():
    """Declare a function for ZeroGPU, which starts no Space without one.

    Nothing calls it: two CPU cores are fast enough, and a card would count against each visitor's quota.
    """
    if os.environ.get("SPACES_ZERO_GPU"):
        import spaces  # there, and only there

        spaces.GPU(duration=1)(declare_gpu_function)
