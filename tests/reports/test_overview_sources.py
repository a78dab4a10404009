"""What a page names as sources of the ground truth."""

from builders.declared_batch import declared

from groundkeeper.reports import overview


def test_what_models_say_is_no_source_of_the_ground_truth():
    people, verdict, model = (
        declared(f"{name}.jsonl", digit * 64, **more)
        for name, digit, more in (
            ("people", "1", {"format": "answers"}),
            ("verdict", "2", {"format": "verdicts"}),
            ("model", "3", {"format": "answers", "origin": "model"}),
        )
    )
    taken_in = (people, verdict, model)
    assert overview.sources(taken_in) == (people,)
    assert overview.predicted_batches(taken_in) == 1
    assert overview.verdict_batches(taken_in) == 1
