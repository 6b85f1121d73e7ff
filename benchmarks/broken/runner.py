"""Runs many small programs inside one sandbox, so that libraries are imported once for all.

It is copied into the working directory beside `child.py` and `jobs.json`, and does to each program
what the engine's own runner does to one: each stage in a fork of its own, judged and described by
the functions of `child.py`. Time counts on the processor, not on the clock, so that a busy machine
changes no verdict.

    runner.py PATH...      the paths that jobs.json numbers; the first receives the results
"""

import faulthandler
import importlib
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

child: Any = importlib.import_module("child")
"""Lies beside this file in the sandbox."""
TAIL_LINES = 60


def main(paths: list[str]) -> int:
    """Runs all jobs; the result of each lies in a file of its name in the first path."""
    jobs = json.loads(Path("jobs.json").read_text(encoding="utf-8"))
    for name, job in jobs["jobs"].items():
        result = run_job(name, job, paths)
        (Path(paths[0]) / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")
    return 0


def run_job(name: str, job: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """The stages of one program, up to the first that fails."""
    began = _processor_seconds()
    folder = Path(name).absolute()
    folder.mkdir()
    for file, text in job["files"].items():
        (folder / file).write_text(text, encoding="utf-8")
    results: list[dict[str, Any]] = []
    failed = False
    for stage in job["stages"]:
        result = {"name": stage["name"], "ok": False, "skipped": True}
        if not failed:
            result |= {"skipped": False, **run_stage(folder, placed(stage, paths), job)}
            failed = not result["ok"]
        results.append(result)
    tail = (folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
    return {"stages": results, "tail": "\n".join(tail), "seconds": _processor_seconds() - began}


def _processor_seconds() -> float:
    """Of all stages that have ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def placed(value: Any, paths: list[str]) -> Any:  # noqa: ANN401 - json
    """A value with `<3>/below` replaced by the third path and what lies below it."""
    if isinstance(value, dict):
        return {name: placed(one, paths) for name, one in value.items()}
    if isinstance(value, list):
        return [placed(one, paths) for one in value]
    if isinstance(value, str) and value.startswith("<"):
        number, _, rest = value[1:].partition(">")
        return paths[int(number)] + rest
    return value


def run_stage(folder: Path, stage: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """One stage in a fork; how it ended."""
    for path in stage["writes"]:
        Path(path).mkdir(parents=True, exist_ok=True)
    report = folder / "report"
    report.unlink(missing_ok=True)
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        be_the_stage(folder, stage, job)
    _, status, usage = os.wait4(pid, 0)
    late = os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL}
    reported = report.read_bytes() if report.exists() else b""
    ending = child.Ending(status, usage.ru_maxrss * 1024, reported, late)
    verdict: dict[str, Any] = child.verdict(ending)
    return verdict


def be_the_stage(folder: Path, stage: dict[str, Any], job: dict[str, Any]) -> None:
    """The work of one stage; never returns."""
    status = 1
    try:
        os.chdir(folder)
        others = [one for one in sys.path if one not in {"", str(folder.parent)}]
        sys.path[:] = [str(folder), *others]
        log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        faulthandler.register(signal.SIGXCPU, file=2, all_threads=False, chain=True)
        resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"] + 5))
        resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
        found: dict[str, Any]
        try:
            found = {"ok": True, "facts": child.perform(stage)}
        except BaseException as error:  # noqa: BLE001 - a failed program is a value
            # The first frame is this file's, which the engine's own runner knows nothing of.
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            found = child.describe_failure(error, stage["kind"])
        sys.stdout.flush()
        sys.stderr.flush()
        Path("report").write_text(json.dumps(found), encoding="utf-8")
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
