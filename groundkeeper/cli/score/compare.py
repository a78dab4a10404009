"""``gk score compare``: whether two scores differ, and what moved the one to the other."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.errors import listing

if TYPE_CHECKING:
    from groundkeeper.core.estimates import Estimate
    from groundkeeper.core.scoring.certainty.whatever import Whatever
    from groundkeeper.scores.comparing import Comparison, Moves, Pair
    from groundkeeper.scores.following import Followed

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
    built in a second work tree. Annotators, each held against what the others make without them, are compared with
    annotators, over one ground truth alone.
    """
    from groundkeeper.scores.cells import contender_of  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.scores.comparing import compare  # noqa: PLC0415 - as above
    from groundkeeper.scores.grounds import ground, resampling  # noqa: PLC0415 - as above
    from groundkeeper.scores.measuring import measured_at  # noqa: PLC0415 - as above

    root = root_of(context)
    one = contender_of(root, set_name, first, tag)
    other = contender_of(root, set_name, second, against or tag)
    with output.Progress() as progress:
        common = ground(one, other, progress)
    measured = measured_at((one.place, other.place), measure, label)
    found = compare(common, set_name, measured, resampling(root, set_name))
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
    heads = ["", "against", "guideline", "ground truth", "score on these items"]
    output.print_table(heads, rows, ids={0, 1})
    output.print_notes(score.note for score in found.scores if not math.isnan(score.value))
    if found.pair is not None:
        _print_pair(found.pair, *(one.subject for one in ground.rests))
    if found.moves is not None:
        typer.echo(
            f"not comparable: another {listing(name.replace('_', ' ') for name in ground.apart)}. "
            "What moved the first score to the second:"
        )
        _print_moves(found.moves)


def _print_pair(pair: "Pair", first: str, second: str) -> None:
    from groundkeeper.core.scoring.certainty.contrast import THE_SAME  # noqa: PLC0415 - as above
    from groundkeeper.reports import undefined  # noqa: PLC0415 - as above

    typer.echo(f"{first} less {second}: {undefined.figure(pair.difference)}")
    if pair.difference.note == THE_SAME:
        typer.echo("the same on both sides: the difference is 0, and there is no better one")
    else:
        truth = f", and over what {pair.doubted} records in doubt may be" if pair.doubted else ""
        typer.echo(
            f"probability that {first} beats {second}, over other items like these{truth}: "
            f"{chance_of(pair.beats.both.probability, pair.beats.draws)}"
        )
        if pair.beats.sampling.ties == 1:
            typer.echo("nothing differs: on these items they tie, whichever are drawn")
    if pair.followed is not None:
        _print_followed(pair.followed, pair.still_open, (first, second))
    notes = (pair.difference.note, pair.beats.note)
    output.print_notes(note for note in notes if note != THE_SAME)


def _print_followed(found: "Followed", still_open: int, names: tuple[str, str]) -> None:
    """Print between what the probability is, over every ending of the records that are pending or stale."""
    head = f"{still_open} records are pending or stale, and in none of these figures"
    if found.whatever is None:
        typer.echo(f"note: {head}; {found.note}")
        return
    typer.echo(
        f"{head}: whatever they turn out to be, that probability is {between(found.whatever, names)}"
    )
    if found.as_drawn is not None:
        typer.echo(
            f"  were the shapes of {found.redrawn} of them to stay, which may be drawn anew: "
            f"{between(found.as_drawn, names)}"
        )


def between(found: "Whatever", names: tuple[str, str]) -> str:
    """Return between what a probability is, and who is ahead on the items that are there, if somebody surely is.

    Examples
    --------
    >>> from groundkeeper.core.scoring.certainty.whatever import Whatever
    >>> between(Whatever(0.25, 1.0, 1, 1000), ("net", "other"))
    'between 0.250 and 1.000; on these items net is ahead'
    >>> between(Whatever(1.0, 1.0, 0, 1000), ("net", "other"))
    '> 0.999'
    """
    low, high = (chance_of(end, found.draws) for end in (found.low, found.high))
    told = low if low == high else f"between {found.low:.3f} and {found.high:.3f}"
    ahead = {
        1: f"; on these items {names[0]} is ahead",
        -1: f"; on these items {names[1]} is ahead",
    }
    return told + ahead.get(found.ahead, "")


def chance_of(probability: float, draws: int) -> str:
    """Return a probability as people read it; *draws* cannot tell one from 0 or 1 that is nearer than one of them.

    Examples
    --------
    >>> chance_of(1.0, 1000), chance_of(0.0, 200), chance_of(0.25, 1000), chance_of(float("nan"), 1000)
    ('> 0.999', '< 0.005', '0.250', 'unknown')
    """
    if math.isnan(probability):
        return "unknown"
    least = 1 / draws
    digits = max(3, math.ceil(math.log10(draws)))
    if probability < least - _ROUNDING:
        return f"< {least:.{digits}f}"
    return (
        f"> {1 - least:.{digits}f}" if probability > 1 - least + _ROUNDING else f"{probability:.3f}"
    )


def _print_moves(moves: "Moves") -> None:
    from groundkeeper.core.scoring.certainty.contrast import THE_SAME  # noqa: PLC0415 - as above
    from groundkeeper.scores.extremes import ASSUMED  # noqa: PLC0415 - as above

    parts, ends = moves.split, moves.extremes
    rows = [_row(_FACTOR[name], one, moves.with_open(name)) for name, one in parts.effects.items()]
    rows += [_row(name, one, None) for name, one in parts.joint.items()]
    rows.append(_row("together", parts.total, None))
    output.print_table(["effect of", "change", "with open items"], rows)
    beyond = {name: one for name, one in parts.interactions.items() if abs(one.value) > _ROUNDING}
    if beyond:
        together = [_row(name, one, None)[:2] for name, one in beyond.items()]
        output.print_table(["together, beyond what each does alone", "change"], together)
    if ends is not None:
        typer.echo(
            f"with open items: with {ends.items} that are open in a hybrid alone, as bad and as good as they may turn "
            f"out if {ASSUMED}; nothing bounds {ends.unbounded} more"
        )
    parts_of_it = (parts.total, *parts.effects.values(), *parts.interactions.values())
    if all(abs(one.value) <= _ROUNDING for one in parts_of_it):
        typer.echo("nothing moved: on these items each score is the same")
    told = (*parts.effects.values(), *parts.joint.values(), parts.total, *beyond.values())
    notes = (*parts.notes, *(one.note for one in told))
    output.print_notes(note for note in notes if note != THE_SAME)


def _row(name: str, one: "Estimate", ends: "tuple[float, float] | None") -> list[object]:
    from groundkeeper.core.scoring.certainty.contrast import THE_SAME  # noqa: PLC0415 - as above
    from groundkeeper.reports import undefined  # noqa: PLC0415 - as above

    told = replace(one, value=0.0) if abs(one.value) <= _ROUNDING else one
    between = None if ends is None else f"{ends[0]:+.3f}, {ends[1]:+.3f}"
    figure = undefined.figure(told)
    return [name, f"{figure}, {THE_SAME}" if one.note == THE_SAME else figure, between]
