"""Takeover: a pole already under way, entered as transcribed acts."""
