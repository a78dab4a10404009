"""``gk what-if``: what moving one threshold of the guideline would cost, value by value."""

from pathlib import Path
from typing import Annotated

import typer

from groundkeeper import guideline_versions
from groundkeeper.cli import output
from groundkeeper.cli.application import root_if_any, root_of
from groundkeeper.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("what-if", epilog="Example: gk what-if lung-nodules inc.small 3..8")(command)


def command(  # noqa: PLR0913 - each says one thing about the question
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(metavar="SET", help="Set, for the version in force; SET@X.Y.Z; or a file."),
    ],
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id of the rule.")],
    values: Annotated[
        str, typer.Argument(metavar="VALUES", help="3..8, by ones; 3..8:0.5; or 3,4.5,6.")
    ],
    *,
    field: Annotated[
        str | None, typer.Option("--field", help="Which threshold, where the rule has several.")
    ] = None,
    records: Annotated[
        Path | None,
        typer.Option("--on", metavar="FILE", help="Records or observations: Parquet or CSV."),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Print the cost curve of moving one threshold: records touched, needing a person, items to search, hours."""
    from groundkeeper import assessing  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.core.impact import what_if  # noqa: PLC0415
    from groundkeeper.reports import guideline_impact as words  # noqa: PLC0415

    tried = what_if.values(values)
    reference = subject
    if not {"@", "/", "."} & set(subject):
        reference += f"@{guideline_versions.in_force(root_of(context), subject)}"
    guideline = guideline_versions.find(reference, root_if_any(context))
    threshold = what_if.threshold(guideline, rule, field)
    if records is not None:
        source: assessing.Source = assessing.OfFile(records, guideline)
    else:
        source = assessing.OfSet(Layout(root_of(context), guideline.set_name), guideline)
    curve = [(value, source.assess(threshold.at(value))) for value in tried]
    if as_json:
        points = [words.point(threshold.comparison.field, v, assessed) for v, assessed in curve]
        output.print_json(points)
        return
    typer.echo(f"{rule} of {guideline.set_name}@{guideline.version}: {words.now(threshold)}")
    heads = [
        threshold.comparison.field,
        "touched",
        "need a person",
        "search",
        "second look",
        "work",
    ]
    rows = [words.curve_row(value, assessed) for value, assessed in curve]
    output.print_table(heads, rows, numbers={0, 1, 2, 3, 4})
    for note in dict.fromkeys(note for _, assessed in curve for note in words.notes(assessed)):
        typer.echo(f"note: {note}")
