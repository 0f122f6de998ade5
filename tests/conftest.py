"""Test-wide set-up. Its place in a package is what makes `tests.builders` importable from every test."""
