"""The image's health check: 0 if the service in this container answers 200 on a path, ``/livez`` or ``/readyz``."""  # noqa: INP001 - a file of the image, no package of ours

import http.client
import os
import sys

_SECONDS = 4  # less than the HEALTHCHECK's five, so that we say why, and are not merely killed


def main(path: str) -> int:
    """Ask the port of SWITCHBOARD_BIND over loopback, through no proxy; what is said, `docker inspect` shows."""
    port = int(os.environ["SWITCHBOARD_BIND"].rpartition(":")[2])
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
        connection.request("GET", path)
        answer = connection.getresponse()
        sys.stdout.write(f"{answer.status} {answer.read().decode(errors='replace')}\n")
    except (OSError, http.client.HTTPException) as error:
        sys.stdout.write(f"{path} does not answer: {error!r}\n")
        return 1
    return 0 if answer.status == http.client.OK else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
