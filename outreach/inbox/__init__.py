"""Mail in: read, classify, match to a letter, record what it means.

sources   files, folders and mbox files, one mail at a time
mime      the bytes as headers and parts          words     headers and bodies as text
classify  what the mail is                        quotes    what the person wrote themselves
match     which letter it is about                effects   what it changes
ingest    all of it, a transaction a mail
"""
