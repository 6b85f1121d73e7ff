"""Running programs: runtime, sandbox, limits, streaming logs, outcome."""
