"""A county that never was, for demonstrations, trials and benchmarks: any size, the same for the same seed and month.

`plan` says how large and when, `folks` and `stories` who lives there, `folder` writes it all as an import folder, and
`history` lets its past months be billed and paid by the operations that bill and pay everybody else.
"""
