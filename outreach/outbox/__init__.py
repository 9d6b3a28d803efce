"""The outbox: the queue, the workers, the SMTP connection, pace and retry. The only room that sends."""
