"""Answers as ClickHouse's HTTP interface does, with chDB, ClickHouse's engine in a library.

usage: clickhouse_front.py FOLDER SCALING.md

Executes the `CREATE` statements of the document, listens on a free port of 127.0.0.1 and prints the port. A POST with an
INSERT in the parameter `query` inserts its body; another request returns the result of its statement. One session serves
all requests, one after another.
"""
import http.server
import re
import sys
import tempfile
import threading
import urllib.parse
from pathlib import Path

from chdb import session

INSERT = re.compile(r"INSERT INTO\s+(\S+)\s*\(([^)]*)\)\s*FORMAT\s+(\w+)", re.S)


class Engine:
    def __init__(self, folder, document):
        self.folder = Path(folder)
        self.session = session.Session(str(self.folder / "data"))
        self.lock = threading.Lock()
        for statement in re.findall(r"```sql\n(CREATE.*?)```", Path(document).read_text(), re.S):
            # The records of tests are older than any TTL.
            self.session.query(re.sub(r"^TTL .*\n", "", statement, flags=re.M))

    def query(self, statement):
        with self.lock:
            return self.session.query(statement, "TabSeparated").bytes()

    def insert(self, database, statement, body):
        table, columns, form = INSERT.match(statement).groups()
        if "." not in table:
            table = f"{database}.{table}"
        with self.lock, tempfile.NamedTemporaryFile(dir=self.folder) as rows:
            rows.write(body)
            rows.flush()
            described = self.session.query(f"DESCRIBE TABLE {table}", "TabSeparatedRaw").bytes().decode()
            types = dict(line.split("\t")[:2] for line in described.splitlines())
            names = [name.strip() for name in columns.split(",")]
            structure = ", ".join(f"`{name}` {types[name]}" for name in names).replace("'", "\\'")
            listed = ", ".join(f"`{name}`" for name in names)
            self.session.query(
                f"INSERT INTO {table} ({listed}) SELECT {listed} FROM file('{rows.name}', '{form}', '{structure}')")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine = None

    def do_POST(self):
        self.answer(self.chunks() if self.headers.get("Transfer-Encoding") == "chunked" else
                    self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def chunks(self):
        body = b""
        while length := int(self.rfile.readline(), 16):
            body += self.rfile.read(length)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def do_GET(self):
        self.answer(b"")

    def answer(self, body):
        parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        statement = parameters.get("query", "")
        try:
            if statement.lstrip().upper().startswith("INSERT"):
                self.engine.insert(parameters.get("database", "default"), statement, body)
                found = b""
            else:
                found = self.engine.query(statement or body.decode())
            status = 200
        except Exception as error:
            found, status = str(error).encode(), 500
            print(f"{statement}: {error}", file=sys.stderr, flush=True)
        self.send_response(status)
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)

    def log_message(self, *_):
        pass


def main(folder, document):
    Handler.engine = Engine(folder, document)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
