"""Who may do what: AWS's policy evaluation, with the context that the path of a request gives it."""
