"""Reading what strangers sent. All of this runs in a process of its own, so it knows no database and no settings."""
