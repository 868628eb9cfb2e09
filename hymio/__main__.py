"""``hymio`` and ``python -m hymio``."""

import sys


def main() -> None:
    """Run the command line; an interrupt while its parts are still loading ends it without a trace."""
    try:
        from hymio.command import app

        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
