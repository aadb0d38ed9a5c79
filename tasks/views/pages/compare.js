(() => {
  const dialog = document.querySelector("dialog");
  if (!dialog.showModal) return;
  const stage = dialog.querySelector(".stage"), against = dialog.querySelector(".against");
  const [title, prompt, facts] = [".bar b", ".full", ".about"].map((name) => dialog.querySelector(name));
  const rows = [...document.querySelectorAll("tbody tr")], grid = rows.map((row) => [...row.querySelectorAll(".cell")]);
  let row = 0, column = 0, other = null, sliding = false;

  // Of the rows that the filter shows, and the one that is open. Asked once a step, of the filter and not of the browser.
  const filters = document.querySelector(".filters");
  const marks = { all: "th", missing: ".missing", failed: ".failed", NG: '[data-verdict="NG"]' };
  const mark = () => marks[filters.querySelector("input:checked").id.replace("show-", "")];
  const there = (at, wanted = mark()) => !!rows[at].querySelector(wanted);
  // Hidden by the script: a rule that asks what a row has in it is asked again of every row at each verdict.
  function refresh() {
    const wanted = mark();
    rows.forEach((each, at) => { each.hidden = !there(at, wanted); });
  }
  function cells() {
    const wanted = mark();
    return rows.flatMap((_, at) => (at === row && dialog.open) || there(at, wanted) ? grid[at] : []);
  }
  const cell = () => grid[row][column];
  const link = (from) => from?.querySelector("a.frame");
  const text = (from, name) => from.querySelector(name)?.textContent.trim() ?? "";
  // The slot to hold against: the chosen one, or the next that has a picture.
  function partner() {
    if (other !== null && other !== column && link(grid[row][other])) return other;
    for (let by = 1; by < grid[row].length; by += 1) {
      const next = (column + by) % grid[row].length;
      if (link(grid[row][next])) return next;
    }
    return null;
  }

  function image(from, kind) {
    const made = new Image();
    made.src = link(from).href;
    made.alt = link(from).querySelector("img").alt;
    made.className = kind;
    made.draggable = false;
    return made;
  }
  function tag(words, side) {
    const made = document.createElement("span");
    made.className = `tag ${side}`;
    made.textContent = words;
    return made;
  }

  function show() {
    const mine = cell(), with_ = link(mine) ? partner() : null, divider = document.createElement("div");
    divider.className = "divider";
    stage.classList.remove("flicker");
    stage.classList.toggle("slide", sliding && with_ !== null);
    if (!link(mine)) stage.replaceChildren(mine.querySelector(".gap").cloneNode(true));
    else if (with_ === null) stage.replaceChildren(image(mine, "this"));
    else stage.replaceChildren(image(mine, "this"), image(grid[row][with_], "other"), divider, tag(mine.dataset.slot, "left"), tag(grid[row][with_].dataset.slot, "right"));
    const line = rows[row].querySelector("th");
    title.textContent = `${text(line, "a")} · ${mine.dataset.slot} (${row + 1} / ${rows.length})`;
    prompt.textContent = text(line, ".prompt");
    facts.textContent = [text(mine, ".trouble"), text(mine, ".remark"), [...mine.querySelectorAll(".facts span:not(.badge)")].map((each) => each.textContent).join("  ·  ")].filter(Boolean).join("\n");
    for (const button of against.querySelectorAll("button")) {
      if (/^\d+$/.test(button.value)) {
        button.setAttribute("aria-pressed", Number(button.value) === with_);
        button.disabled = Number(button.value) === column || !link(grid[row][button.value]);
      } else button.disabled = with_ === null;
      if (button.value === "slide") button.setAttribute("aria-pressed", sliding);
    }
    review.show(mine);
    for (const next of [grid[row][column + 1], grid[row + 1]?.[column]]) if (link(next)) new Image().src = link(next).href;
  }
  function move(down, right) {
    let next = row + down;
    while (down && rows[next] && !there(next)) next += down;
    if (rows[next]) row = next;
    column = Math.max(0, Math.min(grid[0].length - 1, column + right));
    show();
  }
  function flicker(on) {
    if (sliding || partner() === null) return;
    stage.classList.toggle("flicker", on);
    const label = stage.querySelector(".tag");
    if (label) label.textContent = grid[row][on ? partner() : column].dataset.slot;
  }
  function slide(at) {
    const box = stage.getBoundingClientRect();
    stage.style.setProperty("--at", `${Math.max(0, Math.min(box.width, at - box.left))}px`);
  }
  function toggle() {
    sliding = !sliding;
    const box = stage.getBoundingClientRect();
    slide(box.left + box.width / 2);
    show();
  }

  document.addEventListener("click", (event) => {
    const frame = event.target.closest?.(".cell .frame");
    if (!frame || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(frame.closest(".cell"));
  });
  function open(which) {
    row = rows.indexOf(which.parentElement);
    column = grid[row].indexOf(which);
    dialog.showModal();
    show();
    dialog.focus();
  }
  const acts = { left: () => move(0, -1), right: () => move(0, 1), up: () => move(-1, 0), down: () => move(1, 0), close: () => dialog.close(), slide: toggle, flicker() {} };
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest(".bar button, .against button");
    if (!button) return;
    if (acts[button.value]) acts[button.value]();
    else { other = Number(button.value); show(); }
  });
  dialog.addEventListener("keydown", (event) => {
    if (review.key(event)) return;
    const act = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (act) { event.preventDefault(); acts[act](); }
    else if (event.key === " " ) { event.preventDefault(); if (!event.repeat) flicker(true); }
    else if (event.key.toLowerCase() === "s") toggle();
    else if (/^[1-9]$/.test(event.key) && Number(event.key) <= grid[0].length) { other = Number(event.key) - 1; show(); }
  });
  dialog.addEventListener("keyup", (event) => { if (event.key === " " && event.target.tagName !== "INPUT") { event.preventDefault(); flicker(false); } });
  const held = (event) => event.target.closest(".stage > img, [value=flicker]") || event.target === stage;
  dialog.addEventListener("pointerdown", (event) => {
    if (!held(event)) return;
    if (sliding) { stage.setPointerCapture(event.pointerId); slide(event.clientX); } else flicker(true);
  });
  stage.addEventListener("pointermove", (event) => { if (sliding && event.buttons) slide(event.clientX); });
  for (const name of ["pointerup", "pointercancel"]) dialog.addEventListener(name, () => flicker(false));
  stage.addEventListener("contextmenu", (event) => { if (event.pointerType === "touch") event.preventDefault(); });
  dialog.addEventListener("close", () => { cell().scrollIntoView({ block: "nearest", inline: "nearest" }); link(cell())?.focus({ preventScroll: true }); stage.replaceChildren(); });

  filters.addEventListener("change", refresh);
  refresh();
  review.changed = () => {
    refresh();
    document.querySelector("label.NG b").textContent = rows.filter((each) => each.querySelector('[data-verdict="NG"]')).length;
    for (const head of document.querySelectorAll("thead th")) {
      for (const word of ["OK", "NG"]) head.querySelector(`i.${word}`).textContent = document.querySelectorAll(`.cell[data-slot="${CSS.escape(head.dataset.slot)}"][data-verdict="${word}"]`).length;
    }
  };
  review.next = () => {
    const all = cells(), next = all.slice(all.indexOf(cell()) + 1).find(link);
    return next && (() => { row = rows.indexOf(next.parentElement); column = grid[row].indexOf(next); show(); });
  };
  review.start = () => {
    const all = cells(), first = all.find((each) => each.dataset.verdict === "new") ?? all.find(link);
    if (first) open(first);
  };
  review.reveal = (picture) => { if (dialog.open) { row = rows.indexOf(picture.parentElement); column = grid[row].indexOf(picture); show(); } };
  review.done = () => { show(); title.textContent = t("{title}, the last one", { title: title.textContent }); };

  const ways = document.querySelector(".ways");
  ways.hidden = !grid.some((each) => each.filter(link).length > 1);
  ways.addEventListener("click", (event) => {
    const way = event.target.closest("button")?.value, first = grid.find((each, at) => there(at) && each.filter(link).length > 1) ?? grid.find((each) => each.filter(link).length > 1);
    if (!way || !first) return;
    if (sliding !== (way === "slide")) sliding = way === "slide";
    open(first.find(link));
    if (sliding) { const box = stage.getBoundingClientRect(); slide(box.left + box.width / 2); }
  });
})();
