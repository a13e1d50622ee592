"""Following a matter by its receipt code."""

from flask import Blueprint

bp = Blueprint("track", __name__)
