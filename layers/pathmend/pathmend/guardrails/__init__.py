"""Whether we may: rules and checks that turn a plan into a decision with its reasons."""
