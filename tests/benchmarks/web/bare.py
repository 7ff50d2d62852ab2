"""A page that says hello, on the server as Passerelle sets it up: ``python -m tests.benchmarks.web.bare PORT``."""

import sys

from flask import Flask

from web.connections import Server
from web.server import open_files, server_settings

app = Flask("bare")


@app.get("/")
def hello() -> str:
    return "Hello"


if __name__ == "__main__":
    Server(app, host="127.0.0.1", port=int(sys.argv[1]), **server_settings(open_files())).run()
