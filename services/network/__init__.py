"""The grid and its places: stations, substations, feeders, transformer areas, premises, service points."""
