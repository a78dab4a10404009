"""``gk score compare``: whether two scores differ, and what moved the one to the other."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.errors import listing

if TYPE_CHECKING:
    from groundkeeper.core.estimates import Estimate
    from groundkeeper.scores.comparing import Comparison, Moves, Pair

_EXAMPLE = (
    "Example: gk score compare lung-nodules detector-a detector-b --at 1.0.0/1 --against 2.0.0/1"
)
_ROUNDING = 1e-9
"""What is smaller is nothing."""

_FACTOR = {
    "model": "the model",
    "gt": "the answers behind the ground truth",
    "guideline": "the guideline",
}


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("compare", epilog=_EXAMPLE)(command)


def command(  # noqa: PLR0913 - two who are compared, where, and by what
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set that both are scored on.")],
    first: Annotated[str, typer.Argument(metavar="A", help="Model or annotator.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another, or A at another snapshot.")],
    *,
    tag: Annotated[
        str | None,
        typer.Option("--at", metavar="TAG", help="Snapshot of A. Default: the work tree as it is."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="TAG",
            help="Snapshot of B, or now: the work tree. Default: that of A.",
        ),
    ] = None,
    measure: Annotated[str, typer.Option("--measure", help="Which figure.")] = "f1",
    label: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="Of one class.")
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Show how far A and B are apart and how surely one is better; or, over two ground truths, what moved the score.

    Two scores are subtracted over one ground truth, guideline and settings alone. Otherwise the predictions of both, as
    they were, are scored on the items that both share against the answers of each snapshot under the guideline of each,
    built in a second work tree; annotators, who are part of the ground truth, are compared over one alone.
    """
    from groundkeeper.scores.cells import Contender  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.scores.comparing import Measured, compare  # noqa: PLC0415 - as above
    from groundkeeper.scores.grounds import ground, resampling  # noqa: PLC0415 - as above
    from groundkeeper.scores.place import place  # noqa: PLC0415 - as above

    root = root_of(context)
    one = Contender(first, place(root, set_name, tag))
    other = Contender(second, place(root, set_name, against or tag))
    with output.Progress() as progress:
        common = ground(one, other, progress)
    found = compare(common, set_name, Measured(measure, label), resampling(root, set_name))
    output.warn(common.notes)
    if as_json:
        output.print_json(found.as_json())
        return
    _print(found)


def _print(found: "Comparison") -> None:
    from groundkeeper.reports import undefined  # noqa: PLC0415 - as above

    ground, bridge = found.ground, found.ground.bridge
    of_class = f" of {found.measured.label}" if found.measured.label else ""
    typer.echo(
        f"{found.set}: {found.measured.measure}{of_class} on {len(bridge.items)} items, {bridge.groups} groups"
    )
    for reason, n in bridge.left_out.items():
        if n:
            typer.echo(f"  {n} items left out: {reason}")
    rows = [
        [one.subject, one.at, one.guideline, one.content_digest[:10], undefined.figure(score)]
        for one, score in zip(ground.rests, found.scores, strict=True)
    ]
    output.print_table(["", "against", "guideline", "ground truth", "score on these items"], rows)
    if found.pair is not None:
        _print_pair(found.pair, *(one.subject for one in ground.rests))
    if found.moves is not None:
        typer.echo(
            f"not comparable: another {listing(name.replace('_', ' ') for name in ground.apart)}. "
            "What moved the first score to the second:"
        )
        _print_moves(found.moves)


def _print_pair(pair: "Pair", first: str, second: str) -> None:
    from groundkeeper.reports import undefined  # noqa: PLC0415 - as above

    typer.echo(f"{first} less {second}: {undefined.figure(pair.difference)}")
    chance = undefined.plain(pair.beats.both.probability)
    truth = f", and over what {pair.doubted} records in doubt may be" if pair.doubted else ""
    typer.echo(
        f"probability that {first} beats {second}, over other items like these{truth}: "
        f"{'unknown' if chance is None else f'{chance:.3f}'}"
    )
    if pair.beats.sampling.ties == 1:
        typer.echo("nothing differs: on these items they tie, whichever are drawn")
    for note in dict.fromkeys(filter(None, (pair.difference.note, pair.beats.note))):
        typer.echo(f"note: {note}")


def _print_moves(moves: "Moves") -> None:
    parts, ends = moves.split, moves.extremes
    rows = [
        _row(_FACTOR[name], one, None if ends is None else ends.effect(name))
        for name, one in parts.effects.items()
    ]
    rows += [_row(name, one, None) for name, one in parts.joint.items()]
    rows.append(_row("together", parts.total, None))
    output.print_table(["effect of", "change", "min, max"], rows)
    together = [
        _row(name, one, None)[:2]
        for name, one in parts.interactions.items()
        if abs(one.value) > _ROUNDING
    ]
    if together:
        output.print_table(["together, beyond what each does alone", "change"], together)
    if ends is not None:
        typer.echo(
            f"min, max: with {ends.items} items that are open in a hybrid alone, whatever they turn out to be; "
            f"nothing bounds {ends.unbounded} more"
        )
    parts_of_it = (parts.total, *parts.effects.values(), *parts.interactions.values())
    if all(abs(one.value) <= _ROUNDING for one in parts_of_it):
        typer.echo("nothing moved: on these items each score is the same")
    for note in dict.fromkeys(
        (*parts.notes, *(one.note for one in parts.effects.values() if one.note))
    ):
        typer.echo(f"note: {note}")


def _row(name: str, one: "Estimate", ends: "tuple[float, float] | None") -> list[object]:
    from groundkeeper.reports import undefined  # noqa: PLC0415 - as above

    told = replace(one, value=0.0) if abs(one.value) <= _ROUNDING else one
    between = None if ends is None else f"{ends[0]:+.3f}, {ends[1]:+.3f}"
    return [name, undefined.figure(told), between]
