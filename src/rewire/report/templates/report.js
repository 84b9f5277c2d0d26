(function () {
  "use strict";
  var config = {displayModeBar: false, displaylogo: false, responsive: true, doubleClick: false};
  var plots = Array.prototype.slice.call(document.querySelectorAll(".plot"));
  plots.forEach(function (place) {
    var spec = JSON.parse(document.getElementById(place.dataset.spec).textContent);
    Plotly.newPlot(place, spec.data, spec.layout, config);
  });

  // Paper is narrower than most windows: figures are drawn anew at its width.
  function redraw(width) {
    plots.forEach(function (place) {
      Plotly.relayout(place, width ? {width: width, autosize: false} : {width: null, autosize: true});
    });
  }
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.plan").forEach(function (d) { d.open = true; });
    redraw(670);
  });
  window.addEventListener("afterprint", function () { redraw(0); });

  function sortBy(table, column, ascending) {
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows).map(function (row, place) {
      var cell = row.cells[column];
      var number = cell.dataset.key === undefined ? NaN : parseFloat(cell.dataset.key);
      return {row: row, place: place, number: number, text: cell.textContent};
    });
    var numeric = table.tHead.rows[0].cells[column].classList.contains("num");
    rows.sort(function (a, b) {
      var order;
      if (numeric) {
        // What has no number stands last whichever way the rest runs.
        if (isNaN(a.number) || isNaN(b.number)) {
          return (isNaN(a.number) - isNaN(b.number)) || a.place - b.place;
        }
        order = a.number - b.number;
      } else {
        order = a.text.localeCompare(b.text, "en", {numeric: true});
      }
      return (ascending ? order : -order) || a.place - b.place;
    });
    rows.forEach(function (item) { body.appendChild(item.row); });
  }

  document.querySelectorAll("table.sortable").forEach(function (table) {
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      head.querySelector("button").addEventListener("click", function () {
        var ascending = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach(function (other) { other.setAttribute("aria-sort", "none"); });
        head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
        sortBy(table, column, ascending);
      });
    });
  });

  // Beside each search field stands the number of rows of its table that are shown.
  document.querySelectorAll("input[data-table]").forEach(function (filter) {
    var table = document.getElementById(filter.dataset.table);
    var counted = filter.closest(".controls").querySelector("output");
    var show = function () {
      var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      var shown = 0;
      Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
        shown += row.hidden ? 0 : 1;
      });
      counted.textContent = shown + (shown === 1 ? " row" : " rows");
    };
    filter.addEventListener("input", show);
    show();
  });

  var details = document.getElementById("effects-details");
  if (details) details.addEventListener("change", function (event) {
    document.getElementById("effects-table").classList.toggle("all", event.target.checked);
  });

  var copy = document.getElementById("copy-methods");
  if (copy) copy.addEventListener("click", function () {
    var plain = document.getElementById("methods-plain");
    var said = document.getElementById("copy-said");
    plain.select();
    var done = document.execCommand("copy");
    copy.focus();
    said.textContent = done ? "Copied." : "Select the text above and copy it.";
  });

  if ("IntersectionObserver" in window) {
    var links = {};
    document.querySelectorAll(".toc a").forEach(function (a) {
      links[a.getAttribute("href").slice(1)] = a.parentNode;
    });
    var watcher = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        links[entry.target.querySelector("h2").id].classList.toggle("here", entry.isIntersecting);
      });
    }, {rootMargin: "-20% 0px -75% 0px"});
    document.querySelectorAll("section").forEach(function (s) { watcher.observe(s); });
  }
})();
