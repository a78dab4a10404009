"""``gk adjudicate``: what the experts could not settle, gravest first, and what holds."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundkeeper import files, params
from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from groundkeeper.adjudication import Listed, Opened, Outlook

SetName = Annotated[str, typer.Argument(metavar="SET", help="Set the record is of.")]
Record = Annotated[str, typer.Argument(metavar="RECORD", help="Id of the record, rc_...")]
SHOWN = 20
"""How many cases a list shows."""


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(no_args_is_help=True, help="Settle what the experts could not.")
    group.command("list", epilog="Example: gk adjudicate list lung-nodules")(show)
    group.command("next", epilog="Example: gk adjudicate next lung-nodules")(next_case)
    group.command("decide", epilog="Example: " + _DECIDE_EXAMPLE)(decide)
    app.add_typer(group, name="adjudicate")


_DECIDE_EXAMPLE = (
    "gk adjudicate decide lung-nodules rc_0123456789abcdef0123 --verdict A --by eve "
    '--rationale "B follows the vessel"'
)


def show(
    context: typer.Context,
    set_name: SetName,
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="How many to print; 0 is all. JSON has all.")
    ] = SHOWN,
    as_json: output.AsJson = False,
) -> None:
    """List the cases: the open ones first, by how probable it is that what would be released is wrong."""
    from groundkeeper import adjudication  # noqa: PLC0415 - pandas, which --help does without

    layout = _layout(context, set_name)
    found = adjudication.listed(layout)
    if as_json:
        output.print_json([{"set": set_name, **one.as_json()} for one in found])
        return
    if not found:
        typer.echo(f"{set_name}: nothing waits for an adjudicator, and nothing was decided")
        return
    heads = ["record", "item", "state", "why", "votes", "expected error", "verdict", "by"]
    shown = found[:limit] if limit else found
    output.print_table(heads, [_row(one) for one in shown], numbers={5})
    counts = {state: sum(one.state == state for one in found) for state in _STATES}
    told = ", ".join(f"{count} {state}" for state, count in counts.items())
    rest = f"; {len(found) - len(shown)} more (`--limit 0`)" if len(found) > len(shown) else ""
    typer.echo(f"{set_name}: {told}{rest}")
    if any(not one.is_built for one in found):
        typer.echo(
            "some verdicts are in the inbox alone; `gk refresh` brings them into the records"
        )


_STATES = ("open", "gap", "decided")


def _row(one: "Listed") -> list[object]:
    error = None if one.expected_error is None else f"{one.expected_error:.3f}"
    said = one.letter or one.verdict
    return [
        one.record_id,
        one.item_key,
        one.state,
        one.reason,
        f"{one.votes} of {one.experts}",
        error,
        said if one.is_built or said is None else f"{said} (not built)",
        one.adjudicator,
    ]


def next_case(
    context: typer.Context,
    set_name: SetName,
    record: Annotated[
        str | None,
        typer.Argument(
            metavar="[RECORD]", help="Record to show. Default: the gravest that is open."
        ),
    ] = None,
    *,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", dir_okay=False, help="File to draw. Default: adjudication-SET/RECORD.svg."
        ),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Show one case with all positions side by side, and draw it into a file.

    Nobody's name is shown: a position counts by what it says.
    """
    from groundkeeper import adjudication  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.reports import cases  # noqa: PLC0415 - as above

    layout = _layout(context, set_name)
    case = adjudication.opened(layout, record) if record else adjudication.next_open(layout)
    file = picture or Path(f"adjudication-{set_name}") / f"{case.listed.record_id}.svg"
    if file.suffix.lower() != ".svg":
        message = f"{file} ends in {file.suffix or 'nothing'}; allowed is .svg, so that nothing else is overwritten"
        raise typer.BadParameter(message, param_hint="--picture")
    leads_to = adjudication.outlook(layout, case)
    spacing = case.item.get("pixel_spacing_mm")
    about = cases.About(
        f"{case.listed.item_key}, {case.listed.record_id}",
        tuple(_why(case)),
        float(str(spacing)) if isinstance(spacing, float) and spacing > 0 else None,
    )
    files.write_text(file, f"{cases.picture(case.case, about)}\n")
    if as_json:
        output.print_json(_document(set_name, case, leads_to, file))
        return
    _tell(case, leads_to)
    typer.echo(f"picture: {file.as_posix()}")
    again = f" --reverses {case.listed.verdict_id}" if case.listed.state == "decided" else ""
    typer.echo(
        f"decide: gk adjudicate decide {set_name} {case.listed.record_id} --verdict A --by NAME --rationale TEXT{again}"
    )


def _why(case: "Opened") -> list[str]:
    one = case.listed
    reason = (one.reason or one.state).replace("_", " ")
    era = "" if case.case.era == case.version else f" (its answers are of {case.case.era})"
    said = [f"{reason}; {one.votes} of {one.experts} marked it; in force is {case.version}{era}"]
    if one.expected_error is not None:
        known = ", ".join(
            f"{name.removesuffix('_error')} {value:.2f}"
            for name, value in one.components.items()
            if value is not None
        )
        said.append(f"expected error {one.expected_error:.3f} ({known})")
    if case.is_anonymous:
        said.append(
            "the experts are anonymous: that the adjudicator is none of them cannot be checked"
        )
    return said


def _tell(case: "Opened", leads_to: "Outlook") -> None:
    from groundkeeper.reports.cases import stated  # noqa: PLC0415 - as above

    typer.echo(f"{case.listed.item_key}  {case.listed.record_id}")
    for line in _why(case):
        typer.echo(f"  {line}")
    for line in (_now(leads_to), *map(_verdict, case.said)):
        typer.echo(f"  {line}")
    found = case.case.positions
    heads = ["", *(one.letter for one in found), *(["absent"] if case.case.silent else [])]
    absent: list[object] = [case.case.silent] if case.case.silent else []
    rows: list[list[object]] = [["experts", *(one.supporters for one in found), *absent]]
    rows.append(["drawn as", *(one.statement.kind for one in found)])
    rows.append(["frames", *(_frames(sorted(one.statement.parts)) for one in found)])
    rows += [[name, *values] for name, values in leads_to.measured.items()]
    rows += [[name, *values] for name, values in stated(found)]
    rows += [
        [f"-> {name}", *(value or "open" for value in values)]
        for name, values in leads_to.outcomes.items()
    ]
    whole = [row + [None] * (len(heads) - len(row)) for row in rows]
    output.print_table(heads, whole)


def _now(leads_to: "Outlook") -> str:
    decided = ", ".join(f"{name} {value or 'open'}" for name, value in leads_to.now.items())
    disputed = ", ".join(leads_to.disputed) or "no decision"
    edge = "; a boundary runs between the experts" if leads_to.is_borderline else ""
    return f"now {leads_to.status}: {decided}; disputed: {disputed}{edge}"


def _verdict(said: "Mapping[str, Any]") -> str:
    """Return one verdict on the case in a line."""
    what = said["letter"] or said["verdict"]
    replaces = f", reverses {said['reverses']}" if said["reverses"] else ""
    refused = f", does not count: {said['refusal']}" if said["refusal"] else ""
    return (
        f"verdict {said['verdict_id']}: {what} by {said['adjudicator']} at {said['decided_at'].isoformat()} under "
        f"{said['era']}{replaces}{refused}: {said['rationale']}"
    )


def _frames(frames: list[int]) -> str | None:
    if not frames:
        return None
    return str(frames[0]) if len(frames) == 1 else f"{frames[0]} to {frames[-1]}"


def _document(set_name: str, case: "Opened", leads_to: "Outlook", file: Path) -> dict[str, object]:
    return {
        "set": set_name,
        **case.listed.as_json(),
        "guideline": case.version,
        "era": case.case.era,
        "now": leads_to.as_json(),
        "verdicts": [
            {
                **{name: said[name] for name in _OF_VERDICT},
                "decided_at": said["decided_at"].isoformat(),
            }
            for said in case.said
        ],
        "experts_anonymous": case.is_anonymous,
        "absent": case.case.silent,
        "positions": [
            {
                "letter": one.letter,
                "experts": one.supporters,
                "annotations": list(one.annotation_ids),
                "label": one.statement.label,
                "attributes": dict(one.statement.attributes),
                "kind": one.statement.kind,
                "frames": sorted(one.statement.parts),
                "measured": {name: values[place] for name, values in leads_to.measured.items()},
                "decisions": {name: values[place] for name, values in leads_to.outcomes.items()},
            }
            for place, one in enumerate(case.case.positions)
        ],
        "picture": file.as_posix(),
    }


_OF_VERDICT = (
    "verdict_id",
    "verdict",
    "letter",
    "adjudicator",
    "era",
    "rule_id",
    "rationale",
    "reverses",
    "refusal",
)


def decide(  # noqa: PLR0913 - one option per part of a verdict
    context: typer.Context,
    set_name: SetName,
    record: Record,
    *,
    verdict: Annotated[
        str,
        typer.Option("--verdict", help="Letter of a position, absent, neither or guideline_gap."),
    ],
    rationale: Annotated[str, typer.Option("--rationale", help="Why, for people; it is kept.")],
    by: Annotated[str, typer.Option("--by", help="Who decides: none of the item's experts.")],
    rule: Annotated[
        str | None, typer.Option("--rule", help="Rule of the guideline that it rests on.")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="FIELD=VALUE", help="Of neither: what holds; may repeat."),
    ] = None,
    shape: Annotated[
        Path | None,
        typer.Option("--shape", dir_okay=False, help="Of neither: JSON file with kind and parts."),
    ] = None,
    reverses: Annotated[
        str | None, typer.Option("--reverses", help="Id of the verdict that this one replaces.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="When, ISO 8601 with its zone. Default: now.")
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Say what holds of a record, under the guideline version in force; it goes into the inbox as an answer.

    Everything is checked before anything is written. `gk refresh` brings it into the records.
    """
    from groundkeeper import adjudication  # noqa: PLC0415 - pandas, which --help does without

    layout = _layout(context, set_name)
    values = dict(_value(one) for one in value or ())
    ruling = adjudication.Ruling(
        verdict, rationale, by, rule, values, shape, reverses, _moment(at) if at else None
    )
    done = adjudication.decide(layout.root, set_name, record, ruling)
    if as_json:
        output.print_json({"set": set_name, "batch": done.batch.key, **done.said})
        return
    typer.echo(
        f"{set_name}: {record} is {verdict} by {by} under {done.batch.era} (batch {done.batch.key}); "
        "`gk refresh` brings it into the records"
    )


def _layout(context: typer.Context, set_name: str) -> Layout:
    layout = Layout(root_of(context), set_name)
    params.set_sections(layout.params, set_name)
    return layout


def _value(text: str) -> "tuple[str, JsonValue]":
    from groundkeeper.formats.cells import value_of  # noqa: PLC0415 - pandas, which --help does without

    name, equals, said = text.partition("=")
    if not (name and equals and said):
        message = f"{text!r} is not FIELD=VALUE"
        raise typer.BadParameter(message, param_hint="--value")
    return name, value_of(said)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no time such as 2026-03-02T10:00:00Z"
        raise typer.BadParameter(message, param_hint="--at") from error
    if moment.tzinfo is None:
        message = f"{text!r} has no time zone; write one, such as 2026-03-02T10:00:00Z"
        raise typer.BadParameter(message, param_hint="--at")
    return moment
