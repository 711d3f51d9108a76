"""An area in parts: units near each other assessed together, on as many machines as there are."""
