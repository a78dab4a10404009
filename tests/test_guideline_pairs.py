"""What is said of a change holds against counting out every case, for a detector of 20 fields and a ticket classifier.

Nothing of the engine is used for the counting: it has its own reading of expressions, and looks at every combination of
values that the missing fields may have.
"""

import itertools
import operator
import re
from functools import cache

import pandas as pd
import pytest
from builders.guideline_pairs import CASES, PAIRS, guidelines, records, versions

from groundkeeper.assessing import OfFile
from groundkeeper.core.diff.compare import compare
from groundkeeper.reports import guideline_impact

GRAVITY = ["untouched", "auto", "revalidate", "reannotate", "contradiction"]
COUNT = 400
OPERATORS = {
    "is": operator.is_,
    "in": lambda value, wanted: value in wanted,
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
TOKEN = re.compile(r"<=|>=|==|!=|[<>(){},]|[^\s(){},<>=!]+")


@cache
def parsed(text):
    """The tree of an expression: nested tuples."""
    tokens = TOKEN.findall(text)

    def joined(word, part):
        parts = [part()]
        while tokens and tokens[0] == word:
            tokens.pop(0)
            parts.append(part())
        return (word, tuple(parts))

    def test():
        first = tokens.pop(0)
        if first == "not":
            return ("not", test())
        if first == "(":
            inner = joined("or", every)
            tokens.pop(0)
            return inner
        if tokens and tokens[0] == "in":
            end = tokens.index("}")
            words = [word for word in tokens[2:end] if word != ","]
            del tokens[: end + 1]
            return ("in", first, tuple(map(constant, words)))
        if tokens and tokens[0] in {"<", "<=", ">", ">=", "==", "!="}:
            sign = tokens.pop(0)
            return (sign, first, constant(tokens.pop(0)))
        return ("is", first, True)

    def every():
        return joined("and", test)

    return joined("or", every)


def constant(word):
    return float(word) if re.fullmatch(r"-?[\d.]+", word) else word


def comparisons(tree):
    """The field and the constants of every test in an expression."""
    if tree[0] in {"and", "or"}:
        return [found for part in tree[1] for found in comparisons(part)]
    if tree[0] == "not":
        return comparisons(tree[1])
    return [(tree[1], tree[2] if tree[0] == "in" else (tree[2],))]


@cache
def fields_in(texts):
    return sorted({field for text in texts for field, _ in comparisons(parsed(text))})


def holds(tree, case, fields):
    if tree[0] in {"and", "or"}:
        joined = all if tree[0] == "and" else any
        return joined(holds(part, case, fields) for part in tree[1])
    if tree[0] == "not":
        return not holds(tree[1], case, fields)
    sign, field, wanted = tree
    value = case[field]
    if fields[field]["type"] == "ordinal" and sign not in {"in", "=="}:
        order = list(fields[field]["values"])
        value, wanted = order.index(value), order.index(wanted)
    return OPERATORS[sign](value, wanted)


class Counting:
    """Every case of two versions, one by one."""

    def __init__(self, name, change):
        self.old, self.new = versions(name, change)
        both = self.old["fields"] | self.new["fields"]
        self.constants = {field: set() for field in both}
        for text in filter(None, itertools.chain(*map(conditions, (self.old, self.new)))):
            for field, values in comparisons(parsed(text)):
                self.constants[field].update(values)
        self.redefined = {
            field
            for field in self.new["fields"]
            if self.old["fields"][field].get("version", 1) != both[field].get("version", 1)
        }

    def values(self, field):
        """One value of each kind that the rules can tell apart."""
        spec = self.new["fields"][field]
        if spec["type"] in {"enum", "ordinal"}:
            return list(spec["values"])
        if spec["type"] == "bool":
            return [True, False]
        cuts = sorted(self.constants[field])
        between = [(low + high) / 2 for low, high in itertools.pairwise(cuts)]
        found = [*cuts, *between, cuts[0] - 1, cuts[-1] + 1]
        if spec["type"] == "integer":
            found = [cut + step for cut in cuts for step in (-1, 0, 1)]
        least, most = (spec.get(end) for end in ("min", "max"))
        found += [end for end in (least, most) if end is not None]
        return [
            value
            for value in found
            if (least is None or value >= least) and (most is None or value <= most)
        ]

    def worlds(self, row, texts):
        """What the fields in *texts* may be: pairs of a case then and the same case now."""
        used = fields_in(tuple(filter(None, texts)))
        ways = []
        for field in used:
            known = row.get(field)
            then = self.values(field) if known is None else [known]
            if field in self.redefined:
                ways.append(list(itertools.product(then, self.values(field))))
            else:
                ways.append([(value, value) for value in then])
        for chosen in itertools.product(*ways):
            yield (
                {field: then for field, (then, _) in zip(used, chosen, strict=True)},
                {field: now for field, (_, now) in zip(used, chosen, strict=True)},
            )

    def outcomes(self, document, name, case):
        """What is decided, by what a person says of each opaque rule: pairs of what was said and the outcome."""
        decision, said, found = document["decisions"][name], frozenset(), []
        for rule in decision["rules"]:
            if not holds(parsed(scope_of(rule)), case, document["fields"]):
                continue
            if "when" in rule:
                return [*found, (said, rule["then"])]
            found.append((said | {(rule["id"], True)}, rule["then"]))
            said |= {(rule["id"], False)}
        return [*found, (said, decision.get("default"))]

    def pairs(self, name, row):
        """The outcomes that are possible together, of a decision that is computed."""
        texts = [
            scope_of(rule)
            for one in (self.old, self.new)
            for rule in one["decisions"][name]["rules"]
        ]
        is_edited = self.old["decisions"][name] != self.new["decisions"][name]
        found = set()
        for then, now in self.worlds(row, texts):
            was = self.decided(self.old, name, then)
            moves = is_edited or then != now
            found.add((was, self.decided(self.new, name, now) if moves else was))
        return found

    def decided(self, document, name, case):
        return self.outcomes(document, name, case)[0][1]

    def derived(self, name, row):
        found = self.pairs(name, row)
        hidden = [set(one["decisions"][name].get("invisible", ())) for one in (self.old, self.new)]
        agreeing = {pair for pair in found if row.get(name) in {None, pair[0]}}
        if not agreeing:
            return "contradiction", False, False
        was, becomes = ({pair[side] for pair in agreeing} <= hidden[side] for side in (0, 1))
        if all(then == now for then, now in agreeing):
            return "untouched", was, becomes
        if len({now for _, now in agreeing}) == 1:
            return "auto", was, becomes
        # What was open, and only is called otherwise, is as open as it was.
        called = {
            one["from"]: one["to"]
            for one in self.new.get("migrations", [])
            if one["decision"] == name and "when" not in one
        }
        same = all(called.get(then, then) == now for then, now in agreeing)
        return "untouched" if same else "revalidate", was, becomes

    def judged(self, name, row):
        """What becomes of a choice: kept, carried to another outcome, or to be made again."""
        decision, stored = self.new["decisions"][name], row[self.old["decisions"][name]["field"]]
        migrations = [
            one
            for one in self.new.get("migrations", [])
            if one["decision"] == name and one["from"] == stored
        ]
        rules = [rule for one in (self.old, self.new) for rule in one["decisions"][name]["rules"]]
        texts = [*map(scope_of, rules), *(one.get("when") for one in migrations)]
        fates = set()
        for then, now in self.worlds(row, texts):
            for said_then, ruled in self.outcomes(self.old, name, then):
                if ruled not in {None, stored}:
                    continue
                for said_now, forced in self.outcomes(self.new, name, now):
                    if len(dict(said_then | said_now)) < len(said_then | said_now):
                        continue
                    free = self.carried(stored, ruled, migrations, now, decision)
                    fates.add(forced or free)
        if not fates:
            return "contradiction"
        if fates == {stored}:
            return "untouched"
        if fates == {"again"}:
            return "reannotate"
        return "auto" if len(fates) == 1 else "revalidate"

    def carried(self, stored, ruled, migrations, case, decision):
        for one in migrations:
            if "when" not in one or holds(parsed(one["when"]), case, self.new["fields"]):
                return one["to"]
        return stored if ruled is None and stored in decision["outcomes"] else "again"

    def asked(self, row):
        """What the change asks beside the decisions."""
        if row["votes"] < self.new["consensus"]["quorum"] and (
            row["votes"] >= self.old["consensus"]["quorum"]
        ):
            yield "auto"
        if any(row[field] is not None for field in self.redefined):
            yield "revalidate"
        if self.old.get("precision") != self.new.get("precision"):
            spread = row["spread_boundary_p95_px"]
            tolerance = self.new["precision"]["polygon"]["tol_px"]
            yield (
                "revalidate" if spread is None else ("untouched", "reannotate")[spread > tolerance]
            )
        for block in self.new.get("changelog", []):
            scope = next(one["scope"] for one in self.new["prose"] if one["id"] == block["target"])
            if any(
                holds(parsed(scope), now, self.new["fields"])
                for _, now in self.worlds(row, [scope])
            ):
                yield "revalidate"
        yield from self.attributes(row)

    def attributes(self, row):
        before = self.old["attributes"]
        for name, attribute in self.new["attributes"].items():
            if row[name] is not None or before.get(name) == attribute:
                continue
            was, now = (one and one["required_when"] for one in (before.get(name), attribute))
            for then_case, now_case in self.worlds(row, [was, now]):
                is_new = not (was and holds(parsed(was), then_case, self.old["fields"]))
                if is_new and holds(parsed(now), now_case, self.new["fields"]):
                    yield "revalidate"
                    break

    def action(self, row):
        worst, was_hidden, is_hidden = ["untouched", *self.asked(row)], False, False
        for name, decision in self.old["decisions"].items():
            if decision["by"] == "judged":
                worst.append(self.judged(name, row))
                continue
            action, was, becomes = self.derived(name, row)
            worst.append(action)
            was_hidden, is_hidden = was_hidden or was, is_hidden or becomes
        if is_hidden and "contradiction" not in worst:
            return "untouched" if was_hidden else "auto"
        return max(worst, key=GRAVITY.index)

    def must_be_searched(self, item):
        """Whether an item may hold what was left out and no longer is."""
        for name, decision in self.old["decisions"].items():
            hidden, now_hidden = (
                set(one.get("invisible", ())) for one in (decision, self.new["decisions"][name])
            )
            if hidden and decision != self.new["decisions"][name]:
                pairs = self.pairs(name, item)
                if any(then in hidden and now not in now_hidden for then, now in pairs):
                    return True
        return False


def conditions(document):
    """Every expression of a guideline."""
    for decision in document["decisions"].values():
        yield from map(scope_of, decision["rules"])
    yield from (one.get("when") for one in document.get("migrations", []))
    yield from (one["required_when"] for one in document["attributes"].values())
    yield from (one["scope"] for one in document.get("prose", []))


def scope_of(rule):
    return rule["when"] if "when" in rule else rule["opaque"]["scope"]


def with_outcomes(rows, counting, name):
    """The records with stored outcomes, one of ten impossible, and how far their experts stood apart."""
    for number, row in enumerate(rows):
        row["spread_boundary_p95_px"] = [0.5, 2.0, 2.1, 7.0, None][number % 5]
        possible = sorted({then for then, _ in counting.pairs(name, row)})
        others = [one for one in counting.old["decisions"][name]["outcomes"] if one not in possible]
        row[name] = possible[number % len(possible)] if number % 3 else None
        if others and number % 10 == 1:
            row[name] = others[number % len(others)]
    return rows


@cache
def population(name):
    first = next(iter(PAIRS[name][1]))
    rows = records(name, COUNT, seed=20)
    return with_outcomes(
        rows, Counting(name, first), {"street": "include", "tickets": "route"}[name]
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The records of both sets, each as CSV and as Parquet."""
    folder = tmp_path_factory.mktemp("records")
    for name in PAIRS:
        table = pd.DataFrame(population(name))
        table.to_parquet(folder / f"{name}.parquet")
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.mark.parametrize(("name", "change"), CASES)
def test_every_record_and_item_gets_what_counting_out_every_case_gives_it(name, change, files):
    counting, rows = Counting(name, change), population(name)
    old, new = guidelines(name, change)
    suffix = ("csv", "parquet")[len(change) % 2]
    found = guideline_impact.as_json(OfFile(files / f"{name}.{suffix}", old).assess(new))
    said = {one["record_id"]: one["action"] for one in found["records"]}
    expected = {row["record_id"]: counting.action(row) for row in rows}
    assert {row: said.get(row, "untouched") for row in expected} == expected
    of_item = {field for field, spec in old.fields.items() if spec.level == "item"}
    items = {row["item_id"]: {field: row.get(field) for field in of_item} for row in rows}
    widened = [one["items"] for one in found["search"] if one["kind"] == "scope widened"]
    searched = {item for item, known in items.items() if counting.must_be_searched(known)}
    assert set().union(*widened) == searched
    assert found["counts"]["contradiction"] > 0


@pytest.mark.parametrize(("name", "change"), CASES)
def test_every_move_has_a_case_that_both_versions_decide_as_it_says(name, change):
    counting, (old, new) = Counting(name, change), guidelines(name, change)
    counting.redefined = set()
    moves = [move for move in compare(old, new).moves if not move.judged_before]
    for move in moves:
        before, after = dict(move.witness.before), dict(move.witness.after)
        assert counting.decided(counting.old, move.decision, before) in move.old
        assert counting.decided(counting.new, move.decision, after) in move.new
    for decision in ("type", "route"):
        if decision in old.decisions and decision in new.decisions:
            pairs = {pair for pair in counting.pairs(decision, {}) if pair[0] != pair[1]}
            assert {(*move.old, *move.new) for move in moves if move.decision == decision} == pairs
