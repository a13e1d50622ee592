"""The SMTP side: mail in, opinions out. Depends on feedback; never on its web pages."""
