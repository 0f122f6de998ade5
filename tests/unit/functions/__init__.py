"""The handlers, over the ports in memory."""
