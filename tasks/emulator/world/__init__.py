"""State, clock, faults and wire of the offline providers."""
