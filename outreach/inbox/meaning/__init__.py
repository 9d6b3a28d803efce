"""What the words of an answer mean: positions by clause, wishes, days, meetings, people. Proposals only."""
