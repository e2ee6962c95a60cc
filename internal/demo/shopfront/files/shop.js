// Comforts only: every page works without this file.
"use strict";
(() => {
  const show = document.getElementById("show");
  if (!show) return;
  show.hidden = false;
  show.addEventListener("click", () => {
    const hidden = document.getElementById("password").type === "password";
    for (const id of ["password", "again"]) document.getElementById(id).type = hidden ? "text" : "password";
    show.setAttribute("aria-pressed", String(hidden));
    show.textContent = hidden ? show.dataset.hide : show.dataset.show;
  });
  // What is shown is not what a browser should keep as text.
  document.getElementById("new-form").addEventListener("submit", () => {
    for (const id of ["password", "again"]) document.getElementById(id).type = "password";
  });
})();
