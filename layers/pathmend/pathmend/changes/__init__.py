"""What may be changed: one file per kind of change. A change sets one slot of the world to a value.

Set to the value that the slot has already, a change requests nothing, so that applying twice equals applying once;
set to the value from before, it is its own undo.
"""
