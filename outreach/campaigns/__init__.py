"""Campaigns: who gets which letter when. Create, check, preview, approve, schedule, pause. Never SMTP."""
