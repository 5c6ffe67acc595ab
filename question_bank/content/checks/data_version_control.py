"""Numbers of the data-version-control questions, computed from their stems."""


def branched_store() -> float:
    main, branches, changed = 2.00, 5, 0.03
    return main + branches * changed * main


def appended_file() -> float:
    versions = [10.0 + 0.1 * day for day in range(31)]
    return sum(versions)


def kept_after_collection() -> int:
    size = {"a": 40, "b": 10, "c": 30, "d": 35, "e": 20}
    used = {"c1": "ab", "c2": "bc", "c3": "bd", "c4": "de"}
    kept = {name for commit in ("c1", "c3", "c4") for name in used[commit]}
    return sum(size[name] for name in kept)


COMPUTED = {
    "data-version-control-lakefs-branches": branched_store,
    "data-version-control-daily-append": appended_file,
    "data-version-control-gc-branches-tags": kept_after_collection,
}
