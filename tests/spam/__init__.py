"""Advertising is put aside where it can be seen; an opinion never is."""
