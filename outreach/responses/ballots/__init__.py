"""Recorded votes as they are published: grids, letters, lists and sentences, read in several ways."""
