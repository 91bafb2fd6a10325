// What the page says while its program loads, and where that fails. A file of its own: the page's policy allows no script in
// its text but Trunk's.
(function () {
  var say = function (words) {
    var place = document.getElementById("loading-words");
    if (place) {
      place.textContent = words;
      place.setAttribute("role", "alert");
    }
  };
  if (typeof WebAssembly !== "object") {
    say("This browser has no WebAssembly, which the playground is made of. Any current browser has it; some security modes switch it off.");
    return;
  }
  var failed = function (event) {
    var why = event.reason || event.error || event.message;
    say("The playground could not be started: " + (why && why.message ? why.message : why || "a file did not load") + ". Reload the page; if that does not help, try another browser.");
  };
  addEventListener("error", failed, true);
  addEventListener("unhandledrejection", failed);
})();
