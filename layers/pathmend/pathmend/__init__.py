"""Pathmend turns an alarm into a repaired path: proven, approved, verified, and undone if it did not help."""

__version__ = "0.1.0"
