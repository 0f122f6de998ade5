"""What is there: immutable resources with indices, parsed from describe answers. No call to AWS."""
