"""How much trouble: `make test` meets a part of it in half a minute, PATHMEND_TROUBLE=all the whole in some minutes."""

from __future__ import annotations

import os

WHOLE = os.environ.get("PATHMEND_TROUBLE") == "all"
