(() => {
  const dialog = document.querySelector("dialog");
  if (!dialog.showModal) return;
  const stage = dialog.querySelector(".stage"), list = document.querySelector(".cards");
  const [title, prompt, facts] = [".bar b", ".full", ".about"].map((name) => dialog.querySelector(name));
  const button = (name) => dialog.querySelector(`.bar [value="${name}"]`);
  const cards = [...document.querySelectorAll(".card")];
  const order = new Map(cards.map((each, place) => [each, place]));
  let card = null, clean = false;

  const text = (from, name) => from.querySelector(name)?.textContent.trim().replace(/[ \t]*\n\s*/g, "\n") ?? "";
  const preload = (each) => { const link = each?.querySelector("a.frame"); if (link) new Image().src = link.href; };

  // What is shown is decided here and kept: to ask the browser for the style of two thousand cards takes it seconds.
  const search = document.querySelector(".search"), box = search.querySelector("input"), words = new Map();
  const plain = (from) => from.normalize("NFKC").toLowerCase();
  const filters = document.querySelector(".filters"), selects = [...document.querySelectorAll(".tools select")];
  let shown = cards;
  const groups = {
    all: () => true,
    OK: (each) => each.dataset.verdict === "OK",
    NG: (each) => each.dataset.verdict === "NG",
    new: (each) => each.dataset.verdict === "new",
    alike: (each) => "alike" in each.dataset,
    odd: (each) => "odd" in each.dataset,
  };
  function refresh() {
    const group = filters.querySelector("input:checked").id.replace("show-", "");
    const belongs = groups[group] ?? ((each) => each.classList.contains(group));
    const picked = selects.filter((each) => each.value);
    const wanted = plain(box.value).split(/\s+/).filter(Boolean);
    shown = cards.filter((each) => {
      if (!belongs(each) || !picked.every((select) => each.dataset[select.name] === select.value)) return false;
      if (!wanted.length) return true;
      if (!words.has(each)) words.set(each, plain(each.textContent));
      return wanted.every((word) => words.get(each).includes(word));
    });
    reveal();
    const narrowed = wanted.length || picked.length;
    search.querySelector("output").textContent = narrowed ? t("{shown} of {all}", { shown: shown.length, all: cards.length }) : "";
    document.querySelector(".nothing").hidden = shown.length > 0;
  }

  // Those that come back beyond the first screens follow in small groups, so that the next key is not kept waiting.
  let turn = 0;
  function reveal() {
    const there = new Set(shown), mine = ++turn;
    for (const each of cards) if (!each.hidden && !there.has(each)) each.hidden = true;
    const back = shown.filter((each) => each.hidden);
    (function more() {
      if (mine !== turn) return;
      for (const each of back.splice(0, 100)) each.hidden = false;
      if (back.length) setTimeout(more);
    })();
  }

  function picture() {
    const link = card.querySelector("a.frame"), takes = card.querySelector(".takes");
    if (takes) {
      const all = takes.cloneNode(true);
      all.hidden = false;
      for (const image of all.querySelectorAll("img")) image.src = image.dataset.src;
      return all;
    }
    if (!link) {
      const gap = card.querySelector(".frame").firstElementChild.cloneNode(true);
      gap.classList.toggle("waiting", card.classList.contains("waiting"));
      return gap;
    }
    const image = new Image();
    image.src = clean && link.dataset.clean || link.href;
    image.alt = link.querySelector("img").alt;
    return image;
  }

  function show(next) {
    card = next;
    stage.replaceChildren(picture());
    const place = shown.indexOf(card);
    title.textContent = `${text(card, "h2 a")} ${text(card, "h2 .note")}`.trim() + (place < 0 ? "" : ` (${place + 1} / ${shown.length})`);
    prompt.textContent = text(card, ".prompt");
    const remark = text(card, ".remark"), verdict = text(card, ".badge");
    const marks = [...card.querySelectorAll(".mark")].map((each) => each.textContent.trim().replace(/\s+/g, " "));
    facts.textContent = [text(card, ".trouble"), remark && [verdict, remark].filter(Boolean).join(": "), ...marks, [...card.querySelectorAll(".facts span")].map((each) => each.textContent.trim()).join("  ·  ")].filter(Boolean).join("\n");
    review.show(card);
    preload(shown[place + 1]);
    preload(shown[place - 1]);
  }

  // The neighbour among the cards shown now, also of a card that has just left them.
  function neighbour(by) {
    const here = order.get(card);
    return by > 0 ? shown.find((each) => order.get(each) > here) : shown.findLast((each) => order.get(each) < here);
  }

  function step(by) {
    const next = neighbour(by);
    if (next) show(next);
  }

  function open(which) {
    show(which);
    if (!dialog.open) dialog.showModal();
    dialog.focus();
  }

  function zoom(on = !stage.classList.contains("zoom"), at = null) {
    stage.classList.toggle("zoom", on);
    button("zoom").setAttribute("aria-pressed", on);
    const image = stage.querySelector(":scope > img");
    if (!on || !image) return;
    const [x, y] = at ?? [0.5, 0.5];
    stage.scrollTo(x * stage.scrollWidth - stage.clientWidth / 2, y * stage.scrollHeight - stage.clientHeight / 2);
  }

  function fill() {
    document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen?.().catch(() => {});
  }
  document.addEventListener("fullscreenchange", () => button("full").setAttribute("aria-pressed", !!document.fullscreenElement));
  if (!stage.requestFullscreen) button("full").hidden = true;

  function bare(on = !clean) {
    clean = on;
    button("clean").setAttribute("aria-pressed", clean);
    show(card);
  }

  async function copyPrompt() {
    await copy(prompt);
    const label = button("copy-prompt").firstChild, before = label.data;
    if (before === t("Copied")) return;
    label.data = t("Copied");
    setTimeout(() => { label.data = before; }, 1500);
    dialog.focus();
  }

  const acts = { "-1": () => step(-1), 1: () => step(1), close: () => dialog.close(), zoom: () => zoom(), full: fill, clean: () => bare(), "copy-prompt": copyPrompt };
  const keys = { ArrowRight: "1", ArrowLeft: "-1", z: "zoom", f: "full", c: "copy-prompt" };
  if (button("clean")) keys.t = "clean";

  document.addEventListener("click", (event) => {
    const frame = event.target.closest?.('.card .frame, .card [value="takes"]');
    if (!frame || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(frame.closest(".card"));
  });
  dialog.addEventListener("click", (event) => {
    const pressed = event.target.closest(".bar button");
    if (pressed) acts[pressed.value]();
    else if (event.target.matches(".stage > img")) {
      const seen = event.target.getBoundingClientRect();
      zoom(undefined, [(event.clientX - seen.left) / seen.width, (event.clientY - seen.top) / seen.height]);
    } else if (event.target === stage || event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (review.key(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = { ArrowRight: [120, 0], ArrowLeft: [-120, 0], ArrowDown: [0, 120], ArrowUp: [0, -120] }[event.key];
    const act = keys[event.key] ?? keys[letter(event)];
    if (moved && stage.classList.contains("zoom")) {
      event.preventDefault();
      stage.scrollBy(...moved);
    } else if (act) { event.preventDefault(); acts[act](); }
    else if (event.key === "Home") show(shown[0] ?? card);
    else if (event.key === "End") show(shown.at(-1) ?? card);
  });
  dialog.addEventListener("close", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    zoom(false);
    card.scrollIntoView({ block: "nearest" });
    card.querySelector("a")?.focus({ preventScroll: true });
    stage.replaceChildren();
  });

  search.hidden = false;
  box.addEventListener("input", refresh);
  filters.addEventListener("change", refresh);
  for (const each of selects) { each.hidden = false; each.addEventListener("change", refresh); }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !dialog.open && event.target !== box) { event.preventDefault(); box.focus(); }
  });

  // How wide the cards are, what of them is shown; and so tall is one that was not drawn yet, or the page would jump.
  const wide = document.querySelector(".wide"), range = wide.querySelector("input");
  function estimate() {
    const seen = shown.find((each) => !each.hidden && each.offsetHeight);
    if (seen) list.style.setProperty("--tall", `${seen.offsetHeight}px`);
  }
  wide.hidden = false;
  range.addEventListener("input", () => { list.style.setProperty("--column", `${range.value}px`); estimate(); });
  for (const each of document.querySelectorAll(".choice")) {
    const input = each.querySelector("input");
    each.hidden = false;
    const follow = () => {
      document.body.classList.toggle(input.id, input.checked);
      document.body.classList.toggle("bare", !!document.querySelector(".choice input:checked"));
      estimate();
    };
    input.addEventListener("change", follow);
    follow();
  }
  addEventListener("resize", estimate);
  if (range.value !== range.defaultValue) range.dispatchEvent(new Event("input"));  // as it was before a reload
  refresh();
  estimate();

  review.changed = (picture) => {
    words.delete(picture);
    for (const name of ["OK", "NG", "new"]) {
      document.querySelector(`label.${name} b`).textContent = cards.filter(groups[name]).length;
    }
    if (review.active) document.querySelector(".filters .verdicts").hidden = false;
    refresh();
  };
  review.next = () => {
    const next = shown.find((each) => order.get(each) > order.get(card) && each.dataset.sha256);
    return next && (() => show(next));
  };
  review.start = () => {
    const first = shown.find((each) => each.dataset.verdict === "new") ?? shown.find((each) => each.dataset.sha256);
    if (first) open(first);
  };
  review.shown = () => shown;
  review.reveal = (picture) => { if (dialog.open) show(picture); };
  review.redraw = () => { if (dialog.open) show(card); };
  review.done = () => { show(card); title.textContent = t("{title}, the last one", { title: title.textContent }); };
})();
