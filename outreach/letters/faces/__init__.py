"""The faces of one text: the mail as HTML, plain text and bytes, the PDF, the open edition."""
