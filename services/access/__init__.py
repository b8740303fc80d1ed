"""Who may enter: sign-ins, agents, web sessions, one-time codes."""
