"""Tests from the outside: what a user types."""
