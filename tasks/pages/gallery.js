(() => {
  const dialog = document.querySelector("dialog");
  if (!dialog.showModal) return;
  const stage = dialog.querySelector(".stage");
  const [title, prompt, facts] = [".bar b", ".full", ".about"].map((name) => dialog.querySelector(name));
  let card = null;

  const shown = () => [...document.querySelectorAll(".card")].filter((each) => getComputedStyle(each).display !== "none");
  const text = (from, name) => from.querySelector(name)?.textContent.trim().replace(/[ \t]*\n\s*/g, "\n") ?? "";
  const preload = (each) => { const link = each?.querySelector("a.frame"); if (link) new Image().src = link.href; };

  function show(next) {
    card = next;
    const link = card.querySelector("a.frame");
    if (link) {
      const image = new Image();
      image.src = link.href;
      image.alt = link.querySelector("img").alt;
      stage.replaceChildren(image);
    } else {
      stage.replaceChildren(card.querySelector(".frame").firstElementChild.cloneNode(true));
    }
    const all = shown(), place = all.indexOf(card);
    title.textContent = `${text(card, "h2").replace(/\s+/g, " ")} (${place + 1} / ${all.length})`;
    prompt.textContent = text(card, ".prompt");
    facts.textContent = [...card.querySelectorAll(".facts span")].map((each) => each.textContent.trim()).join("  ·  ");
    preload(all[place + 1]);
    preload(all[place - 1]);
  }

  function step(by) {
    const all = shown(), place = all.indexOf(card) + by;
    if (all[place]) show(all[place]);
  }

  document.addEventListener("click", (event) => {
    const frame = event.target.closest?.(".card .frame");
    if (!frame || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(frame.closest(".card"));
    dialog.showModal();
    dialog.focus();
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) button.value === "close" ? dialog.close() : step(Number(button.value));
    else if (event.target === stage || event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
    else if (event.key === "Home") show(shown()[0]);
    else if (event.key === "End") show(shown().at(-1));
  });
  dialog.addEventListener("close", () => {
    card.scrollIntoView({ block: "nearest" });
    card.querySelector("a")?.focus({ preventScroll: true });
    stage.replaceChildren();
  });
})();
