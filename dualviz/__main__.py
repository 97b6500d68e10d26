"""`python -m dualviz COMMAND`: see `dualviz.commands`."""

import sys

from dualviz.commands import main

if __name__ == "__main__":
    sys.exit(main())
