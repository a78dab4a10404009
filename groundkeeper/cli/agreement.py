"""``gk agreement``: how far annotators agree, by every coefficient that can be had of anybody's file of ratings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from groundkeeper.cli import output

if TYPE_CHECKING:
    from groundkeeper.rated import Rated


class _Wanted(NamedTuple):
    """What is asked for besides: by class, by annotator, by pairs with at least so many units in common, or 0."""

    by_class: bool
    by_annotator: bool
    fewest: int


_EXAMPLE = "Example: gk agreement ratings.csv --level ordinal --scale low,medium,high --by-class"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("agreement", epilog=_EXAMPLE)(command)


def command(  # noqa: PLR0913 - each says one thing about the file or the question
    path: Annotated[
        Path, typer.Argument(metavar="RATINGS", help="Parquet or CSV, in one of the shapes.")
    ],
    *,
    level: Annotated[
        Literal["nominal", "ordinal", "interval", "ratio", "set"],
        typer.Option(
            "--level",
            help="Scale of measurement: nominal, ordinal, interval, ratio; set: ratings are several classes, as a "
            "JSON list or a|b.",
        ),
    ] = "nominal",
    shape: Annotated[
        Literal["long", "units-by-raters", "counts", "contingency"],
        typer.Option(
            "--shape",
            help="long: one row a rating. units-by-raters: one row a unit, one column an annotator. counts: one row a "
            "unit, one column a class. contingency: the table of two annotators.",
        ),
    ] = "long",
    scale: Annotated[
        str | None,
        typer.Option("--scale", metavar="A,B,C", help="The classes in their order, lowest first."),
    ] = None,
    weights: Annotated[
        Literal["linear", "quadratic", "radical", "ordinal", "ratio", "circular", "bipolar"] | None,
        typer.Option(
            "--weights",
            help="How ratings that differ agree in part: linear, quadratic, radical, ordinal, "
            "ratio, circular, bipolar. Default: by level.",
        ),
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", metavar="COL", help="Column of the unit.")
    ] = None,
    annotator: Annotated[
        str | None, typer.Option("--annotator", metavar="COL", help="Column of the annotator.")
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", metavar="COL", help="Column of the rating.")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            "--group", metavar="COL", help="Column of the group of a unit: intervals are by group."
        ),
    ] = None,
    identity: Annotated[
        Literal["known", "anonymous"],
        typer.Option("--identity", help="anonymous: nothing is computed of single annotators."),
    ] = "known",
    by_class: Annotated[
        bool, typer.Option("--by-class", help="Also agreement on each class.")
    ] = False,
    by_annotator: Annotated[
        bool, typer.Option("--by-annotator", help="Also alpha without each annotator.")
    ] = False,
    by_pair: Annotated[
        bool, typer.Option("--by-pair", help="Also Cohen's kappa of every two annotators.")
    ] = False,
    fewest: Annotated[
        int, typer.Option("--fewest", min=1, help="With --by-pair: fewest units in common.")
    ] = 1,
    rounds: Annotated[
        int, typer.Option("--rounds", min=100, help="Bootstrap rounds of intervals by group.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap.")] = 0,
    as_json: output.AsJson = False,
) -> None:
    """Compute every coefficient of agreement that is defined, and say why the others are not.

    Needs no repository. Standard errors and intervals take units as independent; with --group they are resampled by
    group. Agreement is no proof of being right, and no single coefficient a verdict.
    """
    from groundkeeper.core.estimates import Resampling  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.label_files import Named  # noqa: PLC0415
    from groundkeeper.rated import Rated  # noqa: PLC0415
    from groundkeeper.rating_files import Shape, read_ratings  # noqa: PLC0415
    from groundkeeper.rating_sets import as_sets  # noqa: PLC0415

    named = Named(task=task, annotator=annotator, label=label, group=group)
    classes = tuple(scale.split(",")) if scale is not None else None
    if level == "set":
        _refuse_with_sets(shape, scale, weights)
    of_level = "nominal" if level == "set" else level
    ratings = read_ratings(path, Shape(shape), of_level, classes, named)
    rated = Rated(
        as_sets(ratings) if level == "set" else ratings,
        of_level,
        Shape(shape),
        Resampling(rounds, seed, 0.95),
        weights,
        is_anonymous=identity == "anonymous",
        are_sets=level == "set",
    )
    _tell(rated, _Wanted(by_class, by_annotator, fewest if by_pair else 0), as_json=as_json)


def _refuse_with_sets(shape: str, scale: str | None, weights: str | None) -> None:
    """Refuse what sets have not: a table with a column a class, an order, weights by order."""
    from groundkeeper.errors import RefusedError  # noqa: PLC0415 - as above

    asked = {
        f"--shape {shape}": shape in {"counts", "contingency"},
        "--scale": scale is not None,
        "--weights": weights is not None,
    }
    for option, is_asked in asked.items():
        if is_asked:
            message = f"found {option} with --level set; sets have none such; leave it out"
            raise RefusedError(message)


def _tell(rated: "Rated", wanted: _Wanted, *, as_json: bool) -> None:
    """Print the coefficients, and what is asked for besides."""
    from groundkeeper.reports import agreement as words  # noqa: PLC0415 - as above
    from groundkeeper.reports.undefined import rows  # noqa: PLC0415

    output.warn(rated.ratings.warnings)
    lines = rated.lines()
    of_class = rated.by_class() if wanted.by_class else None
    of_annotator = rated.by_annotator() if wanted.by_annotator else None
    of_pair = rated.by_pair(wanted.fewest) if wanted.fewest else None
    if as_json:
        document = words.read(rated) | {"coefficients": words.as_json(lines)}
        for name, table in (
            ("by_class", of_class),
            ("by_annotator", of_annotator),
            ("by_pair", of_pair),
        ):
            document[name] = None if table is None else rows(table)
        output.print_json(document)
        return
    typer.echo(words.headline(rated))
    found = [words.coefficients(lines)]
    found += [words.by_class(of_class)] if of_class is not None else []
    found += [words.by_annotator(of_annotator)] if of_annotator is not None else []
    found += [words.by_pair(of_pair)] if of_pair is not None else []
    for heads, cells, more in found:
        output.print_table(heads, cells)
        if more:
            typer.echo(more)
    for line in (*words.undefined(lines), *words.warnings(lines)):
        typer.echo(line)
