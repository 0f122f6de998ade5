"""Tests of the repository's own programs."""
