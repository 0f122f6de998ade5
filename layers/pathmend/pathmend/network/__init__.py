"""Where a packet goes: flows, legs, hops, port sets, blockers, and what a change would open."""
