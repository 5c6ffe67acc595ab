// After the end: nothing of the attempt stays on this device, except answers that never got through.
"use strict";

(() => {
  const { rescue, place, failures } = Plumbline;
  const outbox = Plumbline.makeOutbox(place.attempt, { storage: Plumbline.storage, tab: place.tab });
  Plumbline.keep.forget();
  failures.finish();
  const left = outbox.answers();
  if (Object.keys(left).length) rescue.offer(() => left);
  else outbox.finish();
  document.getElementById("rescue-download")?.addEventListener("click", outbox.finish);
})();
