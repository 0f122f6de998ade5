"""Tests of the guardrails room."""
