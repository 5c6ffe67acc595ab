"""Numbers of the ml-infrastructure questions, computed from their stems."""


def quota_workers():
    used = {"cpu": 10, "memory": 60, "gpu": 2}
    hard = {"cpu": 64, "memory": 256, "gpu": 8}
    worker = {"cpu": 6, "memory": 40, "gpu": 1}
    return min((hard[r] - used[r]) // worker[r] for r in worker)


def cached_run():
    minutes = {
        "extract": 12,
        "validate": 6,
        "features_a": 30,
        "features_b": 18,
        "data_report": 25,
        "train": 55,
        "evaluate": 9,
        "bundle": 4,
    }
    needs = {
        "extract": [],
        "validate": ["extract"],
        "features_a": ["validate"],
        "features_b": ["validate"],
        "data_report": ["validate"],
        "train": ["features_a", "features_b"],
        "evaluate": ["train"],
        "bundle": ["evaluate", "data_report"],
    }

    def changed(step):
        return step == "features_b" or any(changed(n) for n in needs[step])

    def finished(step):
        start = max((finished(n) for n in needs[step]), default=0)
        return start + (minutes[step] if changed(step) else 0)

    return max(finished(step) for step in minutes)


def optimiser_memory():
    parameters, gpus = 3e9, 8
    replicated = 2 + 2
    divided = 4 + 4 + 4
    return parameters * (replicated + divided / gpus) / 1e9


COMPUTED = {
    "ml-infrastructure-quota-pods": quota_workers,
    "ml-infrastructure-cached-pipeline": cached_run,
    "ml-infrastructure-sharded-optimiser": optimiser_memory,
}
