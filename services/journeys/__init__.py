"""The table of contents: what writes in two rooms or crosses a wire."""
