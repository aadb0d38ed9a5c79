"""Kamishibai: prompts in, finished pictures out. This file is the table of contents: variables and task creators.

    prompts.json -> batch_request.jsonl -> _gemini_batch/manifest.json -> images/*.png -> usage.csv, gallery.html

Files are the state, doit is the order, functions are the meaning. doit's own database is a cache: losing it costs
nothing.
"""

import sys
from pathlib import Path

from tasks.commands import (
    compare_actions,
    doit_tasks,
    inbox_actions,
    job_actions,
    plan_actions,
    report_actions,
    retake_actions,
    review_actions,
    thumbnails,
    visual,
)
from tasks.driver import command_line, database
from tasks.driver.reporter import Reporter
from tasks.errors import BadInput
from tasks.project import settings
from tasks.project.paths import Paths

DOIT_CONFIG = {
    "minversion": "0.37.0",
    "default_tasks": ["status"],
    "backend": "sqlite3",
    "dep_file": ".doit.db",
    "verbosity": 2,
    "reporter": Reporter,
}

database.spare()

PLACES = Paths(Path())
try:
    command_line.check(sys.argv[1:], settings.VARIABLES)
    SETTINGS = settings.read(settings.variables(sys.argv[1:]))
    RUNS = PLACES.selection(SETTINGS.channel, SETTINGS.run) if command_line.is_about_runs(sys.argv[1:]) else []
except BadInput as error:
    print(error, file=sys.stderr)  # noqa: T201 - as the stages say it, without doit's "ERROR: "
    raise SystemExit(error.exit_code) from None
VISUAL = visual.visual(PLACES, SETTINGS, RUNS)
THUMBNAILS = thumbnails.thumbnails(PLACES, SETTINGS)


def _always(action, *given, **more):
    return {"actions": [(action, list(given))], "uptodate": [False], **more}


def _without_runs(name):
    return _always(visual.name_a_channel, name, name="channel")


def _of_runs(creator, make):
    yield {"name": None, "doc": creator.__doc__}
    if RUNS:
        yield make(VISUAL, SETTINGS.channel, creator.__doc__)
    else:
        yield _without_runs(creator.__name__.removeprefix("task_"))


def task_request():
    """prompts.json, configs -> batch_request.jsonl: what is missing
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, RETRY="""
    yield from _of_runs(task_request, doit_tasks.request)


def task_submit():
    """batch_request.jsonl -> manifest.json: jobs at half price
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, RETRY=, BUDGET="""
    yield from _of_runs(task_submit, doit_tasks.submit)


def task_fetch():
    """manifest.json -> images/*.png, results.jsonl: wait, fetch, keep
    CH=CH01 or ALL, RUN=251, WAIT=, and those of submit, which comes before it"""
    yield from _of_runs(task_fetch, doit_tasks.fetch)


def task_usage():
    """results.jsonl -> usage.csv: which model made it, for how much
    CH=CH01 or ALL, RUN=251, and those of fetch, which comes before it"""
    yield from _of_runs(task_usage, doit_tasks.usage)


def task_gallery():
    """results.jsonl, review.json -> gallery.html, video/<CH>.html
    CH=CH01 or ALL, RUN=251; drawn anew from what is there, nothing is sent"""
    yield {"name": None, "doc": task_gallery.__doc__}
    if RUNS:
        yield {"name": SETTINGS.channel, "actions": [VISUAL.redraw], "uptodate": [False]}
    else:
        yield _without_runs("gallery")


def task_visual():
    """prompts.json -> images/*.png: makes what is missing (CH=CH01)
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, WAIT=, RETRY=, BUDGET="""
    yield {"name": None, "doc": task_visual.__doc__}
    if not RUNS:
        yield _without_runs("visual")
        return
    # Stages of its own: doit gallery has to draw without what comes before, which may cost money.
    pages = sorted({str(PLACES.runs.parent / f"{run.channel}.html") for run in RUNS})
    drawn = f"gallery-{SETTINGS.channel}"
    yield doit_tasks.gallery(VISUAL, drawn, "results.jsonl -> gallery.html", also=pages)
    done = [f"usage:{SETTINGS.channel}", f"visual:{drawn}"]
    yield {"name": "outcome", "actions": [VISUAL.outcome], "task_dep": done, "uptodate": [False]}


def task_thumbnails():
    """templates.json x subjects -> assets/<CH>/<NNN>/*.png
    CH=CH01 or ALL (without: what would be sent), RUN= one episode, SLOT=, LIMIT=, WAIT=, RETRY=, BUDGET=;
    IDS= makes again, PICK= puts one back"""
    yield {"name": None, "doc": task_thumbnails.__doc__}
    if not THUMBNAILS.runs:
        yield _always(thumbnails.no_thumbnails, PLACES, SETTINGS.channel, name="request")
    elif SETTINGS.ids or SETTINGS.pick:
        yield _always(retake_actions.retake_thumbnails, PLACES, SETTINGS, THUMBNAILS.runs, name="retake")
    elif SETTINGS.channel is None:
        yield _always(thumbnails.offer, THUMBNAILS, name="offer")
    else:
        yield from _thumbnails()


def _thumbnails():
    yield doit_tasks.request(THUMBNAILS, "request", "subjects, templates.json -> batch_request.jsonl", PLACES.templates)
    yield doit_tasks.submit(THUMBNAILS, "submit", task_submit.__doc__)
    yield doit_tasks.fetch(THUMBNAILS, "fetch", "jobs -> thumbnails/assets/, results.jsonl")
    yield doit_tasks.usage(THUMBNAILS, "usage", task_usage.__doc__)
    yield doit_tasks.gallery(THUMBNAILS, "gallery", "results.jsonl -> gallery.html", PLACES.templates)
    done = ["thumbnails:usage", "thumbnails:gallery"]
    yield {"name": "outcome", "actions": [THUMBNAILS.outcome], "task_dep": done, "uptodate": [False]}


def task_retake():
    """makes pictures of a run again, the old ones stay (IDS=3,7)
    CH=CH01 RUN=251 IDS=3,7 (IDS=NG: those marked so), SLOT=i-1; PICK=1 puts a take back"""
    return _always(retake_actions.retake, PLACES, SETTINGS, RUNS)


def task_compare():
    """a run's prompts on several slots -> compare/<NAME>/index.html
    NAME=… SLOTS=g-1,i-1 CH=CH01 RUN=251, IDS="""
    return _always(compare_actions.compare, PLACES, SETTINGS)


def task_review():
    """pictures on a local page, marked OK or NG -> review.json
    CH=, RUN=, NAME= a comparison, PORT=8766; Ctrl-C ends it"""
    return _always(review_actions.review, PLACES, SETTINGS)


def task_plan():
    """prompts.json -> what visual would send, for how much
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, RETRY=, BUDGET=, FORMAT=json"""
    if SETTINGS.channel is None:
        return _always(visual.name_a_channel, "plan")
    return _always(plan_actions.plan, PLACES, SETTINGS, RUNS)


def task_validate():
    """every config and prompts file -> what is wrong in it
    no network, no key"""
    return _always(visual.validate, PLACES)


def task_status():
    """manifests, prompts -> what is on its way, what is left to do
    CH=, RUN=, REFRESH=1 asks the provider, FORMAT=json; writes nothing"""
    return _always(job_actions.status, PLACES, SETTINGS)


def task_collect():
    """finished jobs -> images/*.png; sends and waits for nothing
    CH=, RUN=, JOB=; for cron"""
    return _always(job_actions.collect, PLACES, SETTINGS)


def task_cancel():
    """stops the jobs of a run; what they made until then -> images/
    CH= RUN=, or JOB=; WAIT="""
    return _always(job_actions.cancel, PLACES, SETTINGS)


def task_adopt():
    """jobs of ours that no manifest knows -> manifest.json
    CH= RUN="""
    return _always(job_actions.adopt, PLACES, SETTINGS)


def task_listen():
    """Gemini's webhooks -> images/*.png of each job as it ends
    PORT=8767 on 127.0.0.1; Ctrl-C ends it"""
    return _always(job_actions.listen, PLACES, SETTINGS)


def task_report():
    """every usage.csv -> reports/usage.csv, usage.html: models, cost
    CH=, RUN=, SINCE=, UNTIL=, FORMAT=json"""
    return _always(report_actions.report, PLACES, SETTINGS)


def task_inbox():
    """what needs a person -> inbox/pm_inbox.md
    DONE=key[,key] ticks, SYNC=1 takes in what was written in Slack, FORMAT=json"""
    return _always(inbox_actions.inbox, PLACES, SETTINGS)


def task_emulator():
    """the offline Gemini API on 127.0.0.1, to try things
    PORT=8765; Ctrl-C ends it"""
    return _always(visual.emulator, PLACES, SETTINGS)


if sys.argv[1:2] == ["help"]:  # doit shows the first line of a docstring only, also to who asks about one task
    for name in [name for name in globals() if name.startswith("task_")]:
        globals()[name].__doc__ = "; ".join(line.strip() for line in globals()[name].__doc__.splitlines())
