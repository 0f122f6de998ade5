"""The adapters' own parts: the error table, the codec, the trimming, the rules."""
