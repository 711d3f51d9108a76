"""What a planner has, read and checked: settings, files, layers, and their faults."""
