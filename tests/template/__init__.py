"""The template, the state machine and the sample events hold what the design says of them."""
