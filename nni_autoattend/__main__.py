"""``python -m nni_autoattend``: the command line."""

from nni_autoattend.cli.main import main

if __name__ == "__main__":
    main()
