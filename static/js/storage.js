// What the page keeps on this device. Where the browser forbids it, or has no room left, it is kept in the memory
// of this page instead, so that a full disk never stands in the way of an answer; `volatile()` tells so.
"use strict";

window.Plumbline ??= {};

Plumbline.makeStorage = (open) => {
  const kept = new Map();             // what could not be written down
  let disk = null;
  try { disk = open(); } catch { /* forbidden: the memory is all there is */ }

  const onDisk = () => Array.from({ length: disk?.length ?? 0 }, (_, index) => disk.key(index));
  return {
    keys: () => [...new Set([...onDisk(), ...kept.keys()])],
    getItem: (key) => kept.get(key) ?? disk?.getItem(key) ?? null,
    setItem(key, value) {
      try {
        disk.setItem(key, value);
        kept.delete(key);
      } catch {
        kept.set(key, value);
      }
    },
    removeItem(key) {
      kept.delete(key);
      disk?.removeItem(key);
    },
    volatile: () => kept.size > 0,
  };
};

Plumbline.storage = Plumbline.makeStorage(() => localStorage);
Plumbline.session = Plumbline.makeStorage(() => sessionStorage);
