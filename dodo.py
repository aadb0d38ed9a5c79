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

from tasks import actions, inbox_actions, plan_actions, report_actions, review_actions, settings
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

PLACES = Places(Path())
try:
    SETTINGS = settings.read(settings.variables(sys.argv[1:]))
    RUNS = PLACES.selection(SETTINGS.channel, SETTINGS.run)
except BadInput as error:
    raise InvalidDodoFile(str(error)) from None
VISUAL = actions.Visual(PLACES, SETTINGS, RUNS)


def _stage(action, doc, needs, makes, free_to_remake=False, also=()):
    """One stage of the selection as one doit task: files in, files out, and no more to do than was done."""
    yield {"name": None, "doc": doc}
    if RUNS:
        yield {
            "name": SETTINGS.channel,
            "doc": doc,
            "actions": [action],
            "file_dep": [str(path) for run in RUNS for path in needs(run)],
            "targets": [*(str(makes(run)) for run in RUNS), *also],
            "uptodate": [
                VISUAL.settled,
                config_changed({"slot": SETTINGS.slot or "", "address": os.environ.get("GOOGLE_GEMINI_BASE_URL", "")}),
            ],
            "clean": True if free_to_remake else [],
        }


def task_request():
    """prompts.json, configs -> batch_request.jsonl: what is missing"""
    yield from _stage(
        VISUAL.request,
        task_request.__doc__,
        needs=lambda run: [*run.prompt_files(), *PLACES.configs],
        makes=lambda run: run.request,
        free_to_remake=True,
    )


def task_submit():
    """batch_request.jsonl -> _gemini_batch/manifest.json: jobs at half price"""
    yield from _stage(VISUAL.submit, task_submit.__doc__, lambda run: [run.request], lambda run: run.manifest)


def task_collect():
    """_gemini_batch/manifest.json -> images/*.png, results.jsonl: wait, fetch, keep"""
    yield from _stage(VISUAL.collect, task_collect.__doc__, lambda run: [run.manifest], lambda run: run.results)


def task_usage():
    """results.jsonl -> usage.csv: who made it, with which model, for how much"""
    yield from _stage(VISUAL.usage, task_usage.__doc__, lambda run: [run.results], lambda run: run.usage, True)


def task_gallery():
    """results.jsonl, review.json -> gallery.html, video/<CH>.html: all pictures on one page, all runs on another"""
    yield from _stage(
        VISUAL.gallery,
        task_gallery.__doc__,
        lambda run: [run.results, *run.prompt_files(), PLACES.presets, *run.folder.glob("review.json")],
        lambda run: run.gallery,
        True,
        sorted({str(PLACES.runs.parent / f"{run.channel}.html") for run in RUNS}),
    )


def task_visual():
    """CH=CH01: make the missing pictures of every run of the channel (RUN=, SLOT=, LIMIT=, WAIT=, RETRY=)"""
    if SETTINGS.channel is None:
        return {"actions": [(actions.name_a_channel, ["visual"])]}
    stages = [f"{stage}:{SETTINGS.channel}" for stage in ("usage", "gallery")]
    return {"actions": [VISUAL.outcome], "task_dep": stages, "uptodate": [False]}


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
    """what there is and what is on its way; writes nothing, sends nothing"""
    return {"actions": [(actions.status, [PLACES, SETTINGS])], "uptodate": [False]}


def task_report():
    """every usage.csv -> reports/usage.csv, usage.html: models, failures, cost (SINCE=, UNTIL=, CH=, FORMAT=json)"""
    return {"actions": [(report_actions.report, [PLACES, SETTINGS])], "uptodate": [False]}


def task_inbox():
    """what a person has to look at; DONE=key[,key] ticks, SYNC=1 takes in what was written in Slack (FORMAT=json)"""
    return {"actions": [(inbox_actions.inbox, [PLACES, SETTINGS])], "uptodate": [False]}


def task_emulator():
    """the offline Gemini API on 127.0.0.1 (PORT=8765), to try things; Ctrl-C ends it"""
    return {"actions": [(actions.emulator, [PLACES, SETTINGS])], "uptodate": [False]}
