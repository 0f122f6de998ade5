"""Tests of the changes room."""
