"use strict";

const element = (id) => document.getElementById(id);

async function json(path) {
  const answer = await fetch(path);
  return { status: answer.status, body: await answer.json() };
}

function tile(photo) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const image = document.createElement("img");
  const name = document.createElement("span");
  link.href = image.src = `/api/assets/${photo.id}/original`;
  image.alt = name.textContent = photo.originalFileName;
  image.loading = "lazy";
  link.append(image);
  item.append(link, name);
  return item;
}

async function showHealth() {
  const { body } = await json("/health");
  const down = Object.entries(body.services).filter(([, state]) => state !== "ok").map(([name]) => name);
  element("health").textContent = down.length ? `${body.status}: ${down.join(", ")}` : body.status;
}

async function showPhotos() {
  const [photos, groups, duplicates] = await Promise.all(["assets", "groups", "duplicates"].map((part) => json(`/api/${part}`)));
  element("photos").replaceChildren(...photos.body.toReversed().map(tile));
  element("summary").textContent =
    `${photos.body.length} photos, ${groups.body.length} groups, ${duplicates.body.length} duplicates`;
}

async function upload(event) {
  event.preventDefault();
  const files = [...event.target.photos.files];
  for (const [number, file] of files.entries()) {
    element("progress").textContent = `${number + 1} of ${files.length}: ${file.name}`;
    const form = new FormData();
    form.append("assetData", file);
    const answer = await fetch("/api/assets", { method: "POST", body: form });
    if (!answer.ok) throw new Error(`${file.name}: ${answer.status} ${await answer.text()}`);
  }
  element("progress").textContent = `${files.length} uploaded`;
  event.target.reset();
  await showPhotos();
}

const tell = (error) => { element("progress").textContent = String(error); };
element("upload").addEventListener("submit", (event) => upload(event).catch(tell));
Promise.all([showHealth(), showPhotos()]).catch(tell);
