"""`python -m lynceus`: the program."""

from lynceus.cli import main

if __name__ == "__main__":
    main()
