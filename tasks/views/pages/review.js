// Verdicts. A page from a disk only shows them; a page that doit review serves carries its token and takes them.
const review = (() => {
  const token = document.querySelector('meta[name="review"]')?.content;
  const pictures = [...document.querySelectorAll("[data-picture]")];
  const desk = document.querySelector(".desk"), bar = document.querySelector(".judge"), input = bar.querySelector("input");
  const waiting = new Map(), saved = new Map(), done = [];
  let saves = 0;
  const self = { active: !!token, changed() {}, current: null, done() {} };

  const verdict = (picture) => picture.dataset.verdict;
  const remark = (picture) => picture.querySelector(".remark")?.textContent ?? "";
  const judged = (wanted) => pictures.filter((picture) => verdict(picture) === wanted).length;

  function paint(picture, value, note) {
    picture.dataset.verdict = value || "new";
    picture.querySelector(".badge").textContent = value || "";
    const line = picture.querySelector(".remark");
    if (line) line.textContent = note;
    if (picture === self.current) self.show(picture);
    count(picture);
  }

  function count(picture) {
    if (self.active) {
      desk.querySelector(".progress").textContent = t("{ok} OK, {ng} NG, {left} left", { ok: judged("OK"), ng: judged("NG"), left: judged("new") });
      const again = desk.querySelector(".again");
      if (again) again.hidden = !judged("NG");
    }
    self.changed(picture);
    self.judged?.();
  }

  function alarm(text) {
    for (const line of document.querySelectorAll(".alarm")) { line.textContent = text; line.hidden = !text; }
  }

  async function send(picture, value, note) {
    const { picture: id, sha256, place } = picture.dataset;
    const headers = { "Content-Type": "application/json", "X-Kamishibai-Review": token };
    const body = JSON.stringify({ id, sha256, verdict: value, note });
    let answer;
    try {
      answer = await fetch(`${place}/review.json`, { method: "POST", headers, body, keepalive: true });
    } catch {
      throw new Error(t("Not saved: doit review does not answer.\n-> start it again, reload this page, and judge the pictures marked “not saved” once more"));
    }
    if (!answer.ok) throw new Error(t("Not saved: {why}", { why: (await answer.text()).trim() || answer.statusText }));
  }

  // Saves of one picture go out one after the other, so that the last word stays the last.
  function judge(picture, value, note = remark(picture)) {
    if (!self.active || !picture.dataset.sha256) return false;
    paint(picture, value, note);
    picture.dataset.unsaved = "";
    const before = waiting.get(picture) ?? Promise.resolve();
    const now = before.then(() => send(picture, value, note)).then(() => {
      saved.set(picture, ++saves);
      if (waiting.get(picture) === now) { delete picture.dataset.unsaved; waiting.delete(picture); }
      if (!waiting.size) alarm("");
    }).catch((error) => { alarm(error.message); });
    waiting.set(picture, now);
    return true;
  }

  // What was saved after the question is newer than the answer.
  async function load() {
    for (const place of new Set(pictures.map((picture) => picture.dataset.place))) {
      const asked = saves;
      const answer = await fetch(`${place}/review.json`, { cache: "no-store" }).catch(() => null);
      if (!answer?.ok) { alarm(answer ? (await answer.text()).trim() : t("doit review does not answer any more.")); continue; }
      const { verdicts } = await answer.json();
      for (const picture of pictures) {
        if (picture.dataset.place !== place || !picture.dataset.sha256 || waiting.has(picture) || saved.get(picture) > asked) continue;
        const found = verdicts[picture.dataset.picture], about = found?.sha256 === picture.dataset.sha256;
        const [value, note] = about ? [found.verdict || "new", found.note] : ["new", ""];
        if (verdict(picture) !== value || remark(picture) !== note) paint(picture, about ? found.verdict : null, note);
      }
    }
    count();
  }

  self.show = (picture) => {
    if (!self.active) return;
    self.current = picture;
    bar.hidden = !picture.dataset.sha256;
    for (const value of ["OK", "NG"]) bar.querySelector(`[value="${value}"]`).setAttribute("aria-pressed", verdict(picture) === value);
    if (document.activeElement !== input) input.value = remark(picture);
  };

  const own = (picture) => verdict(picture) === "new" ? null : verdict(picture);

  function say(value, note) {
    const next = self.next?.(), picture = self.current, before = [picture, own(picture), remark(picture)];
    if (judge(picture, value, note)) {
      done.push(before);
      if (value) next ? next() : self.done();
    }
    refocus();
  }

  // A note is a note: it says nothing of OK or NG, and the picture stays in view.
  function jot() {
    const note = input.value.trim(), picture = self.current;
    if (note !== remark(picture)) {
      done.push([picture, own(picture), remark(picture)]);
      judge(picture, own(picture), note);
    }
    refocus();
  }

  // Takes back what was said last, wherever that was, and shows it; with nothing said here, what stands of this picture.
  function undo() {
    const [picture, value, note] = done.pop() ?? [self.current, null, ""];
    judge(picture, value, note);
    self.reveal?.(picture);
    refocus();
  }

  // What loses the focus hands it to the page behind, where no key of the enlarged view is heard.
  const refocus = () => bar.closest("dialog").focus();

  // Whether the key was a verdict.
  self.key = (event) => {
    if (!self.active || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.target === input) {
      if (event.isComposing || event.keyCode === 229) return true;
      if (event.key === "Enter") {
        jot();
      } else if (event.key === "Escape") {
        event.preventDefault();
        input.value = remark(self.current);
        refocus();
      }
      return true;
    }
    if (event.target.closest?.("button") && event.key === "Enter") return false;
    const digit = /^[1-9]$/.exec(event.key)?.[0] ?? /^Digit([1-9])$/.exec(event.code)?.[1];
    if (digit && self.current && self.pick) return self.pick(self.current, Number(digit));
    const more = { e: self.rewrite && (() => self.rewrite(self.current)), x: self.select && (() => self.select(self.current)) };
    const act = { o: () => say("OK"), n: () => say("NG"), u: undo, ...more }[letter(event)];
    if (act) act();
    else if (event.key === "Enter" && !bar.hidden) { event.preventDefault(); input.focus(); input.select(); }
    else return false;
    return true;
  };

  bar.addEventListener("click", (event) => {
    const value = event.target.closest("button")?.value;
    if (value) value === "undo" ? undo() : say(value, input.value.trim());
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest('button[value="copy"]');
    if (!button) return;
    await copy(button.parentElement.querySelector("code"));
    button.textContent = t("Copied");
    setTimeout(() => { button.textContent = t("Copy"); }, 1500);
  });

  Object.assign(self, { judge, alarm, refresh: load });
  if (self.active) {
    desk.hidden = false;
    desk.querySelector('[value="start"]').addEventListener("click", () => self.start?.());
    document.addEventListener("keydown", (event) => {
      const typed = event.target.closest?.('input:not([type="checkbox"], [type="radio"], [type="range"]), select');
      const free = !document.querySelector("dialog[open]") && !typed && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (free && letter(event) === "r") { event.preventDefault(); self.start?.(); }
    });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
    addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });
    addEventListener("load", load);
  }
  return self;
})();
