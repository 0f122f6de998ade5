"""AWS on one machine, the workshop's world in it, and an independent judge of its health."""
