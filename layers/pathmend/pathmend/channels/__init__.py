"""How people see an incident and answer it: mail text, web page, terminal, and the tokens behind the links."""
