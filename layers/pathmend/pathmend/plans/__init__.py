"""Which changes repair it: candidates from findings, simulated, the smallest chosen, fingerprinted."""
