"""``gk refresh`` as a flow: one task per DVC stage, in the order of DVC's own graph.

DVC says what is stale and keeps what was made; this says when, tries again where that can help, and shows what
happened. Nothing is cached here: whether a stage must run is DVC's answer alone.
"""

from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State as RunState

from groundkeeper import pipeline
from groundkeeper.errors import PipelineError, SnapshotConflictError
from groundkeeper.pipeline import Event, Outcome, State
from groundkeeper.refresh import Plan, Refreshed, finish, prepare, restore

BUSY_DELAYS_S = [10.0, 60.0, 300.0]
"""How long to wait for another process that works in the repository, before each further try."""

SEND_DELAYS_S = [5.0, 30.0, 120.0]
"""How long to wait before the remote and the branch are tried again."""


class StageFailedError(PipelineError):
    """A stage ran and failed. The same inputs would fail again, so nobody tries."""

    def __init__(self, event: Event) -> None:
        self.event = event
        super().__init__(f"{event.stage}: {event.message}")


def repository_was_busy(_task: object, _run: object, state: RunState[Any]) -> bool:
    """Return whether DVC could not start at all, which another time it may."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, PipelineError) and not isinstance(error, StageFailedError)


@task(
    task_run_name="{stage}",
    cache_policy=NO_CACHE,
    retries=len(BUSY_DELAYS_S),
    retry_delay_seconds=BUSY_DELAYS_S,
    retry_condition_fn=repository_was_busy,
)
def reproduce(root: Path, stage: str) -> Event:
    """Bring one stage up to date and return what became of it.

    Raises
    ------
    StageFailedError
        If the stage ran and failed.
    PipelineError
        If DVC could not start.
    """
    try:
        (event,) = pipeline.reproduce(root, [stage]).events
    except BaseException:
        restore(root, stage)
        raise
    get_run_logger().info("%s: %s in %.1f s", stage, event.state, event.seconds)
    if event.state is State.FAILED:
        raise StageFailedError(event)
    return event


def may_pass_later(_task: object, _run: object, state: RunState[Any]) -> bool:
    """Return whether the remote or another process stood in the way, which another time it may not."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, PipelineError | SnapshotConflictError)


@task(
    cache_policy=NO_CACHE,
    retries=len(SEND_DELAYS_S),
    retry_delay_seconds=SEND_DELAYS_S,
    retry_condition_fn=may_pass_later,
)
def release(plan: Plan, outcome: Outcome) -> Refreshed:
    """Send the data to the remote and make the snapshots; what is done already is not done twice."""
    done = finish(plan, outcome)
    tags = [snapshot.tag for snapshot in done.new]
    get_run_logger().info(
        "%d files sent; new snapshots: %s", done.pushed, ", ".join(tags) or "none"
    )
    return done


def reproduce_all(plan: Plan) -> Outcome:
    """Return what became of every stage of *plan*; what needs a stage that failed is left out."""
    events: list[Event] = []
    blocked: dict[str, str] = {}
    for stage in plan.stages:
        if stage in blocked:
            events.append(Event(stage, State.SKIPPED, message=blocked[stage]))
            get_run_logger().warning("%s: skipped, %s", stage, blocked[stage])
            continue
        try:
            events.append(reproduce(plan.root, stage))
        except StageFailedError as failed:
            events.append(failed.event)
            hit = pipeline.dependents(plan.root, stage)
            blocked |= dict.fromkeys(hit - blocked.keys(), f"needs {stage}, which failed")
    return Outcome(tuple(events))


@flow(name="refresh")
def refresh(root: Path = Path(), sets: list[str] | None = None) -> None:
    """Bring *sets* (all by default) of the repository at *root* up to date, release and snapshot them.

    A set that fails keeps its last release and does not hold up the others; the run fails at the end.

    Raises
    ------
    GroundkeeperError
        If the refresh is refused before it starts, or a stage failed.
    """
    plan = prepare(root.resolve(), sets)
    release(plan, reproduce_all(plan)).require_success()
