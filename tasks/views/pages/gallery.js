(() => {
  const dialog = document.querySelector("dialog");
  if (!dialog.showModal) return;
  const stage = dialog.querySelector(".stage");
  const [title, prompt, facts] = [".bar b", ".full", ".about"].map((name) => dialog.querySelector(name));
  const cards = [...document.querySelectorAll(".card")];
  const order = new Map(cards.map((each, place) => [each, place]));
  let card = null;

  const shown = () => cards.filter((each) => getComputedStyle(each).display !== "none");
  const text = (from, name) => from.querySelector(name)?.textContent.trim().replace(/[ \t]*\n\s*/g, "\n") ?? "";
  const preload = (each) => { const link = each?.querySelector("a.frame"); if (link) new Image().src = link.href; };

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
    image.src = link.href;
    image.alt = link.querySelector("img").alt;
    return image;
  }

  function show(next) {
    card = next;
    stage.replaceChildren(picture());
    const all = shown(), place = all.indexOf(card);
    title.textContent = `${text(card, "h2 a")} ${text(card, "h2 .note")}`.trim() + (place < 0 ? "" : ` (${place + 1} / ${all.length})`);
    prompt.textContent = text(card, ".prompt");
    const remark = text(card, ".remark");
    facts.textContent = [text(card, ".trouble"), remark && `${card.dataset.verdict}: ${remark}`, [...card.querySelectorAll(".facts span")].map((each) => each.textContent.trim()).join("  ·  ")].filter(Boolean).join("\n");
    review.show(card);
    preload(all[place + 1]);
    preload(all[place - 1]);
  }

  // The neighbour among the cards shown now, also of a card that has just left them.
  function neighbour(by) {
    const all = shown(), here = order.get(card);
    return by > 0 ? all.find((each) => order.get(each) > here) : all.findLast((each) => order.get(each) < here);
  }

  function step(by) {
    const next = neighbour(by);
    if (next) show(next);
  }

  function open(which) {
    show(which);
    dialog.showModal();
    dialog.focus();
  }

  document.addEventListener("click", (event) => {
    const frame = event.target.closest?.(".card .frame");
    if (!frame || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(frame.closest(".card"));
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest(".bar button");
    if (button) button.value === "close" ? dialog.close() : step(Number(button.value));
    else if (event.target === stage || event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (review.key(event)) return;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
    else if (event.key === "Home") show(shown()[0] ?? card);
    else if (event.key === "End") show(shown().at(-1) ?? card);
  });
  dialog.addEventListener("close", () => {
    card.scrollIntoView({ block: "nearest" });
    card.querySelector("a")?.focus({ preventScroll: true });
    stage.replaceChildren();
  });

  const search = document.querySelector(".search"), box = search.querySelector("input"), words = new Map();
  const plain = (from) => from.normalize("NFKC").toLowerCase();
  function look() {
    const wanted = plain(box.value).split(/\s+/).filter(Boolean);
    for (const each of cards) {
      if (wanted.length && !words.has(each)) words.set(each, plain(each.textContent));
      each.hidden = !wanted.every((word) => words.get(each).includes(word));
    }
    tell();
  }
  function tell() {
    const count = shown().length;
    search.querySelector("output").textContent = box.value.trim() ? t("{count} of {all}", { count, all: cards.length }) : "";
    document.querySelector(".nothing").hidden = count > 0;
  }
  search.hidden = false;
  box.addEventListener("input", look);
  document.querySelector(".filters").addEventListener("change", tell);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !dialog.open && event.target !== box) { event.preventDefault(); box.focus(); }
  });
  look();

  review.changed = () => {
    words.clear();
    for (const name of ["OK", "NG", "new"]) {
      document.querySelector(`label.${name} b`).textContent = cards.filter((each) => each.dataset.verdict === name).length;
    }
    if (review.active) document.querySelector(".filters .verdicts").hidden = false;
    if (!dialog.open) tell();
  };
  review.next = () => {
    const next = shown().find((each) => order.get(each) > order.get(card) && each.dataset.sha256);
    return next && (() => show(next));
  };
  review.start = () => {
    const all = shown();
    const first = all.find((each) => each.dataset.verdict === "new") ?? all.find((each) => each.dataset.sha256);
    if (first) open(first);
  };
  review.done = () => { show(card); title.textContent += t(", the last one"); };
})();
