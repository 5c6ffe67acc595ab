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


def executed_stages() -> int:
    regions = ["de", "fr", "it", "es"]
    changed_inputs, changed_parameters = {"it"}, {"fr"}
    trained = [r for r in regions if r in changed_inputs or r in changed_parameters]
    prepare, report = 1, int(bool(trained))
    return prepare + len(trained) + report


def siblings_in_training() -> float:
    images, test = 9000, 1800
    both_in_test = (test - 1) / (images - 1) * (test - 2) / (images - 2)
    return 100 * (1 - both_in_test)


def freed_gigabytes() -> int:
    people, data = 4, 300
    return people * (data + data) - data


def uploaded_gigabytes() -> float:
    replaced, added_new = 1000, 200
    return (replaced + added_new) * 2 / 1000


COMPUTED = {
    "data-version-control-lakefs-branches": branched_store,
    "data-version-control-daily-append": appended_file,
    "data-version-control-gc-branches-tags": kept_after_collection,
    "data-version-control-foreach-regions": executed_stages,
    "data-version-control-sibling-images": siblings_in_training,
    "data-version-control-shared-cache": freed_gigabytes,
    "data-version-control-upload-after-changes": uploaded_gigabytes,
}
