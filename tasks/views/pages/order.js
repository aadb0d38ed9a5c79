// What doit review can do: select, judge many, take along, rewrite, order again. A page from a disk has none of it.
(() => {
  if (!review.active) return;
  const bench = document.querySelector(".bench");
  const pictures = [...document.querySelectorAll("[data-picture]")].filter((each) => each.matches(".card"));
  if (!bench || !pictures.length) return;
  const token = document.querySelector('meta[name="review"]').content;
  const [confirmed, rewrite] = [".sheet.confirm", ".sheet.rewrite"].map((name) => document.querySelector(name));
  const button = bench.querySelector('[value="order"]'), price = bench.querySelector(".price");
  const count = bench.querySelector(".count"), list = bench.querySelector(".orders");
  const named = (id) => pictures.find((each) => each.dataset.picture === id);
  const slip = (within, text) => { const line = within.querySelector(".slip"); line.textContent = text; line.hidden = !text; };
  let last = null, asked = 0, ordering = null, editing = null, timer = 0, seen = new Map();

  async function ask(name, body) {
    const headers = { "Content-Type": "application/json", "X-Kamishibai-Review": token };
    let answer;
    try {
      answer = await fetch(name, body ? { method: "POST", headers, body: JSON.stringify(body), keepalive: true } : { cache: "no-store" });
    } catch {
      throw new Error(t("doit review does not answer.\n-> start it again, then reload this page"));
    }
    if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
    return answer.json();
  }

  // Selecting
  const chosen = () => pictures.filter((each) => "chosen" in each.dataset);
  const shown = () => review.shown().filter((each) => each.dataset.picture);
  function choose(card, on) {
    if (on) card.dataset.chosen = ""; else delete card.dataset.chosen;
    const box = card.querySelector(".select input");
    if (box) box.checked = on;
  }
  function chose() {
    const n = chosen().length;
    bench.querySelector("output").textContent = n ? t("{n} selected", { n }) : t("None selected");
    document.body.classList.toggle("some-chosen", n > 0);
    for (const name of ["none", "OK", "NG"]) bench.querySelector(`[value="${name}"]`).disabled = !n;
    quote();
  }
  function toggled(card, on, range) {
    const all = range && last ? shown() : [];
    const [a, b] = [all.indexOf(last), all.indexOf(card)].sort((x, y) => x - y);
    if (a >= 0) for (const each of all.slice(a, b + 1)) choose(each, on);
    choose(card, on);
    last = card;
    chose();
  }

  function dress(card) {
    const label = document.createElement("label"), box = document.createElement("input");
    label.className = "select";
    box.type = "checkbox";
    box.checked = "chosen" in card.dataset;
    box.setAttribute("aria-label", t("Select {id}", { id: card.dataset.picture }));
    label.append(box);
    card.append(label);
    if (button) {
      const pen = document.createElement("button");
      pen.type = "button";
      pen.className = "rewrite";
      pen.textContent = t("Rewrite …");
      card.querySelector(".text").append(pen);
      for (const take of card.querySelectorAll(".takes li[data-take]:not(.picked)")) {
        const use = document.createElement("button");
        use.type = "button";
        use.className = "use";
        use.value = take.dataset.take;
        use.innerHTML = t("Use this one <kbd>{number}</kbd>", { number: Number(take.dataset.take) });
        take.querySelector(".command")?.replaceWith(use);
      }
    }
  }
  document.querySelector(".cards").addEventListener("click", (event) => {
    const box = event.target.closest(".select input"), pen = event.target.closest("button.rewrite");
    if (box) toggled(box.closest(".card"), box.checked, event.shiftKey);
    if (pen) open(pen.closest(".card"));
  });

  // Ordering
  const orderable = () => chosen().length ? chosen() : pictures.filter((each) => each.dataset.verdict === "NG");
  const ids = (cards) => cards.map((each) => each.dataset.picture);
  function quote() {
    if (!button) return;
    clearTimeout(timer);
    const cards = orderable(), mine = ++asked;
    button.hidden = !cards.length;
    price.textContent = "";
    if (!cards.length) return;
    button.textContent = chosen().length
      ? cards.length === 1 ? t("Make the selected one again …") : t("Make the {n} selected again …", { n: cards.length })
      : cards.length === 1 ? t("Make the one marked NG again …") : t("Make the {n} marked NG again …", { n: cards.length });
    timer = setTimeout(async () => {
      try {
        const found = await ask("quote.json", { ids: ids(cards), takes: Number(count.value) });
        if (mine === asked) price.textContent = short(found);
      } catch (error) { if (mine === asked) price.textContent = error.message; }
    }, 400);
  }
  const short = (found) => t("about {usd}: {ways}", { usd: found.about, ways: found.rows.map((row) => `${row.slot}, ${row.lane}`).join("; ") });

  async function confirm(cards, takes) {
    const names = ids(cards);
    let found;
    try { found = await ask("quote.json", { ids: names, takes }); } catch (error) { slip(bench, error.message); slip(rewrite, error.message); return; }
    slip(bench, "");
    ordering = { id: identity(), ids: names, takes, about_usd: found.about_usd };
    const wanted = { n: found.pictures, usd: found.about };
    confirmed.querySelector("h2").textContent = !found.pictures
      ? t("Nothing is left to be sent: go on with what was ordered?")
      : found.pictures === 1 ? t("Order 1 picture for about {usd}?", wanted) : t("Order {n} pictures for about {usd}?", wanted);
    confirmed.querySelector(".rows").replaceChildren(...found.rows.map((row) => {
      const line = document.createElement("li");
      const fields = { n: row.pictures, slot: row.slot, model: row.model, lane: row.lane, usd: row.about };
      line.textContent = row.pictures === 1
        ? t("1 picture: {slot} = {model}, {lane}, about {usd}", fields)
        : t("{n} pictures: {slot} = {model}, {lane}, about {usd}", fields);
      return line;
    }));
    confirmed.querySelector(".left").textContent = `${names.join(", ")}\n${found.left}`;
    slip(confirmed, found.refused);
    const yes = confirmed.querySelector('[value="yes"]');
    yes.disabled = !!found.refused;
    yes.textContent = t("Order for about {usd}", { usd: found.about });
    if (rewrite.open) rewrite.close();
    confirmed.showModal();
    yes.focus();
  }
  function identity() {
    const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    return [...crypto.getRandomValues(new Uint8Array(16))].map((each) => letters[each % letters.length]).join("");
  }
  async function order() {
    const yes = confirmed.querySelector('[value="yes"]');
    yes.disabled = true;
    try {
      tell(await ask("orders.json", ordering));
      confirmed.close();
      for (const each of pictures) choose(each, false);
      chose();
    } catch (error) {
      slip(confirmed, error.message);
      yes.disabled = false;
    }
  }

  // How far orders are
  function tell(found) {
    for (const each of pictures) mark(each, stateOf(found, each.dataset.picture));
    if (!list) return;
    list.replaceChildren(...found.orders.map(row));
    for (const each of found.orders) {
      const now = `${each.came} ${each.open.length} ${each.is_at_work}`;
      if (seen.has(each.id) && seen.get(each.id) !== now) renew(each.names);
      seen.set(each.id, now);
    }
    if (found.orders.some((each) => each.is_at_work)) follow();
  }
  let following = 0;
  function follow() {
    clearTimeout(following);
    following = setTimeout(async () => {
      try { tell(await ask("orders.json")); slip(bench, ""); } catch (error) { slip(bench, error.message); follow(); }
    }, 1500);
  }
  function row(each) {
    const line = document.createElement("li"), told = document.createElement("p"), bar = document.createElement("progress");
    const state = each.is_at_work ? "work" : each.open.length ? "trouble-order" : "over";
    line.className = state;
    const fields = { ...each, at: new Date(each.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) };
    told.textContent = {
      work: t("Ordered {at}: {came} of {pictures} came, {on_their_way} on their way; {spent} of about {about} so far", fields),
      "trouble-order": t("Ordered {at}, not finished: {came} of {pictures} came, {on_their_way} on their way, {failed} did not come; {spent} so far", fields),
      over: t("Ordered {at}: {came} of {pictures} came for {spent}", fields),
    }[state];
    bar.max = each.pictures;
    bar.value = each.came;
    bar.setAttribute("aria-label", t("{came} of {pictures} came", each));
    line.append(told, bar);
    if (state === "trouble-order") line.append(...unfinished(each));
    return line;
  }
  function unfinished(each) {
    const ends = document.createElement("div"), command = document.createElement("code"), parts = [ends];
    ends.className = "ends";
    command.textContent = each.command;
    for (const [value, text] of [["go on", t("Go on")], ["leave", t("Leave the rest")]]) {
      const act = document.createElement("button");
      act.type = "button";
      act.textContent = text;
      act.addEventListener("click", async () => {
        try { tell(await ask("orders.json", { id: each.id, do: value })); follow(); } catch (error) { slip(bench, error.message); }
      });
      ends.append(act);
    }
    ends.append(command);
    const open_ = document.createElement("p");
    open_.textContent = t("Not there yet: {ids}", { ids: each.open.join(", ") });
    parts.unshift(open_);
    if (each.said) {
      const told = document.createElement("details"), summary = document.createElement("summary"), said = document.createElement("pre");
      summary.textContent = t("What the command said");
      said.textContent = each.said;
      told.append(summary, said);
      parts.push(told);
    }
    return parts;
  }
  // What was rewritten holds ("revised"), or does not, since its file says something else by now ("fallen").
  const stateOf = (found, id) => ["revised", "fallen"].find((state) => found[state].includes(id)) ?? "";
  function mark(card, state) {
    const there = card.querySelector(".rewritten");
    if ((there?.dataset.state ?? "") === state) return;
    there?.remove();
    if (!state) return;
    const line = document.createElement("span");
    line.className = "rewritten";
    line.dataset.state = state;
    line.textContent = state === "revised" ? t("rewritten here") : t("rewritten here, but not used: its file says something else since");
    card.querySelector(".prompt").before(line);
  }

  // The page was drawn anew: its cards take the place of these, which stay the same elements.
  async function renew(names) {
    let text;
    try { text = await (await fetch(location.pathname, { cache: "no-store" })).text(); } catch { return; }
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const name of names) {
      const card = named(name), fresh = page.getElementById(`p-${name}`);
      if (!card || !fresh) continue;
      const is_chosen = "chosen" in card.dataset;
      for (const { name: key } of [...card.attributes]) if (key !== "hidden") card.removeAttribute(key);
      for (const { name: key, value } of fresh.attributes) card.setAttribute(key, value);
      card.replaceChildren(...fresh.childNodes);
      if (is_chosen) card.dataset.chosen = "";
      dress(card);
    }
    const costs = page.querySelector(".summary");
    if (costs) document.querySelector(".summary")?.replaceWith(costs);
    for (const name of ["all", "missing", "failed", "waiting"]) {
      const [old, now] = [document, page].map((each) => each.querySelector(`label[for="show-${name}"] b`));
      if (old && now) old.textContent = now.textContent;
    }
    review.refresh();
    review.redraw?.();
  }

  // Rewriting
  async function open(card) {
    const name = card.dataset.picture;
    let found;
    try { found = await ask(`prompt.json?id=${encodeURIComponent(name)}`); } catch (error) { slip(bench, error.message); return; }
    editing = { card, name, found };
    slip(rewrite, "");
    rewrite.querySelector("h2").textContent = t("Rewrite {id}", { id: name });
    rewrite.querySelector("textarea").value = found.now.prompt;
    for (const [part, text] of [[".written", found.revised.length ? found.written.prompt : ""], [".fallen", found.fallen?.prompt]]) {
      rewrite.querySelector(part).hidden = !text;
      rewrite.querySelector(`${part} p`).textContent = text ?? "";
    }
    rewrite.querySelector(".templated").hidden = !found.is_templated;
    rewrite.querySelector('[value="back"]').hidden = !(found.revised.length || found.fallen);
    const slots = [["", t("as its run, template or channel says")], ...found.slots.map((each) => [each.code, `${each.code} · ${each.model} · ${each.lane}`])];
    const now = found.now.slot ?? "";
    if (now && !found.slots.some((each) => each.code === now)) slots.push([now, now]);
    rewrite.querySelector(".slot").replaceChildren(...slots.map(([value, text]) => new Option(text, value, false, value === now)));
    const all = [...new Set([...found.now.references, ...found.pictures])];
    rewrite.querySelector(".none").hidden = all.length > 0;
    rewrite.querySelector(".references > div").replaceChildren(...all.map((path) => {
      const label = document.createElement("label"), box = document.createElement("input"), image = new Image();
      box.type = "checkbox";
      box.value = path;
      box.checked = found.now.references.includes(path);
      image.src = path.split("/").map(encodeURIComponent).join("/");
      image.alt = "";
      image.loading = "lazy";
      label.append(image, box, path);
      return label;
    }));
    rewrite.showModal();
    rewrite.querySelector("textarea").focus();
  }
  async function keep(said) {
    const { card, name } = editing;
    try {
      const kept = await ask("revisions.json", { id: name, ...said });
      card.querySelector(".prompt").textContent = kept.prompt;
      mark(card, kept.revised.length ? "revised" : "");
      slip(rewrite, "");
      quote();
      review.changed();
      return true;
    } catch (error) { slip(rewrite, error.message); return false; }
  }
  const written = () => ({
    prompt: rewrite.querySelector("textarea").value,
    slot: rewrite.querySelector(".slot").value || null,
    references: [...rewrite.querySelectorAll(".references input:checked")].map((each) => each.value),
  });
  const ends = {
    close: () => rewrite.close(),
    keep: async () => { if (await keep(written())) { rewrite.close(); review.redraw?.(); } },
    "keep-order": async () => { if (await keep(written())) confirm([editing.card], Number(rewrite.querySelector(".count").value)); },
    back: async () => { if (await keep(editing.found.written)) { rewrite.close(); review.redraw?.(); } },
  };
  rewrite.addEventListener("click", (event) => ends[event.target.closest("button")?.value]?.());
  rewrite.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) { event.preventDefault(); ends.keep(); }
  });
  confirmed.addEventListener("click", (event) => ({ yes: order, close: () => confirmed.close() })[event.target.closest("button")?.value]?.());
  for (const sheet of [confirmed, rewrite]) sheet.addEventListener("keydown", (event) => event.stopPropagation());

  // Many at once
  const acts = {
    all: () => { for (const each of shown()) choose(each, true); chose(); },
    none: () => { for (const each of pictures) choose(each, false); chose(); },
    OK: () => { for (const each of chosen()) review.judge(each, "OK"); },
    NG: () => { for (const each of chosen()) review.judge(each, "NG"); },
    "copy-ids": async () => {
      const text = ids(chosen().length ? chosen() : shown()).join(",");
      try { await navigator.clipboard.writeText(text); } catch { prompt("", text); }
    },
    zip: async () => {
      const cards = (chosen().length ? chosen() : shown()).filter((each) => each.dataset.sha256);
      if (!cards.length) return;
      try { location.href = (await ask("pictures.zip", { ids: ids(cards) })).address; } catch (error) { slip(bench, error.message); }
    },
    print: () => print(),
    order: () => confirm(orderable(), Number(count.value)),
  };
  bench.addEventListener("click", (event) => acts[event.target.closest(".chosen button, .remake button")?.value]?.());
  count?.addEventListener("change", quote);

  // Takes
  let picking = false;
  review.pick = (card, number) => {
    const take = card.querySelector(`.takes li[data-take="${number}"]`);
    if (!button || !take) return false;
    if (picking || take.classList.contains("picked")) return true;
    picking = true;
    review.alarm(t("Take {number} of {id} is being put back …", { number, id: card.dataset.picture }));
    ask("picks.json", { id: card.dataset.picture, take: number })
      .then(() => review.alarm(""), (error) => review.alarm(error.message))
      .finally(() => { picking = false; renew([card.dataset.picture]); });
    return true;
  };
  document.addEventListener("click", (event) => {
    const use = event.target.closest("button.use");
    if (use && review.current) review.pick(review.current, Number(use.value));
  });
  review.rewrite = (card) => { if (button) open(card); };
  review.select = (card) => toggled(card, !("chosen" in card.dataset), false);
  review.judged = quote;

  if (button) {
    const pen = document.createElement("button");
    pen.type = "button";
    pen.innerHTML = t("Rewrite … <kbd>E</kbd>");
    pen.addEventListener("click", () => open(review.current));
    document.querySelector(".judge label").before(pen);
  }
  document.body.classList.add("acts");
  bench.hidden = false;
  for (const each of pictures) dress(each);
  chose();
  if (button) ask("orders.json").then(tell, (error) => slip(bench, error.message));
})();
