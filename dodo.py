"""Kamishibai: prompts in, finished pictures out. This file is the table of contents: variables and task creators.

    prompts.json -> batch_request.jsonl -> _gemini_batch/manifest.json -> images/*.png -> usage.csv, gallery.html

Files are the state, doit is the order, functions are the meaning. doit's own database is a cache: losing it costs
nothing.
"""

import os
import sys
from pathlib import Path

from doit.exceptions import InvalidDodoFile
from doit.tools import config_changed

from tasks import (
    actions,
    compare_actions,
    doit_cache,
    inbox_actions,
    job_actions,
    plan_actions,
    report_actions,
    retake_actions,
    review_actions,
    settings,
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
    SETTINGS = settings.read(settings.variables(sys.argv[1:]))
    RUNS = PLACES.selection(SETTINGS.channel, SETTINGS.run) if settings.is_about_runs(sys.argv[1:]) else []
except BadInput as error:
    raise InvalidDodoFile(str(error)) from None
VISUAL = actions.visual(PLACES, SETTINGS, RUNS)
THUMBNAILS = actions.thumbnails(PLACES, SETTINGS)


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


def _of_runs(creator, make):
    yield {"name": None, "doc": creator.__doc__}
    if RUNS:
        yield make(VISUAL, SETTINGS.channel, creator.__doc__)


def task_request():
    """prompts.json, configs -> batch_request.jsonl: what is missing
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, RETRY="""
    yield from _of_runs(task_request, _request)


def task_submit():
    """batch_request.jsonl -> manifest.json: jobs at half price
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, RETRY=, BUDGET="""
    yield from _of_runs(task_submit, _submit)


def task_fetch():
    """manifest.json -> images/*.png, results.jsonl: wait, fetch, keep
    CH=CH01 or ALL, RUN=251, WAIT=, and those of submit, which comes before it"""
    yield from _of_runs(task_fetch, _fetch)


def task_usage():
    """results.jsonl -> usage.csv: which model made it, for how much
    CH=CH01 or ALL, RUN=251, and those of fetch, which comes before it"""
    yield from _of_runs(task_usage, _usage)


def task_gallery():
    """results.jsonl, review.json -> gallery.html, video/<CH>.html
    CH=CH01 or ALL, RUN=251; drawn anew from what is there, nothing is sent"""
    yield {"name": None, "doc": task_gallery.__doc__}
    if RUNS:
        yield {"name": SETTINGS.channel, "actions": [VISUAL.redraw], "uptodate": [False]}


def task_visual():
    """prompts.json -> images/*.png: makes what is missing (CH=CH01)
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, WAIT=, RETRY=, BUDGET="""
    yield {"name": None, "doc": task_visual.__doc__}
    if not RUNS:
        yield {"name": "channel", "actions": [(actions.name_a_channel, ["visual"])]}
        return
    # Stages of its own: doit gallery has to draw without what comes before, which may cost money.
    pages = sorted({str(PLACES.runs.parent / f"{run.channel}.html") for run in RUNS})
    drawn = f"gallery-{SETTINGS.channel}"
    yield _gallery(VISUAL, drawn, "results.jsonl -> gallery.html", also=pages)
    done = [f"usage:{SETTINGS.channel}", f"visual:{drawn}"]
    yield {"name": "outcome", "actions": [VISUAL.outcome], "task_dep": done, "uptodate": [False]}


def task_thumbnails():
    """templates.json x subjects -> assets/<CH>/<NNN>/*.png
    CH=CH01, RUN= one episode, SLOT=, LIMIT=, WAIT=, RETRY=, BUDGET=; IDS= makes again, PICK= puts one back"""
    yield {"name": None, "doc": task_thumbnails.__doc__}
    if not THUMBNAILS.runs:
        yield {"name": "request", "actions": [(actions.no_thumbnails, [PLACES, SETTINGS.channel])]}
        return
    if SETTINGS.ids or SETTINGS.pick:
        again = (retake_actions.retake_thumbnails, [PLACES, SETTINGS, THUMBNAILS.runs])
        yield {"name": "retake", "actions": [again], "uptodate": [False]}
        return
    yield _request(THUMBNAILS, "request", "subjects, templates.json -> batch_request.jsonl", PLACES.templates)
    yield _submit(THUMBNAILS, "submit", task_submit.__doc__)
    yield _fetch(THUMBNAILS, "fetch", "jobs -> thumbnails/assets/, results.jsonl")
    yield _usage(THUMBNAILS, "usage", task_usage.__doc__)
    yield _gallery(THUMBNAILS, "gallery", "results.jsonl -> gallery.html", PLACES.templates)
    done = ["thumbnails:usage", "thumbnails:gallery"]
    yield {"name": "outcome", "actions": [THUMBNAILS.outcome], "task_dep": done, "uptodate": [False]}


def task_retake():
    """makes pictures of a run again, the old ones stay (IDS=3,7)
    CH=CH01 RUN=251 IDS=3,7 (IDS=NG: those marked so), SLOT=i-1; PICK=1 puts a take back"""
    return {"actions": [(retake_actions.retake, [PLACES, SETTINGS, RUNS])], "uptodate": [False]}


def task_compare():
    """a run's prompts on several slots -> compare/<NAME>/index.html
    NAME=… SLOTS=g-1,i-1 CH=CH01 RUN=251, IDS="""
    return {"actions": [(compare_actions.compare, [PLACES, SETTINGS])], "uptodate": [False]}


def task_review():
    """pictures on a local page, marked OK or NG -> review.json
    CH=, RUN=, NAME= a comparison, PORT=8766; Ctrl-C ends it"""
    return {"actions": [(review_actions.review, [PLACES, SETTINGS])], "uptodate": [False]}


def task_plan():
    """prompts.json -> what visual would send, for how much
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, RETRY=, BUDGET=, FORMAT=json"""
    if SETTINGS.channel is None:
        return {"actions": [(actions.name_a_channel, ["plan"])], "uptodate": [False]}
    return {"actions": [(plan_actions.plan, [PLACES, SETTINGS, RUNS])], "uptodate": [False]}


def task_validate():
    """every config and prompts file -> what is wrong in it
    no network, no key"""
    return {"actions": [(actions.validate, [PLACES])], "uptodate": [False]}


def task_status():
    """manifests, prompts -> what is on its way, what is left to do
    CH=, RUN=, REFRESH=1 asks the provider, FORMAT=json; writes nothing"""
    return {"actions": [(job_actions.status, [PLACES, SETTINGS])], "uptodate": [False]}


def task_collect():
    """finished jobs -> images/*.png; sends and waits for nothing
    CH=, RUN=, JOB=; for cron"""
    return {"actions": [(job_actions.collect, [PLACES, SETTINGS])], "uptodate": [False]}


def task_cancel():
    """stops the jobs of a run; what they made until then -> images/
    CH= RUN=, or JOB=; WAIT="""
    return {"actions": [(job_actions.cancel, [PLACES, SETTINGS])], "uptodate": [False]}


def task_adopt():
    """jobs of ours that no manifest knows -> manifest.json
    CH= RUN="""
    return {"actions": [(job_actions.adopt, [PLACES, SETTINGS])], "uptodate": [False]}


def task_listen():
    """Gemini's webhooks -> images/*.png of each job as it ends
    PORT=8767 on 127.0.0.1; Ctrl-C ends it"""
    return {"actions": [(job_actions.listen, [PLACES, SETTINGS])], "uptodate": [False]}


def task_report():
    """every usage.csv -> reports/usage.csv, usage.html: models, cost
    CH=, RUN=, SINCE=, UNTIL=, FORMAT=json"""
    return {"actions": [(report_actions.report, [PLACES, SETTINGS])], "uptodate": [False]}


def task_inbox():
    """what needs a person -> inbox/pm_inbox.md
    DONE=key[,key] ticks, SYNC=1 takes in what was written in Slack, FORMAT=json"""
    return {"actions": [(inbox_actions.inbox, [PLACES, SETTINGS])], "uptodate": [False]}


def task_emulator():
    """the offline Gemini API on 127.0.0.1, to try things
    PORT=8765; Ctrl-C ends it"""
    return {"actions": [(actions.emulator, [PLACES, SETTINGS])], "uptodate": [False]}


if sys.argv[1:2] == ["help"]:  # doit shows the first line of a docstring only, also to who asks about one task
    for name in [name for name in globals() if name.startswith("task_")]:
        globals()[name].__doc__ = "; ".join(line.strip() for line in globals()[name].__doc__.splitlines())
