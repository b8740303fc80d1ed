"""Door: operators. One file per noun of the lightline command."""
