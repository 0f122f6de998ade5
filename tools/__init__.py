"""Small programs that the Makefile runs on the repository itself."""
