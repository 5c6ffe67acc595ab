"""SQL questions: what a query may do, what becomes of one that may not, and what is never its fault."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.types import TYPES, sql_run
from question_bank.types.sql import Sql
from question_bank.types.sql_compare import same_result
from question_bank.types.sql_run import CHILD, CannotRun, Result, run_queries

KIND = Sql()
PAYLOADS = [KIND.load(sample.payload) for sample in KIND.samples()]
TABLES = [{"name": "runs", "columns": [{"name": "id", "type": "integer"}, {"name": "model", "type": "text"}]}]
ROWS = {"runs": [[1, "a"], [2, "b"], [3, None]]}
ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select max(x) from n"
DOUBLING = "with recursive s(x) as (select 'aaaaaaaa' union all select x || x from s) select max(x) from s"
NEEDLES = """
    with recursive s(x) as (select 'aaaaaaaa' union all select x || x from s limit 11)
    select sum(instr(a.x, b.x || 'b')) from s a, s b, s c, s d, s e, s f, s g
"""
BIG_SORT = """
    select max(hex(hex(hex(hex(hex(hex(hex(hex(hex(a.model || a.id))))))))))
    from runs a, runs b, runs c, runs d, runs e, runs f
    group by a.id, b.id, c.id, d.id, e.id, f.id, a.id || b.id || c.id || d.id order by 1
"""
HUGE_JOIN = "select count(*) from " + ", ".join(f"runs r{n}" for n in range(40))


def run(query):
    return run_queries(TABLES, [ROWS], [query])[0][0]


def test_it_is_registered():
    assert isinstance(TYPES["sql"], Sql)


@pytest.mark.parametrize("payload", PAYLOADS, ids=["best-runs", "latest"])
def test_the_samples_pass_the_check_that_authors_get(payload):
    assert KIND.check(payload) == []


# --- hostile queries -------------------------------------------------------------------------------
HOSTILE = {
    "attach a file": "attach '/tmp/plumbline-never.db' as other",
    "vacuum into a file": "vacuum into '/tmp/plumbline-never.db'",
    "pragma": "pragma writable_schema = on",
    "pragma as a table": "select * from pragma_database_list",
    "the schema": "select sql from sqlite_master",
    "the schema, counted": "select count(*) from sqlite_schema",
    "an extension": "select load_extension('/tmp/x.so')",
    "a tokenizer": "select fts3_tokenizer('x', x'00')",
    "a file": "select readfile('/etc/passwd')",
    "write a file": "select writefile('/tmp/plumbline-never', 'x')",
    "a shell": "select edit('x', 'sh')",
    "chance": "select random()",
    "random bytes": "select randomblob(1000000000)",
    "zero bytes": "select zeroblob(1000000000)",
    "drop": "drop table runs",
    "insert": "insert into runs values (4, 'c')",
    "update with a query": "with x as (select 1) update runs set id = 2",
    "delete": "delete from runs",
    "create": "create table x as select 1",
    "temporary view": "create temp view x as select 1",
    "transaction": "begin exclusive",
    "savepoint": "savepoint x",
    "two statements": "select 1; drop table runs",
    "endless recursion": ENDLESS,
    "endless recursion of rows": ENDLESS.replace("max(x)", "x"),
    "join that never ends": HUGE_JOIN,
    "a string that doubles": DOUBLING,
    "a needle in a haystack": NEEDLES,
    "a padded string": "select printf('%.*c', 2000000000, 'x')",
    "many long rows": f"select '{'x' * 900}' from " + ", ".join(f"runs r{n}" for n in range(9)),
    "many columns": "select " + ", ".join(["1"] * 3000),
    "deep brackets": "select " + "(" * 4000 + "1" + ")" * 4000,
    "deep expression": "select " + "+".join(["1"] * 4900),
    "a thousand unions": " union all ".join(["select 1"] * 900),
    "like that backtracks": f"select '{'a' * 3000}' like '{'%a' * 60}b'",
    "parameters": "select ?1, :name",
    "unfinished": "select * from",
    "a null character": "select 'a\0b'",
    "a lone surrogate": "select '\ud800'",
    "an unknown table": "select * from users",
    "no SQL": "rm -rf /",
    "nothing": "",
    "a comment": "-- only this",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_queries_get_an_error_in_words(name):
    result = run(HOSTILE[name])
    assert result.error
    assert len(result.error) < 400
    assert not result.rows


def test_nothing_was_written():
    assert not list(Path("/tmp").glob("plumbline-never*"))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_earn_nothing(name):
    for payload in PAYLOADS[:1]:
        assert KIND.mark(payload, {"text": HOSTILE[name]}) == 0


def test_a_hostile_query_leaves_no_trace_for_the_next():
    run("drop table runs")
    assert run("select count(*) from runs").rows == [[3]]


def test_an_endless_query_is_stopped_by_steps_and_so_in_the_same_way_on_every_machine():
    first, second = run(ENDLESS).error, run(ENDLESS).error
    assert first == second
    assert "steps" in first


def test_memory_is_bounded_and_the_process_of_the_marker_is_not_touched():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert run(
        "select group_concat(a.model || hex(b.model), 'xxxxxxxx') from "
        + ", ".join(f"runs {c}" for c in "abcdefghijkl")
    ).error
    assert run(BIG_SORT).error
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB
    # The largest child so far, which may be another test's; without a limit the query takes many gigabytes.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1_500_000


def test_no_process_is_left_behind():
    for query in (ENDLESS, "select 1", "drop table runs"):
        run(query)
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    own = [line for line in listed.splitlines() if str(CHILD) in line]
    assert len(own) < 8  # those of tests that run at the same time


# --- whose fault it is -----------------------------------------------------------------------------
def replaced(tmp_path, monkeypatch, body):
    child = tmp_path / "child.py"
    child.write_text(f"import os, signal, sys, json, time, resource\n{body}\n")
    monkeypatch.setattr(sql_run, "CHILD", child)


@pytest.mark.parametrize(
    "body",
    [
        "raise SystemExit(1)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os.kill(os.getpid(), signal.SIGTERM)",
        "print('not json')",
    ],
)
def test_what_fails_around_a_query_is_never_a_mark(tmp_path, monkeypatch, body):
    replaced(tmp_path, monkeypatch, body)
    with pytest.raises(CannotRun):
        KIND.mark(PAYLOADS[0], {"text": "select 1"})
    assert "not be run just now" in KIND.describe(PAYLOADS[0], {"text": "select 1"})[0].rationale
    assert "not affected" in KIND.try_out(PAYLOADS[0], "select 1").problem


def test_a_crash_before_the_solution_has_run_is_never_a_mark(tmp_path, monkeypatch):
    replaced(tmp_path, monkeypatch, "os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(CannotRun):
        KIND.mark(PAYLOADS[0], {"text": "select 1"})


def test_a_machine_without_time_is_never_a_mark(tmp_path, monkeypatch):
    replaced(tmp_path, monkeypatch, "time.sleep(60)")
    monkeypatch.setattr(sql_run, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(CannotRun):
        KIND.mark(PAYLOADS[0], {"text": "select 1"})


def test_a_machine_without_processes_is_never_a_mark(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(CannotRun):
        KIND.mark(PAYLOADS[0], {"text": "select 1"})


@pytest.mark.parametrize("signal", ["SIGXCPU", "SIGSEGV", "SIGABRT"])
def test_a_query_that_brings_its_process_down_after_the_solution_has_run_earns_nothing(tmp_path, monkeypatch, signal):
    right = '{"columns": ["model", "max"], "rows": [["a", 1]]}'
    body = f"for _ in range(2): print('{right}', flush=True)\nos.kill(os.getpid(), signal.{signal})"
    replaced(tmp_path, monkeypatch, body)
    assert KIND.mark(PAYLOADS[0], {"text": "select 1"}) == 0


def test_the_limits_of_the_process_hold(tmp_path):
    """The child's own limits, by a program that breaks each of them."""
    program = f"""
import runpy, sys, os
sys.argv = ["x"]
child = runpy.run_path({str(CHILD)!r})
child["give_up_rights"]()
def refused(act):
    try:
        act()
    except (OSError, MemoryError):
        return True
    return False
print(refused(lambda: open({str(tmp_path / "made")!r}, "w")))
print(refused(lambda: open("/etc/hostname")))
print(refused(lambda: bytearray(700_000_000)))
print(os.geteuid() == 0 or refused(os.fork))
sys.stdout.flush()
while True:
    pass
"""
    child = tmp_path / "breaks.py"
    child.write_text(
        program.replace(
            'child["give_up_rights"]()',
            'child["give_up_rights"].__globals__["MAX_CPU_SECONDS"] = 1; child["give_up_rights"]()',
        )
    )
    ended = subprocess.run([sys.executable, "-I", str(child)], capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout.split() == ["True"] * 4, ended.stderr
    assert ended.returncode == -24  # SIGXCPU
    assert not (tmp_path / "made").exists()


# --- comparing -------------------------------------------------------------------------------------
def same(given, wanted, **how):
    rules = {"ordered": False, "named": False, "tolerance": 1e-6} | how
    columns = tuple("abcdef"[: len(wanted[0])])
    return same_result(Result(columns, given), Result(columns, wanted), **rules)


def test_order_names_and_tolerance_count_where_the_question_says_so():
    assert same([[2], [1]], [[1], [2]])
    assert not same([[2], [1]], [[1], [2]], ordered=True)
    assert same([[0.1 + 0.2]], [[0.3]])
    assert not same([[0.31]], [[0.3]])
    assert same([[0.31]], [[0.3]], tolerance=0.05)
    assert same([[1.0]], [[1]])
    assert not same([["1"]], [[1]])
    assert not same([[None]], [[0]])
    assert same([[None, "x"]], [[None, "x"]])
    assert not same([[1], [1], [2]], [[1], [2], [2]])
    assert same([[0.3000000001, "b"], [0.3, "a"]], [[0.3, "b"], [0.3000000001, "a"]])
    named = Result(("Model",), [[1]])
    assert same_result(named, Result(("model",), [[1]]), ordered=False, named=True, tolerance=0)
    assert not same_result(named, Result(("m",), [[1]]), ordered=False, named=True, tolerance=0)


cells = st.none() | st.integers(-5, 5) | st.text("ab", max_size=2)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.randoms())
def test_a_shuffled_result_is_the_same_and_a_changed_one_is_not(rows, rng):
    mixed = list(rows)
    rng.shuffle(mixed)
    assert same(mixed, rows)
    assert not same([*mixed[:-1], ("another", "row")], rows)
    assert not same(mixed[:-1], rows)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-(2**63), 2**63 - 1), st.none() | st.text(max_size=5).filter(lambda t: "\0" not in t)),
        max_size=5,
    )
)
def test_what_goes_into_a_table_comes_out_of_it(rows):
    assert run_queries(TABLES, [{"runs": rows}], ["select * from runs"])[0][0].rows == [list(row) for row in rows]


# --- authors and candidates ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"solution": "select nothing"}, "the solution does not run"),
        ({"solution": "select 1"}, "returns 1 columns, but result names 2"),
        ({"solution": "select model, auc from runs where 0"}, "returns no rows"),
        ({"solution": "select 'a', 1"}, "could be copied"),
        ({"start": KIND.samples()[0].payload["solution"]}, "earns the whole point already"),
        ({"column_names": True}, "names its columns"),
    ],
)
def test_authors_hear_what_is_wrong_with_a_question(change, words):
    payload = KIND.load({**KIND.samples()[0].payload, **change})
    assert any(words in flaw.message for flaw in KIND.check(payload))


def test_a_query_is_tried_on_the_visible_rows_only():
    payload = PAYLOADS[0]
    tried = KIND.try_out(payload, "select count(*) as n from runs")
    assert (tried.columns, tried.rows) == (("n",), ((4,),))
    assert "did not run" in KIND.try_out(payload, "select nope").problem
    assert "SELECT" in KIND.try_out(payload, "drop table runs").problem


def test_trying_knows_no_key():
    one = PAYLOADS[0]
    other = KIND.load({**KIND.samples()[0].payload, "solution": "select 'x', 'y'"})
    for query in ("select model, max(auc) from runs group by 1", "select * from runs", "select nope"):
        assert KIND.try_out(one, query) == KIND.try_out(other, query)


def test_marking_costs_a_bounded_share_of_a_second_of_processor_time():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    KIND.mark(PAYLOADS[0], {"text": ENDLESS})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 20  # seconds of CPU: the limit of the process
    assert time.monotonic() - begun < sql_run.PATIENCE_SECONDS
