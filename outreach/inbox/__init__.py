"""Mail in: read, classify, match to a letter, record what it means.

sources   files, folders and mbox files           imap      the box on the server
mime      the bytes as headers and parts          words     headers and bodies as text
classify  what the mail is                        quotes    what the person wrote themselves
known     what is known of the letters            match     which letter it is about
ingest    all of it, a transaction a batch        effects   what it changes
settle    whose mail it is, as a person says
"""
