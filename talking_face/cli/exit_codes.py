"""What the program's exit code says, beside 0 for success."""

UNMARKED = 1  # verify: a file carries no mark of where it comes from
REFUSED = 2  # something given cannot be used; argparse's code as well
INTERRUPTED = 130  # as shells have it: 128 and SIGINT
