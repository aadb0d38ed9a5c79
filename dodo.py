"""Kamishibai: prompts in, finished pictures out. This file is the table of contents: variables and task creators.

    prompts.json -> batch_request.jsonl -> _gemini_batch/manifest.json -> images/*.png -> usage.csv, gallery.html

Files are the state, doit is the order, functions are the meaning. doit's own database is a cache: losing it costs
nothing.
"""

import os
import sys
from pathlib import Path

from doit.tools import config_changed

from tasks import (
    actions,
    commands,
    compare_actions,
    doit_cache,
    inbox_actions,
    job_actions,
    plan_actions,
    report_actions,
    retake_actions,
    review_actions,
    settings,
    thumbnail_actions,
)
from tasks.doit_reporter import Reporter
from tasks.errors import BadInput
from tasks.places import Places

DOIT_CONFIG = {
    "minversion": "0.37.0",
    "default_tasks": ["status"],
    "backend": "sqlite3",
    "dep_file": ".doit.db",
    "verbosity": 2,
    "reporter": Reporter,
}

doit_cache.spare()

PLACES = Places(Path())
try:
    commands.check(sys.argv[1:], settings.VARIABLES)
    SETTINGS = settings.read(settings.variables(sys.argv[1:]))
    RUNS = PLACES.selection(SETTINGS.channel, SETTINGS.run) if commands.is_about_runs(sys.argv[1:]) else []
except BadInput as error:
    print(error, file=sys.stderr)  # noqa: T201 - as the stages say it, without doit's "ERROR: "
    raise SystemExit(error.exit_code) from None
VISUAL = actions.visual(PLACES, SETTINGS, RUNS)
THUMBNAILS = thumbnail_actions.thumbnails(PLACES, SETTINGS)


def _stage(stages, name, action, doc, needs, makes, free_to_remake=False, also=()):
    """One stage of a selection as one doit task: files in, files out, and no more to do than was done."""
    return {
        "name": name,
        "doc": doc,
        "actions": [action],
        "file_dep": [str(path) for place in stages.runs for path in needs(place)],
        "targets": [*(str(makes(place)) for place in stages.runs), *also],
        "uptodate": [
            stages.settled,
            config_changed({"slot": SETTINGS.slot or "", "address": os.environ.get("GOOGLE_GEMINI_BASE_URL", "")}),
        ],
        "clean": True if free_to_remake else [],
    }


def _request(stages, name, doc, *more):
    def needs(place):
        return [*place.prompt_files(), *PLACES.configs, *more]

    return _stage(stages, name, stages.request, doc, needs, lambda place: place.request, True)


def _submit(stages, name, doc):
    return _stage(stages, name, stages.submit, doc, lambda place: [place.request], lambda place: place.manifest)


def _fetch(stages, name, doc):
    return _stage(stages, name, stages.collect, doc, lambda place: [place.manifest], lambda place: place.results)


def _usage(stages, name, doc):
    return _stage(stages, name, stages.usage, doc, lambda place: [place.results], lambda place: place.usage, True)


def _gallery(stages, name, doc, *more, also=()):
    def needs(place):
        own = (path for names in ("review.json", "takes.json") for path in place.folder.glob(names))
        return [place.results, *place.prompt_files(), PLACES.presets, *more, *own]

    return _stage(stages, name, stages.gallery, doc, needs, lambda place: place.gallery, True, also)


def _without_runs(name):
    return {"name": "channel", "actions": [(actions.name_a_channel, [name])], "uptodate": [False]}


def _of_runs(creator, make):
    yield {"name": None, "doc": creator.__doc__}
    if RUNS:
        yield make(VISUAL, SETTINGS.channel, creator.__doc__)
    else:
        yield _without_runs(creator.__name__.removeprefix("task_"))


def task_request():
    """prompts.json, configs -> batch_request.jsonl: what is missing"""
    yield from _of_runs(task_request, _request)


def task_submit():
    """batch_request.jsonl -> _gemini_batch/manifest.json: jobs at half price"""
    yield from _of_runs(task_submit, _submit)


def task_fetch():
    """_gemini_batch/manifest.json -> images/*.png, results.jsonl: wait, fetch, keep"""
    yield from _of_runs(task_fetch, _fetch)


def task_usage():
    """results.jsonl -> usage.csv: who made it, with which model, for how much"""
    yield from _of_runs(task_usage, _usage)


def task_gallery():
    """results.jsonl, review.json -> gallery.html, video/<CH>.html: drawn anew, nothing is sent (CH=)"""
    yield {"name": None, "doc": task_gallery.__doc__}
    if RUNS:
        yield {"name": SETTINGS.channel, "actions": [VISUAL.redraw], "uptodate": [False]}
    else:
        yield _without_runs("gallery")


def task_visual():
    """CH=CH01: make the missing pictures of every run of the channel (RUN=, SLOT=, LIMIT=, WAIT=, RETRY=)"""
    yield {"name": None, "doc": task_visual.__doc__}
    if not RUNS:
        yield _without_runs("visual")
        return
    # Stages of its own: doit gallery has to draw without what comes before, which may cost money.
    pages = sorted({str(PLACES.runs.parent / f"{run.channel}.html") for run in RUNS})
    drawn = f"gallery-{SETTINGS.channel}"
    yield _gallery(VISUAL, drawn, "results.jsonl -> gallery.html", also=pages)
    done = [f"usage:{SETTINGS.channel}", f"visual:{drawn}"]
    yield {"name": "outcome", "actions": [VISUAL.outcome], "task_dep": done, "uptodate": [False]}


def task_thumbnails():
    """templates.json x thumbnails/<CH>/prompts -> thumbnails/assets/<CH>/<NNN>/*.png (CH=, RUN=, IDS=; else a plan)"""
    yield {"name": None, "doc": task_thumbnails.__doc__}
    if not THUMBNAILS.runs:
        yield {"name": "request", "actions": [(thumbnail_actions.no_thumbnails, [PLACES, SETTINGS.channel])]}
        return
    if SETTINGS.ids or SETTINGS.pick:
        again = (retake_actions.retake_thumbnails, [PLACES, SETTINGS, THUMBNAILS.runs])
        yield {"name": "retake", "actions": [again], "uptodate": [False]}
        return
    if SETTINGS.channel is None:
        yield {"name": "offer", "actions": [(thumbnail_actions.offer, [THUMBNAILS])], "uptodate": [False]}
        return
    yield _request(THUMBNAILS, "request", "subjects, templates.json -> batch_request.jsonl", PLACES.templates)
    yield _submit(THUMBNAILS, "submit", task_submit.__doc__)
    yield _fetch(THUMBNAILS, "fetch", "jobs -> thumbnails/assets/, results.jsonl")
    yield _usage(THUMBNAILS, "usage", task_usage.__doc__)
    yield _gallery(THUMBNAILS, "gallery", "results.jsonl -> gallery.html", PLACES.templates)
    done = ["thumbnails:usage", "thumbnails:gallery"]
    yield {"name": "outcome", "actions": [THUMBNAILS.outcome], "task_dep": done, "uptodate": [False]}


def task_retake():
    """CH=CH01 RUN=251 IDS=3,7: make these again, the old ones stay (SLOT=i-1, IDS=NG); PICK=1 puts a take back"""
    return {"actions": [(retake_actions.retake, [PLACES, SETTINGS, RUNS])], "uptodate": [False]}


def task_compare():
    """NAME=… SLOTS=g-1,i-1 CH=CH01 RUN=251: a run's prompts on several slots -> compare/<NAME>/index.html (IDS=)"""
    return {"actions": [(compare_actions.compare, [PLACES, SETTINGS])], "uptodate": [False]}


def task_review():
    """look at pictures on a local page, mark OK or NG -> review.json (CH=, RUN=, NAME=, PORT=8766); Ctrl-C ends it"""
    return {"actions": [(review_actions.review, [PLACES, SETTINGS])], "uptodate": [False]}


def task_plan():
    """CH=CH01: what visual would send, with which model, for how much; sends nothing (RUN=, SLOT=, FORMAT=json)"""
    if SETTINGS.channel is None:
        return {"actions": [(actions.name_a_channel, ["plan"])], "uptodate": [False]}
    return {"actions": [(plan_actions.plan, [PLACES, SETTINGS, RUNS])], "uptodate": [False]}


def task_validate():
    """every config and prompts file against its schema and each other; no network, no key"""
    return {"actions": [(actions.validate, [PLACES])], "uptodate": [False]}


def task_status():
    """what is on its way and what is left to do; writes nothing (CH=, REFRESH=1 asks the provider, FORMAT=json)"""
    return {"actions": [(job_actions.status, [PLACES, SETTINGS])], "uptodate": [False]}


def task_collect():
    """fetch whatever is finished anywhere, send nothing, wait for nothing: for cron (CH=, RUN=, JOB=)"""
    return {"actions": [(job_actions.collect, [PLACES, SETTINGS])], "uptodate": [False]}


def task_cancel():
    """stop the jobs of a run at the provider, and collect what they made until then (CH= RUN=, or JOB=; WAIT=)"""
    return {"actions": [(job_actions.cancel, [PLACES, SETTINGS])], "uptodate": [False]}


def task_adopt():
    """find our jobs that no manifest knows in the provider's list, and take them in (CH= RUN=)"""
    return {"actions": [(job_actions.adopt, [PLACES, SETTINGS])], "uptodate": [False]}


def task_listen():
    """receive Gemini's webhooks on 127.0.0.1 (PORT=8767) and collect each job that ended at once; Ctrl-C ends it"""
    return {"actions": [(job_actions.listen, [PLACES, SETTINGS])], "uptodate": [False]}


def task_report():
    """every usage.csv -> reports/usage.csv, usage.html: models, failures, cost (SINCE=, UNTIL=, CH=, FORMAT=json)"""
    return {"actions": [(report_actions.report, [PLACES, SETTINGS])], "uptodate": [False]}


def task_inbox():
    """what a person has to look at; DONE=key[,key] ticks, SYNC=1 takes in what was written in Slack (FORMAT=json)"""
    return {"actions": [(inbox_actions.inbox, [PLACES, SETTINGS])], "uptodate": [False]}


def task_emulator():
    """the offline Gemini API on 127.0.0.1 (PORT=8765), to try things; Ctrl-C ends it"""
    return {"actions": [(actions.emulator, [PLACES, SETTINGS])], "uptodate": [False]}
