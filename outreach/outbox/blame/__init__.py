"""Whose fault a refusal is: one table of answers, read for SMTP and for bounces, with the cure."""
