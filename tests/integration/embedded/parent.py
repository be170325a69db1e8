"""A program that starts both servers on the folders it is given, prints their numbers, and waits to be killed."""

import json
import sys
from pathlib import Path

from adapters.embedded.openbao import EmbeddedOpenBao
from adapters.embedded.postgres import EmbeddedPostgres


def main() -> None:
    openbao_folder, postgres_folder = (Path(argument) for argument in sys.argv[1:])
    openbao, postgres = EmbeddedOpenBao.start(openbao_folder), EmbeddedPostgres.start(postgres_folder)
    sys.stdout.write(json.dumps([openbao.pid, postgres.pid]) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
