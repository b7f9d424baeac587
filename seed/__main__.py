"""Run the command line: python -m seed."""

from seed.cli import cli

if __name__ == "__main__":
    cli(prog_name="python -m seed")
