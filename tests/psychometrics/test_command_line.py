"""`python -m psychometrics` on files as analysts have them, and on files that are wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from psychometrics.__main__ import main
from psychometrics.files import read
from psychometrics.responses import BadData
from tests.psychometrics import lsat6


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_it_runs_as_a_program_and_prints_tables() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "psychometrics", "classical", str(lsat6.FILE)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Item_3" in done.stdout
    assert "0.2950" in done.stdout


def test_patterns_with_a_column_of_counts_are_read_as_persons(capsys: pytest.CaptureFixture[str]) -> None:
    found = _run(capsys, "fit", str(lsat6.FILE), "--prior", "none")
    assert found["persons"] == 1000
    assert found["log_likelihood"] == pytest.approx(lsat6.REFERENCE["twoPL"]["logLik"], abs=1e-3)
    scores = _run(capsys, "score", str(lsat6.FILE), "--prior", "none")["persons"]
    assert scores[0]["value"] == pytest.approx(-1.89677, abs=1e-3)
    assert _run(capsys, "classical", str(lsat6.FILE))["alpha"]["value"] == pytest.approx(0.294997, abs=1e-6)


def test_patterns_that_nobody_gave_may_be_listed(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text("a,b,Freq\n0,0,4\n0,1,0\n1,1,5\n")
    assert read(file).array().tolist() == [[0, 0], [1, 1]]
    assert read(file).weights.tolist() == [4, 5]


CALLS = [
    ["classical"],
    ["prmse"],
    *(
        [command, "--model", model, "--prior", prior]
        for command in ("fit", "score")
        for model in ("1pl", "2pl", "gpcm")
        for prior in ("none", "weak")
    ),
    *(["score", "--method", method] for method in ("map", "wle", "ml")),
]
WIDE = "g_a,g_b,h_a,h_b\n"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("call", CALLS, ids=" ".join)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("g_a\n1\n0\n1\n", id="one item"),
        pytest.param(WIDE + "1,0,1,0\n", id="one person"),
        pytest.param(WIDE + "1,0,1,0\n0,1,1,0\n", id="two persons"),
        pytest.param(WIDE + "1,1,1,1\n" * 30, id="all right"),
        pytest.param(WIDE + "0,0,0,0\n" * 30, id="all wrong"),
        pytest.param(WIDE + "1,0,0,1\n1,0,1,0\n1,0,1,1\n1,0,0,0\n" * 9, id="constant columns"),
        pytest.param(WIDE + "1,1,1,1\n0,0,0,0\n" * 30, id="everybody all or nothing"),
        pytest.param(WIDE + "1,0,1,0\n0,1,0,1\n" * 30, id="items against each other"),
        pytest.param(WIDE + ",,,\n" * 5, id="blanks"),
        pytest.param(WIDE + "NA,NA,NA,NA\n" * 5, id="nothing shown"),
        pytest.param(WIDE + "1,,0,1\n0,,1,1\n1,,1,0\n0,,0,0\n" * 9, id="an item for nobody"),
        pytest.param("person,item,score\n" + "".join(f"p{n},g_{n % 2},{n // 2 % 2}\n" for n in range(40)), id="apart"),
    ],
)
def test_what_cannot_be_estimated_is_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, call: list[str]
) -> None:
    """No traceback, no warning, no NaN, no infinity, and no error beyond all bounds that is called an estimate."""
    file = tmp_path / "data.csv"
    file.write_text(text)
    for extra in ([], ["--json"]):
        status = main([*call, str(file), *extra])
        said = capsys.readouterr()
        assert status in (0, 1)
        assert bool(said.err) is bool(status)
        assert "SVD" not in said.err
        assert not re.search(r"\b(nan|inf|infinity)\b|\d{7}\.", said.out, re.IGNORECASE)


def test_long_and_wide_files_are_the_same_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marks = np.random.default_rng(1).integers(0, 2, (40, 5)).astype(float)
    marks[np.random.default_rng(2).random(marks.shape) < 0.3] = np.nan
    wide, long = tmp_path / "wide.csv", tmp_path / "long.csv"
    cells = [["" if np.isnan(mark) else f"{mark:g}" for mark in row] for row in marks]
    wide.write_text("q_1,q_2,q_3,q_4,q_5\n" + "\n".join(",".join(row) for row in cells) + "\n")
    entries = [
        f"p{person},q_{item + 1},{cell}" for person, row in enumerate(cells) for item, cell in enumerate(row) if cell
    ]
    long.write_text("Person,ITEM,score\n" + "\n".join(entries) + "\n")
    one, two = (_run(capsys, "fit", str(path)) for path in (wide, long))
    assert one["log_likelihood"] == pytest.approx(two["log_likelihood"], abs=1e-6)


def test_partial_credit_in_whole_points_is_scaled_by_its_highest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "points.csv"
    points = np.random.default_rng(3).integers(0, 4, (200, 3))
    file.write_text("a,b,c\n" + "\n".join(",".join(map(str, row)) for row in points) + "\n")
    assert len(_run(capsys, "fit", str(file), "--model", "GPCM")["items"][0]["steps"]) == 3
    assert main(["fit", str(file)]) == 1
    assert "gpcm" in capsys.readouterr().err


def test_sub_scores_come_from_names_or_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(4)
    theta = rng.standard_normal((300, 2))
    marks = (np.repeat(theta, 4, axis=1) + rng.standard_normal((300, 8)) > 0).astype(int)
    file, groups = tmp_path / "data.csv", tmp_path / "groups.csv"
    names = [f"{skill}_{number}" for skill in ("drift", "serving") for number in range(4)]
    file.write_text(",".join(names) + "\n" + "\n".join(",".join(map(str, row)) for row in marks) + "\n")
    by_names = _run(capsys, "prmse", str(file))["scores"]
    assert [(one["name"], one["worth_reporting"]) for one in by_names] == [("drift", True), ("serving", True)]
    groups.write_text("item,group\n" + "\n".join(f"{name},{name[0]}" for name in names) + "\n")
    assert [one["name"] for one in _run(capsys, "prmse", str(file), "--groups", str(groups))["scores"]] == ["d", "s"]
    groups.write_text("item,group\ndrift_0,d\n")
    assert main(["prmse", str(file), "--groups", str(groups)]) == 1
    assert "no group for drift_1" in capsys.readouterr().err


def test_a_free_lower_asymptote_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", str(lsat6.FILE), "--model", "3pl"]) == 1
    assert "not identified" in capsys.readouterr().err


@pytest.mark.parametrize("nodes", ["0", "-3", "many", "100000"])
def test_a_number_of_nodes_that_says_nothing_is_wrong_usage(nodes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fit", str(lsat6.FILE), f"--nodes={nodes}"])
    assert ended.value.code == 2
    assert "from 5 to 1001" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,0\n1,x\n", "line 3, column b: 'x' is not a number"),
        ("a,b\n1,0\n1\n", "line 3: 1 cells, but 2 columns"),
        ("a,a\n1,0\n", "line 1: columns need names, each only once"),
        ("a,b,FREQ\n1,0,-1\n", "line 2, column FREQ"),
        ("a,b,FREQ\n1,0,0\n", "no row counts a person"),
        ("person,item,score\np,q,1\np,q,0\n", "line 3: person p has answered item q in line 2 already"),
        ("person,item,score\n,q,1\n", "line 2: person and item must not be blank"),
        ("a,b\n", "needs a header and at least one row"),
        ("a,b\n1,-1\n", "line 2, column b"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "data.csv"
    file.write_text(text)
    with pytest.raises(BadData, match=f"data.csv.*{words}"):
        read(file)
    assert main(["classical", str(file)]) == 1


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(BadData, match=r"nowhere.csv: No such file"):
        read(Path("nowhere.csv"))
