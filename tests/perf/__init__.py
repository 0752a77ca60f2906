"""The benches: every figure is a ratio inside one run (`python -m tests.perf`, `make bench`)."""
