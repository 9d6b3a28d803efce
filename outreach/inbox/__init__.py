"""Mail in: read, classify, match to a letter, record what it means.

mailbox/   the box on the server                  enclosed/  attachments and envelopes, opened within bounds
quoting/   whose words they are                   meaning/   what the words mean
sources    files, folders and mbox files          classify   what the mail is
known      what is known of the letters           match      which letter it is about
ingest     all of it, a transaction a batch       effects    what it changes
settle     whose mail it is, as a person says     proof      what may follow from a mail
"""
