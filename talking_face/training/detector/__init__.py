"""The face detector: `build_pool` cuts heads out, `scenes` pastes them onto backgrounds, `recipe` learns from them."""
