"""Huiyin: the domain. Importing it loads no web or mail framework."""
