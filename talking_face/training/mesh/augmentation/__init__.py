"""What is done to pictures of faces before a network learns from them."""
