"""Door: agents' console at /console. Dense, quick, nothing shown that the agent's stations and role do not allow."""
