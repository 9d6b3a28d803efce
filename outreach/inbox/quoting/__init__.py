"""Whose words they are: quotes, footers and our own letter taken out, forwards opened."""
