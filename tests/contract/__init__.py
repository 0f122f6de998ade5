"""One suite per port, run over its fake and over its AWS adapter on moto."""
