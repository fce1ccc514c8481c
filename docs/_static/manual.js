// The theme's buttons that open a section of the menu have no name for screen readers.
for (const button of document.querySelectorAll("nav summary"))
  button.setAttribute("aria-label", "Show the pages of this section");
