"""Tests of Pathmend."""
