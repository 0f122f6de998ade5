"""Why it is broken: one module per symptom, findings with evidence, siblings compared."""
