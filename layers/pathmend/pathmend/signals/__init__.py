"""What happened: an EventBridge event as a typed signal, or the reason why it is none of ours."""
