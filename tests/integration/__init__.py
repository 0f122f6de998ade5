"""Tests over several rooms at once, and of the lab."""
