"""``gk audit``: open the audit of a guideline change, and say what the audits have shown."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_of

if TYPE_CHECKING:
    from groundkeeper.audits import Opened


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(no_args_is_help=True, help="Bound what a guideline change has missed.")
    group.command("open", epilog="Example: " + _EXAMPLE)(open_one)
    group.command("report", epilog="Example: gk audit report lung-nodules")(report)
    app.add_typer(group, name="audit")


_EXAMPLE = (
    "gk audit open lung-nodules audit-1 --old 1.1.0 --miss-rate 0.05 --annotator ada --annotator bo"
)


def open_one(  # noqa: PLR0913 - each says one thing about the audit
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set to audit.")],
    round_name: Annotated[str, typer.Argument(metavar="ROUND", help="Name of the round.")],
    *,
    old: Annotated[str, typer.Option("--old", help="Version before the change, X.Y.Z.")],
    miss_rate: Annotated[
        float, typer.Option("--miss-rate", help="Share of records that may be missed at most.")
    ] = 0.05,
    confidence: Annotated[
        float, typer.Option("--confidence", help="How sure the bound has to be.")
    ] = 0.95,
    noise: Annotated[
        float,
        typer.Option(
            "--noise", help="Share of readings expected to differ though nothing changed."
        ),
    ] = 0.0,
    by_difference: Annotated[
        bool,
        typer.Option(
            "--by-difference", help="Draw enough for the arms alone, without adjudicators."
        ),
    ] = False,
    near_factor: Annotated[
        float,
        typer.Option("--near-factor", help="How much more often to draw next to a moved boundary."),
    ] = 4.0,
    alike: Annotated[
        float,
        typer.Option(
            "--alike", help="How alike readings of one group are, 0 to 1. 1: they count as one."
        ),
    ] = 1.0,
    annotators: Annotated[
        list[str] | None,
        typer.Option("--annotator", help="Of a panel; may repeat. Default: who answered the item."),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Draw records that nobody is asked about, to be read again under the older version and under the one in force.

    What is drawn is enough to show that at most --miss-rate of the untouched records, and of those re-derived, were
    missed, if nothing is found. Which arm a reading belongs to is by chance, and the task does not tell.
    """
    root = root_of(context)
    from groundkeeper import audits  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.core.audit.design import Goal  # noqa: PLC0415

    goal = Goal(
        miss_rate,
        confidence,
        by="difference" if by_difference else "traced",
        noise=noise,
        near_factor=near_factor,
        alike=alike,
    )
    opened = audits.open_audit(
        root, set_name, round_name, old=old, goal=goal, annotators=annotators
    )
    if as_json:
        output.print_json(_without_nan(opened.as_json()))
        return
    _tell(opened, set_name)


def report(
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set to show.")],
    *,
    as_json: output.AsJson = False,
) -> None:
    """Print what the audits of a set have shown, by round, for untouched and for re-derived records apart."""
    root = root_of(context)
    from groundkeeper import audits  # noqa: PLC0415

    found = audits.report(root, set_name).to_dict("records")
    if as_json:
        output.print_json([_without_nan(row) for row in found])
        return
    if not found:
        typer.echo("no audit has been opened; `gk audit open` opens one")
        return
    heads = [
        "round",
        "action",
        "measure",
        "value",
        "low",
        "high",
        "n",
        "groups",
        "effective n",
        "note",
    ]
    rows = [
        [
            row["subject"],
            row["level"],
            str(row["measure"]).removeprefix("audit_"),
            *(_number(row[name], 3) for name in ("value", "low", "high")),
            row["n"],
            row["groups"],
            _number(row["effective_n"], 1),
            row["note"],
        ]
        for row in found
    ]
    output.print_table(heads, rows, numbers={3, 4, 5, 6, 7, 8})


def _tell(opened: "Opened", set_name: str) -> None:
    typer.echo(
        f"{set_name}: opened the audit of {opened.old} to {opened.new} as {opened.batch.round}: "
        f"{opened.readings} readings"
    )
    heads = ["action", "records", "groups", "drawn", "design effect", "bound if nothing is found"]
    rows = [
        [
            action,
            found.pool,
            found.groups,
            opened.drawn[action],
            _number(found.design_effect, 2),
            _number(opened.bounds[action], 3),
        ]
        for action, found in opened.designs.items()
    ]
    output.print_table(heads, rows, numbers={1, 2, 3, 4, 5})
    if opened.read_once:
        typer.echo(
            f"note: {opened.read_once} of {sum(opened.drawn.values())} drawn records are read by one person, under "
            "one version, as nobody else answered their items; a panel (--annotator) reads each under both"
        )
    for action, found in opened.designs.items():
        if opened.is_enough(action):
            continue
        wanted, bound = f"a miss rate of {opened.goal.miss_rate:g}", opened.bounds[action]
        if found.is_enough:
            typer.echo(
                f"note: the readings of {opened.drawn[action]} {action} records do not show {wanted}, but "
                f"{bound:.3f} at best; a lower --miss-rate draws more"
            )
        else:
            typer.echo(
                f"note: all {found.pool} {action} records are too few to show {wanted}; they show {bound:.3f} at best"
            )


def _number(value: object, digits: int) -> str | None:
    is_known = isinstance(value, int | float) and not math.isnan(value)
    return f"{value:.{digits}f}" if is_known else None


def _without_nan(value: object) -> object:
    """Return *value* with null where a number is not defined, which JSON cannot say."""
    match value:
        case float() if math.isnan(value):
            return None
        case dict():
            return {key: _without_nan(one) for key, one in value.items()}
        case list():
            return [_without_nan(one) for one in value]
        case _:
            return value
