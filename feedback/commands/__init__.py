"""What the `feedback` command can do, one module for each meaning."""
