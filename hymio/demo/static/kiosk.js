// The finger and the eye of the virtual kiosk: pointer and keys go to the simulated pins, the firmware's lights come back.
"use strict";
const kiosk = document.getElementById("kiosk");
const base = `/demo/kiosks/${kiosk.dataset.kiosk}`;
const buttons = new Map([...kiosk.querySelectorAll(".key")].map((b) => [Number(b.dataset.face), b]));
const steps = Object.fromEntries(["press", "thanks", "stored", "counted"].map((n) => [n, document.getElementById(`step-${n}`)]));
const texts = Object.fromEntries(Object.entries(steps).map(([n, li]) => [n, li.querySelector(".detail").textContent]));
const down = new Set();
let pressedAt = null;
let sending = Promise.resolve();

function touch(face, isDown) {
  if (isDown === down.has(face)) return;
  if (isDown) {
    down.add(face);
    pressedAt = performance.now();
    for (const [name, li] of Object.entries(steps)) {
      li.className = "";
      li.querySelector(".detail").textContent = texts[name];
    }
    steps.press.className = "done";
  } else {
    down.delete(face);
  }
  buttons.get(face).classList.toggle("pushed", isDown);
  // One after the other: a release must not overtake its press
  sending = sending.then(() =>
    fetch(`${base}/faces/${face}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ down: isDown }),
    }).catch(() => undefined),
  );
}

for (const [face, button] of buttons) {
  button.addEventListener("pointerdown", (e) => {
    button.setPointerCapture(e.pointerId);
    touch(face, true);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(end, () => touch(face, false));
  button.addEventListener("contextmenu", (e) => e.preventDefault());
  button.addEventListener("keydown", (e) => {
    if (e.key === " " || e.key === "Enter") {
      e.preventDefault();
      touch(face, true);
    }
  });
  button.addEventListener("keyup", (e) => {
    if (e.key === " " || e.key === "Enter") touch(face, false);
  });
  button.addEventListener("blur", () => touch(face, false));
  // A screen reader's activation is a click without a pointer or a key: hold the face as a finger would
  button.addEventListener("click", (e) => {
    if (e.detail === 0 && !down.has(face)) {
      touch(face, true);
      setTimeout(() => touch(face, false), 120);
    }
  });
}
document.addEventListener("keydown", (e) => {
  if (buttons.has(Number(e.key)) && !e.repeat && !e.ctrlKey && !e.metaKey && !e.altKey) touch(Number(e.key), true);
});
document.addEventListener("keyup", (e) => {
  if (buttons.has(Number(e.key))) touch(Number(e.key), false);
});

const live = new EventSource(`${base}/live`);
live.addEventListener("lights", (e) => {
  const lights = JSON.parse(e.data);
  const levels = Object.values(lights);
  for (const [face, button] of buttons) button.style.setProperty("--light", lights[face] / 100);
  if (levels.every((level) => level === 100)) {
    kiosk.classList.add("thanks");
    if (pressedAt !== null) steps.thanks.className = "done";
  } else {
    kiosk.classList.remove("thanks");
  }
});
live.addEventListener("tap", (e) => {
  const tap = JSON.parse(e.data);
  const mine = pressedAt !== null && performance.now() - pressedAt < 10000;
  if (!mine) return;
  const ms = Math.round(performance.now() - pressedAt);
  steps.stored.className = "done";
  steps.stored.querySelector(".detail").textContent = kiosk.dataset.storedIn.replace("{ms}", ms);
  const counted = tap.verdict === "counted";
  steps.counted.className = counted ? "done" : "aside";
  const words = counted ? kiosk.dataset.counted : tap.verdict === "interval" ? kiosk.dataset.asideInterval : kiosk.dataset.asideOther;
  steps.counted.querySelector(".detail").textContent = words;
  document.getElementById("said").textContent = words;
});
