"""What is enclosed in a mail: attachments read within bounds, and envelopes opened."""
