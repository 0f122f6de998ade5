"""Whole incidents through the real handlers, and the proof of least privilege."""
