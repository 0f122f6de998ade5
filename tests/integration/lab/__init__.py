"""Tests of the lab: that it is an honest judge."""
