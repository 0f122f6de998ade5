"""Trouble: what may go wrong at any call, in any order and at the same moment, and what must hold all the same."""
