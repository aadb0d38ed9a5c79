"""Kamishibai: prompts in, finished pictures out. This file is the table of contents: variables and task creators.

    prompts.json -> batch_request.jsonl -> _gemini_batch/manifest.json -> images/*.png -> usage.csv, gallery.html

Files are the state, doit is the order, functions are the meaning. doit's own database is a cache: losing it costs
nothing.
"""

if __package__:  # installed, where this file is kamishibai/dodo.py
    from .driver.project import CONFIG, tasks_here
else:
    from tasks.driver.project import CONFIG, tasks_here

DOIT_CONFIG = CONFIG
TASKS = tasks_here()


def task_request():
    """prompts.json, configs -> batch_request.jsonl: what is missing
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, RETRY="""
    return TASKS.stage(task_request)


def task_submit():
    """batch_request.jsonl -> manifest.json: jobs at half price
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, RETRY=, BUDGET="""
    return TASKS.stage(task_submit)


def task_fetch():
    """manifest.json -> images/*.png, results.jsonl: wait, fetch, keep
    CH=CH01 or ALL, RUN=251, WAIT=, and those of submit, which comes before it"""
    return TASKS.stage(task_fetch)


def task_usage():
    """results.jsonl -> usage.csv: which model made it, for how much
    CH=CH01 or ALL, RUN=251, and those of fetch, which comes before it"""
    return TASKS.stage(task_usage)


def task_gallery():
    """results.jsonl, review.json -> gallery.html, video/<CH>.html
    CH=CH01 or ALL, RUN=251; drawn anew from what is there, nothing is sent"""
    return TASKS.gallery(task_gallery)


def task_visual():
    """prompts.json -> images/*.png: makes what is missing (CH=CH01)
    CH=CH01 or ALL, RUN=251, SLOT=, TAKES=, LIMIT=, WAIT=, RETRY=, BUDGET="""
    return TASKS.visual_tasks(task_visual)


def task_thumbnails():
    """templates.json x subjects -> assets/<CH>/<NNN>/*.png
    CH=CH01 or ALL (without: what would be sent), RUN= one episode, SLOT=, LIMIT=, WAIT=, RETRY=, BUDGET=;
    IDS= makes again, PICK= puts one back"""
    return TASKS.thumbnail_tasks(task_thumbnails, task_submit, task_usage)


def task_retake():
    """makes pictures of a run again, the old ones stay (IDS=3,7)
    CH=CH01 RUN=251 IDS=3,7 (IDS=NG: those marked so), SLOT=i-1, TAKES=3; PICK=1 puts a take back"""
    return TASKS.command(task_retake)


def task_compare():
    """a run's prompts on several slots -> compare/<NAME>/index.html
    NAME=… SLOTS=g-1,i-1 CH=CH01 RUN=251, IDS="""
    return TASKS.command(task_compare)


def task_review():
    """pictures on a local page, marked OK or NG -> review.json
    CH=, RUN=, NAME= a comparison, PORT=8766; Ctrl-C ends it"""
    return TASKS.command(task_review)


def task_plan():
    """prompts.json -> what visual would send, for how much
    CH=CH01 or ALL, RUN=251, SLOT=, LIMIT=, RETRY=, BUDGET=, FORMAT=json; TEXT=1 shows the texts
    SLOTS=g-1,o-1: the same pictures on each of them, side by side"""
    return TASKS.about_channel(task_plan)


def task_validate():
    """every config and prompts file -> what is wrong in it
    no network, no key"""
    return TASKS.command(task_validate)


def task_import():
    """what another program's files hold -> what would be bought of it
    CH=CH01 or ALL; without APPLY=1 nothing is written; RETRY=lost gives up its job"""
    return TASKS.about_channel(task_import)


def task_status():
    """manifests, prompts -> what is on its way, what is left to do
    CH=, RUN=, REFRESH=1 asks the provider, FORMAT=json; writes nothing"""
    return TASKS.command(task_status)


def task_collect():
    """finished jobs -> images/*.png; sends and waits for nothing
    CH=, RUN=, JOB=; for cron"""
    return TASKS.command(task_collect)


def task_cancel():
    """stops the jobs of a run; what they made until then -> images/
    CH= RUN=, or JOB=; WAIT="""
    return TASKS.command(task_cancel)


def task_adopt():
    """jobs of ours that no manifest knows -> manifest.json
    CH= RUN="""
    return TASKS.command(task_adopt)


def task_listen():
    """Gemini's webhooks -> images/*.png of each job as it ends
    PORT=8767 on 127.0.0.1; Ctrl-C ends it"""
    return TASKS.command(task_listen)


def task_report():
    """every usage.csv -> reports/usage.csv, usage.html: models, cost
    CH=, RUN=, SINCE=, UNTIL=, FORMAT=json"""
    return TASKS.command(task_report)


def task_tidy():
    """pictures of finished runs that the store gives back -> room
    CH=CH01 or ALL, RUN=, BEFORE=2026-10-01; APPLY=1 removes what is shown without it"""
    return TASKS.about_channel(task_tidy)


def task_inbox():
    """what needs a person -> inbox/pm_inbox.md
    DONE=key[,key] ticks, SYNC=1 takes in what was written in Slack, FORMAT=json"""
    return TASKS.command(task_inbox)


def task_emulator():
    """the offline Gemini API on 127.0.0.1, to try things
    PORT=8765; Ctrl-C ends it"""
    return TASKS.command(task_emulator)
