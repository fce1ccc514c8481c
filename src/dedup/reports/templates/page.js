"use strict";

/* Searches and pages the items of each list, and shows what another threshold would change.
   Without this script the page shows all items. */

const PAGE_SIZE = 10;

for (const list of document.querySelectorAll("[data-paged]")) {
  const items = [...list.querySelectorAll("[data-item]")];
  const contents = items.map((item) => item.textContent.toLowerCase());
  const controls = list.querySelector("[data-controls]");
  const search = controls.querySelector("input");
  const [previous, next] = controls.querySelectorAll("button");
  const status = controls.querySelector("[role=status]");
  let page = 0;

  const foundItems = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return items.filter((_, place) => words.every((word) => contents[place].includes(word)));
  };
  const show = () => {
    const found = foundItems();
    const pages = Math.max(Math.ceil(found.length / PAGE_SIZE), 1);
    page = Math.min(Math.max(page, 0), pages - 1);
    const shown = new Set(found.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE));
    for (const item of items) item.hidden = !shown.has(item);
    previous.disabled = page === 0;
    next.disabled = page === pages - 1;
    status.textContent = `${found.length} of ${items.length} found, page ${page + 1} of ${pages}`;
  };
  const turn = (step) => {
    page += step;
    show();
    list.scrollIntoView();
  };

  // A printed report has all pages.
  addEventListener("beforeprint", () => { for (const item of foundItems()) item.hidden = false; });
  addEventListener("afterprint", show);
  search.addEventListener("input", () => { page = 0; show(); });
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  list.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "PageDown" && !next.disabled) turn(1);
    else if (event.key === "PageUp" && !previous.disabled) turn(-1);
    else return;
    event.preventDefault();
  });
  controls.hidden = false;
  show();
}

const data = document.querySelector("#threshold-changes");
if (data) {
  const changes = JSON.parse(data.textContent);
  const slider = document.querySelector("#threshold");
  const output = document.querySelector("#threshold-change");
  const show = () => {
    const [, description] = changes[Number(slider.value)];
    output.textContent = description;
    slider.setAttribute("aria-valuetext", description);
  };
  slider.addEventListener("input", show);
  slider.closest("[data-controls]").hidden = false;
  show();
}
