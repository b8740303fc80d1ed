"""Settings, ports and assembly: how the parts of one process are put together."""
