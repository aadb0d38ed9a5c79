// What the scripts say, in the language of the page: they ask by the English words.
const translations = {{ translations | tojson }};
const t = (said, fields = {}) => (translations[said] ?? said).replace(/\{(\w+)\}/g, (_, name) => fields[name]);

// With a Japanese input method a key has no letter of its own; its place on the keyboard tells.
const letter = (event) => /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : (/^Key([A-Z])$/.exec(event.code)?.[1] ?? "").toLowerCase();

async function copy(from, words = from.textContent) {
  try { await navigator.clipboard.writeText(words); } catch {
    getSelection().selectAllChildren(from);
    document.execCommand("copy");
  }
}

// Times are written in UTC, and read where the reader is.
function localTimes() {
  const two = (number) => String(number).padStart(2, "0");
  for (const each of document.querySelectorAll("time:not([datetime])")) {
    const found = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?)\S* UTC$/.exec(each.textContent.trim());
    if (!found) continue;
    const at = new Date(`${found[1]}T${found[2]}Z`), before = -at.getTimezoneOffset(), ahead = Math.abs(before);
    each.dateTime = at.toISOString();
    each.title = each.textContent.trim();
    const zone = `UTC${before < 0 ? "−" : "+"}${Math.floor(ahead / 60)}${ahead % 60 ? `:${two(ahead % 60)}` : ""}`;
    each.textContent = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())} (${zone})`;
  }
}
localTimes();
