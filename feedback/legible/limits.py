"""What the reading of one file may take."""

# As much as the search looks through in any one text: a hundred pages.
LONGEST = 100_000
MOST_MEMORY = 768 * 1024 * 1024
# So long it goes on reading; what it has then is kept.
SECONDS_OF_READING = 15.0
# For one that does not come back: then the process ends.
SECONDS_OF_WORK = 30.0
SECONDS = 90.0
