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


def roofline_ratio():
    intensity = 150

    def attainable(peak_tflops, bandwidth_gb):
        return min(peak_tflops, bandwidth_gb / 1000 * intensity)

    return attainable(180, 2000) / attainable(300, 900)


def training_waves():
    rounds = -(-30 // 8)
    return 15 + rounds * 20 + 6


def ring_allreduce():
    gpus, gradients, rate = 8, 2.6, 25
    rounds = 2 * (gpus - 1)
    return 1000 * rounds * gradients / gpus / rate


def dominant_share():
    total = {"cpu": 120, "gpu": 20}
    task = {"A": {"cpu": 3, "gpu": 2}, "B": {"cpu": 6, "gpu": 0}}
    count = {"A": 0, "B": 0}

    def share(team):
        return max(count[team] * task[team][r] / total[r] for r in total)

    def used(resource):
        return sum(count[team] * task[team][resource] for team in task)

    while True:
        team = min(task, key=share)
        if any(used(r) + task[team][r] > total[r] for r in total):
            return count["B"]
        count[team] += 1


def tier_break_even():
    return 60 * (23 - 10) / 20


def price_per_used_gpu(price=30, used=3):
    """USD; the defaults are the numbers of the first draw."""
    hours = 10
    return price * hours / (used * hours)


def warm_disk_epochs(remote=0.5, local=2, epochs=9):
    """Minutes; the defaults are the numbers of the first draw."""
    seconds = [1800 / (remote if epoch == 1 else local) for epoch in range(1, epochs + 1)]
    return sum(seconds) / 60


COMPUTED = {
    "ml-infrastructure-quota-pods": quota_workers,
    "ml-infrastructure-cached-pipeline": cached_run,
    "ml-infrastructure-sharded-optimiser": optimiser_memory,
    "ml-infrastructure-roofline-ratio": roofline_ratio,
    "ml-infrastructure-waves-of-training": training_waves,
    "ml-infrastructure-ring-allreduce-time": ring_allreduce,
    "ml-infrastructure-dominant-share": dominant_share,
    "ml-infrastructure-tier-break-even": tier_break_even,
    "ml-infrastructure-price-per-used-gpu": price_per_used_gpu,
    "ml-infrastructure-warm-disk-epochs": warm_disk_epochs,
}
