"use strict";
(function () {
  const only = document.getElementById("only");
  const search = document.getElementById("search");
  function show() {
    document.body.classList.toggle("only", only.checked);
    const words = search.value.trim().toLowerCase();
    for (const row of document.querySelectorAll(".group tbody tr")) {
      const name = row.querySelector("th").textContent.toLowerCase();
      row.classList.toggle("hidden", words !== "" && !name.includes(words));
    }
    for (const section of document.querySelectorAll("section")) {
      section.classList.remove("hidden");
      const groups = [...section.querySelectorAll(".group")];
      const empty = groups.length > 0 && groups.every((group) => group.offsetParent === null);
      section.classList.toggle("hidden", empty);
    }
  }
  only.addEventListener("change", show);
  search.addEventListener("input", show);
  document.getElementById("filter").addEventListener("submit", function (e) { e.preventDefault(); });
  show();
})();
