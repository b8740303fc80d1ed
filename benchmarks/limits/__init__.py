"""The limits: what bare libraries reach on the same work. Nothing here imports anything of ours."""
