"""Programs that use the app, as Gradio's own client does; they wait for as long as a busy machine may take."""

PATIENCE = 300  # seconds
PATIENTLY = {"httpx_kwargs": {"timeout": PATIENCE}}


def program(address, **options):
    """A client of the app at an address."""
    from gradio_client import Client

    return Client(address, verbose=False, **PATIENTLY, **options)
