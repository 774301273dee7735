"""Many calls under limits: load shapes, the calls of all cells in one event loop, progress."""
