"""Whether lips follow a voice: correlation, closings, robustness, sync."""
