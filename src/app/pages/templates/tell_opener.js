"use strict";
// The page that opened this window learns what became of the flow, if its origin is one of the app's own.
const told = document.getElementById("told").dataset;
if (window.opener) {
  for (const origin of JSON.parse(told.origins)) {
    window.opener.postMessage(JSON.parse(told.message), origin);
  }
}
