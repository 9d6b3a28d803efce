"""A deterministic simulation of the outbox: the real code, step by step, under one seeded scheduler."""
