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
  }
  only.addEventListener("change", show);
  search.addEventListener("input", show);
  document.getElementById("filter").addEventListener("submit", function (e) { e.preventDefault(); });
  show();
})();
