// The few things a page does by itself. Every task works without them.
(() => {
  // A form is sent once: a second tap on "Pay" while the first is on its way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  // Coming back with the Back button must find the form alive again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
  });
  for (const type of ["htmx:after:request", "htmx:error"]) {
    document.addEventListener(type, (event) => {
      const form = event.target.closest?.("form");
      if (form) delete form.dataset.sent;
    });
  }
  document.querySelector("[data-focus]")?.focus();

  // Keys for the console: "/" goes to the search box, data-key="x" or "g x" follows a link or presses a button.
  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, [contenteditable]")) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    const keys = `${before} ${event.key}`.trim();
    const target = document.querySelector(`[data-key="${CSS.escape(keys)}"]`) || document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    before = event.key === "g" ? "g" : "";
    if (target) { event.preventDefault(); target.click(); }
  });
})();
