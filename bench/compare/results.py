#!/usr/bin/env python3
"""What `./dev bench` found, as one JSON document, as a table, and as the list of bench/results/.

  results.py merge GIRO-REPORT COMPARED...   one document of them, to stdout
  results.py show DOCUMENT                   Giro's W3 beside the compared systems, for people
  results.py save DOCUMENT FOLDER            keeps it under its time, and lists the folder anew
  results.py list FOLDER                     writes the folder's README.md from its JSON files

A compared system has the form of a workload of `giro bench`, with its name, version and settings. A plain report of
`giro bench` is a document too, of nothing compared.
"""

import json
import pathlib
import sys
import textwrap

LIST_HEAD = """# Results

What `./dev bench` found, newest first: payments a second, and in brackets p50 and p99. W1 is paid in groups of 8,189;
W3 is one payment a request on 32 connections, as are those of PostgreSQL; plain SQLite is one thread. "x 8" says that
Giro's W3 was 8 times as fast in the same run. The machine's sync is the time to write and sync 4 KiB; it was disturbed
where something else kept its processors busy.

This page is made from the JSON files beside it (`bench/compare/results.py list bench/results`): don't edit it.

| taken at (UTC) | machine | SQLite | scale | W1 | W3 | PostgreSQL | plain SQLite |
|---|---|---|---|---|---|---|---|
"""


# As in the tables of `giro bench`.
WORTH_SAYING = 0.15


class Misuse(Exception):
    """For a person: what is wrong with what was given."""


def read(path):
    try:
        found = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misuse(f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise Misuse(f"{path}: not a JSON object")
    return found


def document_in(path):
    found = read(path)
    document = found if "giro" in found else {"giro": found, "compared": [], "ratios": {}}
    if "workloads" not in document["giro"]:
        raise Misuse(f"{path}: neither a report of giro bench nor a document of ./dev bench")
    return document


def workload(document, name):
    return next((each for each in document["giro"]["workloads"] if each["id"] == name), None)


def per_second(outcome):
    return outcome["payments"]["per_second"]


def is_disturbed(document):
    """Others had so much of the processors while W3 ran that the figures are about them, too."""
    w3 = workload(document, "W3")
    if w3 is None:
        return False
    of_all = w3["payments"]["seconds"] * document["giro"]["machine"]["cores"]
    return w3["other_cpu_seconds"] / of_all > WORTH_SAYING


# ---- One document ---------------------------------------------------------------------------------------------------


def merged(giro, compared):
    document = {"taken_at": giro["taken_at"], "giro": giro, "compared": compared}
    w3 = workload(document, "W3")
    if w3 is None:
        raise Misuse("the report of giro bench has no W3, which the others are compared with")
    document["ratios"] = {each["id"]: per_second(w3) / per_second(each) for each in compared}
    return document


def one_line(document):
    return json.dumps(document, separators=(",", ":")) + "\n"


# ---- A table for people ---------------------------------------------------------------------------------------------


def shown_ms(value):
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f} ms"


def shown_ratio(ratio):
    return f"{ratio:.{1 if ratio < 10 else 0}f}"


def latency(outcome, percentile):
    return shown_ms(outcome["latencies"][0][f"{percentile}_ms"])


def row(system, how, outcome, ratio):
    rate = f"{per_second(outcome):,.0f}"
    return [system, how, rate, latency(outcome, "p50"), latency(outcome, "p99"), ratio]


def aligned(rows, left_columns):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for cells in rows:
        padded = [
            cell.ljust(width) if column < left_columns else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths))
        ]
        yield "  ".join(padded).rstrip()


def indented(text):
    return textwrap.wrap(text, 110, initial_indent="  ", subsequent_indent="  ")


def name_of(system):
    return f"{system['name']} {system['version']}"


def table(document):
    rows = [["SYSTEM", "HOW", "PAYMENTS/S", "P50", "P99", "GIRO DOES"]]
    w3 = workload(document, "W3")
    rows.append(row("Giro, W3", w3["title"], w3, ""))
    for system in document["compared"]:
        ratio = f"{shown_ratio(document['ratios'][system['id']])} times that"
        rows.append(row(name_of(system), system["title"], system, ratio))
    lines = list(aligned(rows, left_columns=2))
    for system in document["compared"]:
        settings = " ".join(f"{name}={value}" for name, value in system["settings"].items())
        lines += ["", f"{name_of(system)} ran with", *indented(settings)]
    if is_disturbed(document):
        lines += ["", "Something else kept the processors busy meanwhile: measure again without it."]
    return "\n".join(lines) + "\n"


# ---- The list of bench/results/ -------------------------------------------------------------------------------------


def file_name(document):
    # 2026-11-23T15:52:28Z -> 2026-11-23T1552.json
    return document["giro"]["taken_at"][:16].replace(":", "") + ".json"


def machine_of(document):
    machine = document["giro"]["machine"]
    memory = machine["memory_bytes"] / 2**30
    disturbed = "; disturbed" if is_disturbed(document) else ""
    return (
        f"{machine['processor']}, {machine['cores']} cores, {memory:.0f} GiB, "
        f"{machine['filesystem']} (sync {machine['sync_floor_ms']:.2f} ms){disturbed}"
    )


def figures(outcome):
    if outcome is None or "payments" not in outcome:
        return "-"
    return f"{per_second(outcome):,.0f} ({latency(outcome, 'p50')}, {latency(outcome, 'p99')})"


def compared_figures(document, name):
    system = next((each for each in document["compared"] if each["id"] == name), None)
    if system is None:
        return "-"
    return f"{system['version']}: {figures(system)}, x {shown_ratio(document['ratios'][name])}"


def list_row(name, document):
    giro = document["giro"]
    cells = [
        f"[{giro['taken_at'][:16].replace('T', ' ')}]({name})",
        machine_of(document),
        giro["sqlite"],
        f"{giro['scale']:g}",
        figures(workload(document, "W1")),
        figures(workload(document, "W3")),
        compared_figures(document, "postgresql"),
        compared_figures(document, "plain_sqlite"),
    ]
    return "| " + " | ".join(cells) + " |\n"


def write_list(folder):
    documents = {path.name: document_in(path) for path in pathlib.Path(folder).glob("*.json")}
    newest_first = sorted(
        documents.items(), key=lambda named: named[1]["giro"]["taken_at"], reverse=True
    )
    page = LIST_HEAD + "".join(list_row(name, document) for name, document in newest_first)
    (pathlib.Path(folder) / "README.md").write_text(page, encoding="utf-8")


def save(document, folder):
    name = file_name(document)
    (pathlib.Path(folder) / name).write_text(one_line(document), encoding="utf-8")
    write_list(folder)
    return f"bench/results/{name}"


def main(words):
    match words:
        case ["merge", giro, *compared] if compared:
            sys.stdout.write(one_line(merged(read(giro), [read(each) for each in compared])))
        case ["show", document]:
            sys.stdout.write(table(document_in(document)))
        case ["save", document, folder]:
            print(save(document_in(document), folder))
        case ["list", folder]:
            write_list(folder)
        case _:
            print(__doc__, file=sys.stderr)
            return 64
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Misuse as problem:
        print(f"results.py: {problem}", file=sys.stderr)
        sys.exit(70)
