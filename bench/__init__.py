"""What Pathmend costs: time to start, time and calls of a triage, bytes to deploy. Measured here, asserted nowhere."""
